import { useState } from "react";

import type { PublishedModel } from "../apiTypes";
import { type Choice, type ModelGroup, modelGroups, reference, toggled } from "../maths/models";
import { aucText, groupName, switchSentence, trainedOn } from "../maths/words";

interface Props {
  models: readonly PublishedModel[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  /** Told apart from a list that has not come yet. */
  empty: boolean;
}

/** One or more of the published models that read one kind of picture. */
export function ModelPicker({ models, chosen, onChoose, empty }: Props) {
  const [told, setTold] = useState("");
  const groups = modelGroups(models);
  const choose = (choice: Choice) => {
    setTold(switchSentence(chosen, choice));
    onChoose(choice);
  };

  return (
    <fieldset className="models">
      <legend>Models</legend>
      {empty && <p className="hint">This server has no published model yet.</p>}
      {groups.length > 1 && (
        <p className="hint">One kind of picture at a time: a model of the other kind replaces these.</p>
      )}
      {groups.map((group) => (
        <GroupChoice key={group.modality} group={group} chosen={chosen} onChoose={choose} />
      ))}
      <p className="unseen" role="status">
        {told}
      </p>
    </fieldset>
  );
}

interface GroupProps {
  group: ModelGroup;
  chosen: Choice;
  onChoose: (choice: Choice) => void;
}

function GroupChoice({ group, chosen, onChoose }: GroupProps) {
  const { modality, models } = group;
  const all = models.map(reference);
  const own = chosen.modality === modality ? chosen.models : [];
  const name = groupName(modality);

  return (
    <fieldset className="model-group">
      <legend>{name}</legend>
      {models.length > 1 && (
        <label className="check">
          <input
            type="checkbox"
            checked={own.length === all.length}
            ref={(box) => {
              if (box) box.indeterminate = own.length > 0 && own.length < all.length;
            }}
            onChange={(event) => {
              onChoose({ modality, models: event.target.checked ? all : [] });
            }}
          />
          <span>
            All {all.length}
            <span className="unseen"> of {name}</span>
          </span>
        </label>
      )}
      {models.map((model) => (
        <ModelChoice
          key={reference(model)}
          model={model}
          // Two versions of a model have one title.
          numbered={models.filter(({ card }) => card.title === model.card.title).length > 1}
          checked={own.includes(reference(model))}
          onToggle={() => {
            onChoose(toggled(chosen, group, model));
          }}
        />
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  model: PublishedModel;
  numbered: boolean;
  checked: boolean;
  onToggle: () => void;
}

function ModelChoice({ model, numbered, checked, onToggle }: ChoiceProps) {
  const auc = aucText(model);
  const description = `about-${reference(model)}`;
  return (
    <div className="model">
      <label className="check">
        <input
          type="checkbox"
          checked={checked}
          aria-describedby={description}
          onChange={onToggle}
        />
        <span>
          {model.card.title}
          {numbered && `, version ${model.version}`}
        </span>
      </label>
      <p className="hint" id={description}>
        {trainedOn(model)}
        {auc && ", "}
        <span className="figure">{auc}</span>
      </p>
    </div>
  );
}
