import { describe, expect, it } from "vitest";

import type { Plane } from "./plane";
import { tightWindow } from "./tight";

/** Half air, a tenth of a percent of burned-in letters, and tissue from `low` to `high` between. */
function film(air: number, low: number, high: number): Plane {
  const pixels = Uint16Array.from({ length: 10000 }, (_, i) => {
    if (i < 5000) return air;
    if (i < 5010) return 65535;
    return low + Math.round(((high - low) * (i - 5010)) / 4990);
  });
  return { rows: 100, columns: 100, channels: 1, pixels };
}

describe("tightWindow", () => {
  it.each([
    [0, 12000, 40000],
    [3000, 14000, 52000],
  ])("holds the tissue, not the air at %i and not the letters", (air, low, high) => {
    const { center, width } = tightWindow(film(air, low, high), false);
    const [from, to] = [(center - width / 2) * 65535, (center + width / 2) * 65535];
    const share = (high - low) / 100;
    expect(Math.abs(from - (low + share))).toBeLessThan(256);
    expect(Math.abs(to - (high - share))).toBeLessThan(512);
  });

  it("keeps dark tissue beside bright tissue: air is never taken to be bright", () => {
    const { center, width } = tightWindow(film(0, 11000, 64000), false);
    expect((center - width / 2) * 65535).toBeLessThan(12500);
  });

  it("is the full range of a picture with nothing in it, and keeps what is inverted", () => {
    const blank = { rows: 1, columns: 2, channels: 1, pixels: new Uint16Array(2) } as const;
    expect(tightWindow(blank, true)).toMatchObject({ inverted: true });
    expect(tightWindow(blank, true).width).toBeGreaterThan(0);
  });

  it("takes all of a picture in colour, which has no air", () => {
    const pixels = Uint16Array.from({ length: 300 }, (_, i) => 2000 + i * 100);
    const { center, width } = tightWindow({ rows: 10, columns: 10, channels: 3, pixels }, false);
    expect((center - width / 2) * 65535).toBeLessThan(2600);
  });
});
