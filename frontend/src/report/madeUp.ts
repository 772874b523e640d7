/** Made-up answers for the tests of the report and of the history. */

import type { Estimate, PlaneHeader, Prediction } from "../apiTypes";
import type { Film } from "../maths/films";

const ESTIMATE: Estimate = { value: 0.5, low: 0.4, high: 0.6, method: "made up" };
export const POINT = {
  name: "youden",
  threshold: 0.3,
  sensitivity: ESTIMATE,
  specificity: ESTIMATE,
};
export const HEADER: PlaneHeader = {
  rows: 1,
  columns: 1,
  laterality: "L",
  view: "CC",
  spacing_mm: null,
  pixel_aspect: 1,
  modality: "mammogram",
  source: { format: "png", bits: 16, transfer_syntax: null, steps: [] },
  warnings: [],
  channels: 1,
};

export function prediction(model: string, score: number | null = 0.4): Prediction {
  const suspicious = score !== null && score >= POINT.threshold;
  return {
    model,
    score,
    scores: score === null ? {} : { cancer: score },
    verdict: score === null ? "cannot assess" : suspicious ? "suspicious" : "not suspicious",
    reason: score === null ? "made up" : null,
    operating_point: POINT,
    warnings: [],
    milliseconds: { total: 3 },
    precision: "float32",
    heatmap: null,
  };
}

export function film(id: number, answers: readonly Prediction[], changes: Partial<Film> = {}): Film {
  const plane = { rows: 1, columns: 1, channels: 1 as const, pixels: new Uint16Array(1) };
  return {
    id,
    stage: "read",
    sent: 1,
    image: { header: HEADER, plane },
    place: "L-CC",
    judging: false,
    stopped: false,
    answers,
    problem: null,
    unjudged: null,
    ...changes,
  };
}
