import type { Messages } from "../messages";

export const answer: Messages["answer"] = {
  result: "Resultado",
  resultOf: (model) => `Resultado de ${model}`,
  noModel: "Elija al menos un modelo para tener un veredicto.",
  before: "Aquí aparecerá el veredicto.",
  unjudged: "Ningún modelo ha valorado esta imagen.",
  stopped: "Detenido antes de que respondieran los modelos.",
  reading: "Los modelos están leyendo…",

  verdict: {
    suspicious: "Sospechoso: por encima del punto de operación",
    "not suspicious": "No sospechoso según este modelo",
  },
  cannotAssess: (reason) => `No valorable: ${reason}`,
  noReason: "el modelo no dio ningún motivo",
  paper: "En palabras del artículo:",
  detected: "detected (detectado)",
  notDetected: "not detected (no detectado)",
  announced: (model, verdict) => `${model}: ${verdict}.`,
  announcedScore: (score) => `Puntuación ${score}.`,

  score: "Puntuación",
  scoreLine: (score, threshold) =>
    `Puntuación ${score} en una línea de 0 a 1; el punto de operación está en ${threshold}`,
  pointAt: (threshold) => `punto de operación ${threshold}`,

  choosePoint: "Punto de operación",
  points: {
    youden: "equilibrado (índice de Youden)",
    sensitivity: (percent) => `pocos casos perdidos (objetivo: ${percent} de sensibilidad)`,
    specificity: (percent) => `pocas falsas alarmas (objetivo: ${percent} de especificidad)`,
  },
  pointIs: (name, threshold) => `Punto de operación ${name}, ${threshold}.`,
  testedOn: {
    image: "En imágenes de las mujeres de prueba",
    breast: "En mamas de las mujeres de prueba",
    woman: "En las mujeres de prueba, por mujer",
    patch: "En las imágenes de prueba",
  },
  sensitivity: "sensibilidad",
  specificity: "especificidad",

  calibrated: {
    mammogram: (where, many, label) =>
      `La puntuación está calibrada para imágenes como las ${where}, de las que ${many} mostraban ` +
      `una mama etiquetada ${label}, no para el cribado, donde son muchas menos: no es el riesgo ` +
      `de una mujer.`,
    histology: (where, many, label) =>
      `La puntuación está calibrada para imágenes como las ${where}, de las que ${many} estaban ` +
      `etiquetadas ${label}, no para todos los recortes de una preparación, donde la proporción ` +
      `es otra: no es el riesgo de un paciente.`,
  },
  inTraining: "del entrenamiento",
  ofDataset: (dataset) => `de ${dataset}`,
  inHundred: (count) => `unas ${count} de cada 100`,
  many: "muchas",

  warnings: "Advertencias",
  meaning: "Qué significa este resultado",
  prevalence: {
    mammogram: (finding) => `De las mujeres examinadas, porcentaje con ${finding}`,
    histology: (finding) => `De los recortes, porcentaje con ${finding}`,
  },
  percentFrom: "Indique un porcentaje de 0,01 a 99,99.",
  findings: { cancer: "cáncer de mama" },
  finding: (quoted) => `el hallazgo ${quoted}`,
  screening: (percent) => `Cribado: ${percent}`,
  asTested: (percent) => `Como en la prueba: ${percent}`,
  screeningMeans: "Más o menos esa parte de las mujeres examinadas en un día de cribado tiene cáncer de mama.",
  testMeans:
    "Esa parte era positiva en la prueba, reunida para investigar: ninguna población es así.",
  beforeResult: ({ value, of }) => `Antes del resultado: ${value} de ${of}.`,
  withResult: {
    mammogram: ({ of, value, low, high, rest }, finding) =>
      `De ${of} mujeres con este resultado, unas ${value} (${low} a ${high}) tienen ${finding} y ${rest} no.`,
    histology: ({ of, value, low, high, rest }, finding) =>
      `De ${of} recortes con este resultado, unos ${value} (${low} a ${high}) muestran ${finding} y ${rest} no.`,
  },
  withOther: ({ of, value, low, high }) =>
    `Con el otro resultado son alrededor de ${value} (${low} a ${high}) de ${of}.`,
  tellsNothing:
    "El intervalo contiene lo que se sabía antes del resultado: según estas cifras, no dice nada.",
  predictive: (ppv, npv) => `VPP (PPV) ${ppv}, VPN (NPV) ${npv}.`,
  reckoned: {
    image:
      "Calculado con el teorema de Bayes a partir de las cifras por imagen, como si una mujer tuviera una sola imagen.",
    breast: "Calculado con el teorema de Bayes a partir de las cifras por mama.",
    woman: "Calculado con el teorema de Bayes a partir de las cifras por mujer.",
    patch: "Calculado con el teorema de Bayes a partir de las cifras de prueba.",
  },
  range:
    "El intervalo toma sensibilidad y especificidad ambas en el extremo inferior o ambas en el superior de los suyos.",
  noValues:
    "En este punto uno de los dos resultados no apareció nunca en la prueba: no se puede calcular nada.",

  steps: {
    decode: "decodificar",
    check: "comprobar",
    prepare: "preparar",
    network: "red",
    explain: "explicar",
    total: "total",
  },
};
