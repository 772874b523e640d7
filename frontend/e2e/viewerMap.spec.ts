/** The map over the image: asked for, flicked, faded, read, and measured. */

import { expect, test } from "@playwright/test";

import { expectAccessible, expectNoSidewaysScroll, focusImage, inColours } from "./screen";
import { boxOf, MAP, openImage, readout } from "./viewerScreen";

test("the value under the cursor is said, and the map's once it is there", async ({ page }) => {
  const stage = await openImage(page, "lesion.png");
  const { middleX, middleY, x, y } = await boxOf(stage);
  await expect(readout(page)).toContainText(/In the middle: column \d+, row \d+ · gray \d+ of 65535 \(0\.\d{3}\)/);
  await page.mouse.move(middleX - 40, middleY);
  await expect(readout(page)).toContainText("At the pointer: column");
  await expect(readout(page)).not.toContainText("logit");
  await page.mouse.move(x + 2, y + 2);
  await expect(readout(page)).toContainText("beside the image");
  await page.getByRole("button", { name: /^Show what/ }).click();
  await expect(page.getByRole("img", { name: MAP })).toBeVisible();
  await page.mouse.move(middleX - 40, middleY);
  await expect(readout(page)).toContainText(/map [+−]?0\.\d{3} logit/);
});

test("the map is off until asked for, one key flicks it, others fade it or draw it as lines", async ({
  page,
}) => {
  await openImage(page, "lesion.png");
  const map = page.getByRole("img", { name: MAP });
  await expect(map).toHaveCount(0);
  await expect(page.locator(".region")).toHaveCount(0);
  await focusImage(page);
  await page.keyboard.press("h");
  await expect(map).toBeVisible();
  await expect(page.locator(".region")).toBeVisible();
  await expect(page.getByText(/The strongest region is outlined: \d+ × \d+ pixels/)).toBeVisible();
  await expect(page.locator(".marks .label")).toHaveText(/^\d+ × \d+ pixels$/);
  await expect(page.getByRole("img", { name: /^Colour scale from −0\.5 to \+0\.5 logit/ })).toBeVisible();
  await page.keyboard.press("[");
  await expect(map).toHaveCSS("opacity", "0.5");
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await expect(map).toHaveCSS("opacity", "0.7");
  await page.getByRole("slider", { name: /^Opacity/ }).fill("0.3");
  await expect(map).toHaveCSS("opacity", "0.3");

  await focusImage(page);
  await page.keyboard.press("c");
  await expect(page.locator("canvas.map")).toHaveCount(0);
  await expect(map).toHaveAccessibleName(/as lines$/);
  await expect(page.getByText("Lines at 0.125, 0.250, 0.375 logit both ways")).toBeVisible();
  // The mocked map has a hill and a hollow: lines on both sides, told apart by dashes too.
  await expect(page.locator('[data-level="0.25"] .for')).toHaveAttribute("d", /^M/);
  await expect(page.locator('[data-level="-0.25"] .against')).toHaveAttribute("d", /^M/);
  await expect(page.locator('[data-level="-0.25"] .against')).toHaveCSS("stroke-dasharray", /\d/);
  await expectAccessible(page);
  await page.keyboard.press("h");
  await expect(map).toHaveCount(0);
  await page.getByRole("button", { name: /^Show what/ }).click();
  await page.getByRole("button", { name: /^As lines/ }).click();
  await expect(page.locator("canvas.map")).toBeVisible();
});

test("the strongest region is measured in millimetres where the spacing is known", async ({ page }) => {
  await openImage(page, "spaced.dcm");
  await page.getByRole("button", { name: /^Show what/ }).click();
  await expect(page.getByText(/The strongest region is outlined: \d+\.\d × \d+\.\d mm/)).toBeVisible();
  // Eight cells over 512 columns and 640 rows of 0.1 mm.
  await expect(page.getByText("One cell of the map is 6.4 × 8.0 mm.")).toBeVisible();
});

for (const scheme of ["dark", "light"] as const) {
  for (const width of [390, 320]) {
    test(`all of it fits ${width} pixels and is accessible, ${scheme}`, async ({ page }) => {
      await inColours(page, scheme);
      await page.setViewportSize({ width, height: 844 });
      await openImage(page, "spaced.dcm");
      await focusImage(page);
      await page.keyboard.press("h");
      await page.keyboard.press("c");
      await page.keyboard.press("m");
      await page.getByRole("button", { name: "Put a line into the middle" }).click();
      await expect(page.getByRole("img", { name: MAP })).toBeVisible();
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      const small = await page.locator(".viewer :is(button, input, summary)").evaluateAll((elements) =>
        elements.filter((element) => {
          const { width: across, height } = element.getBoundingClientRect();
          return across > 0 && Math.min(across, height) < 24;
        }).length,
      );
      expect(small).toBe(0);
    });
  }
}
