/** The page of a model, against its card. */

import { expect, test } from "@playwright/test";

import { addressOf, aucOf, cards, CNN, interval, openAt, publishedModel, reference } from "./published";
import { openPage } from "./screen";

function escaped(words: string): string {
  return words.replace(/[()]/g, "\\$&");
}

function given<T>(value: T | null | undefined): T {
  if (value == null) throw new Error("the card lacks what is looked for");
  return value;
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}

test("a model's page says its whole card", async ({ page }) => {
  const model = await publishedModel(page, "cnn-rsna");
  const { card } = model;
  await openAt(page, CNN);
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { level: 1 })).toHaveText(card.title);
  await expect(page).toHaveTitle(`${card.title} – mammoscope`);
  const part = (name: string) => main.getByRole("region", { name, exact: true });
  for (const limit of card.limits) await expect(part("Limits")).toContainText(limit);
  await expect(part("Licence")).toHaveText(new RegExp(escaped(card.license)));
  await expect(part("How its map is read")).toContainText(card.explanation);
  await expect(part("How its map is read")).toContainText("It does not outline a lesion.");
  await expect(part("What it is")).toContainText(grouped(given(card.parameters)));
  const learnt = part("Whom it learnt from");
  const tested = given(card.tested_on);
  const positives = `${Math.round(100 * given(card.trained_on.positive_share))}\\s%`;
  await expect(learnt.getByRole("row", { name: /^Training/ })).toHaveText(
    new RegExp(`${card.trained_on.women}.*${grouped(given(card.trained_on.images))}.*${positives}`),
  );
  await expect(learnt.getByRole("row", { name: /^Test/ })).toHaveText(
    new RegExp(`${tested.women}.*${grouped(given(tested.images))}`),
  );
  await expect(part("Calibration")).toContainText(new RegExp(`${positives} were labelled “cancer”`));

  const figures = part("How well it does").getByRole("table");
  await expect(figures.getByRole("columnheader")).toHaveText([
    "Figure",
    ...card.figures.map(
      ({ unit, n, n_positive, n_patients }) =>
        `by ${unit}${grouped(n)}, ${grouped(n_positive)} positive, ${grouped(n_patients)} women`,
    ),
  ]);
  for (const { unit } of card.figures) {
    await expect(figures.getByRole("row", { name: /^AUC/ })).toContainText(interval(aucOf(model, unit)));
  }
  const points = part("Operating points").getByRole("table");
  for (const [i, { threshold }] of model.operating_points.entries()) {
    await expect(points.getByRole("row").nth(i + 1)).toHaveText(
      new RegExp(`${threshold.toFixed(3)}.*\\(0\\.\\d\\d to 0\\.\\d\\d\\)`),
    );
  }
  for (const baseline of Object.values(given(card.baselines))) {
    await expect(part("Without looking at the tissue")).toContainText(interval(baseline));
  }
  await expect(part("Groups of women")).toContainText("holds no figures by age");
  const digests = given(model.digests);
  for (const digest of Object.values(digests)) {
    await expect(part("Version and files")).toContainText(digest);
  }
  expect(Object.keys(digests)).toEqual(["model.onnx", "preprocess.json"]);
});

test("a model that cannot be told from guessing says so, and another does not", async ({ page }) => {
  const weak: boolean[] = [];
  for (const model of (await cards(page)).models) {
    // Of patches of tissue there is no breast.
    const unit = model.card.figures.some(({ unit }) => unit === "breast") ? "breast" : "image";
    const measured = aucOf(model, unit);
    await openAt(page, `#/models/${reference(model)}`);
    const said = page.getByText(
      `On its test part this model cannot be told from guessing: AUC by ${unit} ${interval(measured)}.`,
    );
    weak.push(measured.low <= 0.5);
    await expect(said).toHaveCount(measured.low <= 0.5 ? 1 : 0);
  }
  expect(new Set(weak)).toEqual(new Set([true, false]));
});

test("the list of models, the picker and the address lead to a card; an unknown one says so", async ({
  page,
}) => {
  const { models } = await openPage(page);
  const { card } = await publishedModel(page, "cnn-rsna");
  await page.getByRole("link", { name: new RegExp(`^Card.*${escaped(card.title)}$`) }).click();
  await expect(page).toHaveURL(`/${await addressOf(page, CNN)}`);
  await expect(page.getByRole("main").getByRole("heading", { level: 1 })).toBeFocused();
  await page.getByRole("link", { name: "All models" }).click();
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(models.length);
  await openAt(page, "#/models/nobody@7");
  await expect(page.getByRole("main")).toContainText("This server has no model nobody@7.");
});
