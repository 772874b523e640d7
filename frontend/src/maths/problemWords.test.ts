import { describe, expect, it } from "vitest";

import { CATALOG } from "../i18n/messages";
import { mayPass, OWN, problemWords } from "./problemWords";

const problem = (type: string, status = 0) => ({ type, status, title: "Title", detail: "detail" });

describe("a problem", () => {
  it("has its title in the reader's language and the server's detail as it came", () => {
    expect(problemWords(problem("/docs#busy", 503), CATALOG.de)).toEqual({
      title: "Der Server ist ausgelastet",
      detail: "detail",
      english: true,
    });
  });

  it("keeps the server's title where the page knows none", () => {
    expect(problemWords(problem("about:blank", 418), CATALOG.es).title).toBe("Title");
  });

  it("names the status of an answer that is no document", () => {
    expect(problemWords(problem("#answered", 502), CATALOG.de).title).toBe("Der Server antwortete mit 502");
  });

  it("is wholly in the reader's language where it is the page's own", () => {
    expect(problemWords(problem("unreachable"), CATALOG.es).title).toBe("No se pudo acceder al servidor");
    expect(problemWords(problem(OWN), CATALOG.de).english).toBe(false);
  });

  it("may pass where nobody answered or the server had no time, and not where the file is wrong", () => {
    expect([problem("unreachable"), problem("/docs#busy", 503), problem("", 408)].every(mayPass)).toBe(true);
    expect([problem("", 415), problem("", 422), problem("", 413), problem(OWN)].some(mayPass)).toBe(false);
  });
});
