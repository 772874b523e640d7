import type { Course, Study, TrainingCurves } from "../apiTypes";
import { Chart } from "../charts/Chart";
import { linearAxis } from "../charts/scale";
import type { Point, Series } from "../charts/series";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { type ChartsProps, styleOf } from "./StudyCharts";

type Measure = "loss" | "val_loss" | "accuracy" | "val_accuracy";

/** Loss and accuracy over the epochs: the mean of a model's networks, and their range. */
export function CurveCharts({ study, drawn }: ChartsProps) {
  const { pages } = useMessages();
  const { studyPage } = pages;
  const { decimal, count } = useNumbers();
  const curves = study.curves.filter(({ model }) => drawn.includes(model));
  const x = linearAxis(studyPage.epoch, [0, ...curves.flatMap(({ epochs }) => epochs)]);
  const charts: [Measure, string, string][] = [
    ["loss", studyPage.lossTraining, studyPage.loss],
    ["val_loss", studyPage.lossValidation, studyPage.loss],
    ["accuracy", studyPage.accuracyTraining, studyPage.accuracy],
    ["val_accuracy", studyPage.accuracyValidation, studyPage.accuracy],
  ];
  const networks = curves
    .map(({ model, networks: many }) => `${model}: ${studyPage.networks(count(many))}`)
    .join("; ");

  return (
    <>
      <p>{studyPage.lossHint}</p>
      <p className="hint">
        {studyPage.band} {networks}.
      </p>
      <div className="charts">
        {charts.map(([measure, title, label]) => {
          const series = curves.map((curve) => seriesOf(study, curve, measure));
          const values = series.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]));
          return (
            <Chart
              key={measure}
              title={title}
              summary={`${studyPage.band} ${networks}`}
              x={x}
              y={linearAxis(label, values)}
              series={series}
              number={decimal}
              figuresLabel={studyPage.show}
            >
              <Table
                label={pages.scrolls(title)}
                caption={title}
                head={[
                  studyPage.epoch,
                  ...curves.flatMap(({ model }) =>
                    [studyPage.mean, studyPage.lowest, studyPage.highest].map(
                      (end) => `${model}: ${end}`,
                    ),
                  ),
                ]}
                rows={epochsOf(curves).map((epoch) => [
                  count(epoch),
                  ...curves.flatMap((curve) => cells(curve, curve[measure], epoch, decimal)),
                ])}
              />
            </Chart>
          );
        })}
      </div>
    </>
  );
}

function seriesOf(study: Study, curve: TrainingCurves, measure: Measure): Series {
  const { mean, least, most } = curve[measure];
  const points = curve.epochs.flatMap((epoch, i): Point[] => {
    const y = mean[i];
    if (typeof y !== "number") return [];
    // Of one network the range is its line.
    const band = curve.networks > 1 ? { low: least[i] ?? y, high: most[i] ?? y } : {};
    return [{ x: epoch, y, ...band }];
  });
  return { name: curve.model, style: styleOf(study, curve.model), points, as: "band" };
}

function epochsOf(curves: readonly TrainingCurves[]): number[] {
  return [...new Set(curves.flatMap(({ epochs }) => epochs))].sort((a, b) => a - b);
}

function cells(
  { epochs }: TrainingCurves,
  { mean, least, most }: Course,
  epoch: number,
  decimal: (value: number, digits: number) => string,
): string[] {
  const at = epochs.indexOf(epoch);
  return [mean, least, most].map((values) => {
    const value = values[at];
    return typeof value === "number" ? decimal(value, 3) : "–";
  });
}
