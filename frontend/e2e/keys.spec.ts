import { expect, type Page, type Route, test } from "@playwright/test";

import { expectAccessibleInBothThemes, scoreOf, upload } from "./screen";

const KEY = "mammoscope_desk_0123456789";

/** From now on the server asks for a key; gives the headers that it was sent. */
async function wantKeys(page: Page): Promise<(string | undefined)[]> {
  const sent: (string | undefined)[] = [];
  await page.route("**/api/**", async (route: Route) => {
    const header = (await route.request().allHeaders()).authorization;
    sent.push(header);
    if (header === `Bearer ${KEY}`) return route.continue();
    return route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      json: { type: "/docs#no-valid-key", title: "A key is needed", status: 401, detail: "" },
    });
  });
  return sent;
}

test("a server that asks for a key is given it, once, and it is kept in memory alone", async ({ page }) => {
  const sent = await wantKeys(page);
  await page.goto("/");
  const dialog = page.getByRole("dialog", { name: "This server asks for a key" });
  await expect(dialog).toContainText("Whoever runs it gives you one.");
  await expectAccessibleInBothThemes(page);

  await dialog.getByLabel("Key").fill("wrong");
  await page.keyboard.press("Enter");
  await expect(dialog).toContainText("The key that was given is not in force.");
  await dialog.getByLabel("Key").fill(KEY);
  await dialog.getByRole("button", { name: "Use this key" }).click();
  await expect(dialog).toBeHidden();

  await upload(page, "lesion.png");
  const { models } = (await (
    await page.request.get("/api/models", { headers: { Authorization: `Bearer ${KEY}` } })
  ).json()) as { models: { name: string; version: string }[] };
  await scoreOf(page, `${models[0]?.name ?? ""}@${models[0]?.version ?? ""}`);
  expect(sent.at(-1)).toBe(`Bearer ${KEY}`);
  const kept = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]));
  expect(kept + page.url() + (await page.content())).not.toContain(KEY);

  await page.reload();
  await expect(dialog).toBeVisible();
});

test("whoever has no key is told what the server said", async ({ page }) => {
  await wantKeys(page);
  await page.goto("/");
  const dialog = page.getByRole("dialog", { name: "This server asks for a key" });
  await expect(dialog.getByLabel("Key")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("alert").first()).toContainText("A key");
});
