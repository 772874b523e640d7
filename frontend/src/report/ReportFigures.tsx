import type { Estimate } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { countText, detection, interval, pointName, scoreText, verdictSentence } from "../maths/words";
import { Facts } from "../pages/Facts";
import { isDisputed, type ReportAnswer, type ReportContent } from "./content";

interface Props {
  content: ReportContent;
  answer: ReportAnswer;
}

/** Warnings that fit the page; how many more there are is said. */
const MOST_WARNINGS = 3;

/** The verdict and how far it can be trusted. */
export function ReportFigures({ content, answer }: Props) {
  const messages = useMessages();
  const { report, exam: examWords } = messages;
  const { model, point, figures, score, verdict, reason, reference, warnings, exam } = answer;
  const trained = model?.card.trained_on;
  const others = content.answers.filter((one) => one !== answer);
  const word = detection(verdict, messages);
  const tested = model?.modality === "histology" ? "patch" : figures.unit;
  const measured = (estimate: Estimate) =>
    `${interval(estimate, messages)}, ${report.tested[tested]}`;
  const notes = exam
    ? [
        report.exam,
        ...(exam.missing.length > 0
          ? [examWords.missing(exam.missing.map((place) => examWords.places[place]).join(", "))]
          : []),
        ...(exam.uncounted > 0 ? [examWords.uncounted(exam.uncounted)] : []),
        ...(exam.failed > 0 ? [examWords.failed(exam.failed)] : []),
        ...(exam.pending > 0 ? [examWords.pending(exam.pending)] : []),
      ]
    : [];

  return (
    <section className="a4-answer">
      <h3 className="a4-verdict">
        {verdictSentence(verdict, exam ? examWords.noneAssessed : reason, messages)}
      </h3>
      {word && (
        <p>
          {messages.answer.paper} <em>{word}</em>
        </p>
      )}
      {isDisputed(answer, content.answers) && <p>{report.disagree}</p>}
      {notes.length > 0 && <p className="a4-small">{notes.join(" ")}</p>}
      <Facts
        rows={[
          [report.score, score === null ? null : report.scoreOf(scoreText(score, messages))],
          [
            report.point,
            report.pointAt(pointName(point.name, messages), scoreText(point.threshold, messages)),
          ],
          [report.sensitivity, measured(figures.sensitivity)],
          [report.specificity, measured(figures.specificity)],
          [report.version, model ? `${model.card.title} (${reference})` : reference],
          [
            report.trainedOn,
            trained &&
              (model.modality === "histology"
                ? report.images(countText(trained.images, messages), trained.dataset)
                : report.women(countText(trained.women, messages), trained.dataset)),
          ],
          [report.license, model && <span lang="en">{model.card.license}</span>],
          [
            report.warnings,
            warnings.length === 0 ? null : (
              <>
                <span lang="en">{warnings.slice(0, MOST_WARNINGS).join(" · ")}</span>
                {warnings.length > MOST_WARNINGS &&
                  ` ${report.more((warnings.length - MOST_WARNINGS).toString())}`}
              </>
            ),
          ],
          [
            report.others,
            others.length === 0
              ? null
              : others
                  .map((one) => report.other(one.reference, report.short[one.verdict]))
                  .join("; "),
          ],
        ]}
      />
    </section>
  );
}
