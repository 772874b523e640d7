import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FIXTURES, PYTHON, REPOSITORY } from "./environment";

/** Phantoms, written anew for each run: no image, real or not, stands in the repository. */
export default function makeFixtures(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "mammoscope-e2e-"));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    execFileSync(PYTHON, ["-m", "tests.make_e2e_fixtures", folder], {
      cwd: REPOSITORY,
      stdio: "inherit",
    });
  } catch (error) {
    remove();
    throw error;
  }
  process.env[FIXTURES] = folder;
  return remove;
}
