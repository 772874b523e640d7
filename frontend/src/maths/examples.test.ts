import { describe, expect, it } from "vitest";

import { exampleChoices } from "./examples";

function example(name: string, exam: string | null) {
  const whole = exam === null ? null : { name: exam, title: `The ${exam}` };
  return { name, title: name, url: `/${name}`, media_type: "", exam: whole };
}

describe("examples", () => {
  it("are offered one by one, and an exam's views together", () => {
    const choices = exampleChoices([
      example("a", null),
      example("x1", "x"),
      example("b", null),
      example("x2", "x"),
    ]);
    expect(choices.map(({ title, views }) => [title, views.map(({ name }) => name)])).toEqual([
      ["a", ["a"]],
      ["The x", ["x1", "x2"]],
      ["b", ["b"]],
    ]);
  });
});
