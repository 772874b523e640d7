import type { Messages } from "../messages";

const UNITS = { image: "Bild", breast: "Brust", woman: "Frau" };

export const models: Messages["models"] = {
  models: "Modelle",
  none: "Dieser Server hat noch kein veröffentlichtes Modell.",
  oneKind: "Nur eine Art Bild auf einmal: Ein Modell der anderen Art ersetzt diese.",
  group: { mammogram: "Mammogramm", histology: "H&E-Gewebeausschnitt" },
  all: (count) => `Alle ${count}`,
  ofGroup: (group) => ` der Gruppe ${group}`,
  version: (version) => `, Version ${version}`,
  unchosen: {
    mammogram: (count) =>
      count === 1
        ? "1 Modell für Mammogramme wurde abgewählt"
        : `${count} Modelle für Mammogramme wurden abgewählt`,
    histology: (count) =>
      count === 1
        ? "1 Modell für H&E-Ausschnitte wurde abgewählt"
        : `${count} Modelle für H&E-Ausschnitte wurden abgewählt`,
  },
  becauseOneKind: (what) => `${what}: Es wird immer nur eine Art Bild gelesen.`,

  women: (dataset, count) => `${dataset}, ${count} Frauen`,
  images: (dataset, count) => `${dataset}, ${count} Bilder`,
  auc: (unit, interval) => `AUC je ${UNITS[unit]} ${interval}`,
  lastTime: (milliseconds) => `letzte Antwort ${milliseconds}`,
  notTimed: "noch keine Antwort gemessen",

  chance: (unit, interval) =>
    `Bei Frauen, die es nicht kannte, war dieses Modell nicht von Raten zu unterscheiden: ` +
    `AUC je ${UNITS[unit]} ${interval}; Raten ist 0,5.`,
  chanceOfImages: (interval) =>
    `Bei Bildern, die es nicht kannte, war dieses Modell nicht von Raten zu unterscheiden: ` +
    `AUC je Bild ${interval}; Raten ist 0,5.`,

  compare: "Nebeneinander",
  compareHint: "Wählen Sie mindestens zwei Modelle, um sie nebeneinander zu sehen.",
  single: "Ein Bild",
  link: "Alle gemeinsam bewegen",
  agree: (count) => `${count === 2 ? "Beide Modelle" : `Alle ${count} Modelle`} sagen dasselbe`,
  disagree: "Die Modelle sind sich nicht einig",
  counts: {
    suspicious: (count) => `${count} auffällig`,
    "not suspicious": (count) => `${count} unauffällig`,
    "cannot assess": (count) => `${count} nicht beurteilbar`,
  },
  note: (head, counts) => `${head}: ${counts}.`,
  spread: (difference, low, lowest, high, highest) =>
    `Ihre Werte liegen höchstens ${difference} auseinander: von ${low} (${lowest}) bis ${high} (${highest}).`,
  questions: (quoted) =>
    `Sie suchen Verschiedenes (${quoted}); ihre Werte sind deshalb nicht vergleichbar.`,
  quoted: (name) => `„${name}“`,
};
