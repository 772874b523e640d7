import { fetchModels } from "../api";
import { useMessages } from "../i18n/useMessages";
import { reference } from "../maths/models";
import { modelLink } from "../routing/route";
import { Asked } from "./Asked";
import { PageFrame } from "./PageFrame";
import { useAnswer } from "./useAnswer";

/** The way to each model's card. */
export function ModelsPage() {
  const { pages } = useMessages();
  const answer = useAnswer(fetchModels);
  return (
    <PageFrame title={pages.modelsTitle}>
      <p>{pages.modelsHint}</p>
      <Asked answer={answer}>
        {({ models }) =>
          models.length === 0 ? (
            <p>{pages.noModels}</p>
          ) : (
            <ul className="model-links">
              {models.map((model) => (
                <li key={reference(model)}>
                  <a href={modelLink(reference(model))}>{model.card.title}</a>
                  <span className="identifier">{reference(model)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </PageFrame>
  );
}
