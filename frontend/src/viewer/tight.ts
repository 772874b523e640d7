/** The window that the tissue itself fills, air left aside. */

import type { Plane } from "./plane";
import { PLANE_MAXIMUM, type Window, windowBetween } from "./window";

/** Burned-in letters are the brightest of an image, and small. */
const SHARES = [0.01, 0.99] as const;
/** Air is no brighter than this, whatever the histogram seems to say. */
const BRIGHTEST_AIR = 0.15 * PLANE_MAXIMUM;
const BINS = 256;
const BIN = (PLANE_MAXIMUM + 1) / BINS;

/** From the 1st to the 99th percentile of what is not air; of a picture in colour, of all of it. */
export function tightWindow(plane: Plane, inverted: boolean): Window {
  const counts = histogram(plane.pixels);
  const air = plane.channels === 3 ? 0 : Math.min(BRIGHTEST_AIR, otsu(counts));
  const first = Math.ceil(air / BIN);
  const tissue = counts.map((count, bin) => (bin < first ? 0 : count));
  const total = tissue.reduce((sum, count) => sum + count, 0);
  if (total === 0) return windowBetween(0, PLANE_MAXIMUM, inverted);
  const [low, high] = SHARES.map((share) => quantile(tissue, share * total));
  return windowBetween(low ?? 0, high ?? PLANE_MAXIMUM, inverted);
}

function histogram(pixels: Uint16Array): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of pixels) {
    const bin = value >> 8;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** The value that parts a histogram into its two most distinct halves (Otsu 1979). */
function otsu(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const moment = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [below, belowMoment, best, threshold] = [0, 0, -1, 0];
  counts.forEach((count, bin) => {
    below += count;
    belowMoment += count * bin;
    const above = total - below;
    if (below === 0 || above === 0) return;
    const apart = belowMoment / below - (moment - belowMoment) / above;
    const between = below * above * apart * apart;
    if (between > best) [best, threshold] = [between, (bin + 1) * BIN];
  });
  return threshold;
}

/** The value below which so many of the counted lie, along a bin as if they were spread evenly. */
function quantile(counts: readonly number[], wanted: number): number {
  let below = 0;
  for (const [bin, count] of counts.entries()) {
    if (below + count >= wanted && count > 0) return (bin + (wanted - below) / count) * BIN;
    below += count;
  }
  return PLANE_MAXIMUM;
}
