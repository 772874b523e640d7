/** Ten models of both modalities and of every kind of map, played by the test itself. */

import type { Page } from "@playwright/test";

import type {
  Estimate,
  Figure,
  Heatmap,
  Modality,
  OperatingPoint,
  Prediction,
  PublishedModel,
} from "../src/apiTypes";

export interface Asked {
  path: string;
  models: string[];
  modality: string | null;
  include: string | null;
}

type Method = Heatmap["method"];

const MAMMOGRAM = ["no cancer", "cancer"];
const HISTOLOGY = ["no metastasis", "metastasis"];

const POINTS: readonly [OperatingPoint, ...OperatingPoint[]] = [
  point("youden", 0.41, 0.7, 0.6),
  point("sensitivity_90", 0.2, 0.9, 0.3),
  point("specificity_90", 0.7, 0.4, 0.92),
];

export const MODELS: readonly PublishedModel[] = [
  model("densenet121-rsna", "DenseNet121 trained on rsna", "mammogram", "evidence"),
  model("cnn-rsna", "Custom CNN trained on rsna", "mammogram", "evidence"),
  model("cnn9-rsna", "Nine-layer CNN trained on rsna", "mammogram", "evidence"),
  model("ensemble-rsna", "Ensemble of five networks trained on rsna", "mammogram", "occlusion"),
  model("kmeans-mini-mias", "k-means regions trained on mini-mias", "mammogram", "membership"),
  model("knn-rsna", "k-nearest neighbours on texture trained on rsna", "mammogram", "occlusion"),
  model("logistic-rsna", "Logistic regression on texture trained on rsna", "mammogram", "occlusion"),
  model("mobilenetv2-rsna", "MobileNetV2 trained on rsna", "mammogram", "evidence"),
  model("histology-cnn-pcam", "CNN trained on pcam", "histology", "evidence"),
  model("histology-svm-pcam", "SVM on colour and texture trained on pcam", "histology", "occlusion"),
];

/**
 * From now on the server has these models alone; gives what is asked of it, as it is asked.
 *
 * @param scores by the model's name; 0.62 where it is not there.
 */
export async function mockModels(page: Page, scores: Record<string, number> = {}): Promise<Asked[]> {
  const asked: Asked[] = [];
  // Chromium does not hand a test the bytes of a form that holds a file.
  await page.addInitScript(() => {
    const fieldsOf = (form: FormData) =>
      JSON.stringify({
        models: form.getAll("model"),
        modality: form.get("modality"),
        include: form.get("include"),
      });
    const fetch = window.fetch.bind(window);
    window.fetch = (input, init) => {
      if (!(init?.body instanceof FormData)) return fetch(input, init);
      return fetch(input, { ...init, headers: { "x-fields": fieldsOf(init.body) } });
    };
    window.XMLHttpRequest = class extends XMLHttpRequest {
      override send(body?: XMLHttpRequestBodyInit | null) {
        if (body instanceof FormData) this.setRequestHeader("x-fields", fieldsOf(body));
        super.send(body);
      }
    };
  });
  await page.route("**/api/models", (route) =>
    route.fulfill({ json: { default: MODELS[0]?.name, notice: "Not a medical device.", models: MODELS } }),
  );
  page.on("request", (request) => {
    const fields = request.headers()["x-fields"];
    if (fields === undefined) return;
    asked.push({ path: new URL(request.url()).pathname, ...(JSON.parse(fields) as Omit<Asked, "path">) });
  });
  await page.route("**/api/predictions", (route) => {
    const fields = JSON.parse(route.request().headers()["x-fields"] ?? "{}") as Asked;
    const predictions = MODELS.filter(({ name, version }) =>
      fields.models.includes(`${name}@${version}`),
    ).map((one) => prediction(one, scores[one.name] ?? 0.62, fields.include === "heatmap"));
    return route.fulfill({ json: { notice: "", image: {}, predictions } });
  });
  return asked;
}

function model(name: string, title: string, modality: Modality, method: Method): PublishedModel {
  const classes = modality === "histology" ? HISTOLOGY : MAMMOGRAM;
  return {
    name,
    version: "1",
    modality,
    task: classes[1] ?? "",
    classes,
    positive: classes[1] ?? "",
    explained_by: method,
    precision: "float32",
    card: {
      title,
      architecture: title,
      license: "none",
      trained_on: { dataset: "mocked", source: "", women: 501, images: 12_000, positive_share: 0.5 },
      limits: [],
      explanation: "One sentence on how coarse the map is.",
      figures:
        modality === "histology"
          ? [figure("image", 0.7)]
          : [figure("image", 0.7), figure("breast", 0.66), figure("woman", 0.64)],
    },
    operating_points: [...POINTS],
  };
}

function prediction(one: PublishedModel, score: number, mapped: boolean): Prediction {
  return {
    model: `${one.name}@${one.version}`,
    score,
    scores: { [one.positive]: score },
    verdict: score >= POINTS[0].threshold ? "suspicious" : "not suspicious",
    reason: null,
    operating_point: POINTS[0],
    warnings: [],
    milliseconds: { network: 12, total: 40 },
    precision: "float32",
    heatmap: mapped ? heatmap(one.explained_by, one.modality) : null,
  };
}

function point(name: string, threshold: number, found: number, cleared: number): OperatingPoint {
  return { name, threshold, sensitivity: estimate(found), specificity: estimate(cleared) };
}

/** At the first operating point. */
function figure(unit: Figure["unit"], sensitivity: number): Figure {
  const metrics = {
    auc: estimate(0.68),
    sensitivity: estimate(sensitivity),
    specificity: estimate(0.6),
  };
  return { unit, n: 240, n_positive: 80, n_patients: 154, metrics };
}

function estimate(value: number): Estimate {
  return { value, low: value - 0.08, high: value + 0.07, method: "made up" };
}

/** A hill in the middle of the fixtures' picture, with a hollow beside it where it is signed. */
function heatmap(method: Method, modality: Modality): Heatmap {
  const cells = method === "membership" ? 48 : 8;
  const hill = (row: number, column: number, at: number) =>
    Math.exp(-((row / cells - 0.5) ** 2 + (column / cells - at) ** 2) / 0.03);
  const grid = Array.from({ length: cells }, (_, row) =>
    Array.from({ length: cells }, (_, column) => {
      const high = hill(row + 0.5, column + 0.5, 0.3);
      return method === "membership" ? high : 0.5 * (high - hill(row + 0.5, column + 0.5, 0.75));
    }),
  );
  const [right, bottom] = modality === "histology" ? [256, 256] : [512, 640];
  const geometry = { left: 0, top: 0, right, bottom };
  switch (method) {
    case "evidence":
      return { method, unit: "logit", bias: -0.25, grid, scale: 0.5, geometry };
    case "occlusion":
      return { method, unit: "logit", bias: null, grid, scale: 0.5, geometry };
    case "membership":
      return { method, unit: "membership", bias: null, grid, scale: 1, geometry };
  }
}
