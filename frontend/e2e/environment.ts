/** Where the program under test lies, and where the tests put their files. */

import { dirname, join, resolve } from "node:path";

export const REPOSITORY = resolve(import.meta.dirname, "../..");
export const MAMMOSCOPE = process.env.MAMMOSCOPE ?? join(REPOSITORY, ".venv/bin/mammoscope");
/** The interpreter beside the program, so that both see the same packages. */
export const PYTHON = join(dirname(MAMMOSCOPE), "python");

/** The server takes any free port; Playwright reads it from what the server says. */
export const READY = /open http:\/\/127\.0\.0\.1:(?<mammoscope_e2e_port>\d+)/;
/** Known in the workers only, which start once the server is up. */
export const ORIGIN = `http://127.0.0.1:${process.env.MAMMOSCOPE_E2E_PORT ?? "0"}`;
/** Names the folder of this run's files; the workers inherit it. */
export const FIXTURES = "MAMMOSCOPE_E2E_FIXTURES";

export type FixtureName =
  | "healthy.png"
  | "lesion.png"
  | "mono1.dcm"
  | "spaced.dcm"
  | "broken.png"
  | "notes.txt"
  | "blank.png"
  | "stained.png";

export function fixture(name: FixtureName): string {
  const folder = process.env[FIXTURES];
  if (!folder) throw new Error(`${FIXTURES} is not set; run the tests by \`npm run e2e\``);
  return join(folder, name);
}
