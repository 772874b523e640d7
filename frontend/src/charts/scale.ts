/** From values to places along an axis, and where its ticks stand. */

export interface Axis {
  label: string;
  /** Least and most. */
  domain: readonly [number, number];
  ticks: readonly number[];
  logarithmic: boolean;
}

const STEPS = [1, 2, 5];

/** An even axis over these values, from one tick to another; about `count` ticks. */
export function linearAxis(label: string, values: readonly number[], count = 5): Axis {
  const [least, most] = ends(values);
  const step = roundStep((most - least) / count);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step));
  return { label, domain: [ticks[0] ?? 0, ticks.at(-1) ?? 1], ticks, logarithmic: false };
}

/** An axis of powers of ten, or of 1, 2 and 5 times them where the values span few. */
export function logAxis(label: string, values: readonly number[]): Axis {
  const [least, most] = ends(values.filter((value) => value > 0));
  const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  const few = last - first <= 2;
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    for (const step of few ? STEPS : [1]) ticks.push(rounded(step * 10 ** power));
  }
  // From the last tick that is below all values to the first that is above them.
  const low = Math.max(0, ticks.findLastIndex((tick) => tick <= least));
  const high = ticks.findIndex((tick, i) => i > low && tick >= most);
  const kept = ticks.slice(low, high < 0 ? undefined : high + 1);
  return { label, domain: [kept[0] ?? 1, kept.at(-1) ?? 10], ticks: kept, logarithmic: true };
}

/** From 0 to 1, as shares are. */
export function shareAxis(label: string): Axis {
  return { label, domain: [0, 1], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], logarithmic: false };
}

/** Where a value stands between `from` and `to`; beyond the domain it stands at its end. */
export function place(axis: Axis, value: number, from: number, to: number): number {
  const [least, most] = axis.domain;
  const at = axis.logarithmic
    ? Math.log(Math.max(value, least) / least) / Math.log(most / least)
    : (value - least) / (most - least);
  return from + Math.min(1, Math.max(0, at)) * (to - from);
}

/** Decimals that tell neighbouring ticks apart. */
export function tickDigits(axis: Axis): number {
  const [first, second] = axis.ticks;
  if (axis.logarithmic || first === undefined || second === undefined) return 0;
  return Math.max(0, -Math.floor(Math.log10(second - first) + 1e-9));
}

function ends(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  return [Math.min(...values), Math.max(...values)];
}

function roundStep(wanted: number): number {
  if (!(wanted > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * (STEPS.find((step) => step * power >= wanted * (1 - 1e-9)) ?? 10);
}

/** Without the last digits of a sum of tenths. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
