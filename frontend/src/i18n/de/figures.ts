import type { Messages } from "../messages";

export const figures: Messages["figures"] = {
  tag: "de",
  decimalMark: ",",
  interval: (value, low, high) => `${value} (${low} bis ${high})`,
  percent: (value) => `${value} %`,
  milliseconds: (value) => `${value} ms`,
};
