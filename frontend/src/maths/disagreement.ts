/** Whether several models say the same of one image, and how far apart they are. */

import type { Verdict } from "../apiTypes";

export interface Opinion {
  /** As the reader knows the model. */
  name: string;
  /** The class that its score is of: models of different ones answer different questions. */
  positive: string;
  score: number | null;
  verdict: Verdict;
}

export interface Comparison {
  /** How many say each; a verdict that none gives is left out. */
  counts: readonly { verdict: Verdict; count: number }[];
  agree: boolean;
  /** The ends of the scores; null where fewer than two have one. */
  spread: { lowest: Opinion; highest: Opinion; difference: number } | null;
  /** What is looked for, each once, in the order of the models. */
  questions: readonly string[];
}

const VERDICTS: readonly Verdict[] = ["suspicious", "not suspicious", "cannot assess"];

/** Null where there are not two opinions to compare. */
export function compare(opinions: readonly Opinion[]): Comparison | null {
  if (opinions.length < 2) return null;
  const counts = VERDICTS.map((verdict) => ({
    verdict,
    count: opinions.filter((opinion) => opinion.verdict === verdict).length,
  })).filter(({ count }) => count > 0);
  return {
    counts,
    agree: counts.length === 1,
    spread: spreadOf(opinions),
    questions: [...new Set(opinions.map(({ positive }) => positive))],
  };
}

function spreadOf(opinions: readonly Opinion[]): Comparison["spread"] {
  const scored = opinions
    .flatMap((opinion) => (opinion.score === null ? [] : [{ opinion, score: opinion.score }]))
    .sort((a, b) => a.score - b.score);
  const [first, last] = [scored[0], scored.at(-1)];
  if (!first || !last || scored.length < 2) return null;
  return { lowest: first.opinion, highest: last.opinion, difference: last.score - first.score };
}
