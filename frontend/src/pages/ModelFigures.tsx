import type { Estimate, Figure, PublishedModel } from "../apiTypes";
import { Table } from "../charts/Table";
import { useMessages } from "../i18n/useMessages";
import { pointName } from "../maths/words";
import { useNumbers } from "../settings/useNumbers";
import { useEstimate } from "./useEstimate";
import { Section } from "./Section";

/** How well a model does on images that it has not seen. */
export function ModelFigures({ model }: { model: PublishedModel }) {
  const messages = useMessages();
  const { pages } = messages;
  const { card } = pages;
  const { decimal, count } = useNumbers();
  const estimate = useEstimate();
  const { figures, baselines } = model.card;
  const metrics = [...new Set(figures.flatMap((figure) => Object.keys(figure.metrics)))];
  const methods = [...new Set(figures.flatMap(({ metrics: all }) => Object.values(all).map(methodOf)))];
  const tested = ({ unit, n, n_positive: positive, n_patients: women }: Figure) => (
    <>
      {pages.byUnit[unit]}
      <small>
        {model.modality === "histology"
          ? pages.testedPatches(count(n), count(positive))
          : pages.tested(count(n), count(positive), count(women))}
      </small>
    </>
  );

  return (
    <>
      <Section title={card.figures}>
        <p>{card.figuresHint}</p>
        <Table
          label={pages.scrolls(card.figures)}
          caption={methods.map((method) => pages.intervals(method)).join(" ")}
          head={[pages.metric, ...figures.map(tested)]}
          rows={metrics.map((name) => [
            pages.metrics[name] ?? name,
            ...figures.map(({ metrics: all }) => {
              const found = all[name];
              return found ? estimate(found) : "–";
            }),
          ])}
        />
      </Section>
      <Section title={card.points}>
        <p>{card.pointsHint}</p>
        <Table
          label={pages.scrolls(card.points)}
          caption={pages.intervals(model.operating_points[0]?.sensitivity.method ?? "")}
          head={[card.point, card.threshold, pages.metrics.sensitivity, pages.metrics.specificity]}
          rows={model.operating_points.map((point) => [
            pointName(point.name, messages),
            decimal(point.threshold, 3),
            estimate(point.sensitivity),
            estimate(point.specificity),
          ])}
        />
      </Section>
      <Section title={card.baselines}>
        {baselines && Object.keys(baselines).length > 0 ? (
          <>
            <p>{card.baselinesHint}</p>
            <dl className="facts">
              {Object.entries(baselines).map(([name, found]) => (
                <div key={name}>
                  <dt lang="en">{name}</dt>
                  <dd>{estimate(found)}</dd>
                </div>
              ))}
            </dl>
          </>
        ) : (
          <p>{card.noBaselines}</p>
        )}
      </Section>
      <Section title={card.subgroups}>
        <p>{card.noSubgroups}</p>
      </Section>
    </>
  );
}

function methodOf({ method }: Estimate): string {
  return method;
}
