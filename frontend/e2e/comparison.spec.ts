/** Two models or more on one image: side by side, together, and where they disagree. */

import { expect, type Page, test } from "@playwright/test";

import { mockModels } from "./mockedModels";
import { openPage, resultOf, scoreOf, tabTo, upload } from "./screen";

/** What a pane's image shows. */
async function picture(page: Page, pane: number): Promise<string> {
  return page
    .locator(".pane")
    .nth(pane)
    .locator(".sheet canvas")
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

async function openTwo(page: Page, scores: Record<string, number>) {
  const asked = await mockModels(page, scores);
  await openPage(page);
  await page.getByRole("checkbox", { name: /^Custom CNN/ }).check();
  await upload(page, "lesion.png");
  await scoreOf(page, "cnn-rsna@1");
  await expect(page.locator(".sheet canvas").first()).toBeVisible();
  return asked;
}

test("models that disagree are said to, and by how much their scores differ", async ({ page }) => {
  await openTwo(page, { "densenet121-rsna": 0.305, "cnn-rsna": 0.62 });
  const note = page.locator(".disagreement");
  await expect(note).toContainText("The models do not agree: 1 suspicious, 1 not suspicious.");
  await expect(note).toContainText(
    "Their scores differ by 0.315 at most: from 0.305 (DenseNet121 trained on rsna) to 0.620 (Custom CNN trained on rsna).",
  );
  await expect(note).not.toContainText("different things");

  // At another operating point they agree, though their scores are what they were.
  await resultOf(page, "cnn-rsna@1")
    .getByLabel("Operating point", { exact: true })
    .selectOption("sensitivity_90");
  await expect(note).toContainText("Both models say the same: 2 suspicious.");
  await expect(note).toContainText("differ by 0.315");
  await page.getByRole("checkbox", { name: /^Custom CNN/ }).uncheck();
  await expect(note).toHaveCount(0);
});

test("models that look for different things are said not to compare", async ({ page }) => {
  const published = await openPage(page);
  await page.getByRole("checkbox", { name: /^K-means/ }).check();
  await upload(page, "lesion.png");
  expect(published.models.length).toBeGreaterThan(1);
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(page.locator(".disagreement")).toContainText(
    "They look for different things (“cancer”, “abnormal”), so their scores do not compare.",
  );
});

test("side by side the views are moved together, until they are unlinked, and each has its own map", async ({
  page,
}) => {
  const asked = await openTwo(page, { "densenet121-rsna": 0.3 });
  const button = page.getByRole("button", { name: "Side by side" });
  await tabTo(page, ".ways button");
  await page.keyboard.press("Enter");
  await expect(button).toHaveAttribute("aria-pressed", "true");
  const panes = page.locator(".pane");
  await expect(panes).toHaveCount(2);
  await expect(panes.nth(0)).toContainText("Not suspicious by this model Score 0.300.");
  await expect(panes.nth(1)).toContainText("Suspicious: above the operating point Score 0.620.");

  await expect.poll(() => picture(page, 0)).toBe(await picture(page, 1));
  const fitted = await picture(page, 0);
  await panes.nth(0).getByRole("button", { name: "+", exact: true }).or(panes.nth(0).getByRole("button", { name: "Zoom in" })).first().click();
  await expect.poll(() => picture(page, 0)).not.toBe(fitted);
  await expect.poll(() => picture(page, 1)).toBe(await picture(page, 0));

  await page.getByLabel("Move all together").uncheck();
  await expect.poll(() => picture(page, 1)).toBe(fitted);
  const before = await picture(page, 0);
  await panes.nth(1).getByRole("button", { name: /^(\+|Zoom in)$/ }).first().click();
  await expect.poll(() => picture(page, 1)).not.toBe(fitted);
  expect(await picture(page, 0)).toBe(before);

  await panes.nth(1).getByRole("button", { name: /Show what moved the score/ }).click();
  await expect(panes.nth(1).getByRole("img", { name: /^Map of what moved the score of cnn-rsna@1/ })).toBeVisible();
  await expect(panes.nth(0).getByRole("img", { name: /^Map of/ })).toHaveCount(0);
  expect(asked.filter(({ include }) => include === "heatmap").map(({ models }) => models)).toEqual([
    ["cnn-rsna@1"],
  ]);

  await button.click();
  await expect(panes).toHaveCount(0);
  await expect(page.locator(".stage")).toHaveCount(1);
});

test("with one model there is nothing to compare, and the page says what would be", async ({ page }) => {
  await mockModels(page);
  await openPage(page);
  await upload(page, "lesion.png");
  await scoreOf(page, "densenet121-rsna@1");
  await expect(page.getByRole("button", { name: "Side by side" })).toBeDisabled();
  await expect(page.getByText("Choose two models or more to see them side by side.")).toBeVisible();
});
