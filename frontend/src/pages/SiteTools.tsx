import { useContext } from "react";

import { LANGUAGE_NAMES, type Language } from "../i18n/messages";
import { ChooseLanguageContext, LanguageContext, useMessages } from "../i18n/useMessages";
import { HISTORY_LINK, MODELS_LINK, ROOM_LINK, studyLink } from "../routing/route";
import { useRoute } from "../routing/useRoute";
import { HelpContext } from "../help/HelpContext";
import { type Theme, THEMES } from "../settings/theme";
import { useTheme } from "../settings/useTheme";

const LANGUAGES = Object.keys(LANGUAGE_NAMES) as Language[];

/** The ways to the other pages, and how this one looks and speaks. */
export function SiteTools() {
  const { pages, shell } = useMessages();
  const language = useContext(LanguageContext);
  const chooseLanguage = useContext(ChooseLanguageContext);
  const openHelp = useContext(HelpContext);
  const { page } = useRoute();
  const [theme, setTheme] = useTheme();
  const links = [
    { name: pages.read, href: ROOM_LINK, here: page === "room" },
    { name: pages.models, href: MODELS_LINK, here: page === "models" || page === "model" },
    { name: pages.study, href: studyLink(), here: page === "study" },
    { name: pages.history, href: HISTORY_LINK, here: page === "history" },
  ];

  return (
    <div className="site">
      <nav aria-label={pages.site}>
        <ul>
          {links.map(({ name, href, here }) => (
            <li key={href}>
              <a href={href} aria-current={here ? "page" : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="site-settings" role="group" aria-label={pages.settings}>
        <label>
          <span className="unseen">{pages.theme}</span>
          <select
            value={theme}
            onChange={(event) => {
              setTheme(event.target.value as Theme);
            }}
          >
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {pages.themes[one]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span className="unseen">{shell.language}</span>
          <select
            value={language}
            onChange={(event) => {
              chooseLanguage(event.target.value as Language);
            }}
          >
            {LANGUAGES.map((one) => (
              <option key={one} value={one} lang={one}>
                {LANGUAGE_NAMES[one]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" aria-haspopup="dialog" onClick={openHelp}>
          {pages.help} <kbd aria-hidden="true">?</kbd>
        </button>
      </div>
    </div>
  );
}
