import type { Prediction, PublishedModel } from "../apiTypes";
import { pointOf } from "../maths/operatingPoints";
import type { AnswerSettings } from "../maths/settings";
import { AnswerCard } from "./AnswerCard";

interface Props {
  prediction: Prediction;
  model: PublishedModel | undefined;
  settings: AnswerSettings;
  onSettings: (settings: AnswerSettings) => void;
}

/** One model's answer on one image. */
export function ResultCard({ prediction, model, settings, onSettings }: Props) {
  return (
    <AnswerCard
      reference={prediction.model}
      precision={prediction.precision}
      model={model}
      unit="image"
      score={prediction.score}
      reason={prediction.reason}
      reasonInEnglish
      point={pointOf(model, settings.point, prediction.operating_point)}
      warnings={prediction.warnings}
      milliseconds={prediction.milliseconds}
      settings={settings}
      onSettings={onSettings}
    />
  );
}
