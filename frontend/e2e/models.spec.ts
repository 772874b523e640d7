/** Many models, of two modalities and with every kind of map; the models are mocked. */

import { expect, type Page, type Route, test } from "@playwright/test";

import { type Asked, mockModels, MODELS } from "./mockedModels";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  focusImage,
  grayLevels,
  inColours,
  openPage,
  resultOf,
  scoreOf,
  tabTo,
  upload,
} from "./screen";

const PREDICTIONS = "**/api/predictions";

function box(page: Page, title: RegExp) {
  return page.getByRole("checkbox", { name: title });
}

function of(asked: Asked[], path: string) {
  return asked.filter((one) => one.path === path);
}

/** In place of the default. */
async function chooseInstead(page: Page, title: RegExp): Promise<void> {
  await box(page, title).check();
  await box(page, /^DenseNet121/).uncheck();
}

/** Mean red and green of what the image's canvas shows. */
async function meanColor(page: Page): Promise<[number, number]> {
  return page.locator(".sheet canvas").first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext("2d");
    const samples = [...(context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [])];
    const mean = (channel: number) =>
      (4 * samples.reduce((sum, v, i) => (i % 4 === channel ? sum + v : sum), 0)) / samples.length;
    return [mean(0), mean(1)] as [number, number];
  });
}

async function hang(route: Route, milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  // The page may have hung up by then.
  await route.fallback().catch(() => undefined);
}

test("ten models stand in two groups, each with whom it learned from and how well it does", async ({
  page,
}) => {
  await mockModels(page);
  await openPage(page);
  const mammogram = page.getByRole("group", { name: "Mammogram" });
  const histology = page.getByRole("group", { name: "H&E histology patch" });
  await expect(mammogram.getByRole("checkbox")).toHaveCount(9);
  await expect(histology.getByRole("checkbox")).toHaveCount(3);
  for (const { card, modality } of MODELS) {
    const group = modality === "histology" ? histology : mammogram;
    await expect(group.getByRole("checkbox", { name: card.title })).toHaveAccessibleDescription(
      modality === "histology"
        ? "mocked, 12,000 images, AUC by image 0.68 (0.60 to 0.75), no answer timed yet"
        : "mocked, 501 women, AUC by breast 0.68 (0.60 to 0.75), no answer timed yet",
    );
  }
  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSidewaysScroll(page);
  }
});

test("by keyboard a model of the other kind takes the place of those chosen, and that is said", async ({
  page,
}) => {
  await mockModels(page);
  await openPage(page);
  await box(page, /^Custom CNN/).check();
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(2);
  await tabTo(page, "[aria-describedby*=histology-svm]");
  await page.keyboard.press("Space");
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(1);
  await expect(box(page, /^SVM on colour/)).toBeChecked();
  await expect(page.getByText("2 mammogram models were unchosen")).toHaveRole("status");
  await box(page, /^Logistic/).check();
  await expect(page.getByRole("checkbox", { checked: true })).toHaveCount(1);
  await expect(page.getByText("1 H&E patch model was unchosen")).toHaveRole("status");
});

test("an H&E patch is read, shown in colour and spoken of as what it is", async ({ page }) => {
  const asked = await mockModels(page);
  await openPage(page);
  await box(page, /^SVM on colour/).check();
  await expect(page.getByText("of an H&E patch")).toBeVisible();
  const example = page.getByRole("list", { name: "Synthetic mammograms" }).getByRole("button").first();
  await expect(example).toBeDisabled();
  await upload(page, "stained.png");
  await scoreOf(page, "histology-svm-pcam@1");
  await expect(page.getByRole("img", { name: "H&E patch", exact: true })).toBeVisible();
  await expect.poll(() => grayLevels(page)).toBeGreaterThan(20);
  const [red, green] = await meanColor(page);
  expect(red).toBeGreaterThan(1.3 * green);

  const result = resultOf(page, "histology-svm-pcam@1");
  await expect(result).toContainText("labelled “metastasis”");
  await expect(result).toContainText("On the test images: sensitivity");
  await expect(result).not.toContainText(/breast|mammogram|wom[ae]n/);
  expect(of(asked, "/api/images").map(({ modality }) => modality)).toEqual(["histology"]);

  await page.dispatchEvent(".banner", "dragenter", {
    dataTransfer: await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["x"], "x"));
      return transfer;
    }),
  });
  await expect(page.getByText("Drop the H&E patches to read them")).toBeVisible();
  await expectAccessible(page);
});

test("a model of the other kind reads the open image anew, as what it reads", async ({ page }) => {
  const asked = await mockModels(page);
  await openPage(page);
  await upload(page, "stained.png");
  await scoreOf(page, "densenet121-rsna@1");
  await box(page, /^SVM on colour/).check();
  await scoreOf(page, "histology-svm-pcam@1");
  await expect(page.getByRole("img", { name: "H&E patch", exact: true })).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(1);
  expect(of(asked, "/api/images").map(({ modality }) => modality)).toEqual(["mammogram", "histology"]);
  expect(of(asked, "/api/predictions").map(({ models }) => models)).toEqual([
    ["densenet121-rsna@1"],
    ["histology-svm-pcam@1"],
  ]);
});

test("a segmentation is never said to have moved the score, and has its own colour", async ({
  page,
}) => {
  const asked = await mockModels(page);
  await openPage(page);
  await chooseInstead(page, /^k-means/);
  await upload(page, "lesion.png");
  await scoreOf(page, "kmeans-mini-mias@1");
  await expect(page.getByText("what moved the score")).toHaveCount(0);
  await page.getByRole("button", { name: "Show what was segmented" }).click();
  const map = page.getByRole("img", { name: /^Map of what was segmented for kmeans-mini-mias@1/ });
  await expect(map).toBeVisible();
  await expect(page.getByText("Shows what was segmented, not what moved the score.")).toBeVisible();
  await expect(
    page.getByRole("img", { name: "Colour scale from 0 to 1 membership, transparent to green" }),
  ).toBeVisible();
  const [red, green, blue] = await map.evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
    // Where the map is strongest.
    let most = 0;
    for (let i = 0; data && i < data.length; i += 4) {
      if ((data[i + 3] ?? 0) > (data[most + 3] ?? 0)) most = i;
    }
    return [...(data?.subarray(most, most + 4) ?? [])];
  });
  expect(green).toBeGreaterThan(Math.max(red ?? 255, blue ?? 255));
  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");
  expect(of(asked, "/api/predictions").map(({ include }) => include)).toEqual([null, "heatmap"]);
});

test("a map by occlusion is asked for when it is wanted, and the wait is announced", async ({
  page,
}) => {
  const asked = await mockModels(page);
  await openPage(page);
  await chooseInstead(page, /^Logistic/);
  await upload(page, "lesion.png");
  await scoreOf(page, "logistic-rsna@1");
  // The mocked answer may be there before the image, without which the keys rest.
  await expect(page.locator(".sheet canvas")).toBeVisible();
  expect(of(asked, "/api/predictions").at(-1)).toMatchObject({ include: null });

  await page.route(PREDICTIONS, (route) => hang(route, 1500));
  await focusImage(page);
  await page.keyboard.press("h");
  await expect(page.getByRole("status").filter({ hasText: "Making the map…" })).toBeVisible();
  await expectAccessible(page);
  const map = page.getByRole("img", { name: /^Map of what moved the score of logistic-rsna@1/ });
  await expect(map).toBeVisible();
  await expect(page.getByText("Making the map…")).toHaveCount(0);
  await expect(page.getByText(/Covering a cell changes the logit by so much/)).toBeVisible();
  await expect(page.getByText(/the bias/)).toHaveCount(0);

  // Once it is there it is not asked for again.
  const before = asked.length;
  await page.keyboard.press("h");
  await expect(map).toHaveCount(0);
  await page.keyboard.press("h");
  await expect(map).toBeVisible();
  expect(asked.length).toBe(before);
});

test("a map that is no longer wanted is given up, and one that failed can be asked for again", async ({
  page,
}) => {
  await mockModels(page);
  await openPage(page);
  await chooseInstead(page, /^Logistic/);
  await upload(page, "lesion.png");
  await scoreOf(page, "logistic-rsna@1");
  // The mocked answer may be there before the image, without which the keys rest.
  await expect(page.locator(".sheet canvas")).toBeVisible();
  const map = page.getByRole("img", { name: /^Map of/ });

  await page.route(PREDICTIONS, (route) => hang(route, 1000), { times: 1 });
  const dropped = page.waitForEvent("requestfailed");
  await focusImage(page);
  await page.keyboard.press("h");
  await expect(page.getByText("Making the map…")).toBeVisible();
  await page.keyboard.press("h");
  await dropped;
  await page.waitForTimeout(1200);
  await expect(map).toHaveCount(0);
  await expect(page.getByText(/^No map/)).toHaveCount(0);

  const busy = { title: "The server is busy", detail: "send it again in a moment", status: 503 };
  await page.route(
    PREDICTIONS,
    (route) =>
      route.fulfill({ status: 503, contentType: "application/problem+json", json: busy }),
    { times: 1 },
  );
  await page.keyboard.press("h");
  await expect(page.getByRole("status").filter({ hasText: "No map: The server is busy" })).toBeVisible();
  await expect(map).toHaveCount(0);
  await page.keyboard.press("h");
  await page.keyboard.press("h");
  await expect(map).toBeVisible();
  await expect(page.getByText(/^No map/)).toHaveCount(0);
});
