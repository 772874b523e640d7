import { describe, expect, it } from "vitest";

import type { EvidenceMap, MembershipMap } from "../apiTypes";
import {
  AGAINST_COLOR,
  contributionColor,
  FOR_COLOR,
  logit,
  mapImage,
  MEMBER_COLOR,
  membershipColor,
} from "./heatmap";

const STRAIGHT = { left: 10, top: 0, right: 110, bottom: 50 };

describe("contributionColor", () => {
  it("is transparent at zero and opaque at both ends of the fixed scale", () => {
    expect(contributionColor(0, 4)[3]).toBe(0);
    expect(contributionColor(4, 4)).toEqual([...FOR_COLOR, 255]);
    expect(contributionColor(-4, 4)).toEqual([...AGAINST_COLOR, 255]);
  });

  it("is even in size: half the scale is half as opaque whatever the sign", () => {
    expect(contributionColor(2, 4)[3]).toBe(128);
    expect(contributionColor(-2, 4)[3]).toBe(128);
  });

  it("clips beyond the ends instead of stretching the scale", () => {
    expect(contributionColor(40, 4)).toEqual(contributionColor(4, 4));
  });
});

/** OKLab (lightness, a, b) of sRGB from 0 to 255: https://bottosson.github.io/posts/oklab/ */
function oklab(rgb: readonly number[]): [number, number, number] {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function hue(rgb: readonly number[]): number {
  const [, a, b] = oklab(rgb);
  return (Math.atan2(b, a) * 180) / Math.PI;
}

describe("membershipColor", () => {
  it("has one side: nothing at 0, opaque at the end of its scale", () => {
    expect(membershipColor(0, 1)[3]).toBe(0);
    expect(membershipColor(1, 1)).toEqual([...MEMBER_COLOR, 255]);
    expect([membershipColor(-0.1, 1)[3], membershipColor(1.1, 1)[3]]).toEqual([0, 255]);
  });

  it.each([60, 85, 128, 225])("is even to the eye over a ground of gray %i", (gray) => {
    const seen = Array.from({ length: 11 }, (_, i) => {
      const [red, green, blue, alpha] = membershipColor(i / 10, 1);
      const share = alpha / 255;
      return oklab([red, green, blue].map((value) => value * share + gray * (1 - share)));
    });
    const steps = seen.slice(1).map((color, i) => Math.hypot(...color.map((v, k) => v - (seen[i]?.[k] ?? 0))));
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(Math.max(...steps) / mean).toBeLessThan(1.3);
    expect(Math.min(...steps) / mean).toBeGreaterThan(0.7);
  });

  it("is of a hue far from both signs'", () => {
    for (const other of [FOR_COLOR, AGAINST_COLOR]) {
      const between = Math.abs(hue(MEMBER_COLOR) - hue(other)) % 360;
      expect(Math.min(between, 360 - between)).toBeGreaterThan(60);
    }
  });
});

describe("mapImage", () => {
  const heatmap: EvidenceMap = {
    grid: [
      [4, 0, -4],
      [0, 2, 0],
    ],
    method: "evidence",
    bias: 0,
    unit: "logit",
    scale: 4,
    geometry: STRAIGHT,
  };
  const opacities = (rgba: Uint8ClampedArray) =>
    Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i + 3]);

  it("has one pixel a cell, row by row", () => {
    const image = mapImage(heatmap);
    expect([image.rows, image.columns]).toEqual([2, 3]);
    expect(opacities(image.rgba)).toEqual([255, 0, 255, 0, 128, 0]);
    expect([...image.rgba.slice(0, 3)]).toEqual([...FOR_COLOR]);
    expect([...image.rgba.slice(8, 11)]).toEqual([...AGAINST_COLOR]);
  });

  it("has the one colour of a membership, in the same place", () => {
    const grid = [[1, 0.5, 0]];
    const membership: MembershipMap = {
      grid,
      method: "membership",
      bias: null,
      unit: "membership",
      scale: 1,
      geometry: STRAIGHT,
    };
    const image = mapImage(membership);
    expect(opacities(image.rgba)).toEqual([255, 128, 0]);
    expect([...image.rgba.slice(0, 3)]).toEqual([...MEMBER_COLOR]);
  });

  it("puts the first column of a mirrored map at the right", () => {
    // Cell 0 spans x from left = 110 to 110 - 100 / 3 = 76.7: the rightmost third of the rectangle.
    const image = mapImage({ ...heatmap, geometry: { ...STRAIGHT, left: 110, right: 10 } });
    expect([...image.rgba.slice(8, 11)]).toEqual([...FOR_COLOR]);
    expect([...image.rgba.slice(0, 3)]).toEqual([...AGAINST_COLOR]);
    expect(opacities(image.rgba)).toEqual([255, 0, 255, 0, 128, 0]);
    expect(image.rectangle).toEqual({ x: 10, y: 0, width: 100, height: 50 });
  });
});

describe("logit", () => {
  it("is the mean of the cells and the bias", () => {
    const EXACT = { method: "evidence", unit: "logit", scale: 4, geometry: STRAIGHT } as const;
    // (1 + 3 - 2 + 0) / 4 - 0.25 = 0.25
    const grid = [
      [1, 3],
      [-2, 0],
    ];
    expect(logit({ ...EXACT, grid, bias: -0.25 })).toBe(0.25);
  });
});
