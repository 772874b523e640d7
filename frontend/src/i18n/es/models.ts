import type { Messages } from "../messages";

const UNITS = { image: "imagen", breast: "mama", woman: "mujer" };

export const models: Messages["models"] = {
  models: "Modelos",
  none: "Este servidor aún no tiene ningún modelo publicado.",
  oneKind: "Un solo tipo de imagen a la vez: un modelo del otro tipo sustituye a estos.",
  group: { mammogram: "Mamografía", histology: "Recorte histológico de H&E" },
  all: (count) => `Los ${count}`,
  ofGroup: (group) => ` del grupo ${group}`,
  version: (version) => `, versión ${version}`,
  unchosen: {
    mammogram: (count) =>
      count === 1
        ? "Se desmarcó 1 modelo de mamografía"
        : `Se desmarcaron ${count} modelos de mamografía`,
    histology: (count) =>
      count === 1
        ? "Se desmarcó 1 modelo de recortes de H&E"
        : `Se desmarcaron ${count} modelos de recortes de H&E`,
  },
  becauseOneKind: (what) => `${what}: solo se lee un tipo de imagen a la vez.`,

  women: (dataset, count) => `${dataset}, ${count} mujeres`,
  images: (dataset, count) => `${dataset}, ${count} imágenes`,
  auc: (unit, interval) => `AUC por ${UNITS[unit]} ${interval}`,
  lastTime: (milliseconds) => `última respuesta ${milliseconds}`,
  notTimed: "aún sin respuesta medida",

  chance: (unit, interval) =>
    `En mujeres que no había visto, este modelo no se distinguió del azar: ` +
    `AUC por ${UNITS[unit]} ${interval}; el azar es 0,5.`,
  chanceOfImages: (interval) =>
    `En imágenes que no había visto, este modelo no se distinguió del azar: ` +
    `AUC por imagen ${interval}; el azar es 0,5.`,

  compare: "Lado a lado",
  compareHint: "Elija dos modelos o más para verlos lado a lado.",
  single: "Una imagen",
  link: "Mover todas juntas",
  agree: (count) => `${count === 2 ? "Ambos modelos" : `Los ${count} modelos`} dicen lo mismo`,
  disagree: "Los modelos no coinciden",
  counts: {
    suspicious: (count) => `${count} sospechoso`,
    "not suspicious": (count) => `${count} no sospechoso`,
    "cannot assess": (count) => `${count} no valorable`,
  },
  note: (head, counts) => `${head}: ${counts}.`,
  spread: (difference, low, lowest, high, highest) =>
    `Sus puntuaciones difieren como máximo en ${difference}: de ${low} (${lowest}) a ${high} (${highest}).`,
  questions: (quoted) =>
    `Buscan cosas distintas (${quoted}), así que sus puntuaciones no se comparan.`,
  quoted: (name) => `«${name}»`,
};
