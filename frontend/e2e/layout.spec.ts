/** What stands on the page stays where it is; how soon it stands there: `npm run speed`. */

import { expect, test } from "@playwright/test";

import { mockModels } from "./mockedModels";
import { openPage, upload } from "./screen";

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
