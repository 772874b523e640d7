import { Facts } from "../pages/Facts";
import type { Estimate } from "../apiTypes";
import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { disagree, type ReportAnswer, type ReportContent } from "./content";

interface Props {
  content: ReportContent;
  answer: ReportAnswer;
}

/** Warnings that fit the page; how many more there are is said. */
const MOST_WARNINGS = 4;

/** The verdict and how far it can be trusted. */
export function ReportFigures({ content, answer }: Props) {
  const { report } = useMessages();
  const { decimal, count } = useNumbers();
  const { views, answers } = content;
  const { model, point, score, verdict, reason, reference, warnings } = answer;
  const trained = model?.card.trained_on;
  const others = answers.filter((one) => one !== answer);
  const measured = ({ value, low, high }: Estimate) =>
    report.measured(decimal(value), decimal(low), decimal(high));
  const pointName = report.pointNames[point.name] ?? point.name;

  return (
    <section className="a4-answer">
      <h3 className="a4-verdict">
        {verdict === "cannot assess"
          ? report.verdict["cannot assess"](reason ?? report.noReason)
          : report.verdict[verdict]}
      </h3>
      {verdict !== "cannot assess" && (
        <p>{verdict === "suspicious" ? report.detected : report.notDetected}</p>
      )}
      {disagree(answers) && <p>{report.disagree}</p>}
      {views.length > 1 && <p>{report.exam}</p>}
      <Facts
        rows={[
          [report.score, score === null ? null : report.scoreOf(decimal(score, 3))],
          [report.point, report.pointAt(pointName, decimal(point.threshold, 3))],
          [report.sensitivity, measured(point.sensitivity)],
          [report.specificity, measured(point.specificity)],
          [report.version, model ? `${model.card.title} (${reference})` : reference],
          [
            report.trainedOn,
            trained &&
              (model.modality === "histology"
                ? report.images(count(trained.images), trained.dataset)
                : report.women(count(trained.women), trained.dataset)),
          ],
          [report.license, model && <span lang="en">{model.card.license}</span>],
          [
            report.warnings,
            warnings.length === 0 ? null : (
              <>
                <span lang="en">{warnings.slice(0, MOST_WARNINGS).join(" · ")}</span>
                {warnings.length > MOST_WARNINGS &&
                  ` ${report.more(count(warnings.length - MOST_WARNINGS))}`}
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
