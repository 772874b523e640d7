import type { Messages } from "../messages";

export const shell: Messages["shell"] = {
  skip: "Zum Bild springen",
  purpose: (picture) =>
    `Was ein veröffentlichtes Modell über ${picture} sagt und wie weit ihm zu trauen ist.`,
  aBreastImage: "ein Brustbild",
  anHEPatch: "einen H&E-Ausschnitt",
  researchOnly: "Nur für die Forschung",
  notice: "Forschungssoftware, kein Medizinprodukt. Nicht für Diagnosen.",
  language: "Sprache",
};
