import { describe, expect, it } from "vitest";

import { FITTED, mirroredView, type Point, type View } from "./view";
import { moved, oneToOne, pinched, placementOf, toImage, toRoom, zoomedAt } from "./viewport";

const FILM = { rows: 4000, columns: 3000, pixel_aspect: 1 };
const FLAT = { rows: 1000, columns: 3000, pixel_aspect: 2.5 };
const ROOM = { width: 700, height: 500 };
const VIEW: View = { ...FITTED, zoom: 3, center: { x: 0.4, y: 0.6 } };

describe("placementOf", () => {
  it("puts a fitted image into the middle of the room, whole", () => {
    const placement = placementOf(FILM, ROOM, FITTED);
    // 4000 rows in 500: an eighth; 3000 columns take 375, so that 162.5 are left at both sides.
    expect(placement).toEqual({ left: 162.5, top: 0, pixelWidth: 0.125, pixelHeight: 0.125 });
  });

  it("keeps the shape of pixels that are higher than wide", () => {
    const { pixelWidth, pixelHeight } = placementOf(FLAT, ROOM, VIEW);
    expect(pixelHeight / pixelWidth).toBeCloseTo(2.5, 12);
  });

  it("puts the view's center into the room's", () => {
    const at = toRoom(placementOf(FILM, ROOM, VIEW), { x: 0.4 * 3000, y: 0.6 * 4000 });
    expect(at.x).toBeCloseTo(350, 9);
    expect(at.y).toBeCloseTo(250, 9);
  });

  it("is undone by toImage", () => {
    const placement = placementOf(FLAT, ROOM, VIEW);
    const there = toImage(placement, toRoom(placement, { x: 17, y: 903 }));
    expect(there.x).toBeCloseTo(17, 9);
    expect(there.y).toBeCloseTo(903, 9);
  });
});

describe("zoomedAt", () => {
  it.each([
    [{ x: 200, y: 100 }, 1.25],
    [{ x: 500, y: 480 }, 4],
    [{ x: 350, y: 250 }, 0.5],
  ] as [Point, number][])("keeps what is at %j when zooming by %d", (at, factor) => {
    for (const image of [FILM, FLAT]) {
      const next = zoomedAt(VIEW, factor, at, image, ROOM, 1);
      const before = toImage(placementOf(image, ROOM, VIEW), at);
      const after = toImage(placementOf(image, ROOM, next), at);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
      expect(next.zoom).toBeCloseTo(VIEW.zoom * factor, 12);
    }
  });

  it("stops where a pixel has grown to 16 of the screen's, and at the fitted size", () => {
    const at = { x: 350, y: 250 };
    expect(zoomedAt(VIEW, 1000, at, FILM, ROOM, 1).zoom).toBe(16 * 8);
    expect(zoomedAt(VIEW, 1000, at, FILM, ROOM, 2).zoom).toBe(16 * 4);
    expect(zoomedAt(VIEW, 0.001, at, FILM, ROOM, 1).zoom).toBe(1);
  });

  it("lets a small image shrink from the fitted size to one pixel for one", () => {
    const patch = { rows: 100, columns: 100, pixel_aspect: 1 };
    expect(zoomedAt(FITTED, 0.001, { x: 0, y: 0 }, patch, ROOM, 1).zoom).toBeCloseTo(1 / 5, 12);
  });
});

describe("moved", () => {
  it("moves what is shown by as much as the hand", () => {
    const next = moved(VIEW, { x: 30, y: -12 }, FILM, ROOM);
    const before = placementOf(FILM, ROOM, VIEW);
    const after = placementOf(FILM, ROOM, next);
    expect(after.left - before.left).toBeCloseTo(30, 9);
    expect(after.top - before.top).toBeCloseTo(-12, 9);
  });

  it("leaves the image's edge in the middle of the room at the furthest", () => {
    expect(moved(VIEW, { x: 1e6, y: -1e6 }, FILM, ROOM).center).toEqual({ x: 0, y: 1 });
  });
});

describe("pinched", () => {
  it("keeps under each finger what was under it", () => {
    const from: [Point, Point] = [{ x: 300, y: 200 }, { x: 400, y: 260 }];
    // Both fingers on the same line through the image, half as far again apart, and moved.
    const to: [Point, Point] = [{ x: 310, y: 190 }, { x: 460, y: 280 }];
    const next = pinched(VIEW, from, to, FILM, ROOM, 1);
    for (const finger of [0, 1] as const) {
      const before = toImage(placementOf(FILM, ROOM, VIEW), from[finger]);
      const after = toImage(placementOf(FILM, ROOM, next), to[finger]);
      expect(after.x).toBeCloseTo(before.x, 6);
      expect(after.y).toBeCloseTo(before.y, 6);
    }
  });
});

describe("oneToOne", () => {
  it("gives each pixel of the image one of the screen, whatever the screen's are", () => {
    for (const ratio of [1, 1.5, 3]) {
      const zoom = oneToOne(FILM, ROOM, ratio);
      const { pixelWidth, pixelHeight } = placementOf(FILM, ROOM, { ...FITTED, zoom });
      expect(pixelWidth * ratio).toBeCloseTo(1, 12);
      expect(pixelHeight * ratio).toBeCloseTo(1, 12);
    }
  });

  it("loses no column where pixels are higher than wide, and no row where they are wider", () => {
    for (const aspect of [2.5, 0.4]) {
      const image = { ...FLAT, pixel_aspect: aspect };
      const zoom = oneToOne(image, ROOM, 1);
      const { pixelWidth, pixelHeight } = placementOf(image, ROOM, { ...FITTED, zoom });
      expect(Math.min(pixelWidth, pixelHeight)).toBeCloseTo(1, 12);
    }
  });
});

describe("mirroredView", () => {
  it("shows of the right breast what the same view shows of the left", () => {
    const lesion = { x: 900, y: 2100 };
    const left = toRoom(placementOf(FILM, ROOM, VIEW), lesion);
    const right = toRoom(placementOf(FILM, ROOM, mirroredView(VIEW)), { ...lesion, x: 3000 - 900 });
    expect(right.x - 350).toBeCloseTo(350 - left.x, 9);
    expect(right.y).toBeCloseTo(left.y, 9);
  });
});
