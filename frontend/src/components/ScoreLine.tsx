import { useMessages } from "../i18n/useMessages";
import type { Messages } from "../i18n/messages";
import { scoreText } from "../maths/words";

interface Props {
  score: number;
  threshold: number;
}

const LEFT = 10;
const LENGTH = 320;
const AXIS = 30;

/** The score and the operating point on one line from 0 to 1. */
export function ScoreLine({ score, threshold }: Props) {
  const messages = useMessages();
  const { answer } = messages;
  const [scored, limit] = [scoreText(score, messages), scoreText(threshold, messages)];
  const at = (value: number) => LEFT + LENGTH * value;
  return (
    <svg
      className="score-line"
      viewBox={`0 0 ${LENGTH + 2 * LEFT} 62`}
      role="img"
      aria-label={answer.scoreLine(scored, limit)}
    >
      <rect className="axis" x={LEFT} y={AXIS - 3} width={LENGTH} height={6} rx={3} />
      <rect
        className="above"
        x={at(threshold)}
        y={AXIS - 3}
        width={at(1) - at(threshold)}
        height={6}
        rx={3}
      />
      <line className="threshold" x1={at(threshold)} x2={at(threshold)} y1={12} y2={AXIS + 10} />
      <text x={at(threshold)} y={9} textAnchor={anchor(threshold)}>
        {answer.pointAt(limit)}
      </text>
      <circle className="mark" cx={at(score)} cy={AXIS} r={7} />
      {[0, 0.5, 1].map((tick) => (
        <text key={tick} className="tick" x={at(tick)} y={AXIS + 26} textAnchor={anchor(tick)}>
          {tickText(tick, messages)}
        </text>
      ))}
    </svg>
  );
}

function tickText(tick: number, { figures }: Messages): string {
  return tick.toString().replace(".", figures.decimalMark);
}

// A label near an end would run out of the picture.
function anchor(value: number): "start" | "middle" | "end" {
  if (value < 0.2) return "start";
  return value > 0.8 ? "end" : "middle";
}
