import { expect, it } from "vitest";
import { namedMethods } from "./namedMethods";

it("names the method once where all rows have one", () => {
  const rows = ["cnn", "densenet121"].map((name) => ({ name, method: "two seeds" }));
  expect(namedMethods(rows)).toEqual(["two seeds"]);
});

it("says whose each method is where there are several", () => {
  const rows = [
    { name: "cnn", method: "two seeds" },
    { name: "detail", method: "one seed" },
    { name: "densenet121", method: "two seeds" },
    { name: "older", method: undefined },
  ];
  expect(namedMethods(rows)).toEqual(["two seeds (cnn, densenet121)", "one seed (detail)"]);
});

it("has nothing to say of no rows", () => {
  expect(namedMethods([])).toEqual([]);
});
