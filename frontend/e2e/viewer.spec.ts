/** What hands, keys and fields do with the image. */

import { type Browser, expect, type Page, test } from "@playwright/test";

import { ORIGIN } from "./environment";
import { mockModels } from "./mockedModels";
import { expectAccessible, focusImage, grayLevels, openPage, tabTo, upload } from "./screen";
import { boxOf, drag, MAP, numbers, openImage, place, readout, windowEnds, zoom } from "./viewerScreen";

test("the keys act while the viewer has the focus, which can be seen, and not otherwise", async ({
  page,
}) => {
  const stage = await openImage(page, "healthy.png");
  const image = page.locator(".sheet canvas").first();
  await page.locator("h1").click();
  for (const key of ["i", "h", "m"]) await page.keyboard.press(key);
  await expect(image).not.toHaveAccessibleName(/inverted/);
  await expect(page.getByRole("img", { name: MAP })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Measure" })).toHaveAttribute("aria-pressed", "false");

  await tabTo(page, "[role=application]");
  const outline = await stage.evaluate((element) => getComputedStyle(element).outline);
  expect(outline).toMatch(/solid 2px|2px.*solid/);
  await page.keyboard.press("i");
  await expect(image).toHaveAccessibleName(/inverted/);

  // A field keeps what is typed into it.
  const field = page.getByRole("spinbutton", { name: "Window center in gray values" });
  await field.focus();
  await page.keyboard.press("i");
  await page.keyboard.press("Space");
  await expect(image).toHaveAccessibleName(/inverted/);
});

test("the window is set by a drag, by presets and by figures", async ({ page }) => {
  const stage = await openImage(page, "healthy.png");
  expect(await windowEnds(page)).toEqual([0, 65535]);
  const { middleX, middleY, width, height } = await boxOf(stage);
  await focusImage(page);
  await page.keyboard.press("w");
  await expect(page.getByRole("button", { name: "Window", exact: true })).toHaveAttribute("aria-pressed", "true");
  await drag(page, [middleX, middleY], [middleX - width / 4, middleY + height / 10]);
  // A quarter narrower, and a tenth of the range darker.
  const [low, high] = await windowEnds(page);
  expect((high - low) / 65535).toBeCloseTo(0.75, 1);
  expect(low / 65535).toBeCloseTo(0.6 - 0.375, 1);

  await page.getByRole("button", { name: "Tight to the tissue" }).click();
  const [from, to] = await windowEnds(page);
  expect(from).toBeGreaterThan(1000);
  expect(to).toBeLessThan(64000);
  await expect.poll(() => grayLevels(page)).toBeGreaterThan(100);

  await page.getByRole("spinbutton", { name: "Window width in gray values" }).fill("20000");
  await page.getByRole("spinbutton", { name: "Window center in gray values" }).fill("30000");
  expect(await windowEnds(page)).toEqual([20000, 40000]);
  await page.getByRole("button", { name: "Full range" }).click();
  expect(await windowEnds(page)).toEqual([0, 65535]);
});

test("a preset is the file's own window where the file has one", async ({ page }) => {
  await openImage(page, "spaced.dcm");
  await expect(page.getByRole("button", { name: "The file’s window" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Full range" })).toHaveCount(0);
});

test("the wheel zooms at the cursor, buttons and keys zoom in the middle", async ({ page }) => {
  const stage = await openImage(page, "lesion.png");
  const { middleX, middleY } = await boxOf(stage);
  const fitted = await zoom(page);
  await page.mouse.move(middleX + 60, middleY - 90);
  const before = await place(page);
  for (let turns = 0; turns < 5; turns++) await page.mouse.wheel(0, -100);
  await expect.poll(() => zoom(page)).toBeGreaterThan(1.5 * fitted);
  const after = await place(page);
  expect(Math.abs(after[0] - before[0])).toBeLessThanOrEqual(1);
  expect(Math.abs(after[1] - before[1])).toBeLessThanOrEqual(1);

  await page.mouse.move(0, 0);
  await page.getByRole("button", { name: "Fit the whole image" }).click();
  expect(await zoom(page)).toBe(fitted);
  await page.getByRole("button", { name: "Zoom in" }).click();
  expect(await zoom(page)).toBeCloseTo(1.25 * fitted, -1);
  await page.getByRole("button", { name: "Zoom out" }).click();
  expect(await zoom(page)).toBe(fitted);
  await page.getByRole("button", { name: "One to one" }).click();
  expect(await zoom(page)).toBe(100);

  await focusImage(page);
  await page.keyboard.press("=");
  expect(await zoom(page)).toBe(fitted);
  await page.keyboard.press("+");
  expect(await zoom(page)).toBeGreaterThan(fitted);
  await page.keyboard.press("-");
  expect(await zoom(page)).toBe(fitted);
  await page.keyboard.press("1");
  expect(await zoom(page)).toBe(100);
  await page.keyboard.press("i");
  await page.keyboard.press("Space");
  expect(await zoom(page)).toBe(fitted);
  await expect(page.locator(".sheet canvas").first()).not.toHaveAccessibleName(/inverted/);
});

test("one to one shows each pixel of the file as one of the screen", async ({ page }) => {
  await openImage(page, "healthy.png");
  await page.getByRole("button", { name: "One to one" }).click();
  const [column, row] = await place(page);
  const [gray] = await numbers(page, /gray (\d+)/);
  const shown = await page.locator(".sheet canvas").first().evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const [x, y] = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
    // Half a pixel may have been rounded to either side.
    const near = canvas.getContext("2d")?.getImageData(x - 1, y - 1, 3, 3).data ?? [];
    return [...near].filter((_, i) => i % 4 === 0);
  });
  expect(column).toBeGreaterThan(0);
  expect(row).toBeGreaterThan(0);
  expect(shown).toContain(Math.round((gray ?? 0) / 257));
});

test("the image is moved by a drag, by arrows and by buttons", async ({ page }) => {
  const stage = await openImage(page, "lesion.png");
  const { middleX, middleY, width } = await boxOf(stage);
  await page.getByRole("button", { name: "One to one" }).click();
  await page.mouse.move(0, 0);
  const start = await place(page);
  await drag(page, [middleX, middleY], [middleX - 70, middleY + 40]);
  await page.mouse.move(0, 0);
  const dragged = await place(page);
  expect(Math.abs(dragged[0] - start[0] - 70)).toBeLessThanOrEqual(1);
  expect(Math.abs(dragged[1] - start[1] + 40)).toBeLessThanOrEqual(1);

  await focusImage(page);
  await page.keyboard.press("ArrowLeft");
  const byKey = await place(page);
  expect(Math.abs(dragged[0] - byKey[0] - width / 10)).toBeLessThanOrEqual(1);
  await page.getByRole("button", { name: "Move the view right" }).click();
  expect(Math.abs((await place(page))[0] - dragged[0])).toBeLessThanOrEqual(1);
  await page.getByRole("button", { name: "Move the view down" }).click();
  expect((await place(page))[1]).toBeGreaterThan(dragged[1]);
});

test("a line is measured in pixels, and said to be so, where the file states no spacing", async ({
  page,
}) => {
  const stage = await openImage(page, "healthy.png");
  await page.getByRole("button", { name: "One to one" }).click();
  await focusImage(page);
  await page.keyboard.press("m");
  const { middleX, middleY } = await boxOf(stage);
  await drag(page, [middleX - 60, middleY], [middleX + 60, middleY + 50]);
  // 120 across and 50 down: 130, and both ends lie on corners of pixels.
  const measured = page.getByRole("status").filter({ hasText: "The line is" });
  await expect(measured).toHaveText(/The line is (129|130|131) pixels long/);
  await expect(measured).toContainText("The file states no spacing, so there are no millimetres.");
  await expect(page.locator(".measure text")).toHaveText(/pixels$/);

  // An end is taken hold of and moved.
  await drag(page, [middleX + 60, middleY + 50], [middleX + 60, middleY]);
  await expect(measured).toHaveText(/The line is (119|120|121) pixels long/);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Remove the line" }).click();
  await expect(page.locator(".measure")).toHaveCount(0);
  // The button has gone, and the focus with it back to the image.
  await expect(stage).toBeFocused();
});

test("by keyboard alone a line is measured, in millimetres where the spacing is known", async ({
  page,
}) => {
  await openImage(page, "spaced.dcm");
  await focusImage(page);
  await page.keyboard.press("m");
  await tabTo(page, ".measure-controls button");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("group", { name: "Measure" })).toBeFocused();
  for (const [name, value] of [
    ["Start, column", "100"],
    ["Start, row", "200"],
    ["End, column", "400"],
    ["End, row", "600"],
  ] as const) {
    await tabTo(page, ".number input");
    while (!(await page.getByRole("spinbutton", { name }).evaluate((field) => field === document.activeElement))) {
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(value);
  }
  // 300 and 400 pixels of 0.1 mm.
  await expect(page.getByRole("status").filter({ hasText: "The line is 50.0 mm long." })).toContainText(
    "By the spacing that the file states.",
  );
});

test("the side and the view stand on the image where the file states them, else nothing", async ({
  page,
}) => {
  await openImage(page, "spaced.dcm");
  await expect(page.locator(".orientation")).toHaveText("R CC");
  await expect(page.getByRole("img", { name: "Right CC mammogram" })).toBeVisible();
  const [mark, stage] = [await boxOf(page.locator(".orientation")), await boxOf(page.getByRole("application"))];
  expect(mark.middleX).toBeLessThan(stage.middleX);
  await upload(page, "mono1.dcm");
  await expect(page.locator(".orientation")).toHaveText("L MLO");
  await upload(page, "healthy.png");
  await expect(page.getByRole("heading", { name: "Side and view not stated" })).toBeVisible();
  await expect(page.locator(".orientation")).toHaveCount(0);
});

test("an H&E patch is zoomed and its red, green and blue are said", async ({ page }) => {
  await mockModels(page);
  await openPage(page);
  await page.getByRole("checkbox", { name: /^SVM on colour/ }).check();
  await upload(page, "stained.png");
  await expect(readout(page)).toContainText(/red \d+, green \d+, blue \d+ of 65535/);
  const fitted = await zoom(page);
  await focusImage(page);
  await page.keyboard.press("1");
  expect(fitted).toBeGreaterThan(100);
  expect(await zoom(page)).toBe(100);
  // The stain's red has few levels, and at one to one none between them.
  await expect.poll(() => grayLevels(page)).toBeGreaterThan(5);
});

test("who does not see the image hears what it is, and the zoom and the window once they rest", async ({
  page,
}) => {
  const stage = await openImage(page, "spaced.dcm");
  await expect(stage).toHaveAccessibleName("Viewer: Right CC");
  await expect(stage).toHaveAttribute("aria-roledescription", "image viewer");
  await focusImage(page);
  await page.keyboard.press("1");
  await page.keyboard.press("i");
  await expect(page.getByRole("status").filter({ hasText: /^Zoom 100 %\. Window 0 to 65535 of 65535, inverted\.$/ })).toHaveCount(1);
});

test("the keys are listed, and less motion is asked for in vain", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openImage(page, "healthy.png");
  await page.getByText("Keys", { exact: true }).click();
  await expect(page.locator(".viewer").getByText("Reset zoom, place and window")).toBeVisible();
  const moving = await page.locator(".viewer *").evaluateAll((elements) =>
    elements.filter((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName !== "none" || transitionDuration !== "0s";
    }).length,
  );
  expect(moving).toBe(0);
});

test("on a telephone two fingers zoom where they are, and one moves the image", async ({ browser }) => {
  const page = await telephone(browser);
  const stage = await openImage(page, "healthy.png");
  const { middleX, middleY } = await boxOf(stage);
  const fitted = await zoom(page);
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: [number, number][]) =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: points.map(([x, y], id) => ({ x, y, id })),
    });
  await touch("touchStart", [[middleX - 30, middleY]]);
  await touch("touchStart", [[middleX - 30, middleY], [middleX + 30, middleY]]);
  for (const apart of [40, 60, 90]) {
    await touch("touchMove", [[middleX - apart, middleY], [middleX + apart, middleY]]);
  }
  await touch("touchEnd", []);
  await expect.poll(() => zoom(page)).toBeGreaterThan(2.5 * fitted);

  const zoomed = await zoom(page);
  await touch("touchStart", [[middleX, middleY]]);
  const before = await place(page);
  await touch("touchMove", [[middleX - 50, middleY + 20]]);
  await touch("touchMove", [[middleX - 80, middleY + 40]]);
  await touch("touchEnd", []);
  // The finger has stayed over the same point of the image.
  const after = await place(page);
  expect(Math.abs(after[0] - before[0])).toBeLessThanOrEqual(2);
  expect(Math.abs(after[1] - before[1])).toBeLessThanOrEqual(2);
  expect(await zoom(page)).toBe(zoomed);

  const measure = page.getByRole("button", { name: "Measure" });
  await expect(async () => {
    // Chromium takes a tap that comes too soon after a swipe to end the swipe.
    await measure.tap();
    await expect(measure).toHaveAttribute("aria-pressed", "true", { timeout: 1000 });
  }).toPass();
  // The tap may have brought the button into sight, and moved the image.
  const { middleX: x, middleY: y } = await boxOf(stage);
  await touch("touchStart", [[x - 60, y]]);
  await touch("touchMove", [[x, y]]);
  await touch("touchMove", [[x + 60, y]]);
  await touch("touchEnd", []);
  await expect(page.getByRole("status").filter({ hasText: "The line is" })).toBeVisible();
  await page.context().close();
});

async function telephone(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    baseURL: ORIGIN,
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  return context.newPage();
}
