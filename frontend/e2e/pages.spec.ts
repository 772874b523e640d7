import { expect, test } from "@playwright/test";

import { ORIGIN } from "./environment";
import { addressOf, aucOf, CNN, interval, openAt, publishedModel } from "./published";
import {
  expectAccessible,
  expectAccessibleInBothThemes,
  expectNoSidewaysScroll,
  openPage,
  tabTo,
  upload,
} from "./screen";

const STUDY = "#/study/mini-mias";
const PAGES = ["#/models", CNN, "#/models/kmeans-mini-mias", STUDY, "#/history"];

test("the image stays while another page is looked at", async ({ page }) => {
  let asked = 0;
  await openPage(page);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  page.on("request", (request) => {
    if (/\/api\/(images|predictions)/.test(request.url())) asked += 1;
  });
  const canvas = page.locator(".sheet canvas").first();
  await expect(canvas).toBeVisible();
  await page.getByRole("link", { name: "Study" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Study" })).toBeFocused();
  await expect(canvas).toBeHidden();
  await page.goBack();
  await expect(canvas).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(1);
  expect(asked).toBe(0);
});

test("the skip links go to the page's content and leave the address", async ({ page }) => {
  await openAt(page, STUDY);
  await page.getByRole("link", { name: "Skip to the page" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page).toHaveURL(/#\/study\/mini-mias$/);
});

test("the study has the report's verdict, table and plots, each with its figures", async ({ page }) => {
  const study = (await (await page.request.get(`${ORIGIN}/api/studies/mini-mias`)).json()) as {
    verdict: string;
    models: {
      name: string;
      title: string;
      figures: { unit: string; metrics: Record<string, { value: number; low: number; high: number }> }[];
    }[];
  };
  const auc = (name: string) => {
    const figures = study.models.find((model) => model.name === name)?.figures;
    const found = figures?.find(({ unit }) => unit === "image")?.metrics.auc;
    if (!found) throw new Error(`${name} has no AUC by image`);
    const [value, low, high] = [found.value, found.low, found.high].map((one) => one.toFixed(2));
    return `${value ?? ""} (${low ?? ""} to ${high ?? ""})`;
  };
  await openAt(page, STUDY);
  const main = page.getByRole("main");
  await expect(main).toContainText(study.verdict);
  const table = main.getByRole("table", { name: "The models, table" });
  await expect(table.getByRole("row")).toHaveCount(study.models.length + 1);
  await expect(table.getByRole("row", { name: /K-means/ })).toContainText(auc("kmeans"));
  const costs = main.getByRole("table", { name: "What an answer costs, table" });
  await expect(costs.getByRole("row", { name: /^Custom CNN/ })).toContainText("126,873");

  const charts = [
    "Loss, training",
    "Loss, validation",
    "Accuracy, training",
    "Accuracy, validation",
    "ROC curve, by image",
    "Calibration",
    "AUC against milliseconds an answer",
  ];
  for (const name of charts) {
    const figure = main.getByRole("figure", { name, exact: true });
    await expect(figure.getByRole("img", { name: new RegExp(`^${name}\\. `) })).toBeVisible();
    await expect(figure.getByRole("table")).toHaveCount(0);
    await figure.getByText("Show the figures").click();
    await expect(figure.getByRole("table").first()).toBeVisible();
    expect(await figure.getByRole("row").count()).toBeGreaterThan(2);
  }
  // Both models of the paper are drawn at first.
  await expect(main.getByRole("figure", { name: "Loss, training" }).getByRole("listitem")).toHaveText([
    "cnn",
    "densenet121",
  ]);
  await expect(main.getByRole("figure", { name: /^ROC/ }).getByRole("listitem")).toHaveText([
    `cnn ${auc("cnn")}`,
    `densenet121 ${auc("densenet121")}`,
    "guessing",
  ]);
});

test("the lines of a chart are told apart by dashes as well as colour, and have their bands", async ({
  page,
}) => {
  await openAt(page, STUDY);
  for (const box of await page.getByRole("group", { name: "Models in the charts" }).getByRole("checkbox").all()) {
    await box.check();
  }
  const roc = page.getByRole("figure", { name: /^ROC/ });
  const looks = await roc.locator("svg[role=img] .chart-line").evaluateAll((lines) =>
    lines.map((line) => `${getComputedStyle(line).stroke} ${line.getAttribute("stroke-dasharray") ?? ""}`),
  );
  expect(looks.length).toBe(10);
  expect(new Set(looks).size).toBe(10);
  const loss = page.getByRole("figure", { name: "Loss, validation" });
  await expect(loss.locator("svg[role=img] .chart-band")).not.toHaveCount(0);
  const whiskers = page.getByRole("figure", { name: /^AUC against/ }).locator("svg[role=img] .chart-whisker");
  await expect(whiskers).toHaveCount(10);
  for (const box of await page.getByRole("group", { name: "Models in the charts" }).getByRole("checkbox").all()) {
    await box.uncheck();
  }
  await expect(page.getByText("Choose at least one model to have charts.")).toBeVisible();
});

test("another cost and another study can be looked at; what a report lacks is said", async ({ page }) => {
  await openAt(page, STUDY);
  await page.getByRole("combobox", { name: "Cost" }).selectOption({ label: "megabytes of the file" });
  await expect(page.getByRole("figure", { name: "AUC against megabytes of the file" })).toBeVisible();
  await page.getByRole("combobox", { name: "Study" }).selectOption("rsna");
  await expect(page).toHaveURL(/#\/study\/rsna$/);
  const other = (await (await page.request.get(`${ORIGIN}/api/studies/rsna`)).json()) as object;
  await expect(page.getByRole("main")).toContainText((other as { verdict: string }).verdict);
  await page.route("**/api/studies/rsna", (route) =>
    route.fulfill({ json: { ...other, curves: [], roc: [] } }),
  );
  await page.reload();
  await expect(page.getByText("The report of this study holds no curves of the training.")).toBeVisible();
  await expect(page.getByText("The report of this study holds no ROC curves.")).toBeVisible();
  await openAt(page, "#/study/nobody");
  await expect(page.getByRole("main")).toContainText("This server has no study nobody.");
});

test("the help lists every key, opens by ? and by its button, and gives the focus back", async ({ page }) => {
  await openPage(page);
  const dialog = page.getByRole("dialog", { name: "Help and keys" });
  const button = page.getByRole("button", { name: "Help" });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeVisible();
  const caps = await dialog.locator("kbd").allTextContents();
  expect(caps).toEqual(expect.arrayContaining(["I", "+", "−", "=", "Space", "H", "[", "]", "W", "?", "Esc"]));
  await expect(dialog).toContainText("Invert bright and dark");
  await expect(dialog).toContainText("Show or hide the map");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();

  await page.keyboard.press("?");
  await expect(dialog).toBeVisible();
  await dialog.getByRole("checkbox", { name: "The ? key opens this help" }).uncheck();
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect(button).toBeFocused();
  await page.keyboard.press("?");
  await expect(dialog).toBeHidden();
  await page.reload();
  await expect(page.getByRole("group", { name: "Models" })).toBeVisible();
  await page.keyboard.press("?");
  await expect(dialog).toBeHidden();
});

test("dark by default, also where the system is light; light and the system's at a choice", async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [dark, light] = ["rgb(19, 20, 22)", "rgb(233, 234, 236)"];
  await page.emulateMedia({ colorScheme: "light" });
  await openPage(page);
  expect(await ground()).toBe(dark);
  const colours = page.getByLabel("Colours");
  await colours.selectOption("Light");
  expect(await ground()).toBe(light);
  await page.reload();
  expect(await ground()).toBe(light);
  // Every control for it says the same.
  await page.getByRole("link", { name: "Study" }).click();
  await page.getByLabel("Colours").filter({ visible: true }).selectOption("Dark");
  expect(await ground()).toBe(dark);
  await page.getByRole("link", { name: "Read an image" }).click();
  await expect(page.getByLabel("Colours")).toHaveValue("dark");
  await page.getByLabel("Colours").selectOption("As the system");
  expect(await ground()).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await ground()).toBe(dark);
});

for (const [language, name, title, learnt, to] of [
  ["de", "Deutsch", "Die veröffentlichten Modelle", "Von wem es gelernt hat", "bis"],
  ["es", "Español", "Los modelos publicados", "De quién aprendió", "a"],
] as const) {
  test(`the pages speak ${name}, and go on doing so`, async ({ page }) => {
    await openAt(page, "#/models");
    await page.getByLabel("Language").filter({ visible: true }).selectOption(name);
    await expect(page.locator("html")).toHaveAttribute("lang", language);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
    await openAt(page, CNN);
    await expect(page.getByRole("heading", { name: learnt })).toBeVisible();
    const byImage = aucOf(await publishedModel(page, "cnn-rsna"), "image");
    await expect(page.getByRole("table").first()).toContainText(
      interval(byImage, to).replaceAll(".", ","),
    );
    // The study is of the same parts, and axe takes longest for it.
    for (const hash of PAGES.filter((one) => one !== STUDY)) {
      await openAt(page, hash);
      await expectAccessible(page, "all but contrast");
    }
  });
}

for (const hash of PAGES) {
  test(`${hash} has no violation in either theme, and reflows at 320 and 390 pixels and at 200 %`, async ({
    page,
  }) => {
    await openAt(page, hash);
    // Not all: axe takes half a minute for a thousand rows that are alike.
    await page.locator("details").evaluateAll((all) => {
      for (const details of all.slice(0, 2)) details.setAttribute("open", "");
    });
    await expectAccessibleInBothThemes(page);
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 });
      await expectNoSidewaysScroll(page);
    }
    await expectAccessible(page, "all but contrast");
    // 200 % of 1280 pixels is the room of 640, each twice as large.
    await page.setViewportSize({ width: 640, height: 400 });
    await expectNoSidewaysScroll(page);
  });
}

test("the help has no violation in either theme, also at 320 pixels", async ({ page }) => {
  await openPage(page);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessibleInBothThemes(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);
  await expectAccessible(page, "all but contrast");
});

test("the keyboard alone reaches the study and shows a chart's figures", async ({ page }) => {
  await openPage(page);
  await tabTo(page, '.site a[href="#/study"]');
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Study" })).toBeFocused();
  const summary = page.getByRole("figure", { name: /^ROC/ }).locator("summary");
  await summary.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("figure", { name: /^ROC/ }).getByRole("table").first()).toBeVisible();
});

test("targets are at least 24 pixels, and nothing moves for who wants it still", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openAt(page, STUDY);
  const small = await page
    .locator("button, select, input, summary, .site a")
    .evaluateAll((targets) =>
      targets
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
        .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} ${box.width}x${box.height}`),
    );
  expect(small).toEqual([]);
  const moving = await page.locator("body *").evaluateAll(
    (all) =>
      all.filter((element) => {
        const style = getComputedStyle(element);
        return Number.parseFloat(style.transitionDuration) > 0 || style.animationName !== "none";
      }).length,
  );
  expect(moving).toBe(0);
});

test("the policy allows no inline code or style, and no page breaks it or leaves the origin", async ({ page }) => {
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== ORIGIN && url.protocol !== "blob:") elsewhere.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const answer = await page.goto("/");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  await page.getByRole("button", { name: /Show what/ }).first().click();
  await expect(page.getByRole("img", { name: /^Map of/ }).first()).toBeVisible();
  await page.getByRole("button", { name: "Report" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as JSON" }).click();
  await saved;
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  for (const hash of PAGES) {
    const address = await addressOf(page, hash);
    await page.evaluate((to) => {
      location.hash = to;
    }, address);
    await expect(page.getByRole("main").filter({ visible: true })).toBeVisible();
    await expect(page.getByText("Loading…")).toHaveCount(0);
  }
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});
