import { describe, expect, it } from "vitest";

import type { Prediction, Problem, PublishedModel } from "../apiTypes";
import type { DecodedImage } from "./decodeImage";
import { examReadings } from "./examReading";
import {
  answersOf,
  type FilmEvent,
  isSettled,
  nextReading,
  NOTHING_READ,
  progressOf,
  type ReadingState,
} from "./films";

function image(laterality: "L" | "R" | null, view: string | null): DecodedImage {
  return { header: { laterality, view } } as DecodedImage;
}

function prediction(model: string, score: number | null, total = 10, warnings: string[] = []): Prediction {
  return { model, score, warnings, milliseconds: { total } } as unknown as Prediction;
}

const PROBLEM: Problem = { type: "", title: "No image", status: 415, detail: "" };

function after(...events: FilmEvent[]): ReadingState {
  return events.reduce(nextReading, NOTHING_READ);
}

const TWO: FilmEvent = { type: "opened", ids: [1, 2] };

describe("films", () => {
  it("hang by their headers, unless they were moved by hand", () => {
    const decoded = { type: "decoded", id: 1, image: image("L", "CC") } as const;
    expect(after(TWO, decoded).films[0]?.place).toBe("L-CC");
    const moved = after(TWO, decoded, { type: "placed", id: 1, place: "R-CC" });
    expect(moved.films[0]?.place).toBe("R-CC");
    const again = nextReading(nextReading(moved, { type: "retried", id: 1 }), decoded);
    expect(again.films[0]?.place).toBe("R-CC");
  });

  it("cost each only its own error", () => {
    const { films } = after(
      TWO,
      { type: "unreadable", id: 1, problem: PROBLEM },
      { type: "decoded", id: 2, image: image("R", "MLO") },
    );
    expect(films.map(({ stage, problem }) => [stage, problem])).toEqual([
      ["failed", PROBLEM],
      ["read", null],
    ]);
    expect(nextReading({ films, speeds: {} }, { type: "removed", id: 1 }).films).toHaveLength(1);
  });

  it("keep the answers of models that were asked before", () => {
    const { films, speeds } = after(
      TWO,
      { type: "judged", id: 1, predictions: [prediction("a@1", 0.1, 10), prediction("b@1", 0.2, 20)] },
      { type: "judged", id: 1, predictions: [prediction("c@1", 0.3, 30), prediction("a@1", 0.4, 40)] },
    );
    const [film] = films;
    expect(film && answersOf(film, ["c@1", "a@1", "x@1"]).map(({ score }) => score)).toEqual([0.3, 0.4]);
    expect(speeds).toEqual({ "a@1": 40, "b@1": 20, "c@1": 30 });
  });

  it("do not time a model that was not run", () => {
    const { speeds } = after(TWO, { type: "judged", id: 1, predictions: [prediction("a@1", null)] });
    expect(speeds).toEqual({});
  });

  it("keep what was read when the rest is stopped", () => {
    const { films } = after(
      TWO,
      { type: "decoded", id: 1, image: image("L", "CC") },
      { type: "judging", id: 1 },
      { type: "sent", id: 2, share: 0.4 },
      { type: "stopped" },
    );
    expect(films.map(({ stage, stopped }) => [stage, stopped])).toEqual([
      ["read", true],
      ["stopped", true],
    ]);
    expect(films.every(isSettled)).toBe(true);
    expect(progressOf(films)).toBeNull();
  });
});

describe("progress", () => {
  it("is that of the bytes, then of decoding, then of the models", () => {
    const sending = after(TWO, { type: "sent", id: 1, share: 0.5 });
    expect(progressOf(sending.films)).toEqual({ phase: "sending", share: 0.25, done: 0, count: 2 });
    const half = nextReading(sending, { type: "decoding", id: 1 });
    expect(progressOf(half.films)).toEqual({ phase: "sending", share: 0.5, done: 1, count: 2 });
    const sent = nextReading(half, { type: "decoding", id: 2 });
    expect(progressOf(sent.films)).toEqual({ phase: "decoding", share: null, done: 0, count: 2 });
    const read = [1, 2].reduce(
      (state, id) => nextReading(state, { type: "decoded", id, image: image("L", "CC") }),
      nextReading(sent, { type: "judging", id: 2 }),
    );
    expect(progressOf(read.films)).toEqual({ phase: "judging", share: null, done: 1, count: 2 });
    const over = nextReading(read, { type: "judged", id: 2, predictions: [] });
    expect(progressOf(over.films)).toBeNull();
  });
});

describe("an exam's reading", () => {
  const opened: FilmEvent = { type: "opened", ids: [1, 2, 3, 4] };
  const { films } = after(
    opened,
    { type: "decoded", id: 1, image: image("L", "CC") },
    { type: "decoded", id: 2, image: image("R", "CC") },
    { type: "decoded", id: 3, image: image(null, null) },
    { type: "unreadable", id: 4, problem: PROBLEM },
    { type: "judged", id: 1, predictions: [prediction("a@1", 0.4, 1, ["turned"])] },
    { type: "judged", id: 2, predictions: [prediction("a@1", null, 1, ["turned"])] },
  );

  it("says what counted in nothing", () => {
    const [reading] = examReadings(films, ["a@1", "b@1"], []);
    expect(reading).toMatchObject({
      model: "a@1",
      missing: ["R-MLO", "L-MLO"],
      failed: 1,
      uncounted: 1,
      pending: 1,
      warnings: [{ warning: "turned", ids: [1, 2] }],
    });
    expect(reading?.answer.score).toBe(0.4);
  });

  it("takes the calibrator of breasts from the model that it is of", () => {
    const { films: both } = after(
      opened,
      { type: "decoded", id: 1, image: image("L", "CC") },
      { type: "decoded", id: 2, image: image("L", "MLO") },
      { type: "judged", id: 1, predictions: [prediction("a@1", 0.5), prediction("b@1", 0.5)] },
      { type: "judged", id: 2, predictions: [prediction("a@1", 0.5), prediction("b@1", 0.5)] },
    );
    const models = [
      { name: "a", version: "1", breast_calibrator: { slope: 1, intercept: Math.log(3) } },
      { name: "b", version: "1", breast_calibrator: null },
    ] as PublishedModel[];
    const scores = examReadings(both, ["a@1", "b@1"], models).map(({ answer }) => answer.score);
    expect(scores).toEqual([expect.closeTo(0.75), 0.5]);
  });

  it("is none of a model that has not answered", () => {
    expect(examReadings(films, ["b@1"], [])).toEqual([]);
  });
});
