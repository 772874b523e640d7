/** How an image is looked at: a value, so that several panes can share one. */

import { FULL_WINDOW, type Window } from "./window";

export interface Point {
  x: number;
  y: number;
}

/** Free of the image's size and of the room's: it means the same in a larger pane. */
export interface View {
  /** 1 fits the image into its room; twice as much shows it twice as large. */
  zoom: number;
  /** What stands in the middle of the room, as parts (0 to 1) of the image's width and height. */
  center: Point;
  window: Window;
}

export const FITTED: View = { zoom: 1, center: { x: 0.5, y: 0.5 }, window: FULL_WINDOW };

/**
 * A view that is kept outside of the viewer, to be shared with others.
 *
 * Hold one `View` and give it to each pane with the same `onChange`: they move together.
 */
export interface LinkedView {
  state: View;
  /** Called with the whole next view; who links less than all of it takes over less than all. */
  onChange: (next: View) => void;
  /**
   * Counts x from the image's right edge: true for the right breast of a pair, whose chest wall
   * is on the other side, so that the same parts of both breasts stand in the middle.
   */
  mirrored?: boolean;
}

/** Which side of the image its x counts from, turned over. */
export function mirroredView(view: View): View {
  return { ...view, center: { x: 1 - view.center.x, y: view.center.y } };
}

export function isFitted({ zoom, center }: View): boolean {
  return zoom === FITTED.zoom && center.x === FITTED.center.x && center.y === FITTED.center.y;
}
