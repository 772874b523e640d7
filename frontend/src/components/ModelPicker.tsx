import type { PublishedModel } from "../apiTypes";
import { aucByBreast } from "../maths/words";

interface Props {
  models: readonly PublishedModel[];
  chosen: readonly string[];
  onChoose: (names: string[]) => void;
  /** Told apart from a list that has not come yet. */
  empty: boolean;
}

/** One or more of the published models, each with what it was trained on and how well it does. */
export function ModelPicker({ models, chosen, onChoose, empty }: Props) {
  const all = models.map((model) => model.name);
  const some = chosen.length > 0 && chosen.length < all.length;

  const toggle = (name: string) => {
    // In the order of the list, whatever the order of the clicks.
    onChoose(all.filter((other) => (other === name) !== chosen.includes(other)));
  };

  return (
    <fieldset className="group models">
      <legend>Models</legend>
      {empty && <p className="hint">This server has no published model yet.</p>}
      {models.length > 1 && (
        <label className="check">
          <input
            type="checkbox"
            checked={chosen.length === all.length}
            ref={(box) => {
              if (box) box.indeterminate = some;
            }}
            onChange={(event) => {
              onChoose(event.target.checked ? all : []);
            }}
          />
          <span>All models</span>
        </label>
      )}
      {models.map((model) => (
        <ModelChoice
          key={`${model.name}@${model.version}`}
          model={model}
          checked={chosen.includes(model.name)}
          onToggle={() => {
            toggle(model.name);
          }}
        />
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  model: PublishedModel;
  checked: boolean;
  onToggle: () => void;
}

function ModelChoice({ model, checked, onToggle }: ChoiceProps) {
  const auc = aucByBreast(model);
  const description = `about-${model.name}`;
  return (
    <div className="model">
      <label className="check">
        <input
          type="checkbox"
          checked={checked}
          aria-describedby={description}
          onChange={onToggle}
        />
        <span>{model.card.title}</span>
      </label>
      <p className="hint" id={description}>
        <span className="identifier">
          {model.name}@{model.version}
        </span>
        {` · task: ${model.task} · trained on ${model.card.trained_on.women.toLocaleString("en")} women`}
        {auc && ` · ${auc}`}
      </p>
    </div>
  );
}
