/** The published models, chosen and compared. */

type Unit = "image" | "breast" | "woman";

const UNITS: Record<Unit, string> = { image: "image", breast: "breast", woman: "woman" };

export const models = {
  models: "Models",
  none: "This server has no published model yet.",
  oneKind: "One kind of picture at a time: a model of the other kind replaces these.",
  group: { mammogram: "Mammogram", histology: "H&E histology patch" },
  all: (count: string) => `All ${count}`,
  ofGroup: (group: string) => ` of ${group}`,
  version: (version: string) => `, version ${version}`,
  unchosen: {
    mammogram: (count: number) => `${count} mammogram ${count === 1 ? "model was" : "models were"} unchosen`,
    histology: (count: number) => `${count} H&E patch ${count === 1 ? "model was" : "models were"} unchosen`,
  },
  becauseOneKind: (what: string) => `${what}: one kind of picture is read at a time.`,

  women: (dataset: string, count: string) => `${dataset}, ${count} women`,
  images: (dataset: string, count: string) => `${dataset}, ${count} images`,
  auc: (unit: Unit, interval: string) => `AUC by ${UNITS[unit]} ${interval}`,
  lastTime: (milliseconds: string) => `last answer ${milliseconds}`,
  notTimed: "no answer timed yet",

  chance: (unit: Unit, interval: string) =>
    `On women that it had not seen, this model could not be told from guessing: ` +
    `AUC by ${UNITS[unit]} ${interval}, and guessing is 0.5.`,
  chanceOfImages: (interval: string) =>
    `On images that it had not seen, this model could not be told from guessing: ` +
    `AUC by image ${interval}, and guessing is 0.5.`,

  compare: "Side by side",
  compareHint: "Choose two models or more to see them side by side.",
  single: "One image",
  link: "Move all together",
  agree: (count: number) => `${count === 2 ? "Both models" : `All ${count} models`} say the same`,
  disagree: "The models do not agree",
  counts: {
    suspicious: (count: number) => `${count} suspicious`,
    "not suspicious": (count: number) => `${count} not suspicious`,
    "cannot assess": (count: number) => `${count} cannot assess`,
  },
  note: (head: string, counts: string) => `${head}: ${counts}.`,
  spread: (difference: string, low: string, lowest: string, high: string, highest: string) =>
    `Their scores differ by ${difference} at most: from ${low} (${lowest}) to ${high} (${highest}).`,
  questions: (quoted: string) =>
    `They look for different things (${quoted}), so their scores do not compare.`,
  quoted: (name: string) => `“${name}”`,
};
