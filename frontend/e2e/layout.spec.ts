/** What stands on the page stays where it is; how soon it stands there: `npm run speed`. */

import { expect, test } from "@playwright/test";

import { mockModels } from "./mockedModels";
import { openPage, upload } from "./screen";
import { boxOf, MAP, openImage, readout } from "./viewerScreen";

for (const width of [390, 768, 1360]) {
  test(`nothing moves when the result comes, at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await mockModels(page);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/api/predictions", async (route) => {
      await held;
      await route.fallback();
    });
    await openPage(page);
    await upload(page, "lesion.png");
    await expect(page.locator(".sheet canvas").first()).toBeVisible();
    // Past the half second in which a shift counts as the reader's own doing.
    await page.waitForTimeout(1000);
    await page.evaluate(() => {
      const root = document.documentElement;
      root.dataset.shifts = "[]";
      new PerformanceObserver((list) => {
        const shifts = list.getEntries() as (PerformanceEntry & { value: number })[];
        const before = JSON.parse(root.dataset.shifts ?? "[]") as number[];
        root.dataset.shifts = JSON.stringify([...before, ...shifts.map(({ value }) => value)]);
      }).observe({ type: "layout-shift" });
    });
    release();
    await expect(page.locator(".results article").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Report" })).toBeVisible();
    await page.waitForTimeout(500);
    expect(await page.locator("html").getAttribute("data-shifts")).toBe("[]");
  });
}

for (const width of [390, 768, 1360]) {
  test(`nothing moves when the pointer goes over the image and away, at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    const stage = await openImage(page, "lesion.png");
    const { middleX, middleY, x, y } = await boxOf(stage);
    await stage.press("h");
    await expect(page.getByRole("img", { name: MAP })).toBeVisible();
    const button = page.getByRole("button", { name: /^Show what/ });
    const { y: place } = await boxOf(button);
    for (const [saying, ...pointed] of [
      ["At the pointer: column", middleX, middleY],
      ["beside the image", x + 2, y + 2],
      ["In the middle: column", x - 4, y - 4],
    ] as const) {
      await page.mouse.move(...pointed);
      await expect(readout(page)).toContainText(saying);
      expect((await boxOf(button)).y, saying).toBe(place);
    }
    // The longest that it says of a window.
    await stage.focus();
    await page.keyboard.press("i");
    await expect(readout(page)).toContainText("inverted");
    expect((await boxOf(button)).y).toBe(place);
  });
}
