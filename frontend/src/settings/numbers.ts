/** Numbers as a language writes them. */

const MINUS = "\u2212";

export interface Numbers {
  /** With so many decimals. */
  decimal: (value: number, digits?: number) => string;
  /** A whole number, its thousands apart. */
  count: (value: number) => string;
  /** `36 %` of a share from 0 to 1. */
  percent: (share: number) => string;
  /** Of a moment, day and hour. */
  moment: (date: Date) => string;
}

export function numbersIn(language: string): Numbers {
  const format = (value: number, digits: number) =>
    value
      .toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
      .replace(/^-/, Number(value.toFixed(digits)) === 0 ? "" : MINUS);
  return {
    decimal: (value, digits = 2) => format(value, digits),
    count: (value) => format(value, 0),
    percent: (share) => `${format(100 * share, 0)}\u00a0%`,
    moment: (date) => date.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" }),
  };
}
