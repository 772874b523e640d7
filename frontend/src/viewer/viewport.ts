/** Where an image lies in its room, and the views that follow from zooming, moving and pinching. */

import { fittedSize, type Size } from "./plane";
import { FITTED, type Point, type View } from "./view";

export interface Shape {
  rows: number;
  columns: number;
  /** Height of a pixel divided by its width. */
  pixel_aspect: number;
}

/** Of an image in a room, in CSS pixels. */
export interface Placement {
  /** Of the image's top left corner. */
  left: number;
  top: number;
  /** Of one pixel of the image. */
  pixelWidth: number;
  pixelHeight: number;
}

/** Screen pixels that one pixel of the image may grow to. */
const LARGEST_PIXEL = 16;

export function placementOf(image: Shape, room: Size, { zoom, center }: View): Placement {
  const { width, height } = shownSize(image, room, zoom);
  return {
    left: room.width / 2 - center.x * width,
    top: room.height / 2 - center.y * height,
    pixelWidth: width / image.columns,
    pixelHeight: height / image.rows,
  };
}

/** The point of the image, in its pixels, that stands at a point of the room. */
export function toImage({ left, top, pixelWidth, pixelHeight }: Placement, at: Point): Point {
  return { x: (at.x - left) / pixelWidth, y: (at.y - top) / pixelHeight };
}

/** The point of the room at which a point of the image stands. */
export function toRoom({ left, top, pixelWidth, pixelHeight }: Placement, at: Point): Point {
  return { x: left + at.x * pixelWidth, y: top + at.y * pixelHeight };
}

export function middleOf(room: Size): Point {
  return { x: room.width / 2, y: room.height / 2 };
}

/** The view zoomed by a factor so that what stands at `at` in the room stays there. */
export function zoomedAt(
  view: View,
  factor: number,
  at: Point,
  image: Shape,
  room: Size,
  ratio: number,
): View {
  const zoom = withinLimits(view.zoom * factor, image, room, ratio);
  const from = shownSize(image, room, view.zoom);
  const to = shownSize(image, room, zoom);
  const offset = { x: at.x - room.width / 2, y: at.y - room.height / 2 };
  return centered({ ...view, zoom }, {
    x: view.center.x + offset.x / from.width - offset.x / to.width,
    y: view.center.y + offset.y / from.height - offset.y / to.height,
  });
}

/** The view after its image was moved by so many CSS pixels. */
export function moved(view: View, by: Point, image: Shape, room: Size): View {
  const { width, height } = shownSize(image, room, view.zoom);
  return centered(view, { x: view.center.x - by.x / width, y: view.center.y - by.y / height });
}

/** The view after two fingers went from one pair of points to another: zoomed and moved with them. */
export function pinched(
  view: View,
  from: readonly [Point, Point],
  to: readonly [Point, Point],
  image: Shape,
  room: Size,
  ratio: number,
): View {
  const apart = ([a, b]: readonly [Point, Point]) => Math.hypot(a.x - b.x, a.y - b.y);
  const between = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [start, end] = [between(from), between(to)];
  const factor = apart(to) / Math.max(1, apart(from));
  const zoomed = zoomedAt(view, factor, start, image, room, ratio);
  return moved(zoomed, { x: end.x - start.x, y: end.y - start.y }, image, room);
}

/**
 * The zoom at which no pixel of the image is smaller than one of the screen's, nor any larger
 * than need be.
 *
 * `ratio` is the screen's pixels a CSS pixel.
 */
export function oneToOne(image: Shape, room: Size, ratio: number): number {
  const { pixelWidth, pixelHeight } = placementOf(image, room, FITTED);
  return 1 / (ratio * Math.min(pixelWidth, pixelHeight));
}

function withinLimits(zoom: number, image: Shape, room: Size, ratio: number): number {
  const one = oneToOne(image, room, ratio);
  return Math.min(Math.max(1, LARGEST_PIXEL * one), Math.max(Math.min(1, one), zoom));
}

/** The image may be moved until its edge is in the middle of the room, no further. */
function centered(view: View, { x, y }: Point): View {
  return { ...view, center: { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) } };
}

function shownSize(image: Shape, room: Size, zoom: number): Size {
  const { width, height } = fittedSize(image, room);
  return { width: width * zoom, height: height * zoom };
}
