import { expect, test } from "@playwright/test";

import { ORIGIN } from "./environment";
import {
  airGray,
  chooseAll,
  chooseTwo,
  expectAccessible,
  expectNoSidewaysScroll,
  focusImage,
  grayLevels,
  inColours,
  mammogramModels,
  openPage,
  resultOf,
  scoreOf,
  tabTo,
  upload,
} from "./screen";

const MAP_BUTTON = /Show what (moved the score|was segmented)/;
const MAP_CANVAS = /^Map of what (moved the score|was segmented)/;

test("the page says what it is for before anything is read", async ({ page }) => {
  const { models } = await openPage(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("mammoscope");
  await expect(page.getByRole("complementary", { name: "Research only" })).toContainText(
    /not a medical device/i,
  );
  for (const model of models) {
    await expect(page.getByRole("checkbox", { name: model.card.title })).toBeVisible();
  }
  await expectAccessible(page);
});

test("every model reads a healthy phantom and one with a lesion, and scores them apart", async ({
  page,
}) => {
  const names = await chooseAll(page, await openPage(page));
  expect(names.length).toBeGreaterThanOrEqual(2);

  await upload(page, "healthy.png");
  const healthy: number[] = [];
  for (const name of names) healthy.push(await scoreOf(page, name));
  expect(await grayLevels(page)).toBeGreaterThan(20);

  const answer = page.waitForResponse("**/api/predictions");
  await upload(page, "lesion.png");
  await answer;
  for (const [i, name] of names.entries()) {
    await expect
      .poll(() => scoreOf(page, name), { message: `${name} must not say the same of both` })
      .not.toBe(healthy[i]);
    const result = resultOf(page, name);
    await expect(result).toContainText(/sensitivity \d\.\d\d \(\d\.\d\d to \d\.\d\d\)/);
    await expect(result).toContainText(/specificity \d\.\d\d \(\d\.\d\d to \d\.\d\d\)/);
    await expect(result).toContainText(/Operating point \w+, \d\.\d{3}\./);
    await expect(
      result.getByRole("img", { name: /^Score \d\.\d{3} on .* point is at \d\.\d{3}$/ }),
    ).toBeVisible();
  }
});

test("a MONOCHROME1 DICOM file is read, and nothing of its header or name is shown", async ({
  page,
}) => {
  const names = await chooseTwo(page, await openPage(page));
  await upload(page, "mono1.dcm");
  for (const name of names) await scoreOf(page, name);
  expect(await grayLevels(page)).toBeGreaterThan(20);
  expect(await airGray(page)).toBeLessThan(20);
  const html = await page.content();
  expect(html).not.toContain("CANARY");
  expect(html).not.toContain("mono1");
});

test("the map stays off until asked for, then has its key, its legend and its sentence", async ({
  page,
}) => {
  const names = await chooseTwo(page, await openPage(page));
  await upload(page, "lesion.png");
  for (const name of names) await scoreOf(page, name);
  const map = page.getByRole("img", { name: MAP_CANVAS });
  const button = page.getByRole("button", { name: MAP_BUTTON });

  await expect(button).toHaveAttribute("aria-pressed", "false");
  await expect(map).toHaveCount(0);
  await expectAccessible(page);

  await focusImage(page);
  await page.keyboard.press("h");
  await expect(map).toBeVisible();
  await expect(button).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("figure")).toContainText("logit");
  await expect(page.getByText("this model’s score; it is not an outline of a lesion")).toBeVisible();

  const opacity = () => map.evaluate((canvas) => Number(getComputedStyle(canvas).opacity));
  const before = await opacity();
  await page.keyboard.press("]");
  await expect.poll(opacity).toBeCloseTo(before + 0.1);

  const last = names.at(-1) ?? "";
  await page.getByRole("radio", { name: last }).check();
  await expect(map).toHaveAccessibleName(new RegExp(last));

  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");

  await page.keyboard.press("H");
  await expect(map).toHaveCount(0);
  // What had the focus went with the map: the next key is heard once the image has it, a frame later.
  await expect(page.locator("body")).not.toBeFocused();

  await page.keyboard.press("h");
  await expect(map).toBeVisible();
  await upload(page, "healthy.png");
  await expect(button).toHaveAttribute("aria-pressed", "false");
  await expect(map).toHaveCount(0);
});

test("inverting and windowing change what the canvas shows", async ({ page }) => {
  await openPage(page);
  await upload(page, "healthy.png");
  const canvas = page.locator(".sheet canvas").first();
  const pixels = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  await expect.poll(() => grayLevels(page)).toBeGreaterThan(20);
  const plain = await pixels();
  await focusImage(page);
  await page.keyboard.press("i");
  await expect.poll(pixels).not.toBe(plain);
  await expect(canvas).toHaveAccessibleName(/inverted/);
  await page.getByRole("button", { name: "Full range" }).click();
  await expect.poll(pixels).toBe(plain);
  await page.getByRole("slider", { name: /Window width/ }).fill("30");
  await expect.poll(pixels).not.toBe(plain);
});

test("a synthetic example is read at a click", async ({ page }) => {
  const { default: name, models } = await openPage(page);
  const version = models.find((model) => model.name === name)?.version ?? "";
  await page.getByRole("list", { name: "Synthetic mammograms" }).getByRole("button").first().click();
  await scoreOf(page, `${name}@${version}`);
  await expect.poll(() => grayLevels(page)).toBeGreaterThan(20);
});

for (const name of ["broken.png", "notes.txt"] as const) {
  test(`${name} has one clear error and no verdict`, async ({ page }) => {
    await openPage(page);
    await upload(page, name);
    await expect(page.getByRole("alert").getByRole("paragraph")).toHaveCount(1);
    await expect(page.getByRole("alert")).toHaveText(/\w+: .*\w/);
    await expect(page.getByRole("alert")).not.toContainText(name);
    await expect(page.getByRole("article")).toHaveCount(0);
    await expectAccessible(page);

    await upload(page, "healthy.png");
    await expect(page.getByRole("article")).toHaveCount(1);
    await expect(page.getByRole("alert")).toBeEmpty();
  });
}

test("a second image supersedes the first, whose late answer is dropped", async ({ page }) => {
  const { default: name, models } = await openPage(page);
  const version = models.find((model) => model.name === name)?.version ?? "";
  let calls = 0;
  await page.route("**/api/predictions", async (route) => {
    calls += 1;
    if (calls === 1) await new Promise((resolve) => setTimeout(resolve, 2000));
    // The page has hung up on the late one by then.
    await route.continue().catch(() => undefined);
  });
  const dropped = page.waitForEvent("requestfailed", (request) =>
    request.url().endsWith("/api/predictions"),
  );
  await upload(page, "blank.png");
  await expect.poll(() => calls).toBe(1);
  await upload(page, "lesion.png");
  const score = await scoreOf(page, `${name}@${version}`);
  await dropped;
  await page.waitForTimeout(2500);
  expect(await scoreOf(page, `${name}@${version}`)).toBe(score);
});

test("a blank image cannot be assessed, and is shown all the same", async ({ page }) => {
  const names = await chooseAll(page, await openPage(page));
  await upload(page, "blank.png");
  for (const name of names) {
    await expect(resultOf(page, name).getByRole("heading")).toHaveText(/^Cannot assess: \w+/);
    await expect(resultOf(page, name).locator("data")).toHaveCount(0);
  }
  await expect(page.locator(".sheet canvas")).toBeVisible();
  await expect(page.getByRole("alert")).toBeEmpty();
  await expect(page.getByRole("button", { name: MAP_BUTTON })).toHaveCount(0);
  await expectAccessible(page);
});

test("the keyboard alone chooses a model, reads an example and toggles the map", async ({
  page,
}) => {
  const names = mammogramModels(await openPage(page));
  await tabTo(page, ".examples button");
  const outline = await page.locator(":focus").evaluate((element) => getComputedStyle(element).outlineStyle);
  expect(outline).toBe("solid");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("article")).toHaveCount(1);

  // The first box of the list stands for all of them.
  await tabTo(page, ".models input");
  await page.keyboard.press("Space");
  await expect(page.getByRole("article")).toHaveCount(names.length);

  await tabTo(page, ".map-row > button");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("img", { name: MAP_CANVAS })).toBeVisible();
  await page.keyboard.press("h");
  await expect(page.getByRole("img", { name: MAP_CANVAS })).toHaveCount(0);
});

test("a file dropped anywhere is read, and its name does not leave the browser", async ({
  page,
}) => {
  // Chromium does not hand a test the bytes of a form that holds a file.
  await page.addInitScript(() => {
    const told = (body: unknown) => {
      const file = body instanceof FormData ? body.get("file") : null;
      const { dataset } = document.documentElement;
      if (file instanceof File) dataset.sent = `${dataset.sent ?? ""} ${file.name}`.trim();
    };
    const fetch = window.fetch.bind(window);
    window.fetch = (input, init) => {
      told(init?.body);
      return fetch(input, init);
    };
    window.XMLHttpRequest = class extends XMLHttpRequest {
      override send(body?: XMLHttpRequestBodyInit | null) {
        told(body);
        super.send(body);
      }
    };
  });
  await openPage(page);
  const drop = await page.evaluateHandle(async () => {
    const examples = (await (await fetch("/api/examples")).json()) as { url: string }[];
    const bytes = await (await fetch(examples[0]?.url ?? "")).arrayBuffer();
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "CANARY^NAME.png"));
    return transfer;
  });
  await page.dispatchEvent(".banner", "dragenter", { dataTransfer: drop });
  await expect(page.getByText("Drop the mammograms to read them")).toBeVisible();
  await page.dispatchEvent(".banner", "drop", { dataTransfer: drop });
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(page.locator("html")).toHaveAttribute("data-sent", "image image");
  expect(await page.content()).not.toContain("CANARY");
});

test("nothing is asked of another origin, kept in storage or complained of", async ({ page }) => {
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== ORIGIN) elsewhere.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await chooseAll(page, await openPage(page));
  await upload(page, "lesion.png");
  await expect(page.getByRole("article").first()).toBeVisible();
  await page.getByRole("button", { name: MAP_BUTTON }).click();
  await expect(page.getByRole("img", { name: MAP_CANVAS })).toBeVisible();
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
  expect(await page.context().cookies()).toEqual([]);
});

test("on a telephone the image comes into sight by itself", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openPage(page);
  await page.getByRole("list", { name: "Synthetic mammograms" }).getByRole("button").first().click();
  await expect(page.locator(".sheet canvas")).toBeInViewport({ ratio: 0.9 });
});

for (const width of [390, 320]) {
  test(`at ${width} pixels nothing scrolls sideways`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await chooseTwo(page, await openPage(page));
    await upload(page, "lesion.png");
    await expect(page.getByRole("article").first()).toBeVisible();
    await page.getByRole("button", { name: MAP_BUTTON }).click();
    await expect(page.getByRole("img", { name: MAP_CANVAS })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });
}
