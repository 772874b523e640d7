/** The colours of the page: dark, light, or as the system has it. */

export const THEMES = ["dark", "light", "system"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "mammoscope.theme";

/** Dark unless another was chosen here before: an image is read in a dark room. */
export function keptTheme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return THEMES.find((theme) => theme === kept) ?? "dark";
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme);
  showTheme(theme);
}

/** tokens.css looks at it. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
