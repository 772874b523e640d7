/** A problem in the reader's language, as far as this page knows it. */

import type { Problem } from "../apiTypes";
import type { Messages } from "../i18n/messages";

export interface ProblemWords {
  title: string;
  detail: string;
  /** The detail is the server's own, in English. */
  english: boolean;
}

/** `type`s are anchors: the server's of a page (`/docs#busy`), this page's own of none (`#no-map`). */
export function problemWords({ type, title, detail, status }: Problem, { upload }: Messages): ProblemWords {
  if (type === "unreachable") {
    return { title: upload.unreachable, detail: upload.unreachableDetail, english: false };
  }
  const slug = type.split("#")[1] ?? "";
  if (slug === "answered") return { title: upload.answered(status), detail, english: true };
  return { title: upload.problems[slug] ?? title, detail, english: type !== OWN };
}

/** The `type` of what this page refuses by itself, in the reader's language already. */
export const OWN = "own";

/** Whether to ask again may help: nobody answered, or the server had no time. */
export function mayPass({ type, status }: Problem): boolean {
  return type === "unreachable" || status === 408 || status >= 500;
}
