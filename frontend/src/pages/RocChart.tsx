import { Chart } from "../charts/Chart";
import { shareAxis } from "../charts/scale";
import type { Series } from "../charts/series";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { type ChartsProps, styleOf } from "./StudyCharts";
import { figureOf } from "./StudyTables";
import { useEstimate } from "./useEstimate";

/** Sensitivity against 1 − specificity at every threshold. */
export function RocChart({ study, drawn }: ChartsProps) {
  const { pages } = useMessages();
  const { studyPage } = pages;
  const { decimal } = useNumbers();
  const estimate = useEstimate();
  const curves = study.roc.filter(({ model }) => drawn.includes(model));
  const named = (name: string) => {
    const model = study.models.find((one) => one.name === name);
    const auc = model && figureOf(model, study.unit)?.metrics.auc;
    return auc ? `${name} ${estimate(auc)}` : name;
  };
  const series = curves.map(
    ({ model, one_minus_specificity: wrong, sensitivity }): Series => ({
      name: named(model),
      style: styleOf(study, model),
      points: wrong.map((x, i) => ({ x, y: sensitivity[i] ?? 0 })),
      as: "line",
    }),
  );
  const title = `${studyPage.roc}, ${pages.byUnit[study.unit]}`;

  return (
    <div className="charts">
      <Chart
        title={title}
        summary={studyPage.rocSummary(drawn.map(named).join("; "))}
        x={shareAxis(studyPage.oneMinusSpecificity)}
        y={shareAxis(studyPage.sensitivity)}
        series={series}
        diagonal={studyPage.guessing}
        number={decimal}
        figuresLabel={studyPage.show}
      >
        {curves.map(({ model, one_minus_specificity: wrong, sensitivity }, i) => (
          <Table
            key={`${model} ${i}`}
            label={pages.scrolls(named(model))}
            caption={named(model)}
            head={[studyPage.oneMinusSpecificity, studyPage.sensitivity]}
            rows={wrong.map((value, at) => [decimal(value, 3), decimal(sensitivity[at] ?? 0, 3)])}
          />
        ))}
      </Chart>
    </div>
  );
}
