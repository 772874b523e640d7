/** What an answer says, sentence by sentence, against the model's own card. */

import { expect, test } from "@playwright/test";

import type { OperatingPoint } from "../src/apiTypes";
import { mockModels } from "./mockedModels";
import { cards, defaultModel, interval, reference } from "./published";
import {
  chooseAll,
  expectAccessible,
  expectNoSidewaysScroll,
  inColours,
  openPage,
  resultOf,
  scoreOf,
  tabTo,
  upload,
} from "./screen";

/** By hand, to hold the page's own mathematics against: of `of` with this result, so many have it. */
function among(point: OperatingPoint, share: number, suspicious: boolean, of: number): string {
  const counts = (["value", "low", "high"] as const).map((end) => {
    const [se, sp] = [point.sensitivity[end], point.specificity[end]];
    const [ill, well] = suspicious
      ? [se * share, (1 - sp) * (1 - share)]
      : [(1 - se) * share, sp * (1 - share)];
    return Math.round((of * ill) / (ill + well));
  });
  const [value = 0, one = 0, other = 0] = counts;
  // A better test leaves fewer ill among those whose result is not suspicious.
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  return `about ${value} (${low} to ${high}) have breast cancer and ${(of - value).toLocaleString("en")} do not.`;
}

test("the sentence comes first, then the paper's words, the score on its line and the point's figures", async ({
  page,
}) => {
  await openPage(page);
  const model = await defaultModel(page);
  const [point] = model.operating_points;
  if (!point) throw new Error("the default model has no operating point");
  await upload(page, "lesion.png");
  const score = await scoreOf(page, reference(model));
  const suspicious = score >= point.threshold;
  const result = resultOf(page, reference(model));

  const lines = (await result.innerText()).split("\n").filter((line) => line.trim() !== "");
  expect(lines[0]).toBe(model.card.title);
  expect(lines[1]).toBe(
    suspicious ? "Suspicious: above the operating point" : "Not suspicious by this model",
  );
  expect(lines[2]).toBe(`In the paper’s words: ${suspicious ? "detected" : "not detected"}`);
  expect(lines.indexOf("Operating point")).toBeGreaterThan(2);

  const line = result.getByRole("img", {
    name: `Score ${score.toFixed(3)} on a line from 0 to 1; the operating point is at ${point.threshold.toFixed(3)}`,
  });
  const [box, mark, limit] = await Promise.all([
    line.locator(".axis").boundingBox(),
    line.locator(".mark").boundingBox(),
    line.locator(".threshold").boundingBox(),
  ]);
  if (!box || !mark || !limit) throw new Error("the line is not drawn");
  expect((mark.x + mark.width / 2 - box.x) / box.width).toBeCloseTo(score, 2);
  expect((limit.x + limit.width / 2 - box.x) / box.width).toBeCloseTo(point.threshold, 1);

  await expect(result).toContainText(
    `Operating point ${point.name}, ${point.threshold.toFixed(3)}. On images of the test women: ` +
      `sensitivity ${interval(point.sensitivity)}, specificity ${interval(point.specificity)}.`,
  );
  await expect(result).toContainText(reference(model));
  for (const step of ["decode", "check", "prepare", "network", "total"]) {
    await expect(result.locator(".provenance")).toContainText(new RegExp(`${step} \\d+ ms`));
  }
  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");
});

test("an operating point is chosen by keyboard, and the verdicts follow by the server's rule", async ({
  page,
}) => {
  const names = await chooseAll(page, await openPage(page));
  const models = (await cards(page)).models.filter((model) => names.includes(reference(model)));
  await upload(page, "lesion.png");
  const scores = new Map<string, number>();
  for (const name of names) scores.set(name, await scoreOf(page, name));
  await tabTo(page, ".point-choice select");
  const points = models[0]?.operating_points ?? [];
  expect(points.length).toBeGreaterThan(1);
  const seen = new Set<string>();
  for (const [index, { name }] of points.entries()) {
    if (index > 0) await page.keyboard.press("ArrowDown");
    for (const model of models) {
      const point = model.operating_points.find((one) => one.name === name);
      if (!point) throw new Error(`${reference(model)} has no point ${name}`);
      const score = scores.get(reference(model)) ?? NaN;
      const result = resultOf(page, reference(model));
      const verdict = score >= point.threshold ? "suspicious" : "not suspicious";
      seen.add(`${reference(model)} ${verdict}`);
      await expect(result).toHaveAttribute("data-verdict", verdict);
      await expect(result.getByRole("heading", { level: 3 })).toHaveText(
        verdict === "suspicious" ? "Suspicious: above the operating point" : "Not suspicious by this model",
      );
      await expect(result).toContainText(`Operating point ${point.name}, ${point.threshold.toFixed(3)}.`);
      await expect(result).toContainText(
        `sensitivity ${interval(point.sensitivity)}, specificity ${interval(point.specificity)}.`,
      );
      await expect(result.locator("data")).toHaveAttribute("value", score.toString());
    }
  }
  // Some model's verdict went from one to the other.
  expect(seen.size).toBeGreaterThan(models.length);
});

test("a point that is chosen is that of every model, and of the next image", async ({ page }) => {
  await mockModels(page, { "densenet121-rsna": 0.3, "cnn-rsna": 0.8 });
  await openPage(page);
  await page.getByRole("checkbox", { name: /^Custom CNN/ }).check();
  await upload(page, "lesion.png");
  const [one, other] = [resultOf(page, "densenet121-rsna@1"), resultOf(page, "cnn-rsna@1")];
  await expect(one).toHaveAttribute("data-verdict", "not suspicious");
  await one.getByLabel("Operating point", { exact: true }).selectOption("few missed (aimed at 90 % sensitivity)");
  await expect(one).toHaveAttribute("data-verdict", "suspicious");
  await expect(other.getByLabel("Operating point", { exact: true })).toHaveValue("sensitivity_90");
  await upload(page, "healthy.png");
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(one.getByLabel("Operating point", { exact: true })).toHaveValue("sensitivity_90");
  await expect(one).toHaveAttribute("data-verdict", "suspicious");
});

test("what a result means is said in people, at a prevalence of the reader's", async ({ page }) => {
  await openPage(page);
  const model = await defaultModel(page);
  const [point] = model.operating_points;
  const image = model.card.figures.find(({ unit }) => unit === "image");
  if (!point || !image) throw new Error("the default model has no figures");
  await upload(page, "lesion.png");
  const suspicious = (await scoreOf(page, reference(model))) >= point.threshold;
  const meaning = resultOf(page, reference(model)).getByRole("group", { name: "What this result means" });
  const field = meaning.getByLabel("Of the women examined, percent with breast cancer");

  await expect(field).toHaveValue("0.6");
  await expect(meaning).toContainText("About so many of the women examined on a screening day");
  await expect(meaning).toContainText(
    `Of 1,000 women with this result, ${among(point, 0.006, suspicious, 1000)}`,
  );
  await expect(meaning).toContainText("Before the result: 6 of 1,000.");
  await expect(meaning).toContainText(/PPV 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\), NPV 0\.9\d\d \(/);
  await expect(meaning).toContainText("as if a woman had one image");

  await field.fill("20");
  await expect(meaning).toContainText(
    `Of 100 women with this result, ${among(point, 0.2, suspicious, 100)}`,
  );
  await expect(meaning).toContainText("Before the result: 20 of 100.");
  await expect(meaning).not.toContainText("screening day");

  for (const nonsense of ["", "0", "100", "many"]) {
    await field.fill(nonsense);
    await expect(meaning.getByRole("status")).toHaveText("Give a percentage from 0.01 to 99.99.");
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(meaning).not.toContainText("Of 1");
  }
  await expectAccessible(page);

  const tested = (100 * image.n_positive) / image.n;
  await meaning.getByRole("button", { name: /^As in the test: / }).press("Enter");
  expect(Math.abs(Number(await field.inputValue()) - tested)).toBeLessThanOrEqual(0.05);
  await expect(meaning).toContainText("no population is like it");
  await meaning.getByRole("button", { name: "Screening: 0.6 %" }).click();
  await expect(field).toHaveValue("0.6");
});

test("a result that changes nothing is said to tell nothing, and one that does is not", async ({
  page,
}) => {
  await mockModels(page);
  await openPage(page);
  await upload(page, "lesion.png");
  const meaning = resultOf(page, "densenet121-rsna@1").getByRole("group", { name: "What this result means" });
  // 0.62 to 0.77 of the ill and 0.33 to 0.48 of the well are called: the range lies above.
  await expect(meaning).toContainText("Of 1,000 women with this result, about 10 (8 to 14)");
  await expect(meaning).not.toContainText("it tells nothing");
  const { models } = await cards(page);
  await page.unrouteAll();
  const names = await chooseAll(page, await openPage(page));
  await upload(page, "lesion.png");
  let useless = 0;
  for (const model of models.filter((one) => names.includes(reference(one)))) {
    await scoreOf(page, reference(model));
    const [point] = model.operating_points;
    if (!point) throw new Error(`${reference(model)} has no operating point`);
    const saysNothing = point.sensitivity.low < 1 - point.specificity.low;
    const sentence = resultOf(page, reference(model)).getByText("by these figures it tells nothing");
    await expect(sentence).toHaveCount(saysNothing ? 1 : 0);
    if (saysNothing) useless += 1;
  }
  expect(useless).toBeGreaterThan(0);
  expect(useless).toBeLessThan(names.length);
});

test("a model that could not be told from guessing says so beside its answer, and no other does", async ({
  page,
}) => {
  const models = await openPage(page);
  const names = await chooseAll(page, models);
  const { models: published } = await cards(page);
  await upload(page, "lesion.png");
  let guessing = 0;
  for (const name of names) {
    await scoreOf(page, name);
    const model = published.find((one) => reference(one) === name);
    const units = ["breast", "woman", "image"].flatMap(
      (unit) => model?.card.figures.find((figure) => figure.unit === unit) ?? [],
    );
    const first = units.find(({ metrics }) => (metrics.auc?.low ?? 1) <= 0.5);
    const sentence = resultOf(page, name).getByText(/could not be told from guessing/);
    if (first?.metrics.auc) {
      guessing += 1;
      await expect(sentence).toContainText(`AUC by ${first.unit} ${interval(first.metrics.auc)}`);
    } else {
      await expect(sentence).toHaveCount(0);
    }
  }
  expect(guessing).toBeGreaterThan(0);

  await mockModels(page);
  await openPage(page);
  await upload(page, "lesion.png");
  await scoreOf(page, "densenet121-rsna@1");
  await expect(page.getByText(/could not be told from guessing/)).toHaveCount(0);
});

test("an image that cannot be assessed has the reason, and nothing that needs a score", async ({
  page,
}) => {
  await openPage(page);
  await upload(page, "blank.png");
  const result = page.getByRole("article");
  await expect(result.getByRole("heading", { level: 3 })).toHaveText(/^Cannot assess: \w+/);
  await expect(result.getByLabel("Operating point", { exact: true })).toHaveCount(0);
  await expect(result.getByText("What this result means")).toHaveCount(0);
  await expect(result).not.toContainText(/detected/);
  await expectAccessible(page);
});

test("nothing that stood there moves when the answer comes", async ({ page }) => {
  await page.route("**/api/predictions", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue().catch(() => undefined);
  });
  for (const [width, height] of [
    [1360, 900],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await openPage(page);
    await upload(page, "lesion.png");
    await expect(page.locator(".sheet canvas").first()).toBeVisible();
    await expect(page.getByRole("region", { name: "Result" })).toContainText("The models are reading…");
    const places = () =>
      page.locator(".stage, .reading-bar, .results > h2, .model").evaluateAll((elements) =>
        elements.map((element) => {
          const { top, left } = element.getBoundingClientRect();
          return [Math.round(top + scrollY), Math.round(left)];
        }),
      );
    const before = await places();
    await expect(page.getByRole("article")).toBeVisible();
    const after = await places();
    // When narrow the results stand below the viewer, which is given a button for the map.
    const still = (all: number[][]) => (width < 768 ? all.slice(0, -1) : all);
    expect(still(after)).toEqual(still(before));
    expect(before.length).toBeGreaterThan(3);
  }
});

test.describe("in other languages", () => {
  for (const [locale, verdict, meaning] of [
    ["de-DE", /^(Auffällig: über dem Arbeitspunkt|Nach diesem Modell unauffällig)$/, /Von 1\.000 Frauen mit diesem Ergebnis haben etwa \d+ \(\d+ bis \d+\) Brustkrebs/],
    ["es-ES", /^(Sospechoso: por encima del punto de operación|No sospechoso según este modelo)$/, /De 1000 mujeres con este resultado, unas \d+ \(\d+ a \d+\) tienen cáncer de mama/],
  ] as const) {
    test(`the answer is said in ${locale}`, async ({ browser }) => {
      const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
      const page = await context.newPage();
      await page.goto("/");
      await page.locator(".examples button").first().click();
      const result = page.getByRole("article");
      await expect(result.getByRole("heading", { level: 3 })).toHaveText(verdict);
      await expect(result).toContainText(meaning);
      await expect(result.locator("data")).toHaveText(/^\d,\d{3}$/);
      await expectNoSidewaysScroll(page);
      await expectAccessible(page, "all but contrast");
      await context.close();
    });
  }
});
