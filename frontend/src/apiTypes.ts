/** The HTTP contract of `mammoscope serve`, as types. */

/** What a picture is read as. */
export type Modality = "mammogram" | "histology";

export interface Estimate {
  value: number;
  low: number;
  high: number;
  method: string;
}

export interface OperatingPoint {
  name: string;
  threshold: number;
  sensitivity: Estimate;
  specificity: Estimate;
}

export interface Figure {
  unit: "image" | "breast" | "woman";
  n: number;
  n_positive: number;
  n_patients: number;
  metrics: Record<string, Estimate>;
}

export interface TrainedOn {
  dataset: string;
  source: string;
  women: number;
  images: number;
  /** From 0 to 1: of the training images, those of the positive class. */
  positive_share?: number | null;
}

/** Whom calibrator and operating points were fitted on, where they are not the training's. */
export interface CalibratedOn {
  dataset: string;
  women: number;
  images: number;
  /** From 0 to 1. */
  positive_share: number;
}

export interface ModelCard {
  title: string;
  architecture: string;
  license: string;
  trained_on: TrainedOn;
  calibrated_on?: CalibratedOn | null;
  limits: string[];
  /** One sentence on how coarse the map is. */
  explanation: string;
  figures: Figure[];
}

export interface PublishedModel {
  name: string;
  version: string;
  modality: Modality;
  task: string;
  classes: string[];
  positive: string;
  /** The method of its map. */
  explained_by: Heatmap["method"];
  card: ModelCard;
  operating_points: OperatingPoint[];
}

export interface Models {
  /** The first of the list; null where nothing is published. */
  default: string | null;
  notice: string;
  models: PublishedModel[];
}

/** An exam that examples are views of. */
export interface ExampleExam {
  name: string;
  title: string;
}

export interface Example {
  name: string;
  title: string;
  url: string;
  media_type: string;
  exam: ExampleExam | null;
}

export interface ImageDescription {
  rows: number;
  columns: number;
  laterality: "L" | "R" | null;
  view: string | null;
  spacing_mm: [number, number] | null;
  /** Height of a pixel divided by its width. */
  pixel_aspect: number;
  modality: Modality;
  source: { format: string; bits: number; transfer_syntax: string | null; steps: string[] };
}

export interface PlaneHeader extends ImageDescription {
  warnings: string[];
  /** Samples a pixel: gray, or RGB. */
  channels: 1 | 3;
}

/** The grid's outer edges in pixels of the image; left > right where the model saw it mirrored. */
export interface MapGeometry {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface Cells {
  /** Row by row. */
  grid: number[][];
  /** The fixed end of the colour scale, the same for every image. */
  scale: number;
  geometry: MapGeometry;
}

/** Signed; the mean of the cells and the bias are the logit. */
export interface EvidenceMap extends Cells {
  method: "evidence";
  unit: "logit";
  bias: number;
}

/** Signed: how far the logit falls when a cell is covered. The cells do not add up to it. */
export interface OcclusionMap extends Cells {
  method: "occlusion";
  unit: "logit";
  bias: null;
}

/** From 0 to 1, of the segmented cluster: what was segmented, not what moved the score. */
export interface MembershipMap extends Cells {
  method: "membership";
  unit: "membership";
  bias: null;
}

export type Heatmap = EvidenceMap | OcclusionMap | MembershipMap;

export type Verdict = "suspicious" | "not suspicious" | "cannot assess";

export interface Prediction {
  /** name@version */
  model: string;
  score: number | null;
  scores: Record<string, number>;
  verdict: Verdict;
  reason: string | null;
  operating_point: OperatingPoint;
  warnings: string[];
  milliseconds: Record<string, number>;
  heatmap: Heatmap | null;
}

export interface Reading {
  notice: string;
  image: ImageDescription;
  predictions: Prediction[];
}

/** RFC 9457. A 422 for an image that no model could assess carries the reading as well. */
export interface Problem extends Partial<Reading> {
  type: string;
  title: string;
  status: number;
  detail: string;
}
