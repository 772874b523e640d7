/** Numbers as the reader's language writes them. */

import type { Messages } from "../i18n/messages";
import { decimal, scaleDigits, signed } from "../maths/words";
import type { Length } from "./measure";

export type ViewerMessages = Messages["viewer"];

export function figure(value: number, digits: number, { decimalMark }: ViewerMessages): string {
  return decimal(value, digits).replace(".", decimalMark);
}

/** With its sign, where it is not 0. */
export function signedFigure(value: number, digits: number, words: ViewerMessages): string {
  return signed(value, digits).replace(".", words.decimalMark);
}

/** Fine enough for a value on a colour scale: a hundredth of what the scale ends at. */
export function valueDigits(scale: number): number {
  return scaleDigits(scale) + 2;
}

/** `21.0 × 17.2 mm`, or `210 × 172 pixels`. */
export function sizeText([across, down]: [Length, Length], words: ViewerMessages): string {
  const digits = across.unit === "mm" ? 1 : 0;
  return words.length[across.unit](
    `${figure(across.value, digits, words)} × ${figure(down.value, digits, words)}`,
  );
}

/** `12.4 mm`, or `124 pixels`. */
export function lengthText({ value, unit }: Length, words: ViewerMessages): string {
  const digits = unit === "mm" ? 1 : 0;
  return words.length[unit](figure(value, digits, words));
}
