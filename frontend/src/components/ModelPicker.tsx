import { useState } from "react";

import type { PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { aucText, speedText, switchSentence, trainedOn } from "../maths/modelWords";
import { type Choice, type ModelGroup, modelGroups, reference, toggled } from "../maths/models";
import { modelLink } from "../routing/route";

interface Props {
  models: readonly PublishedModel[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  /** Told apart from a list that has not come yet. */
  empty: boolean;
  /** Milliseconds of each model's last answer. */
  speeds: Readonly<Record<string, number>>;
}

/** One or more of the published models that read one kind of picture. */
export function ModelPicker({ models, chosen, onChoose, empty, speeds }: Props) {
  const messages = useMessages();
  const [told, setTold] = useState("");
  const groups = modelGroups(models);
  const choose = (choice: Choice) => {
    setTold(switchSentence(chosen, choice, messages));
    onChoose(choice);
  };

  return (
    <fieldset className="models">
      <legend>{messages.models.models}</legend>
      {empty && <p className="hint">{messages.models.none}</p>}
      {groups.length > 1 && <p className="hint">{messages.models.oneKind}</p>}
      {groups.map((group) => (
        <GroupChoice
          key={group.modality}
          group={group}
          chosen={chosen}
          onChoose={choose}
          speeds={speeds}
        />
      ))}
      <p className="unseen" role="status">
        {told}
      </p>
    </fieldset>
  );
}

type GroupProps = Pick<Props, "chosen" | "onChoose" | "speeds"> & { group: ModelGroup };

function GroupChoice({ group, chosen, onChoose, speeds }: GroupProps) {
  const words = useMessages().models;
  const { modality, models } = group;
  const all = models.map(reference);
  const own = chosen.modality === modality ? chosen.models : [];
  const name = words.group[modality];

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
            {words.all(all.length.toString())}
            <span className="unseen">{words.ofGroup(name)}</span>
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
          milliseconds={speeds[reference(model)]}
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
  milliseconds: number | undefined;
  onToggle: () => void;
}

function ModelChoice({ model, numbered, checked, milliseconds, onToggle }: ChoiceProps) {
  const messages = useMessages();
  const auc = aucText(model, messages);
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
          {numbered && messages.models.version(model.version)}
        </span>
      </label>
      <a className="model-card" href={modelLink(reference(model))}>
        {messages.pages.toCard}
        <span className="unseen">: {model.card.title}</span>
      </a>
      <p className="hint" id={description}>
        {trainedOn(model, messages)}
        {auc && ", "}
        <span className="figure">{auc}</span>
        {", "}
        <span className="figure speed">{speedText(milliseconds, messages)}</span>
      </p>
    </div>
  );
}
