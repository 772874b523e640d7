import { describe, expect, it } from "vitest";

import { inPool } from "./pool";

describe("inPool", () => {
  it("does each once, in order, and never more at a time than it may", async () => {
    const begun: number[] = [];
    let working = 0;
    let most = 0;
    await inPool(2, [0, 1, 2, 3, 4], async (thing) => {
      begun.push(thing);
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setTimeout(resolve, 1));
      working -= 1;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });
});
