import type { PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { reference } from "../maths/models";
import { useNumbers } from "../settings/useNumbers";
import { Facts } from "./Facts";
import { Section } from "./Section";
import { useEstimate } from "./useEstimate";

/** What a model is for, what it must not be taken for, and how its map is read. */
export function ModelUse({ model }: { model: PublishedModel }) {
  const { pages } = useMessages();
  const { count, percent } = useNumbers();
  const { card } = pages;
  const { trained_on: trained, calibrated_on: local, limits, parameters, training } = model.card;
  const negative = model.classes.find((name) => name !== model.positive) ?? "";
  const share = (local ?? trained).positive_share;
  const estimate = useEstimate();
  const [rated] = (["breast", "image"] as const).flatMap((unit) => {
    const auc = model.card.figures.find((figure) => figure.unit === unit)?.metrics.auc;
    return auc ? [{ unit, auc }] : [];
  });

  return (
    <>
      <p className="identifier">{reference(model)}</p>
      {rated && rated.auc.low <= 0.5 && (
        <p className="caution">{card.guessing(pages.byUnit[rated.unit], estimate(rated.auc))}</p>
      )}
      <p className="lead">{card.purpose[model.modality](model.positive, negative)}</p>
      <Section title={card.limits}>
        <p className="hint">{card.english}</p>
        <ul className="plain-list" lang="en">
          {limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </Section>
      <Section title={card.map}>
        <p>{card.maps[model.explained_by]}</p>
        <p className="hint">{card.english}</p>
        <p lang="en">{model.card.explanation}</p>
      </Section>
      <Section title={card.calibration}>
        <p>
          {typeof share === "number"
            ? card.calibrated(percent(share), model.positive)
            : card.calibratedUnknown(model.positive)}
        </p>
        {model.calibrated_by && <p>{card.form[model.calibrated_by]}</p>}
        {model.breast_calibrator && <p>{card.breasts}</p>}
      </Section>
      <Section title={card.what}>
        <Facts
          rows={[
            [card.architecture, model.card.architecture],
            [card.input, card.reads[model.modality]],
            [card.question, card.classes(model.classes.map(card.quote).join(", "))],
            [card.parameters, typeof parameters === "number" ? count(parameters) : null],
            [card.start, trained.start],
            [
              card.trained,
              training ? card.trainedEpochs(count(training.epochs), count(training.best_epoch)) : null,
            ],
          ]}
        />
      </Section>
    </>
  );
}
