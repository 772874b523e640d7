/** The HTTP contract of `mammoscope serve`, by the names that the page calls it. */

import type { components } from "./apiSchema";

type Schemas = components["schemas"];

export type Estimate = Schemas["Estimate"];
export type OperatingPoint = Schemas["OperatingPoint"];
export type Figure = Schemas["Figure"];
export type Unit = Figure["unit"];
export type TrainedOn = Schemas["TrainedOn"];
export type CalibratedOn = Schemas["CalibratedOn"];
export type ModelCard = Schemas["ModelCard"];
export type BreastCalibrator = Schemas["BreastCalibrator"];
export type PublishedModel = Schemas["PublishedModel"];
export type Models = Schemas["Models"];
export type Example = Schemas["Example"];
/** An exam that examples are views of. */
export type ExampleExam = Schemas["ExampleExam"];

/** Of a network's arithmetic. */
export type Precision = PublishedModel["precision"];

/** What a picture is read as. */
export type Modality = PublishedModel["modality"];

export type ImageDescription = Schemas["Image"];

/** The header of `POST /api/images`, which is no JSON and so not described as such. */
export interface PlaneHeader extends ImageDescription {
  warnings: string[];
  /** Samples a pixel: gray, or RGB. */
  channels: 1 | 3;
}

export type MapGeometry = Schemas["MapGeometry"];
export type EvidenceMap = Schemas["EvidenceMap"];
export type OcclusionMap = Schemas["OcclusionMap"];
export type MembershipMap = Schemas["MembershipMap"];
export type Heatmap = EvidenceMap | OcclusionMap | MembershipMap;

export type Prediction = Schemas["Prediction"];
export type Verdict = Prediction["verdict"];
export type Reading = Schemas["Reading"];

/** RFC 9457. A 422 for an image that no model could assess carries the reading as well. */
export type Problem = Schemas["Problem"] & Partial<Reading>;

export type StudySummary = Schemas["StudySummary"];
export type Study = Schemas["Study"];
export type StudyModel = Schemas["StudyModel"];
export type TrainingCurves = Schemas["TrainingCurves"];
export type Course = Schemas["Course"];
export type Roc = Schemas["Roc"];
export type Calibration = Schemas["Calibration"];
export type Cost = Schemas["Cost"];
export type Difference = Schemas["Difference"];
