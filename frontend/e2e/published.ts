/** What the server under test has published, so that no test repeats a version or a figure. */

import { expect, type Page } from "@playwright/test";

import type { Estimate, Models, PublishedModel, Unit } from "../src/apiTypes";
import { ORIGIN } from "./environment";

/** The page of a model's card; without a version it stands for the newest one, see `addressOf`. */
export const CNN = "#/models/cnn-rsna";

export async function cards(page: Page): Promise<Models> {
  return (await (await page.request.get(`${ORIGIN}/api/models`)).json()) as Models;
}

export async function publishedModel(page: Page, wanted: string): Promise<PublishedModel> {
  const model = (await cards(page)).models.find(({ name }) => name === wanted);
  if (!model) throw new Error(`${wanted} is not published`);
  return model;
}

export async function defaultModel(page: Page): Promise<PublishedModel> {
  return publishedModel(page, (await cards(page)).default ?? "a default model");
}

export function reference({ name, version }: PublishedModel): string {
  return `${name}@${version}`;
}

export function aucOf({ name, card }: PublishedModel, unit: Unit): Estimate {
  const auc = card.figures.find((figure) => figure.unit === unit)?.metrics.auc;
  if (!auc) throw new Error(`${name} has no AUC by ${unit}`);
  return auc;
}

/** An estimate as the page writes it, but for the language's own comma. */
export function interval({ value, low, high }: Estimate, to = "to"): string {
  return `${value.toFixed(2)} (${low.toFixed(2)} ${to} ${high.toFixed(2)})`;
}

export async function addressOf(page: Page, hash: string): Promise<string> {
  const name = /^#\/models\/([^@]+)$/.exec(hash)?.[1];
  return name === undefined ? hash : `#/models/${reference(await publishedModel(page, name))}`;
}

export async function openAt(page: Page, hash: string): Promise<void> {
  await page.goto(`/${await addressOf(page, hash)}`);
  await expect(page.getByRole("main").getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("Loading…")).toHaveCount(0);
}
