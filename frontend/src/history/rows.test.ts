import { describe, expect, it } from "vitest";

import type { Film } from "../maths/films";
import { AS_PUBLISHED } from "../maths/settings";
import { film, prediction } from "../report/madeUp";
import { newRows } from "./rows";

const NONE: ReadonlySet<string> = new Set();

function rowsOf(films: readonly Film[], kept = NONE) {
  return newRows(films, [], AS_PUBLISHED, kept, 5);
}

describe("newRows", () => {
  it("keeps the verdict and where it was made, and nothing else", () => {
    expect(rowsOf([film(1, [prediction("cnn@1")])]).rows).toEqual([
      {
        at: 5,
        model: "cnn@1",
        verdict: "suspicious",
        score: 0.4,
        point: "youden",
        threshold: 0.3,
        laterality: "L",
        view: "CC",
      },
    ]);
  });

  it("keeps the side and view to which an image was moved by hand", () => {
    const [moved] = rowsOf([film(1, [prediction("cnn@1")], { place: "R-MLO" })]).rows;
    expect([moved?.laterality, moved?.view]).toEqual(["R", "MLO"]);
    const [unplaced] = rowsOf([film(1, [prediction("cnn@1")], { place: null })]).rows;
    expect([unplaced?.laterality, unplaced?.view]).toEqual(["L", "CC"]);
  });

  it("keeps each answer on an image once, and that of another model or image as well", () => {
    const first = [film(1, [prediction("cnn@1")])];
    const kept = new Set(rowsOf(first).keys);
    expect(rowsOf(first, kept).rows).toEqual([]);
    const more = [film(1, [prediction("cnn@1"), prediction("knn@1")])];
    expect(rowsOf(more, kept).rows.map(({ model }) => model)).toEqual(["knn@1"]);
    expect(rowsOf([film(2, [prediction("cnn@1")])], kept).rows).toHaveLength(1);
  });

  it("waits for the image, whose side and view it tells", () => {
    expect(rowsOf([film(1, [prediction("cnn@1")], { image: null })]).rows).toEqual([]);
  });
});
