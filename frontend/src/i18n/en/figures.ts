/** How numbers are written. */
export const figures = {
  /** For `Intl`: the marks between thousands. */
  tag: "en",
  /** Between whole numbers and their parts. */
  decimalMark: ".",
  interval: (value: string, low: string, high: string) => `${value} (${low} to ${high})`,
  percent: (value: string) => `${value} %`,
  milliseconds: (value: string) => `${value} ms`,
};
