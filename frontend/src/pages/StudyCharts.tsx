import type { Study } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { CalibrationChart } from "./CalibrationChart";
import { CurveCharts } from "./CurveCharts";
import { RocChart } from "./RocChart";
import { Section } from "./Section";
import { TradeOffChart } from "./TradeOffChart";

export interface ChartsProps {
  study: Study;
  /** Names of the models that are drawn. */
  drawn: readonly string[];
}

/** The plots of a study's report, drawn from its figures in the page's own colours. */
export function StudyCharts({ study, drawn }: ChartsProps) {
  const { studyPage } = useMessages().pages;
  const curves = study.curves.filter(({ model }) => drawn.includes(model));
  const roc = study.roc.filter(({ model }) => drawn.includes(model));
  const calibrated = study.models.some((model) => drawn.includes(model.name) && model.calibration);
  const measured = study.models.some((model) => model.cost);
  return (
    <>
      <Section title={studyPage.curves}>
        {curves.length > 0 ? (
          <CurveCharts study={study} drawn={drawn} />
        ) : (
          <p>{studyPage.noCurves}</p>
        )}
      </Section>
      <Section title={studyPage.roc}>
        {roc.length > 0 ? <RocChart study={study} drawn={drawn} /> : <p>{studyPage.noRoc}</p>}
      </Section>
      <Section title={studyPage.calibration}>
        {calibrated ? (
          <CalibrationChart study={study} drawn={drawn} />
        ) : (
          <p>{studyPage.noCalibration}</p>
        )}
      </Section>
      <Section title={studyPage.tradeOff}>
        {measured ? <TradeOffChart study={study} /> : <p>{studyPage.noCost}</p>}
      </Section>
    </>
  );
}

/** A model's place in the study is its style: the same in every chart. */
export function styleOf(study: Study, name: string): number {
  return study.models.findIndex((model) => model.name === name);
}
