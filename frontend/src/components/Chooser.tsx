import { useRef } from "react";

import type { Example, PublishedModel } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { type ExampleChoice, exampleChoices } from "../maths/examples";
import type { Choice } from "../maths/models";
import { ModelPicker } from "./ModelPicker";

interface Props {
  /** null until the server has said which it has. */
  models: readonly PublishedModel[] | null;
  examples: readonly Example[];
  chosen: Choice;
  speeds: Readonly<Record<string, number>>;
  onChoose: (choice: Choice) => void;
  onFiles: (files: File[]) => void;
  onExample: (example: ExampleChoice) => void;
}

/** What is read and by which models. */
export function Chooser(props: Props) {
  const { models, examples, chosen, speeds, onChoose, onFiles, onExample } = props;
  const { upload } = useMessages();
  const input = useRef<HTMLInputElement>(null);

  return (
    <section className="chooser" aria-labelledby="choose">
      <h2 id="choose">{upload.choose}</h2>
      <div className="group">
        <button type="button" className="primary" onClick={() => input.current?.click()}>
          {upload.chooseFiles}
        </button>
        {/* No accept filter: DICOM files often have no ending, and the content decides anyway.
            Hidden, because the browser's own control would show the file's name. */}
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label={upload.imageFiles}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            // So that the same file can be chosen again.
            event.target.value = "";
            onFiles(files);
          }}
        />
        <p className="hint">{upload.hint}</p>
      </div>
      {examples.length > 0 && (
        <div className="group">
          <h3 id="examples">{upload.examples}</h3>
          <ul className="examples" aria-labelledby="examples">
            {exampleChoices(examples).map((choice) => (
              <li key={choice.name}>
                <button
                  type="button"
                  disabled={chosen.modality !== "mammogram"}
                  onClick={() => {
                    onExample(choice);
                  }}
                >
                  {upload.exampleTitles[choice.name] ?? choice.title}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <ModelPicker
        models={models ?? []}
        empty={models?.length === 0}
        chosen={chosen}
        onChoose={onChoose}
        speeds={speeds}
      />
    </section>
  );
}
