import { useMessages } from "../i18n/useMessages";
import { useNumbers } from "../settings/useNumbers";
import { viewTitle } from "../viewer/viewWords";
import type { ReportAnswer, ReportContent } from "./content";
import type { ReportMap } from "./reportFile";
import { ReportFigures } from "./ReportFigures";
import { ReportPicture } from "./ReportPicture";

interface Props {
  content: ReportContent;
  answer: ReportAnswer;
  maps: readonly ReportMap[];
  made: Date;
}

/** Columns of an exam's pictures. */
const MOST_COLUMNS = 6;

/** One A4 page. */
export function ReportSheet({ content, answer, maps, made }: Props) {
  const { exam, report, viewer } = useMessages();
  const { moment, decimal } = useNumbers();
  const { views } = content;
  const [map] = maps;
  const columns = views.length === 1 ? 2 : Math.min(views.length, MOST_COLUMNS);
  const pairs = views.map(({ id, image, place, predictions }) => {
    const title = place ? exam.places[place] : viewTitle(image.header, viewer);
    const own = predictions.find((one) => one.model === answer.reference);
    const score = own?.score ?? null;
    return {
      key: id,
      image,
      title,
      scored: report.viewScore(title, score === null ? report.noScore : decimal(score, 3)),
      heatmap: maps.find((map) => map.id === id)?.heatmap ?? null,
    };
  });
  const images = pairs.map(({ key, image, title, scored }) => (
    <ReportPicture
      key={`image ${key}`}
      image={image}
      heatmap={null}
      label={report.imageName(title)}
      caption={views.length === 1 ? title : scored}
    />
  ));
  const mapped = pairs
    .filter(({ heatmap }) => heatmap !== null)
    .map(({ key, image, title, heatmap }) => (
      <ReportPicture
        key={`map ${key}`}
        image={image}
        heatmap={heatmap}
        label={report.mapName(title)}
        caption={report.map}
      />
    ));

  return (
    <article className="sheet-a4" aria-label={report.title}>
      <header>
        <h2>{report.title}</h2>
        <p>
          mammoscope · {report.made} <time dateTime={made.toISOString()}>{moment(made)}</time>
        </p>
      </header>
      <p className="a4-notice">{report.notice}</p>
      <div className="a4-pictures" data-columns={columns}>
        {images}
        {mapped}
      </div>
      {map && (
        <p className="a4-small">
          {report.claim[map.heatmap.method]}{" "}
          {report.scale(
            map.heatmap.method === "membership" ? "0" : decimal(-map.heatmap.scale, 1),
            decimal(map.heatmap.scale, 1),
            map.heatmap.unit,
          )}
        </p>
      )}
      <ReportFigures content={content} answer={answer} />
      <section className="a4-remarks" aria-label={report.remarks}>
        <h3>{report.remarks}</h3>
      </section>
      <footer>
        <p className="a4-small">{report.noName}</p>
        <p className="a4-signature">{report.signature}</p>
      </footer>
    </article>
  );
}
