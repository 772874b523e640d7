import { useId } from "react";

import type { PublishedModel, Verdict } from "../apiTypes";
import type { Count } from "../i18n/en/answer";
import type { Messages } from "../i18n/messages";
import { useMessages } from "../i18n/useMessages";
import { findingName } from "../maths/modelWords";
import type { PointFigures } from "../maths/operatingPoints";
import {
  complement,
  type Frequency,
  frequency,
  predictiveValues,
  roundNumber,
  SCREENING_PREVALENCE,
  shareOfPercent,
  tellsNothing,
} from "../maths/prevalence";
import type { AnswerSettings } from "../maths/settings";
import { countText, interval, percentText } from "../maths/words";

interface Props {
  model: PublishedModel | undefined;
  figures: PointFigures;
  verdict: Verdict;
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
}

interface Preset {
  share: number;
  label: string;
  means: string;
}

const VALUE_DIGITS = 3;

/** What the result means among many, where as many have it as the reader says. */
export function Meaning({ model, figures, verdict, settings, onSettings }: Props) {
  const messages = useMessages();
  const { answer } = messages;
  const id = useId();
  const positive = model?.positive ?? "cancer";
  const modality = model?.modality ?? "mammogram";
  const finding = findingName(positive, messages);
  const presets = usePresets(positive, figures.positiveShare);
  const typed = settings.prevalences[positive] ?? percentNumber(presets[0]?.share, messages);
  const share = shareOfPercent(typed);
  const preset = presets.find((one) => percentNumber(one.share, messages) === typed);
  const choose = (text: string) => {
    onSettings({ ...settings, prevalences: { ...settings.prevalences, [positive]: text } });
  };

  return (
    <div className="meaning" role="group" aria-labelledby={`${id}-title`}>
      <h4 id={`${id}-title`}>{answer.meaning}</h4>
      <div className="prevalence">
        <label htmlFor={id}>{answer.prevalence[modality](finding)}</label>
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          size={6}
          value={typed}
          aria-invalid={share === null}
          aria-describedby={`${id}-means`}
          onChange={(event) => {
            choose(event.target.value);
          }}
        />
        {presets.map((one) => (
          <button
            type="button"
            key={one.label}
            aria-pressed={one === preset}
            onClick={() => {
              choose(percentNumber(one.share, messages));
            }}
          >
            {one.label}
          </button>
        ))}
      </div>
      <p className={share === null ? "failure" : "hint"} id={`${id}-means`} role="status">
        {share === null ? answer.percentFrom : preset?.means}
      </p>
      {share !== null && (
        <Among figures={figures} share={share} verdict={verdict} finding={finding} modality={modality} />
      )}
    </div>
  );
}

interface AmongProps {
  figures: PointFigures;
  share: number;
  verdict: Verdict;
  finding: string;
  modality: PublishedModel["modality"];
}

function Among({ figures, share, verdict, finding, modality }: AmongProps) {
  const messages = useMessages();
  const { answer } = messages;
  const values = predictiveValues(figures, share);
  if (!values) return <p className="hint">{answer.noValues}</p>;
  const [found, missed] = [values.ppv, complement(values.npv)];
  const [own, other] = verdict === "suspicious" ? [found, missed] : [missed, found];
  const of = roundNumber([own.value, other.value, share]);
  const written = (count: Frequency): Count => ({
    value: countText(count.value, messages),
    low: countText(count.low, messages),
    high: countText(count.high, messages),
    of: countText(count.of, messages),
    rest: countText(count.of - count.value, messages),
  });
  const before = frequency({ value: share, low: share, high: share }, of);
  return (
    <>
      <p className="among">{answer.withResult[modality](written(frequency(own, of)), finding)}</p>
      <p>
        {answer.beforeResult(written(before))} {answer.withOther(written(frequency(other, of)))}
      </p>
      {tellsNothing(own, share) && <p className="nothing">{answer.tellsNothing}</p>}
      <p className="hint">
        {answer.predictive(
          interval(values.ppv, messages, VALUE_DIGITS),
          interval(values.npv, messages, VALUE_DIGITS),
        )}{" "}
        {answer.reckoned[modality === "histology" ? "patch" : figures.unit]} {answer.range}
      </p>
    </>
  );
}

function usePresets(positive: string, tested: number | null): Preset[] {
  const messages = useMessages();
  const { answer } = messages;
  const presets: Preset[] = [];
  // How common another label is in screening is not known.
  if (positive === "cancer") {
    presets.push({
      share: SCREENING_PREVALENCE,
      label: answer.screening(percentText(SCREENING_PREVALENCE, messages)),
      means: answer.screeningMeans,
    });
  }
  if (tested !== null) {
    const share = Number(tested.toFixed(3));
    presets.push({
      share,
      label: answer.asTested(percentText(share, messages)),
      means: answer.testMeans,
    });
  }
  return presets;
}

/** As it stands in the field: a hundredth of a per cent is fine enough. */
function percentNumber(share: number | undefined, { figures }: Messages): string {
  return Number((100 * (share ?? SCREENING_PREVALENCE)).toFixed(2)).toString().replace(".", figures.decimalMark);
}
