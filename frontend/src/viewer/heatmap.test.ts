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

/** Linear light of sRGB from 0 to 255. */
function linear(rgb: readonly number[]): number[] {
  return rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
}

/** OKLab (lightness, a, b) of linear light: https://bottosson.github.io/posts/oklab/ */
function oklabOf([red = 0, green = 0, blue = 0]: readonly number[]): [number, number, number] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function oklab(rgb: readonly number[]): [number, number, number] {
  return oklabOf(linear(rgb));
}

function hue(rgb: readonly number[]): number {
  const [, a, b] = oklab(rgb);
  return (Math.atan2(b, a) * 180) / Math.PI;
}

function apart(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
}

/** Of linear light, as seen wholly without one kind of cones: Machado et al. (2009), table 1. */
const DEFICIENCIES = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const;

function seenBy(deficiency: keyof typeof DEFICIENCIES, rgb: readonly number[]): number[] {
  const light = linear(rgb);
  return DEFICIENCIES[deficiency].map((row) =>
    Math.min(1, Math.max(0, row.reduce((sum, part, i) => sum + part * (light[i] ?? 0), 0))),
  );
}

/** A colour over an even gray. */
function over([red, green, blue, alpha]: readonly [number, number, number, number], gray: number): number[] {
  const share = alpha / 255;
  return [red, green, blue].map((value) => value * share + gray * (1 - share));
}

describe("the signed scale", () => {
  const GROUNDS = [20, 60, 85, 128, 225];

  it.each(GROUNDS)("is even to the eye on both sides over a ground of gray %i", (gray) => {
    for (const sign of [1, -1]) {
      const seen = Array.from({ length: 11 }, (_, i) => oklab(over(contributionColor((sign * i) / 10, 1), gray)));
      const steps = seen.slice(1).map((color, i) => apart(color, seen[i] ?? []));
      const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
      expect(Math.max(...steps) / mean).toBeLessThan(1.5);
      expect(Math.min(...steps) / mean).toBeGreaterThan(0.6);
    }
  });

  it.each(GROUNDS)("has signs of like weight over a ground of gray %i", (gray) => {
    const ground = oklab([gray, gray, gray]);
    for (const value of [0.25, 0.5, 1]) {
      const [above, below] = [value, -value].map((one) => apart(oklab(over(contributionColor(one, 1), gray)), ground));
      expect((above ?? 0) / (below ?? 1)).toBeGreaterThan(0.8);
      expect((above ?? 0) / (below ?? 1)).toBeLessThan(1.25);
    }
  });

  it.each(["protanopia", "deuteranopia", "tritanopia"] as const)(
    "keeps its signs and its ground apart with %s",
    (deficiency) => {
      for (const gray of GROUNDS) {
        // At the opacity that the viewer begins with.
        const seen = [1, -1, 0].map((value) => {
          const [red, green, blue, alpha] = contributionColor(value, 1);
          return oklabOf(seenBy(deficiency, over([red, green, blue, 0.6 * alpha], gray)));
        });
        const [above = [], below = [], ground = []] = seen;
        // 0.02 is about the least that is told apart side by side.
        expect(apart(above, below)).toBeGreaterThan(0.08);
        expect(apart(above, ground)).toBeGreaterThan(0.04);
        expect(apart(below, ground)).toBeGreaterThan(0.04);
      }
    },
  );
});

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
