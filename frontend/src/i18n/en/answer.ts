/** What a model says of an image, and how far that can be trusted. */

/** How many of how many, as they are written. */
export interface Count {
  value: string;
  low: string;
  high: string;
  of: string;
  /** Those who do not have it. */
  rest: string;
}

export const answer = {
  result: "Result",
  resultOf: (model: string) => `Result of ${model}`,
  noModel: "Choose at least one model to have a verdict.",
  before: "The verdict will stand here.",
  unjudged: "No model has judged this image.",
  stopped: "Stopped before the models answered.",
  reading: "The models are reading…",

  verdict: {
    suspicious: "Suspicious: above the operating point",
    "not suspicious": "Not suspicious by this model",
  },
  cannotAssess: (reason: string) => `Cannot assess: ${reason}`,
  noReason: "the model gave no reason",
  paper: "In the paper’s words:",
  detected: "detected",
  notDetected: "not detected",
  announced: (model: string, verdict: string) => `${model}: ${verdict}.`,
  announcedScore: (score: string) => `Score ${score}.`,

  score: "Score",
  scoreLine: (score: string, threshold: string) =>
    `Score ${score} on a line from 0 to 1; the operating point is at ${threshold}`,
  pointAt: (threshold: string) => `operating point ${threshold}`,

  choosePoint: "Operating point",
  points: {
    youden: "balanced (Youden’s index)",
    sensitivity: (percent: string) => `few missed (aimed at ${percent} sensitivity)`,
    specificity: (percent: string) => `few false alarms (aimed at ${percent} specificity)`,
  },
  pointIs: (name: string, threshold: string) => `Operating point ${name}, ${threshold}.`,
  testedOn: {
    image: "On images of the test women",
    breast: "On breasts of the test women",
    woman: "On the test women, by woman",
    patch: "On the test images",
  },
  sensitivity: "sensitivity",
  specificity: "specificity",

  calibrated: {
    mammogram: (where: string, many: string, label: string) =>
      `The score is calibrated for images like those ${where}, of which ${many} showed a breast ` +
      `labelled ${label}, not for screening, where far fewer do: it is not a woman’s risk.`,
    histology: (where: string, many: string, label: string) =>
      `The score is calibrated for images like those ${where}, of which ${many} were labelled ` +
      `${label}, not for all patches of a slide, where the share is another: it is not a patient’s risk.`,
  },
  inTraining: "in training",
  ofDataset: (dataset: string) => `of ${dataset}`,
  inHundred: (count: string) => `about ${count} in 100`,
  many: "many",

  warnings: "Warnings",
  meaning: "What this result means",
  prevalence: {
    mammogram: (finding: string) => `Of the women examined, percent with ${finding}`,
    histology: (finding: string) => `Of the patches, percent with ${finding}`,
  },
  percentFrom: "Give a percentage from 0.01 to 99.99.",
  findings: { cancer: "breast cancer" } as Record<string, string>,
  finding: (quoted: string) => `the finding ${quoted}`,
  screening: (percent: string) => `Screening: ${percent}`,
  asTested: (percent: string) => `As in the test: ${percent}`,
  screeningMeans: "About so many of the women examined on a screening day have breast cancer.",
  testMeans: "So many were positive in the test, which was put together for research: no population is like it.",
  beforeResult: (count: Pick<Count, "value" | "of">) => `Before the result: ${count.value} of ${count.of}.`,
  withResult: {
    mammogram: ({ of, value, low, high, rest }: Count, finding: string) =>
      `Of ${of} women with this result, about ${value} (${low} to ${high}) have ${finding} and ${rest} do not.`,
    histology: ({ of, value, low, high, rest }: Count, finding: string) =>
      `Of ${of} patches with this result, about ${value} (${low} to ${high}) show ${finding} and ${rest} do not.`,
  },
  withOther: ({ of, value, low, high }: Count) =>
    `With the other result it is about ${value} (${low} to ${high}) of ${of}.`,
  tellsNothing: "The range holds what was known before the result: by these figures it tells nothing.",
  predictive: (ppv: string, npv: string) => `PPV ${ppv}, NPV ${npv}.`,
  reckoned: {
    image: "Reckoned by Bayes’ theorem from the figures by image, as if a woman had one image.",
    breast: "Reckoned by Bayes’ theorem from the figures by breast.",
    woman: "Reckoned by Bayes’ theorem from the figures by woman.",
    patch: "Reckoned by Bayes’ theorem from the test figures.",
  },
  range: "The range takes sensitivity and specificity both at the low or both at the high end of their intervals.",
  noValues: "At this point one of the two results never came up in the test: nothing can be reckoned.",

  steps: {
    decode: "decode",
    check: "check",
    prepare: "prepare",
    network: "network",
    explain: "explain",
    total: "total",
  } as Record<string, string>,
};
