/** Every sentence on the screen in each language; a file an area, English giving the shape. */

import { de } from "./de";
import { en } from "./en";
import { es } from "./es";

/** Strings, and functions where a number or a name goes into the sentence. */
export type Messages = typeof en;

export type Language = "en" | "de" | "es";

export const CATALOG: Record<Language, Messages> = { en, de, es };

/** As each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch", es: "Español" };

/** The first of the reader's languages that is spoken here, else English. */
export function spokenLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language in CATALOG) return language as Language;
  }
  return "en";
}
