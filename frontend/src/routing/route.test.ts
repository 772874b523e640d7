import { describe, expect, it } from "vitest";

import { modelLink, ROOM, routeOf, studyLink } from "./route";

describe("routeOf", () => {
  it.each([
    ["", ROOM],
    ["#", ROOM],
    ["#/", ROOM],
    ["#/models", { page: "models" }],
    ["#/models/cnn-rsna@2", { page: "model", reference: "cnn-rsna@2" }],
    ["#/models/cnn-rsna%402", { page: "model", reference: "cnn-rsna@2" }],
    ["#/study", { page: "study", name: null }],
    ["#/study/mini-mias", { page: "study", name: "mini-mias" }],
    ["#/history", { page: "history" }],
  ])("reads %j", (hash, route) => {
    expect(routeOf(hash)).toEqual(route);
  });

  it.each(["#image", "#/nowhere", "#/history/of", "#/models/%"])(
    "leaves the page where it is at %j",
    (hash) => {
      expect(routeOf(hash)).toBeNull();
    },
  );

  it("reads the links that it makes, whatever is in a name", () => {
    expect(routeOf(modelLink("a b/c?@2"))).toEqual({ page: "model", reference: "a b/c?@2" });
    expect(routeOf(studyLink("a#b"))).toEqual({ page: "study", name: "a#b" });
    expect(routeOf(studyLink())).toEqual({ page: "study", name: null });
  });
});
