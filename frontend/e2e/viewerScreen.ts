/** The viewer in the words of its user; the models are mocked, so that the map is known. */

import { expect, type Locator, type Page } from "@playwright/test";

import type { FixtureName } from "./environment";
import { mockModels } from "./mockedModels";
import { openPage, upload } from "./screen";

export const MAP = /^Map of what moved the score/;

export async function openImage(page: Page, name: FixtureName): Promise<Locator> {
  await mockModels(page);
  await openPage(page);
  await upload(page, name);
  await expect(page.getByRole("button", { name: /^Show what/ })).toBeVisible();
  await expect(page.locator(".sheet canvas")).toBeVisible();
  await page.getByRole("application").scrollIntoViewIfNeeded();
  return page.getByRole("application");
}

export async function boxOf(stage: Locator) {
  const box = await stage.boundingBox();
  if (!box) throw new Error("the stage is not laid out");
  return { ...box, middleX: box.x + box.width / 2, middleY: box.y + box.height / 2 };
}

export function readout(page: Page): Locator {
  return page.locator(".readout");
}

export async function numbers(page: Page, pattern: RegExp): Promise<number[]> {
  const text = (await readout(page).textContent()) ?? "";
  const match = pattern.exec(text);
  if (!match) throw new Error(`${text} does not match ${pattern.source}`);
  return match.slice(1).map(Number);
}

export async function zoom(page: Page): Promise<number> {
  return (await numbers(page, /Zoom ([\d.]+) %/))[0] ?? 0;
}

export async function windowEnds(page: Page): Promise<[number, number]> {
  return (await numbers(page, /Window (\d+) to (\d+) of 65535/)) as [number, number];
}

export async function place(page: Page): Promise<[number, number]> {
  return (await numbers(page, /column (\d+), row (\d+)/)) as [number, number];
}

export async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up();
}
