/** How the answers are looked at, which is the reader's to choose. */

export interface AnswerSettings {
  /** An operating point's name, for every model that has it; null for each model's own first. */
  point: string | null;
  /** Percentages as they were typed, by what is looked for: it is not equally common. */
  prevalences: Readonly<Record<string, string>>;
}

export const AS_PUBLISHED: AnswerSettings = { point: null, prevalences: {} };
