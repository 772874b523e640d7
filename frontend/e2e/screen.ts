/** The screen in the words of its user, for the tests to act through. */

import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";

import { fixture, type FixtureName } from "./environment";

interface Models {
  default: string;
  models: { name: string; version: string; modality: string; card: { title: string } }[];
}

const CONTRAST = "color-contrast";

export async function openPage(page: Page): Promise<Models> {
  const answer = page.waitForResponse("**/api/models");
  await page.goto("/");
  const models = (await (await answer).json()) as Models;
  await expect(page.getByRole("group", { name: "Models" }).getByRole("checkbox").first()).toBeVisible();
  return models;
}

/** Chooses every model that reads mammograms and gives back their `name@version`. */
export async function chooseAll(page: Page, models: Models): Promise<string[]> {
  const boxes = page.getByRole("group", { name: "Mammogram" }).getByRole("checkbox");
  for (const box of await boxes.all()) await box.check();
  return mammogramModels(models);
}

/** Chooses the first and the last of them alone, where more would only take longer. */
export async function chooseTwo(page: Page, models: Models): Promise<string[]> {
  const boxes = page.getByRole("group", { name: "Mammogram" }).getByRole("checkbox", { name: /trained on/ });
  const names = mammogramModels(models);
  const count = await boxes.count();
  expect(count).toBe(names.length);
  for (let at = 0; at < count; at++) await boxes.nth(at).setChecked(at === 0 || at === count - 1);
  return [names[0] ?? "", names.at(-1) ?? ""];
}

export function mammogramModels({ models }: Models): string[] {
  return models
    .filter(({ modality }) => modality === "mammogram")
    .map(({ name, version }) => `${name}@${version}`);
}

export async function upload(page: Page, name: FixtureName): Promise<void> {
  await page.getByLabel("Image file").setInputFiles(fixture(name));
}

export function resultOf(page: Page, model: string): Locator {
  return page.getByRole("article", { name: `Result of ${model}` });
}

/** The score as the model gave it, once its verdict stands on the screen. */
export async function scoreOf(page: Page, model: string): Promise<number> {
  const result = resultOf(page, model);
  await expect(result.getByRole("heading", { level: 3 })).toHaveText(/^(Suspicious: above|Not suspicious)/);
  await expect(result).toContainText(/(not )?detected/);
  const score = Number(await result.locator("data").getAttribute("value"));
  expect(score).toBeGreaterThanOrEqual(0);
  expect(score).toBeLessThanOrEqual(1);
  await expect(result.locator("data")).toHaveText(/^\d\.\d{3}$/);
  return score;
}

/** How many different gray levels the image's canvas shows. */
export async function grayLevels(page: Page): Promise<number> {
  return page.locator(".sheet canvas").first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(pixels?.filter((_, i) => i % 4 === 0)).size;
  });
}

/** Mean gray of the darker of the image's two side edges, one of which is air. */
export async function airGray(page: Page): Promise<number> {
  return page.locator(".sheet canvas").first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { width, height } = canvas;
    const data = canvas.getContext("2d")?.getImageData(0, 0, width, height).data;
    const column = (x: number) =>
      Array.from({ length: height }, (_, y) => 4 * (y * width + x)).filter((i) => data?.[i + 3] === 255);
    // Beside the image the canvas is transparent.
    const shown = Array.from({ length: width }, (_, x) => column(x)).filter(({ length }) => length > 0);
    const mean = (pixels: number[] = []) =>
      pixels.reduce((sum, i) => sum + (data?.[i] ?? 255), 0) / pixels.length;
    return Math.min(mean(shown[0]), mean(shown.at(-1)));
  });
}

/** Gives the image the focus, without which its keys do nothing. */
export async function focusImage(page: Page): Promise<void> {
  await page.getByRole("application").focus();
}

/** More than a page with ten models, each with its card, has before the image. */
const MOST_STOPS = 80;

/** Presses Tab until what is focused fits. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  const focused = page.locator(":focus");
  for (let presses = 0; presses < MOST_STOPS; presses++) {
    await page.keyboard.press("Tab");
    if (await focused.evaluate((element, wanted) => element.matches(wanted), selector)) return;
  }
  throw new Error(`${MOST_STOPS} presses of Tab did not reach ${selector}`);
}

/** In these colours, whichever were chosen and whichever the system has. */
export async function inColours(page: Page, theme: "dark" | "light"): Promise<void> {
  await page.evaluate((chosen) => {
    document.documentElement.dataset.theme = chosen;
  }, theme);
}

export async function expectAccessibleInBothThemes(page: Page): Promise<void> {
  await inColours(page, "dark");
  await expectAccessible(page);
  await inColours(page, "light");
  await expectAccessible(page, "contrast alone");
  await inColours(page, "dark");
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
  ).toBeLessThanOrEqual(0);
}

/**
 * By axe. Contrast takes it longest, and is all that another theme changes; another width or language
 * of a page that was looked at changes all but it.
 */
export async function expectAccessible(
  page: Page,
  what: "everything" | "contrast alone" | "all but contrast" = "everything",
): Promise<void> {
  // A colour on its way from one theme to the other has neither's contrast; it sets out with the next
  // frame, and may be given up for another on its way.
  await page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  // Within the page: without frames from elsewhere axe need not be loaded into a second one.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (what === "contrast alone") axe.withRules(CONTRAST);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  if (what === "all but contrast") axe.disableRules(CONTRAST);
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => ({ id, at: nodes.map(({ html }) => html) }))).toEqual([]);
}
