import { expect, type Page, test } from "@playwright/test";

import { expectAccessibleInBothThemes, expectNoSidewaysScroll, openPage, scoreOf, tabTo, upload } from "./screen";

/** Names of the databases that this browser holds for the page. */
function databases(page: Page): Promise<(string | undefined)[]> {
  return page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
}

async function goTo(page: Page, link: "History" | "Read an image"): Promise<void> {
  await page.getByRole("link", { name: link }).click();
}

test("off by default: an answer leaves nothing in the browser", async ({ page }) => {
  const { default: name, models } = await openPage(page);
  await upload(page, "lesion.png");
  await scoreOf(page, `${name}@${models.find((model) => model.name === name)?.version ?? ""}`);
  await goTo(page, "History");
  await expect(page.getByRole("checkbox")).not.toBeChecked();
  await expect(page.getByText("The history is off: nothing is kept.")).toBeVisible();
  await expect(page.getByText("Nothing is kept.", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Erase the history" })).toBeDisabled();
  expect(await databases(page)).toEqual([]);
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});

test("turned on by the keyboard it keeps a row an answer, no file name, and one button erases it", async ({
  page,
}) => {
  const { default: name, models } = await openPage(page);
  const reference = `${name}@${models.find((model) => model.name === name)?.version ?? ""}`;
  await upload(page, "lesion.png");
  await scoreOf(page, reference);

  await goTo(page, "History");
  await tabTo(page, ".page input[type=checkbox]");
  await page.keyboard.press("Space");
  await expect(page.getByText("each answer is kept from now on")).toBeVisible();
  expect(await databases(page)).toEqual([]);

  await goTo(page, "Read an image");
  await upload(page, "mono1.dcm");
  const score = await scoreOf(page, reference);
  await goTo(page, "History");
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(2);
  const verdict = (await rows.nth(1).getByRole("cell").nth(2).textContent()) ?? "";
  expect(["suspicious", "not suspicious"]).toContain(verdict);
  await expect(rows.nth(1)).toContainText(reference);
  await expect(rows.nth(1)).toContainText(score.toFixed(3));
  await expect(rows.nth(1)).toContainText(/(left|right) (CC|MLO)/);
  await expect(rows.nth(1)).toContainText(/Youden.*0\.\d{3}/i);
  await expect(rows.nth(1)).toContainText(String(new Date().getFullYear()));

  const stored = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const opening = indexedDB.open("mammoscope");
        opening.onsuccess = () => {
          const all = opening.result.transaction("answers").objectStore("answers").getAll();
          all.onsuccess = () => {
            opening.result.close();
            resolve(JSON.stringify(all.result));
          };
        };
      }),
  );
  expect(Object.keys((JSON.parse(stored) as object[])[0] ?? {}).sort()).toEqual([
    "at",
    "laterality",
    "model",
    "point",
    "score",
    "threshold",
    "verdict",
    "view",
  ]);
  expect(stored).not.toMatch(/mono1|lesion|\.dcm|\.png/);
  await expectAccessibleInBothThemes(page);
  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page);

  // It outlives the page, and goes as a whole.
  await page.reload();
  await expect(rows).toHaveCount(2);
  await page.getByRole("button", { name: "Erase the history" }).click();
  await expect(page.getByText("The history was erased.")).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  await expect.poll(() => databases(page)).toEqual([]);
});

test("turned off again it keeps nothing new, and what is there until it is erased", async ({ page }) => {
  const { default: name, models } = await openPage(page);
  const reference = `${name}@${models.find((model) => model.name === name)?.version ?? ""}`;
  await goTo(page, "History");
  await page.getByRole("checkbox", { name: "Keep a history in this browser" }).check();
  await goTo(page, "Read an image");
  await upload(page, "lesion.png");
  await scoreOf(page, reference);
  await goTo(page, "History");
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  await page.getByRole("checkbox", { name: "Keep a history in this browser" }).uncheck();
  await goTo(page, "Read an image");
  await upload(page, "healthy.png");
  await scoreOf(page, reference);
  await goTo(page, "History");
  await expect(page.getByRole("table").getByRole("row")).toHaveCount(2);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
});
