import { afterEach, describe, expect, it, vi } from "vitest";

describe("the key", () => {
  afterEach(() => {
    vi.resetModules();
  });

  it("is in no header before it was given, and then in every one", async () => {
    const { askKeysBy, authorization, otherKey } = await import("./key");
    expect(authorization()).toEqual({});
    askKeysBy(() => Promise.resolve("k1"));
    expect(await otherKey({})).toBe(true);
    expect(authorization()).toEqual({ Authorization: "Bearer k1" });
  });

  it("is asked for once by requests that were refused together, and told when it is refused", async () => {
    const { askKeysBy, authorization, otherKey } = await import("./key");
    const asked = vi.fn((refused: boolean) => Promise.resolve(refused ? "second" : "first"));
    askKeysBy(asked);
    expect(await Promise.all([otherKey({}), otherKey({})])).toEqual([true, true]);
    expect(asked.mock.calls).toEqual([[false]]);
    expect(await otherKey(authorization())).toBe(true);
    expect(asked.mock.calls).toEqual([[false], [true]]);
    expect(authorization()).toEqual({ Authorization: "Bearer second" });
  });

  it("is not asked for where another one was given since", async () => {
    const { askKeysBy, otherKey } = await import("./key");
    const asked = vi.fn(() => Promise.resolve("k"));
    askKeysBy(asked);
    await otherKey({});
    expect(await otherKey({})).toBe(true);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("stays what it was where the reader gives none, or nobody can be asked", async () => {
    const { askKeysBy, authorization, otherKey } = await import("./key");
    expect(await otherKey({})).toBe(false);
    const stop = askKeysBy(() => Promise.resolve(null));
    expect(await otherKey({})).toBe(false);
    stop();
    expect(await otherKey({})).toBe(false);
    expect(authorization()).toEqual({});
  });
});
