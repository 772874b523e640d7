/** How soon the page stands there; nothing is asserted, since a time says as much of the machine. */

import { type Page, test } from "@playwright/test";

const LOADS = 15;

function said(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return `median ${median.toFixed(0)} ms, longest ${Math.max(...sorted).toFixed(0)} ms`;
}

async function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const entry = list.getEntriesByName("first-contentful-paint")[0];
          if (entry) resolve(entry.startTime);
        }).observe({ type: "paint", buffered: true });
      }),
  );
}

test("first contentful paint on loopback", async ({ browser }) => {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto("/");
    cold.push(await firstPaint(page));
    await page.reload();
    warm.push(await firstPaint(page));
    await context.close();
  }
  console.log(`first contentful paint of ${LOADS} loads: new ${said(cold)}; cached ${said(warm)}`);
});
