/** Several images: how they are given, how they hang, and what is said of them together. */

import { readFileSync } from "node:fs";

import { expect, type Page, type Route, test } from "@playwright/test";

import type { Example, Models, PublishedModel, Reading } from "../src/apiTypes";
import { fixture, type FixtureName } from "./environment";
import { mockModels } from "./mockedModels";
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inColours,
  openPage,
  scoreOf,
  tabTo,
} from "./screen";

const PLACES = ["Right CC", "Left CC", "Right MLO", "Left MLO"];

/** What no page may show, nor send. */
const CANARY = "CANARY^NAME";

interface Given {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

function given(...names: FixtureName[]): Given[] {
  return names.map((name, index) => ({
    name: `${CANARY} ${index}`,
    mimeType: "",
    buffer: readFileSync(fixture(name)),
  }));
}

async function give(page: Page, files: Given[]): Promise<void> {
  await page.getByLabel("Image files").setInputFiles(files);
}

function hung(page: Page, place: string) {
  return page.getByRole("listitem", { name: place, exact: true });
}

async function openExam(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^A whole exam/ }).click();
  await expect(page.getByRole("region", { name: "Exam" })).toBeVisible();
}

/** The default model's scores of the example exam's views by place, asked of the server itself. */
async function examScores(page: Page): Promise<{ model: PublishedModel; scores: Map<string, number> }> {
  const { default: name, models } = (await (await page.request.get("/api/models")).json()) as Models;
  const model = models.find((one) => one.name === name);
  if (!model) throw new Error("the server has no default model");
  const examples = (await (await page.request.get("/api/examples")).json()) as Example[];
  const scores = new Map<string, number>();
  for (const { url } of examples.filter(({ exam }) => exam !== null)) {
    const buffer = await (await page.request.get(url)).body();
    const multipart = { file: { name: "image", mimeType: "application/octet-stream", buffer } };
    const answer = await page.request.post("/api/predictions", { multipart });
    const { image, predictions } = (await answer.json()) as Reading;
    const side = image.laterality === "R" ? "Right" : "Left";
    scores.set(`${side} ${image.view ?? ""}`, predictions[0]?.score ?? Number.NaN);
  }
  return { model, scores };
}

async function rows(page: Page): Promise<string[][]> {
  return page
    .getByRole("table")
    .locator("tbody tr")
    .evaluateAll((all) =>
      all.map((row) => Array.from(row.children, (cell: Element) => cell.textContent)),
    );
}

async function delay(route: Route, milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  // The page may have hung up by then.
  await route.fallback().catch(() => undefined);
}

test("the views of an exam hang by their headers, and the answer is that of the woman", async ({ page }) => {
  await openPage(page);
  const { model, scores } = await examScores(page);
  const [point] = model.operating_points;
  if (!point) throw new Error("the default model has no operating point");
  await openExam(page);
  const items = page.getByRole("region", { name: "Exam" }).locator(".hanging > li");
  await expect(items).toHaveCount(4);
  for (const [index, place] of PLACES.entries()) {
    await expect(items.nth(index)).toHaveAccessibleName(place);
    await expect(items.nth(index).getByRole("heading")).toHaveText(new RegExp(`^${place}, image \\d$`));
  }

  const of = (place: string) => scores.get(place) ?? Number.NaN;
  const calibrator = model.breast_calibrator;
  if (!calibrator) throw new Error("the default model has no calibrator of breasts");
  const { slope, intercept } = calibrator;
  const calibrated = (mean: number) =>
    1 / (1 + (1 / mean - 1) ** slope * Math.exp(-intercept));
  const right = calibrated((of("Right CC") + of("Right MLO")) / 2);
  const left = calibrated((of("Left CC") + of("Left MLO")) / 2);
  const woman = Math.max(right, left);
  const shown = await scoreOf(page, `${model.name}@${model.version}`);
  expect(shown).toBeCloseTo(woman, 9);
  const at = (score: number) => (score >= point.threshold ? "above" : "below");
  const row = (name: string, score: number) => [name, score.toFixed(3), at(score)];
  expect(await rows(page)).toEqual([
    row("Right CC (Image 1)", of("Right CC")),
    row("Right MLO (Image 3)", of("Right MLO")),
    row("Right breast, by all its views", right),
    row("Left CC (Image 2)", of("Left CC")),
    row("Left MLO (Image 4)", of("Left MLO")),
    row("Left breast, by all its views", left),
    row("Woman, maximum of her breasts", woman),
  ]);

  const result = page.getByRole("article");
  const byWoman = model.card.figures.find(({ unit }) => unit === "woman")?.metrics;
  await expect(result).toContainText(
    `On the test women, by woman: sensitivity ${byWoman?.sensitivity?.value.toFixed(2) ?? ""} (`,
  );
  await expect(result).toContainText("A breast of several views has a calibration of its own");
  await expect(result).toContainText("The operating point was chosen by image");
  await result.getByLabel("Operating point", { exact: true }).selectOption("sensitivity_90");
  await expect(result).toContainText("The card has no figures by woman at this operating point");
  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");
});

test("images without side and view are moved by keyboard, which keeps the focus and is announced", async ({
  page,
}) => {
  await mockModels(page);
  await openPage(page);
  await give(page, given("healthy.png", "mono1.dcm"));
  await expect(page.getByRole("article")).toBeVisible();
  await expect(page.getByText(/^1 image has no side and view in the header/).first()).toBeVisible();
  await expect(hung(page, "Left MLO").getByRole("heading")).toHaveText("Left MLO, image 2");
  await expect(page.getByRole("article")).toContainText("Only the left breast has a view");
  await expect(page.getByRole("article")).toContainText("Not given: Right CC, Left CC, Right MLO.");

  const choice = page.getByLabel("Place of image 1");
  await expect(choice).toHaveValue("");
  await choice.focus();
  await page.keyboard.press("r");
  await expect(hung(page, "Right CC").getByRole("heading")).toHaveText("Right CC, image 1");
  await expect(choice).toBeFocused();
  await expect(page.getByText("Image 1 hangs as Right CC.")).toHaveRole("status");
  await expect(hung(page, "Right CC")).toContainText("placed by hand; the header does not say");
  await expect(page.getByText(/no side and view in the header/)).toHaveCount(0);
  await expect(page.getByRole("article")).toContainText("Not given: Left CC, Right MLO.");

  await page.getByLabel("Place of image 2").selectOption("Left CC");
  await expect(hung(page, "Left CC")).toContainText("moved by hand; the header says Left MLO");
  await page.getByLabel("Place of image 2").selectOption("Right, other view");
  await expect(page.getByRole("article")).toContainText("Only the right breast has a view");
  await expect.poll(() => rows(page)).toHaveLength(4);
});

test("files may be dropped together anywhere, or pasted, and no name is shown or sent", async ({ page }) => {
  await mockModels(page);
  await page.addInitScript(() => {
    window.FormData = class extends FormData {
      override append(name: string, value: string | Blob, filename?: string) {
        if (!(value instanceof Blob)) {
          super.append(name, value);
          return;
        }
        super.append(name, value, filename);
        const { dataset } = document.documentElement;
        const file = this.get(name);
        dataset.sent = `${dataset.sent ?? ""} ${file instanceof File ? file.name : ""}`;
      }
    };
  });
  await openPage(page);
  const input = page.getByLabel("Image files");
  await expect(input).not.toHaveAttribute("accept");
  await expect(input).toHaveAttribute("multiple");
  const transfer = (urls: string[]) =>
    page.evaluateHandle(
      async ({ urls: wanted, canary }) => {
        const data = new DataTransfer();
        for (const [index, url] of wanted.entries()) {
          const bytes = await (await fetch(url)).arrayBuffer();
          data.items.add(new File([bytes], `${canary} ${index}.dcm`));
        }
        return data;
      },
      { urls, canary: CANARY },
    );
  const examples = (await (await page.request.get("/api/examples")).json()) as Example[];
  const views = examples.filter(({ exam }) => exam !== null).map(({ url }) => url);
  await page.dispatchEvent(".banner", "drop", { dataTransfer: await transfer(views) });
  await expect(page.getByRole("article")).toBeVisible();
  await expect(page.getByRole("region", { name: "Exam" }).locator(".hung canvas")).toHaveCount(4);

  const pasted = await transfer([views[0] ?? ""]);
  await page.evaluate((data) => {
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  }, pasted);
  await expect(page.getByRole("region", { name: "Exam" })).toHaveCount(0);
  await scoreOf(page, "densenet121-rsna@1");
  const sent = await page.locator("html").getAttribute("data-sent");
  // Four views and the one that was pasted, each to be decoded and to be judged.
  expect(sent?.trim().split(" ")).toEqual(Array.from({ length: 10 }, () => "image"));
  expect(await page.content()).not.toContain(CANARY);
});

test("one file's error costs that file only", async ({ page }) => {
  await openPage(page);
  await give(page, given("broken.png", "mono1.dcm", "notes.txt", "blank.png"));
  await expect(page.getByRole("article")).toBeVisible();
  const unread = page.getByRole("list", { name: "Files that could not be read" });
  await expect(unread.getByRole("alert")).toHaveCount(2);
  await expect(unread).toContainText("File 1 of 4");
  await expect(unread).toContainText("File 3 of 4");
  await expect(unread).not.toContainText(CANARY);
  await expect(page.getByRole("article")).toContainText("2 of the files could not be read and count in nothing.");
  await expect(page.getByRole("article")).toContainText("1 of the images could not be assessed and counts in no mean.");
  await expect(hung(page, "Left MLO").locator("canvas").first()).toBeVisible();
  await expectAccessible(page);
  await unread.getByRole("button", { name: "Remove File 1 of 4" }).click();
  await expect(unread.getByRole("alert")).toHaveCount(1);
  await expect(page.getByRole("article")).toContainText("1 of the files could not be read and counts in nothing.");
});

test("too many files are refused in one sentence", async ({ page }) => {
  await openPage(page);
  await give(page, given(...Array.from({ length: 13 }, () => "notes.txt" as const)));
  await expect(page.getByRole("alert")).toHaveText("Too many files at once: 13 files came; give at most 12.");
});

test("the bytes sent are told as they go, and sending can be stopped and begun anew", async ({ page }) => {
  await openPage(page);
  const client = await page.context().newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 60_000 };
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", slow);
  await give(page, given("healthy.png"));
  const bar = page.getByRole("progressbar");
  const status = page.locator(".reading-bar").getByRole("status");
  const told = async () => Number(/^Sending: (\d+) %$/.exec(await status.innerText())?.[1] ?? Number.NaN);
  await expect(bar).toBeVisible();
  await expect.poll(told).toBeGreaterThan(0);
  const early = await told();
  await expect.poll(told, { intervals: [50] }).toBeGreaterThan(early);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(status).toHaveText("Stopped.");
  await expect(bar).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Result" })).toContainText(
    "Stopped before the models answered.",
  );
  const again = page.getByRole("button", { name: "Try again" });
  await expect(again).toBeFocused();
  await client.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
  await again.press("Enter");
  await expect(page.getByRole("article")).toBeVisible();
  await expect(status).toBeEmpty();
});

test("decoding and the models are told apart, and the models can be stopped alone", async ({ page }) => {
  await openPage(page);
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  // A route of the test would hold the upload itself; this only has the answers wait.
  const late = { offline: false, latency: 1500, downloadThroughput: -1, uploadThroughput: -1 };
  await client.send("Network.emulateNetworkConditions", late);
  await page.route("**/api/predictions", (route) => delay(route, 4000), { times: 1 });
  await give(page, given("healthy.png"));
  const status = page.locator(".reading-bar").getByRole("status");
  await expect(status).toHaveText("Decoding the image…");
  await expect(status).toHaveText("The models are reading…");
  await expect(page.locator(".sheet canvas").first()).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(status).toHaveText("Stopped.");
  await expect(page.locator(".sheet canvas").first()).toBeVisible();
  await expect(page.getByRole("article")).toHaveCount(0);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("article")).toBeVisible();
});

test("a busy server and one that cannot be reached can be asked again", async ({ page, context }) => {
  await mockModels(page);
  await openPage(page);
  const busy = { type: "/docs#busy", title: "The server is busy", detail: "send it again", status: 503 };
  await page.route(
    "**/api/predictions",
    (route) => route.fulfill({ status: 503, contentType: "application/problem+json", json: busy }),
    { times: 1 },
  );
  await give(page, given("healthy.png"));
  await expect(page.getByRole("alert")).toHaveText("The server is busy: send it again");
  await page.getByRole("button", { name: "Try again" }).click();
  await scoreOf(page, "densenet121-rsna@1");
  await expect(page.getByRole("alert")).toBeEmpty();

  await context.setOffline(true);
  await give(page, given("lesion.png"));
  await expect(page.getByRole("alert")).toContainText("The server could not be reached");
  await expect(page.getByRole("alert")).toContainText("This device is offline.");
  await expectAccessible(page);
  await context.setOffline(false);
  await expect(page.getByRole("alert")).not.toContainText("offline");
  await page.getByRole("button", { name: "Try again" }).click();
  await scoreOf(page, "densenet121-rsna@1");
});

test("a page that found no server asks again when it is told to", async ({ page }) => {
  await page.route("**/api/models", (route) => route.abort(), { times: 1 });
  await page.goto("/");
  await expect(page.getByRole("alert")).toContainText("The server could not be reached");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("group", { name: "Models" }).getByRole("checkbox").first()).toBeVisible();
  await expect(page.getByRole("alert")).toBeEmpty();
});

test("by keyboard one view is looked at closer, and all of them again", async ({ page }) => {
  await mockModels(page);
  await openPage(page);
  await openExam(page);
  await expect(page.getByRole("article")).toBeVisible();
  await page.getByRole("button", { name: "Look closer at image 2" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator("#image")).toBeFocused();
  await expect(page.getByRole("region", { name: "Exam" })).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Left CC" })).toBeVisible();
  await expect(page.getByRole("article").getByRole("table")).toHaveCount(0);
  await tabTo(page, ".ways button");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Exam" })).toBeVisible();
  await expect(page.getByRole("article").getByRole("table")).toBeVisible();
});

test("other models are asked about every view, and those that answered are not asked again", async ({ page }) => {
  const asked = await mockModels(page);
  await openPage(page);
  await openExam(page);
  await expect(page.getByRole("article")).toHaveCount(1);
  await page.getByRole("checkbox", { name: /^Custom CNN/ }).check();
  await expect(page.getByRole("article")).toHaveCount(2);
  const models = asked.filter(({ path }) => path === "/api/predictions").map((one) => one.models);
  expect(models).toEqual([
    ...Array.from({ length: 4 }, () => ["densenet121-rsna@1"]),
    ...Array.from({ length: 4 }, () => ["cnn-rsna@1"]),
  ]);
  await expect(page.getByLabel(/^(DenseNet121|Custom CNN) trained/).first()).toHaveAccessibleDescription(
    /last answer 40 ms$/,
  );
});

test("several patches hang in the order in which they came, and each has its own answer", async ({ page }) => {
  await mockModels(page);
  await openPage(page);
  await page.getByRole("checkbox", { name: /^SVM on colour/ }).check();
  await give(page, given("stained.png", "stained.png"));
  const patches = page.getByRole("region", { name: "Patches" });
  await expect(patches.locator(".hung canvas")).toHaveCount(2);
  await expect(patches.getByRole("combobox")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Result" })).toContainText(
    "Look closer at an image to see its result.",
  );
  await patches.getByRole("button", { name: "Look closer at image 2" }).click();
  await scoreOf(page, "histology-svm-pcam@1");
  await expect(page.getByRole("article")).toContainText("patches with this result");
  await expect(page.getByRole("article")).not.toContainText(/wom[ae]n|breast/);
  await page.getByRole("button", { name: "Back to all images" }).click();
  await expect(patches).toBeVisible();
});

for (const [width, height] of [
  [1360, 900],
  [390, 844],
] as const) {
  test(`at ${width} pixels an exam and a comparison are accessible and fit`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await mockModels(page, { "densenet121-rsna": 0.3 });
    await openPage(page);
    await openExam(page);
    await expect(page.getByRole("article")).toBeVisible();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await page.getByRole("checkbox", { name: /^All 8/ }).check();
    await page.getByRole("button", { name: "Look closer at image 1" }).click();
    await page.getByRole("button", { name: "Side by side" }).click();
    await expect(page.getByRole("region", { name: "Side by side" }).locator(".pane")).toHaveCount(8);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await inColours(page, "light");
    await expectAccessible(page, "contrast alone");
  });
}
