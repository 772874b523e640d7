import type { Messages } from "../messages";

export const figures: Messages["figures"] = {
  tag: "es",
  decimalMark: ",",
  interval: (value, low, high) => `${value} (${low} a ${high})`,
  percent: (value) => `${value} %`,
  milliseconds: (value) => `${value} ms`,
};
