import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

import { FIXTURES, PYTHON, REPOSITORY } from "./environment";

/** Phantoms, written anew for each run: no image, real or not, stands in the repository. */
export default function makeFixtures(): () => void {
  execFileSync(PYTHON, ["-m", "tests.make_e2e_fixtures", FIXTURES], {
    cwd: REPOSITORY,
    stdio: "inherit",
  });
  return () => {
    rmSync(FIXTURES, { recursive: true, force: true });
  };
}
