import type { Messages } from "../messages";

export const answer: Messages["answer"] = {
  result: "Ergebnis",
  resultOf: (model) => `Ergebnis von ${model}`,
  noModel: "Wählen Sie mindestens ein Modell, um ein Urteil zu erhalten.",
  before: "Hier wird das Urteil stehen.",
  unjudged: "Kein Modell hat dieses Bild beurteilt.",
  stopped: "Angehalten, bevor die Modelle geantwortet haben.",
  reading: "Die Modelle lesen …",

  verdict: {
    suspicious: "Auffällig: über dem Arbeitspunkt",
    "not suspicious": "Nach diesem Modell unauffällig",
  },
  cannotAssess: (reason) => `Nicht beurteilbar: ${reason}`,
  noReason: "Das Modell nannte keinen Grund",
  paper: "In den Worten der Arbeit:",
  detected: "detected (erkannt)",
  notDetected: "not detected (nicht erkannt)",
  announced: (model, verdict) => `${model}: ${verdict}.`,
  announcedScore: (score) => `Wert ${score}.`,

  score: "Wert",
  scoreLine: (score, threshold) =>
    `Wert ${score} auf einer Linie von 0 bis 1; der Arbeitspunkt liegt bei ${threshold}`,
  pointAt: (threshold) => `Arbeitspunkt ${threshold}`,

  choosePoint: "Arbeitspunkt",
  points: {
    youden: "ausgewogen (Youden-Index)",
    sensitivity: (percent) => `wenige übersehen (Ziel: ${percent} Sensitivität)`,
    specificity: (percent) => `wenige Fehlalarme (Ziel: ${percent} Spezifität)`,
  },
  pointIs: (name, threshold) => `Arbeitspunkt ${name}, ${threshold}.`,
  testedOn: {
    image: "An Bildern der Testfrauen",
    breast: "An Brüsten der Testfrauen",
    woman: "An den Testfrauen, je Frau",
    patch: "An den Testbildern",
  },
  sensitivity: "Sensitivität",
  specificity: "Spezifität",

  calibrated: {
    mammogram: (where, many, label) =>
      `Der Wert ist für Bilder wie die ${where} kalibriert, von denen ${many} eine als ${label} ` +
      `bezeichnete Brust zeigten, nicht für das Screening, wo es weit weniger sind: Er ist nicht ` +
      `das Risiko einer Frau.`,
    histology: (where, many, label) =>
      `Der Wert ist für Bilder wie die ${where} kalibriert, von denen ${many} als ${label} ` +
      `bezeichnet waren, nicht für alle Ausschnitte eines Schnitts, wo der Anteil ein anderer ` +
      `ist: Er ist nicht das Risiko eines Menschen.`,
  },
  inTraining: "im Training",
  ofDataset: (dataset) => `von ${dataset}`,
  inHundred: (count) => `etwa ${count} von 100`,
  many: "viele",

  warnings: "Warnungen",
  meaning: "Was dieses Ergebnis bedeutet",
  prevalence: {
    mammogram: (finding) => `Anteil der untersuchten Frauen mit ${finding}, in Prozent`,
    histology: (finding) => `Anteil der Ausschnitte mit ${finding}, in Prozent`,
  },
  percentFrom: "Geben Sie einen Prozentsatz von 0,01 bis 99,99 an.",
  findings: { cancer: "Brustkrebs" },
  finding: (quoted) => `Befund ${quoted}`,
  screening: (percent) => `Screening: ${percent}`,
  asTested: (percent) => `Wie im Test: ${percent}`,
  screeningMeans: "Etwa so viele der Frauen, die an einem Screeningtag untersucht werden, haben Brustkrebs.",
  testMeans:
    "So viele waren im Test positiv, der für die Forschung zusammengestellt wurde: Keine Bevölkerung ist so.",
  beforeResult: ({ value, of }) => `Vor dem Ergebnis: ${value} von ${of}.`,
  withResult: {
    mammogram: ({ of, value, low, high, rest }, finding) =>
      `Von ${of} Frauen mit diesem Ergebnis haben etwa ${value} (${low} bis ${high}) ${finding} und ${rest} nicht.`,
    histology: ({ of, value, low, high, rest }, finding) =>
      `Von ${of} Ausschnitten mit diesem Ergebnis zeigen etwa ${value} (${low} bis ${high}) ${finding} und ${rest} nicht.`,
  },
  withOther: ({ of, value, low, high }) =>
    `Beim anderen Ergebnis sind es etwa ${value} (${low} bis ${high}) von ${of}.`,
  tellsNothing:
    "Der Bereich enthält, was vor dem Ergebnis bekannt war: Nach diesen Zahlen sagt es nichts.",
  predictive: (ppv, npv) => `PPV (positiver Vorhersagewert) ${ppv}, NPV (negativer) ${npv}.`,
  reckoned: {
    image: "Mit dem Satz von Bayes aus den Zahlen je Bild gerechnet, als hätte eine Frau nur ein Bild.",
    breast: "Mit dem Satz von Bayes aus den Zahlen je Brust gerechnet.",
    woman: "Mit dem Satz von Bayes aus den Zahlen je Frau gerechnet.",
    patch: "Mit dem Satz von Bayes aus den Testzahlen gerechnet.",
  },
  range:
    "Der Bereich nimmt Sensitivität und Spezifität beide am unteren oder beide am oberen Ende ihrer Intervalle.",
  noValues:
    "An diesem Punkt kam eines der beiden Ergebnisse im Test nie vor: Es lässt sich nichts rechnen.",

  steps: {
    decode: "dekodieren",
    check: "prüfen",
    prepare: "vorbereiten",
    network: "Netz",
    explain: "erklären",
    total: "gesamt",
  },
};
