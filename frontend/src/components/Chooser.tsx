import { useRef } from "react";

import type { Example, PublishedModel } from "../apiTypes";
import type { Choice } from "../maths/models";
import { ModelPicker } from "./ModelPicker";

interface Props {
  /** null until the server has said which it has. */
  models: readonly PublishedModel[] | null;
  examples: readonly Example[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  onFiles: (files: File[]) => void;
  onExample: (example: Example) => void;
}

/** What is read and by which models. */
export function Chooser({ models, examples, chosen, onChoose, onFiles, onExample }: Props) {
  const input = useRef<HTMLInputElement>(null);

  return (
    <section className="chooser" aria-labelledby="choose">
      <h2 id="choose">Choose</h2>
      <div className="group">
        <button type="button" className="primary" onClick={() => input.current?.click()}>
          Choose an image file
        </button>
        {/* No accept filter: DICOM files often have no ending, and the content decides anyway.
            Hidden, because the browser's own control would show the file's name. */}
        <input
          ref={input}
          type="file"
          hidden
          aria-label="Image file"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            // So that the same file can be chosen again.
            event.target.value = "";
            onFiles(files);
          }}
        />
        <p className="hint">
          Or drop it anywhere on this page. DICOM, PNG, JPEG, TIFF or PGM. The page keeps nothing
          and does not send the file’s name.
        </p>
      </div>
      {examples.length > 0 && (
        <div className="group">
          <h3 id="examples">Synthetic mammograms</h3>
          <ul className="examples" aria-labelledby="examples">
            {examples.map((example) => (
              <li key={example.name}>
                <button
                  type="button"
                  disabled={chosen.modality !== "mammogram"}
                  onClick={() => {
                    onExample(example);
                  }}
                >
                  {example.title}
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
      />
    </section>
  );
}
