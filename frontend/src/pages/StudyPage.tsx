import { useCallback, useState } from "react";

import { fetchStudies, fetchStudy } from "../api";
import type { Study, StudySummary } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { studyLink } from "../routing/route";
import { Asked } from "./Asked";
import { PageFrame } from "./PageFrame";
import { StudyCharts } from "./StudyCharts";
import { StudyTables } from "./StudyTables";
import { StudyVerdict } from "./StudyVerdict";
import { useAnswer } from "./useAnswer";

/** The comparison of models on one set of women: what it says, its table and its plots. */
export function StudyPage({ name }: { name: string | null }) {
  const { pages } = useMessages();
  const answer = useAnswer(fetchStudies);
  return (
    <PageFrame title={pages.studyPage.title}>
      <Asked answer={answer}>{(studies) => <ChosenStudy studies={studies} name={name} />}</Asked>
    </PageFrame>
  );
}

function ChosenStudy({ studies, name }: { studies: readonly StudySummary[]; name: string | null }) {
  const { studyPage } = useMessages().pages;
  const chosen = name === null ? studies[0] : studies.find((study) => study.name === name);
  if (studies.length === 0) return <p>{studyPage.none}</p>;
  return (
    <>
      {studies.length > 1 && (
        <p>
          <label className="page-choice">
            {studyPage.choose}{" "}
            <select
              value={chosen?.name ?? ""}
              onChange={(event) => {
                location.hash = studyLink(event.target.value);
              }}
            >
              {!chosen && <option value="" />}
              {studies.map(({ name: one, dataset, positive }) => (
                <option key={one} value={one}>
                  {one} ({studyPage.about(dataset, positive)})
                </option>
              ))}
            </select>
          </label>
        </p>
      )}
      {chosen ? <Figures key={chosen.name} name={chosen.name} /> : <p>{studyPage.unknown(name ?? "")}</p>}
    </>
  );
}

function Figures({ name }: { name: string }) {
  const ask = useCallback((signal: AbortSignal) => fetchStudy(name, signal), [name]);
  const answer = useAnswer(ask);
  return <Asked answer={answer}>{(study) => <Shown study={study} />}</Asked>;
}

/** The paper's two models are drawn first; ten at once could not be told apart. */
const PAPER = ["cnn", "densenet121"];

function Shown({ study }: { study: Study }) {
  const { studyPage } = useMessages().pages;
  const names = study.models.map((model) => model.name);
  const paper = names.filter((name) => PAPER.includes(name));
  const [drawn, setDrawn] = useState<readonly string[]>(paper.length > 0 ? paper : names.slice(0, 2));
  return (
    <>
      <StudyVerdict study={study} />
      <StudyTables study={study} />
      <fieldset className="drawn-models">
        <legend>{studyPage.draw}</legend>
        {names.map((name) => (
          <label className="check" key={name}>
            <input
              type="checkbox"
              checked={drawn.includes(name)}
              onChange={(event) => {
                setDrawn(
                  names.filter((one) => (one === name ? event.target.checked : drawn.includes(one))),
                );
              }}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      {drawn.length === 0 ? (
        <p>{studyPage.drawNone}</p>
      ) : (
        <StudyCharts study={study} drawn={drawn} />
      )}
    </>
  );
}
