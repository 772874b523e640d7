import type { Study, StudyModel } from "../apiTypes";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { namedMethods } from "./namedMethods";
import { Section } from "./Section";
import { useEstimate } from "./useEstimate";

const METRICS = ["auc", "accuracy", "sensitivity", "specificity", "precision", "f1"] as const;
const MEGA = 1e6;

/** The models of a study side by side: their figures, their cost, and their differences. */
export function StudyTables({ study }: { study: Study }) {
  const { pages } = useMessages();
  const { studyPage } = pages;
  const { decimal, count } = useNumbers();
  const estimate = useEstimate();
  const { models, differences, baselines, unit } = study;
  const cost = (model: StudyModel, value: (measured: NonNullable<StudyModel["cost"]>) => string) =>
    model.cost ? value(model.cost) : studyPage.notMeasured;

  const intervals = (rows: Parameters<typeof namedMethods>[0]) =>
    namedMethods(rows).map(pages.intervals).join(" ");

  return (
    <>
      <Section title={studyPage.table}>
        <p>{studyPage.tableHint(pages.byUnit[unit])}</p>
        <Table
          label={pages.scrolls(studyPage.table)}
          caption={intervals(models.map((model) => ({ name: model.name, method: methodOf(model, unit) })))}
          head={[studyPage.model, ...METRICS.map((name) => pages.metrics[name])]}
          rows={models.map((model) => [
            named(model),
            ...METRICS.map((name) => {
              const found = figureOf(model, unit)?.metrics[name];
              return found ? estimate(found) : "–";
            }),
          ])}
        />
        <Table
          label={pages.scrolls(studyPage.tradeOff)}
          caption={studyPage.tradeOff}
          head={[
            studyPage.model,
            studyPage.started,
            studyPage.parameters,
            studyPage.latency,
            studyPage.size,
            studyPage.memory,
            studyPage.training,
          ]}
          rows={models.map((model) => [
            named(model),
            studyPage.starts[model.start] ?? model.start,
            model.parameters === null ? "–" : count(model.parameters),
            cost(model, ({ latency_p50_ms: ms }) => decimal(ms, 1)),
            cost(model, ({ graph_bytes: bytes }) => decimal(bytes / MEGA, 2)),
            cost(model, ({ peak_memory_bytes: bytes }) => decimal(bytes / MEGA, 0)),
            model.training_seconds === null
              ? studyPage.notMeasured
              : decimal(model.training_seconds, model.training_seconds < 10 ? 1 : 0),
          ])}
        />
      </Section>
      {baselines.length > 0 && (
        <Section title={studyPage.baselines}>
          <p>{pages.card.baselinesHint}</p>
          <dl className="facts">
            {baselines.map((found) => (
              <div key={found.name}>
                <dt lang="en">{found.name}</dt>
                <dd>{estimate(found)}</dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      <Section title={studyPage.differences}>
        <details>
          <summary>
            {studyPage.show}
            <span className="unseen">: {studyPage.differences}</span>
          </summary>
          <Table
            label={pages.scrolls(studyPage.differences)}
            caption={intervals(
              differences.map((row) => ({ name: studyPage.minus(row.one, row.other), method: row.method })),
            )}
            head={[studyPage.pair, studyPage.difference, studyPage.noise]}
            rows={differences.map((row) => [
              studyPage.minus(row.one, row.other),
              estimate(row),
              row.may_be_noise ? studyPage.yes : studyPage.no,
            ])}
          />
        </details>
      </Section>
    </>
  );
}

function named({ title, name }: StudyModel) {
  return (
    <>
      {title}
      <small>{name}</small>
    </>
  );
}

export function figureOf(model: StudyModel, unit: Study["unit"]) {
  return model.figures.find((figure) => figure.unit === unit);
}

function methodOf(model: StudyModel, unit: Study["unit"]) {
  return figureOf(model, unit)?.metrics.auc?.method;
}
