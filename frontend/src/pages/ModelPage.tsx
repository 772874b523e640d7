import { fetchModels } from "../api";
import { useMessages } from "../i18n/useMessages";
import { modelOf } from "../maths/models";
import { MODELS_LINK } from "../routing/route";
import { Asked } from "./Asked";
import { ModelFigures } from "./ModelFigures";
import { ModelOrigin } from "./ModelOrigin";
import { ModelUse } from "./ModelUse";
import { PageFrame } from "./PageFrame";
import { useAnswer } from "./useAnswer";

/** A model's whole card, in plain words. */
export function ModelPage({ reference }: { reference: string }) {
  const { pages } = useMessages();
  const answer = useAnswer(fetchModels);
  const model = modelOf(answer.value?.models ?? [], reference);
  return (
    <PageFrame title={model?.card.title ?? reference}>
      <Asked answer={answer}>
        {() =>
          model ? (
            <>
              <ModelUse model={model} />
              <ModelFigures model={model} />
              <ModelOrigin model={model} />
            </>
          ) : (
            <p>{pages.notServed(reference)}</p>
          )
        }
      </Asked>
      <p>
        <a href={MODELS_LINK}>{pages.toModels}</a>
      </p>
    </PageFrame>
  );
}
