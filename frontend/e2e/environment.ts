/** Where the program under test lies, and where the tests put their files. */

import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const REPOSITORY = resolve(import.meta.dirname, "../..");
export const MAMMOSCOPE = process.env.MAMMOSCOPE ?? join(REPOSITORY, ".venv/bin/mammoscope");
/** The interpreter beside the program, so that both see the same packages. */
export const PYTHON = join(dirname(MAMMOSCOPE), "python");
export const PORT = 8791;
export const ORIGIN = `http://127.0.0.1:${PORT}`;
export const FIXTURES = join(tmpdir(), `mammoscope-e2e-${PORT}`);

export type FixtureName =
  | "healthy.png"
  | "lesion.png"
  | "mono1.dcm"
  | "broken.png"
  | "notes.txt"
  | "blank.png";

export function fixture(name: FixtureName): string {
  return join(FIXTURES, name);
}
