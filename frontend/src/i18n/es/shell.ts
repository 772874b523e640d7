import type { Messages } from "../messages";

export const shell: Messages["shell"] = {
  skip: "Ir a la imagen",
  purpose: (picture) => `Lo que un modelo publicado dice de ${picture} y hasta dónde fiarse de él.`,
  aBreastImage: "una imagen de mama",
  anHEPatch: "un recorte de H&E",
  researchOnly: "Solo para investigación",
  notice: "Programa de investigación, no es un producto sanitario. No sirve para diagnosticar.",
  language: "Idioma",
};
