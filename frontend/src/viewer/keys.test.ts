import { describe, expect, it } from "vitest";

import { actionOf, VIEWER_KEYS } from "./keys";

describe("actionOf", () => {
  it.each([
    ["i", "invert"],
    ["I", "invert"],
    ["+", "zoomIn"],
    ["-", "zoomOut"],
    ["=", "fit"],
    [" ", "reset"],
    ["H", "map"],
    ["ArrowLeft", "left"],
  ])("finds what %j does", (key, action) => {
    expect(actionOf(key, false)).toBe(action);
  });

  it("leaves to a control the keys that it uses itself, and no others", () => {
    expect(actionOf(" ", true)).toBeUndefined();
    expect(actionOf("ArrowUp", true)).toBeUndefined();
    expect(actionOf("h", true)).toBe("map");
  });

  it("knows nothing of other keys", () => {
    expect(actionOf("Tab", false)).toBeUndefined();
    expect(actionOf("Enter", false)).toBeUndefined();
  });
});

describe("the keys", () => {
  it("are each of one action, and each action has one", () => {
    expect(new Set(VIEWER_KEYS.map(({ key }) => key)).size).toBe(VIEWER_KEYS.length);
    expect(new Set(VIEWER_KEYS.map(({ action }) => action)).size).toBe(VIEWER_KEYS.length);
  });
});
