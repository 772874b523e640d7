import { describe, expect, it } from "vitest";

import { CATALOG, spokenLanguage } from "./messages";

/** Every path of a catalogue with the kind of what stands there. */
function paths(value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null) return [`${at}: ${typeof value}`];
  return Object.entries(value).flatMap(([name, inner]) => paths(inner, `${at}.${name}`));
}

describe("the catalogue", () => {
  it.each(["de", "es"] as const)("has in %s what English has, and nothing empty", (language) => {
    expect(paths(CATALOG[language], "").sort()).toEqual(paths(CATALOG.en, "").sort());
    expect(JSON.stringify(CATALOG[language])).not.toContain('""');
  });

  it.each([
    [["de-CH", "en"], "de"],
    [["fr-FR", "es-MX"], "es"],
    [["ja"], "en"],
    [[], "en"],
  ] as const)("speaks of %j the language %s", (wanted, language) => {
    expect(spokenLanguage(wanted)).toBe(language);
  });
});
