import type { Problem } from "../apiTypes";

/** One clear sentence of what went wrong; the region stands empty before, so that it is heard. */
export function ProblemAlert({ problem }: { problem: Problem | null }) {
  return (
    <div className="problem" role="alert">
      {problem && (
        <p>
          <strong>{problem.title}</strong>
          {problem.detail && <>: {problem.detail}</>}
        </p>
      )}
    </div>
  );
}
