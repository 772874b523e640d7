/** What a result means among many: predictive values at a prevalence, as natural frequencies. */

/** Shares, from 0 to 1. */
export interface Range {
  value: number;
  low: number;
  high: number;
}

/** About as many of the women examined on a screening day have breast cancer. */
export const SCREENING_PREVALENCE = 0.006;

export interface PredictiveValues {
  /** Of those whose result is suspicious, the share that is positive. */
  ppv: Range;
  /** Of those whose result is not, the share that is negative. */
  npv: Range;
}

/**
 * By Bayes' theorem; null where one of the two results never comes up.
 *
 * Both values rise with sensitivity and with specificity, so that the low ends of both give the
 * low end. That range is wider than a 95 % interval: it takes both to be off to the same side.
 */
export function predictiveValues(
  { sensitivity, specificity }: { sensitivity: Range; specificity: Range },
  prevalence: number,
): PredictiveValues | null {
  const at = (end: keyof Range) => {
    const found = sensitivity[end] * prevalence;
    const missed = (1 - sensitivity[end]) * prevalence;
    const cleared = specificity[end] * (1 - prevalence);
    const alarmed = (1 - specificity[end]) * (1 - prevalence);
    return { ppv: found / (found + alarmed), npv: cleared / (cleared + missed) };
  };
  const [value, low, high] = [at("value"), at("low"), at("high")];
  const range = (name: "ppv" | "npv") => ({ value: value[name], low: low[name], high: high[name] });
  const values = { ppv: range("ppv"), npv: range("npv") };
  const all = [...Object.values(values.ppv), ...Object.values(values.npv)];
  return all.every(Number.isFinite) ? values : null;
}

/** Of those without the finding: what is left of each share, with its ends turned over. */
export function complement({ value, low, high }: Range): Range {
  return { value: 1 - value, low: 1 - high, high: 1 - low };
}

export interface Frequency extends Range {
  /** Of how many: value, low and high are whole numbers of these. */
  of: number;
}

/** At least this many on either side, or rounding would hide what the result changes. */
const FEWEST = 2;

/** 100, or more where a few of 100 would round away. */
export function roundNumber(shares: readonly number[]): number {
  const least = Math.min(...shares.map((share) => Math.min(share, 1 - share)));
  return [100, 1000].find((many) => least * many >= FEWEST) ?? 10_000;
}

export function frequency({ value, low, high }: Range, of: number): Frequency {
  const whole = (share: number) => Math.round(share * of);
  return { value: whole(value), low: whole(low), high: whole(high), of };
}

/** The share that a percentage stands for, written with a point or a comma; null of nonsense. */
export function shareOfPercent(text: string): number | null {
  const percent = /^\d+([.,]\d+)?$/.test(text.trim()) ? Number(text.replace(",", ".")) : Number.NaN;
  return percent >= 0.01 && percent <= 99.99 ? percent / 100 : null;
}

/** Whether a share is what was known before the result: its range holds the prevalence. */
export function tellsNothing({ low, high }: Range, prevalence: number): boolean {
  return low <= prevalence && prevalence <= high;
}
