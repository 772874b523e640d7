/** The keys of the viewer, as data: what acts on them and what lists them read the same rows. */

export type ViewerAction =
  | "map"
  | "lessMap"
  | "moreMap"
  | "contours"
  | "windowMode"
  | "measureMode"
  | "invert"
  | "zoomIn"
  | "zoomOut"
  | "fit"
  | "oneToOne"
  | "reset"
  | "left"
  | "right"
  | "up"
  | "down";

export interface ViewerKey {
  action: ViewerAction;
  /** `KeyboardEvent.key`, letters in lower case. */
  key: string;
  /** As it stands on the key. */
  cap: string;
}

/** OHIF's where it has one; then ours. They act only while the viewer has the focus. */
export const VIEWER_KEYS: readonly ViewerKey[] = [
  { action: "invert", key: "i", cap: "I" },
  { action: "zoomIn", key: "+", cap: "+" },
  { action: "zoomOut", key: "-", cap: "\u2212" },
  { action: "fit", key: "=", cap: "=" },
  { action: "reset", key: " ", cap: "Space" },
  { action: "oneToOne", key: "1", cap: "1" },
  { action: "left", key: "arrowleft", cap: "←" },
  { action: "right", key: "arrowright", cap: "→" },
  { action: "up", key: "arrowup", cap: "↑" },
  { action: "down", key: "arrowdown", cap: "↓" },
  { action: "windowMode", key: "w", cap: "W" },
  { action: "measureMode", key: "m", cap: "M" },
  { action: "map", key: "h", cap: "H" },
  { action: "contours", key: "c", cap: "C" },
  { action: "lessMap", key: "[", cap: "[" },
  { action: "moreMap", key: "]", cap: "]" },
];

/** Keys that a button, a slider or a box has a use of its own for. */
const OF_CONTROLS: ReadonlySet<string> = new Set([
  " ",
  "arrowleft",
  "arrowright",
  "arrowup",
  "arrowdown",
]);

/** The action of a key, or undefined; a control that is focused keeps the keys that it uses. */
export function actionOf(key: string, onControl: boolean): ViewerAction | undefined {
  const pressed = key.toLowerCase();
  if (onControl && OF_CONTROLS.has(pressed)) return undefined;
  return VIEWER_KEYS.find((row) => row.key === pressed)?.action;
}

/** As `aria-keyshortcuts` wants it. */
export function shortcutOf(action: ViewerAction): string | undefined {
  return VIEWER_KEYS.find((row) => row.action === action)?.key;
}
