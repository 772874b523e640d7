/** Figures and verdicts in words, so that every place says them alike. */

import type { Estimate, Precision, Prediction, Verdict } from "../apiTypes";
import type { Messages } from "../i18n/messages";

const MINUS = "\u2212";
const SCORE_DIGITS = 3;
const AIMED = /^(sensitivity|specificity)_(\d+)$/;

/** `name@version`, and the arithmetic where it is not the usual one. */
export function modelText(reference: string, precision: Precision): string {
  return precision === "float32" ? reference : `${reference}, ${precision}`;
}

export function decimal(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

export function signed(value: number, digits = 2): string {
  const text = decimal(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** How many decimals the end of a colour scale needs; it is 1, 2 or 5 times a power of ten. */
export function scaleDigits(scale: number): number {
  return Math.max(0, -Math.floor(Math.log10(scale)));
}

/** As the reader's language writes it. */
export function decimalText(value: number, digits: number, { figures }: Messages): string {
  return decimal(value, digits).replace(".", figures.decimalMark);
}

/** `1,501` */
export function countText(value: number, { figures }: Messages): string {
  return value.toLocaleString(figures.tag);
}

/** `0.6 %`, with no digit more than the share has, and two at most. */
export function percentText(share: number, { figures }: Messages): string {
  const digits = [0, 1].find((few) => Number((100 * share).toFixed(few)) === round(100 * share)) ?? 2;
  return figures.percent(decimal(100 * share, digits).replace(".", figures.decimalMark));
}

/** A score or an operating point: fine enough to see on which side of it a score lies. */
export function scoreText(value: number, messages: Messages): string {
  return decimalText(value, SCORE_DIGITS, messages);
}

/** `0.71 (0.60 to 0.80)` */
export function interval(
  { value, low, high }: Pick<Estimate, "value" | "low" | "high">,
  messages: Messages,
  digits = 2,
): string {
  const text = (end: number) => decimalText(end, digits, messages);
  return messages.figures.interval(text(value), text(low), text(high));
}

/** The verdict first, then why; the paper's own word stands apart from it. */
export function verdictSentence(
  verdict: Verdict,
  reason: string | null,
  { answer }: Messages,
): string {
  return verdict === "cannot assess"
    ? answer.cannotAssess(reason ?? answer.noReason)
    : answer.verdict[verdict];
}

/** The paper's word for a verdict, or null where there is no score to have one. */
export function detection(verdict: Verdict, { answer }: Messages): string | null {
  if (verdict === "cannot assess") return null;
  return verdict === "suspicious" ? answer.detected : answer.notDetected;
}

/** What an operating point was chosen for; one that is not known here goes by its own name. */
export function pointName(name: string, { answer, figures }: Messages): string {
  if (name === "youden") return answer.points.youden;
  const [, aim, percent] = AIMED.exec(name) ?? [];
  if (percent === undefined) return name;
  return answer.points[aim === "sensitivity" ? "sensitivity" : "specificity"](figures.percent(percent));
}

/** One line for a screen reader once an answer has come. */
export function announcement(
  answers: readonly Pick<Prediction, "model" | "verdict" | "reason" | "score">[],
  messages: Messages,
): string {
  const { answer } = messages;
  return answers
    .flatMap(({ model, verdict, reason, score }) => [
      answer.announced(model, verdictSentence(verdict, reason, messages)),
      ...(score === null ? [] : [answer.announcedScore(scoreText(score, messages))]),
    ])
    .join(" ");
}

function round(percent: number): number {
  return Number(percent.toFixed(2));
}
