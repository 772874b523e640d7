/** The server's examples as they are offered: an image each, or an exam's views together. */

import type { Example } from "../apiTypes";

export interface ExampleChoice {
  name: string;
  title: string;
  views: readonly Example[];
}

/** In the server's order; an exam stands where its first view does. */
export function exampleChoices(examples: readonly Example[]): ExampleChoice[] {
  return examples.flatMap((example) => {
    const { exam } = example;
    if (!exam) return [{ name: example.name, title: example.title, views: [example] }];
    const views = examples.filter((other) => other.exam?.name === exam.name);
    return views[0] === example ? [{ ...exam, views }] : [];
  });
}
