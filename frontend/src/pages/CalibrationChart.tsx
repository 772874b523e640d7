import { Chart } from "../charts/Chart";
import { shareAxis } from "../charts/scale";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { type ChartsProps, styleOf } from "./StudyCharts";
import { useEstimate } from "./useEstimate";

/** Whether scores are shares: those of the test images against the positives among them. */
export function CalibrationChart({ study, drawn }: ChartsProps) {
  const { pages } = useMessages();
  const { studyPage } = pages;
  const { decimal, count } = useNumbers();
  const estimate = useEstimate();
  const models = study.models.flatMap(({ name, calibration }) =>
    calibration && drawn.includes(name) ? [{ name, calibration }] : [],
  );
  const errors = models.map(({ name, calibration: { ece, perfect_ece: perfect } }) =>
    studyPage.error(name, decimal(ece, 3), decimal(perfect.low, 3), decimal(perfect.high, 3)),
  );

  return (
    <>
      <p>{studyPage.calibrationHint}</p>
      <ul className="plain-list">
        {errors.map((error) => (
          <li key={error}>{error}.</li>
        ))}
      </ul>
      <div className="charts">
        <Chart
          title={studyPage.calibration}
          summary={errors.join("; ")}
          x={shareAxis(studyPage.meanScore)}
          y={shareAxis(studyPage.shareOfPositives)}
          series={models.map(({ name, calibration }) => ({
            name,
            style: styleOf(study, name),
            points: calibration.bins.map(({ score, positives: { value, low, high } }) => ({
              x: score,
              y: value,
              low,
              high,
            })),
            as: "bars",
          }))}
          diagonal={studyPage.perfect}
          number={decimal}
          figuresLabel={studyPage.show}
        >
          {models.map(({ name, calibration }) => (
            <Table
              key={name}
              label={pages.scrolls(name)}
              caption={`${name}. ${pages.intervals(calibration.bins[0]?.positives.method ?? "")}`}
              head={[studyPage.meanScore, studyPage.shareOfPositives, studyPage.bin]}
              rows={calibration.bins.map(({ score, positives, n_of_bin: images }) => [
                decimal(score, 3),
                estimate(positives),
                count(images),
              ])}
            />
          ))}
        </Chart>
      </div>
    </>
  );
}
