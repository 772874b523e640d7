import { useState } from "react";

import type { Cost, Study } from "../apiTypes";
import { Chart } from "../charts/Chart";
import { linearAxis, logAxis } from "../charts/scale";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { styleOf } from "./StudyCharts";
import { figureOf } from "./StudyTables";
import { useEstimate } from "./useEstimate";

const UNITS = {
  latency_p50_ms: 1,
  graph_bytes: 1e6,
  peak_memory_bytes: 1e6,
  cold_start_s: 1,
} as const satisfies Partial<Record<keyof Cost, number>>;
type CostName = keyof typeof UNITS;
const COSTS = Object.keys(UNITS) as CostName[];

/** How well each model tells against what an answer of it costs. */
export function TradeOffChart({ study }: { study: Study }) {
  const { pages } = useMessages();
  const { studyPage } = pages;
  const { decimal } = useNumbers();
  const estimate = useEstimate();
  const [cost, setCost] = useState<CostName>("latency_p50_ms");
  const models = study.models.flatMap((model) => {
    const auc = figureOf(model, study.unit)?.metrics.auc;
    return model.cost && auc ? [{ name: model.name, auc, x: model.cost[cost] / UNITS[cost] }] : [];
  });
  const machines = [...new Set(study.models.flatMap((model) => model.cost?.machine ?? []))];
  const title = studyPage.tradeOffTitle(studyPage.costs[cost]);
  const list = models.map(({ name, auc, x }) => `${name}: ${decimal(x, 2)}, AUC ${decimal(auc.value)}`);

  return (
    <>
      <p>
        <label className="page-choice">
          {studyPage.cost}{" "}
          <select
            value={cost}
            onChange={(event) => {
              setCost(event.target.value as CostName);
            }}
          >
            {COSTS.map((name) => (
              <option key={name} value={name}>
                {studyPage.costs[name]}
              </option>
            ))}
          </select>
        </label>
      </p>
      <div className="charts">
        <Chart
          title={title}
          summary={studyPage.tradeOffSummary(list.join("; "))}
          x={logAxis(studyPage.costs[cost], models.map(({ x }) => x))}
          y={linearAxis("AUC", models.flatMap(({ auc }) => [auc.low, auc.high, 0.5]))}
          series={models.map(({ name, auc: { value, low, high }, x }) => ({
            name,
            style: styleOf(study, name),
            points: [{ x, y: value, low, high }],
            as: "marks",
          }))}
          number={decimal}
          figuresLabel={studyPage.show}
        >
          <Table
            label={pages.scrolls(title)}
            caption={title}
            head={[studyPage.model, studyPage.costs[cost], `AUC ${pages.byUnit[study.unit]}`]}
            rows={models.map(({ name, auc, x }) => [name, decimal(x, 2), estimate(auc)])}
          />
        </Chart>
      </div>
      <p className="hint">
        {machines.map((machine) => studyPage.machine(machine)).join(" ")}
      </p>
    </>
  );
}
