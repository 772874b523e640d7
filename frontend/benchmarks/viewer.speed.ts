/**
 * Frame times while a 4000 × 3000 picture is windowed, moved and zoomed by hand.
 *
 * Chromium gets real input, one move after the other, each sent when the last was taken; nothing is
 * asserted but that the moves were painted, since a time says as much of the machine.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, type Locator, type Page, test } from "@playwright/test";

import { PYTHON, REPOSITORY } from "../e2e/environment";

const PHANTOM = `
import sys
from pathlib import Path
from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
config = PhantomConfig(rows=4000, columns=3000)
write_png(Path(sys.argv[1]), make_phantom(7, laterality="L", view="MLO", config=config).pixels)
`;
const MOVES = 240;
const SCREENS = [
  { width: 1360, height: 900 },
  { width: 1920, height: 1200 },
];

declare global {
  interface Window {
    measured: { times: number[]; paints: number };
  }
}

let folder = "";
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mammoscope-frames-"));
  execFileSync(PYTHON, ["-c", PHANTOM, join(folder, "phantom.png")], { cwd: REPOSITORY });
});
test.afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

for (const screen of SCREENS) {
  test(`frames at ${screen.width} × ${screen.height}`, async ({ page }) => {
    await page.setViewportSize(screen);
    await page.addInitScript(countPaints);
    await page.goto("/");
    await page.getByLabel("Image file").setInputFiles(join(folder, "phantom.png"));
    // The models use the same cores: wait until they are done.
    await expect(page.getByRole("article")).toHaveCount(1, { timeout: 120_000 });
    const stage = page.getByRole("application");
    const size = await stage.boundingBox();
    console.log(`stage ${size?.width.toFixed(0)} × ${size?.height.toFixed(0)} pixels`);

    const drag = async (name: string) => {
      const [x, y] = await middleOf(stage);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await measure(page, name, (i) =>
        page.mouse.move(x + 150 * Math.sin(i / 20), y + 150 * Math.sin(i / 31)),
      );
      await page.mouse.up();
    };
    await page.getByRole("button", { name: "Window", exact: true }).click();
    await drag("window, fitted");
    await page.getByRole("button", { name: "One to one" }).click();
    await drag("window, 1:1");
    await page.getByRole("button", { name: "Reset zoom" }).click();
    await page.getByRole("button", { name: "Move", exact: true }).click();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await drag("move, 125 % of fitted");
    await page.getByRole("button", { name: "One to one" }).click();
    await drag("move, 1:1");
    await page.getByRole("button", { name: "Reset zoom" }).click();
    const [x, y] = await middleOf(stage);
    await page.mouse.move(x - 80, y + 60);
    await measure(page, "zoom by wheel, in and out", (i) =>
      page.mouse.wheel(0, Math.floor(i / 40) % 2 === 0 ? -60 : 60),
    );
    await page.getByRole("button", { name: "Reset zoom" }).click();
    await page.getByRole("button", { name: /^Show what/ }).click();
    await expect(page.getByRole("img", { name: /^Map of/ })).toBeVisible({ timeout: 60_000 });
    await page.getByRole("button", { name: "Zoom in" }).click();
    await drag("move, map shown");
    await page.getByRole("button", { name: "As lines" }).click();
    await drag("move, map as lines");
  });
}

/** On the page as it has been scrolled by now. */
async function middleOf(stage: Locator): Promise<[number, number]> {
  await stage.evaluate((element) => {
    element.scrollIntoView({ block: "center" });
  });
  const box = await stage.boundingBox();
  if (!box) throw new Error("the stage is not laid out");
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** Each painting of the image ends with its pixels being put on the canvas. */
function countPaints(): void {
  window.measured = { times: [], paints: 0 };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its own `this`
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (
    this: CanvasRenderingContext2D,
    ...painted: unknown[]
  ) {
    window.measured.paints += 1;
    Reflect.apply(put, this, painted);
  };
}

async function measure(page: Page, name: string, step: (i: number) => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    const state = (window.measured = { times: [] as number[], paints: 0 });
    const tick = (time: number) => {
      state.times.push(time);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  for (let i = 0; i < MOVES; i++) await step(i);
  const { times, paints } = await page.evaluate(() => window.measured);
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(paints, "each move must be painted").toBeGreaterThan(0.9 * MOVES);
  console.log(
    `${name.padEnd(28)} median ${quantile(gaps, 0.5)} ms, 95th percentile ${quantile(gaps, 0.95)} ms, ` +
      `${gaps.length} frames, ${paints} paints`,
  );
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
}
