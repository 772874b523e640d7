import { readFileSync } from "node:fs";

import { expect, type Page, test } from "@playwright/test";

import { MODELS, mockModels } from "./mockedModels";
import {
  expectAccessibleInBothThemes,
  expectNoSidewaysScroll,
  openPage,
  scoreOf,
  tabTo,
  upload,
} from "./screen";

const A4_POINTS = [595, 842];

function reportDialog(page: Page) {
  return page.getByRole("dialog", { name: "Report, as it will be printed" });
}

async function openReport(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Report" }).click();
  await expect(reportDialog(page).getByRole("button", { name: "Print" })).toBeEnabled();
}

/** The sizes of a PDF's pages, in points. */
async function pagesOf(page: Page): Promise<number[][]> {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const boxes = [...pdf.matchAll(/\/MediaBox\s*\[([^\]]*)\]/g)];
  return boxes.map(([, box]) => (box ?? "").trim().split(/\s+/).slice(2).map(Number).map(Math.round));
}

/** Whether all of the sheet's content lies within it when it is printed. */
async function expectNothingCutOff(page: Page): Promise<void> {
  await page.emulateMedia({ media: "print" });
  const cut = await page.locator(".sheet-a4").evaluate((sheet) => ({
    over: sheet.scrollHeight - sheet.clientHeight,
    remarks: sheet.querySelector(".a4-remarks")?.clientHeight ?? 0,
    pictures: Array.from(sheet.querySelectorAll("canvas"), ({ clientHeight }) => clientHeight),
  }));
  await page.emulateMedia({ media: null });
  expect(cut.over).toBeLessThanOrEqual(0);
  // Room for three lines by hand, and for pictures that can be looked at.
  expect(cut.remarks).toBeGreaterThan(60);
  for (const height of cut.pictures) expect(height).toBeGreaterThan(100);
}

test("the report is one A4 page with image, map, model, version, operating point, date and notice", async ({
  page,
}) => {
  const { default: name, models } = await openPage(page);
  const model = models.find((one) => one.name === name);
  if (!model) throw new Error("the server has no default model");
  const reference = `${name}@${model.version}`;
  await expect(page.getByRole("button", { name: "Report" })).toHaveCount(0);
  await upload(page, "lesion.png");
  const score = await scoreOf(page, reference);
  const verdict = await page.getByRole("article").getByRole("heading", { level: 3 }).first().textContent();
  await openReport(page);

  const sheet = page.getByRole("article", { name: "Report on an image that was read" });
  await expect(sheet.getByRole("img", { name: /^Image, / })).toBeVisible();
  await expect(sheet.getByRole("img", { name: /^Map over the image, / })).toBeVisible();
  await expect(sheet).toContainText(verdict ?? "no verdict");
  await expect(sheet).toContainText(`${score.toFixed(3)} of 0 to 1`);
  await expect(sheet).toContainText(reference);
  await expect(sheet).toContainText(model.card.title);
  await expect(sheet).toContainText(/Operating point.*0\.\d{3}/);
  await expect(sheet).toContainText(/Sensitivity there0\.\d\d \(0\.\d\d to 0\.\d\d\), on test images/);
  await expect(sheet.locator("time")).toContainText(String(new Date().getFullYear()));
  await expect(sheet).toContainText("Research software, not a medical device.");
  await expect(sheet).toContainText("Remarks");
  await expect(sheet).not.toContainText("lesion.png");

  expect(await pagesOf(page)).toEqual([A4_POINTS]);
  await expectNothingCutOff(page);
});

test("the map on paper differs from the image, and both show tissue", async ({ page }) => {
  await openPage(page);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  await openReport(page);
  const looks = await page.locator(".sheet-a4 canvas").evaluateAll((all) =>
    all.map((element) => {
      const canvas = element as HTMLCanvasElement;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let coloured = 0;
      const grays = new Set<number>();
      for (let i = 0; i < data.length; i += 4) {
        grays.add(data[i] ?? 0);
        if (data[i] !== data[i + 2]) coloured += 1;
      }
      return { coloured, grays: grays.size };
    }),
  );
  expect(looks).toHaveLength(2);
  expect(looks[0]?.coloured).toBe(0);
  expect(looks[0]?.grays).toBeGreaterThan(20);
  expect(looks[1]?.coloured).toBeGreaterThan(1000);
});

test("an exam of four views and many models still fits the one page, in every language", async ({ page }) => {
  await openPage(page);
  await page.getByRole("button", { name: /exam/i }).first().click();
  const boxes = page.getByRole("group", { name: "Mammogram" }).getByRole("checkbox");
  for (const box of await boxes.all()) await box.check();
  await expect(page.locator(".results article").nth(4)).toBeVisible();
  for (const language of ["English", "Deutsch", "Español"]) {
    await page.locator(".site-settings select").last().selectOption(language);
    await page.locator(".report-tools button").click();
    const dialog = page.locator("dialog.report");
    await expect(dialog.locator(".report-bar .primary")).toBeEnabled();
    await expect(dialog.locator("canvas")).toHaveCount(8);
    expect(await pagesOf(page)).toEqual([A4_POINTS]);
    await expectNothingCutOff(page);
    await page.keyboard.press("Escape");
  }
});

test("another model can be chosen, and the others' verdicts stand beside it", async ({ page }) => {
  await mockModels(page);
  await openPage(page);
  for (const box of await page.getByRole("group", { name: "Mammogram" }).getByRole("checkbox").all()) {
    await box.check();
  }
  await upload(page, "lesion.png");
  const mammogram = MODELS.filter(({ modality }) => modality === "mammogram");
  await expect(page.locator(".results article")).toHaveCount(mammogram.length);
  await openReport(page);
  const sheet = page.locator(".sheet-a4");
  await reportDialog(page).getByLabel("Model").selectOption("kmeans-mini-mias@1");
  await expect(sheet).toContainText("kmeans-mini-mias@1");
  await expect(sheet).toContainText("The map shows in green what was segmented, not what moved the score.");
  const others = sheet.locator("dd").last();
  for (const { name } of mammogram) {
    if (name !== "kmeans-mini-mias") await expect(others).toContainText(new RegExp(`${name}@1: `));
  }
  expect(await pagesOf(page)).toEqual([A4_POINTS]);
  await expectNothingCutOff(page);
});

test("the file for a program holds the same answer, and no file name", async ({ page }) => {
  const { default: name, models } = await openPage(page);
  const reference = `${name}@${models.find((model) => model.name === name)?.version ?? ""}`;
  await upload(page, "mono1.dcm");
  const score = await scoreOf(page, reference);
  await openReport(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as JSON" }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("mammoscope-report.json");
  const text = readFileSync(await saved.path(), "utf8");
  const file = JSON.parse(text) as {
    made: string;
    notice: string;
    answers: { model: string; score: number; operating_point: { threshold: number } }[];
    views: { predictions: { heatmap: { grid: number[][] } | null }[] }[];
  };
  expect(file.answers).toHaveLength(1);
  expect(file.answers[0]?.model).toBe(reference);
  expect(file.answers[0]?.score).toBe(score);
  expect(file.answers[0]?.operating_point.threshold).toBeGreaterThan(0);
  expect(Math.abs(Date.now() - Date.parse(file.made))).toBeLessThan(60_000);
  expect(file.notice).toContain("not a medical device");
  expect(file.views[0]?.predictions[0]?.heatmap?.grid.length).toBeGreaterThan(1);
  expect(text).not.toMatch(/mono1|\.dcm|patient_?name|PatientID/i);
});

test("by the keyboard alone it opens, and closing gives the focus back", async ({ page }) => {
  await openPage(page);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  await page.locator(".stage").focus();
  await tabTo(page, ".report-tools button");
  await page.keyboard.press("Enter");
  await expect(reportDialog(page)).toBeVisible();
  await expect(page.locator(":focus")).toHaveCount(1);
  expect(await page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
  await page.keyboard.press("Escape");
  await expect(reportDialog(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Report" })).toBeFocused();
});

test("the button prints, and without the report the page prints itself", async ({ page }) => {
  await page.addInitScript(() => {
    window.print = () => {
      document.documentElement.dataset.printed = "yes";
    };
  });
  await openPage(page);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  await openReport(page);
  await reportDialog(page).getByRole("button", { name: "Print" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-printed", "yes");
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".banner").first()).toBeHidden();
  await expect(page.locator(".sheet-a4")).toBeVisible();
  await page.emulateMedia({ media: null });
  await page.keyboard.press("Escape");
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".results article")).toBeVisible();
});

test("the report has no violation in either theme, also at 320 pixels", async ({ page }) => {
  await openPage(page);
  await upload(page, "lesion.png");
  await expect(page.getByRole("article")).toHaveCount(1);
  await openReport(page);
  await expectAccessibleInBothThemes(page);
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 700 });
    await expectNoSidewaysScroll(page);
    const over = await reportDialog(page).evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    expect(over).toBeLessThanOrEqual(0);
  }
});

test("an image that cannot be assessed has a report that says why, without a map", async ({ page }) => {
  await openPage(page);
  await upload(page, "blank.png");
  await expect(page.getByRole("heading", { name: /^Cannot assess: / }).first()).toBeVisible();
  await openReport(page);
  const sheet = page.locator(".sheet-a4");
  await expect(sheet.getByRole("heading", { name: /^Cannot assess: \w+/ })).toBeVisible();
  await expect(sheet.locator("canvas")).toHaveCount(1);
  await expect(sheet).not.toContainText("of 0 to 1");
  expect(await pagesOf(page)).toEqual([A4_POINTS]);
});
