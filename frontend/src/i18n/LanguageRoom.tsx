import { type ReactNode, useEffect, useMemo, useState } from "react";

import { type Language, spokenLanguage } from "./messages";
import { ChooseLanguageContext, LanguageContext } from "./useMessages";

const KEPT = "mammoscope.language";

/** Gives the page its language: the one chosen here before, else the browser's. */
export function LanguageRoom({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() =>
    spokenLanguage([localStorage.getItem(KEPT) ?? "", ...navigator.languages]),
  );

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const choose = useMemo(
    () => (chosen: Language) => {
      localStorage.setItem(KEPT, chosen);
      setLanguage(chosen);
    },
    [],
  );

  return (
    <ChooseLanguageContext value={choose}>
      <LanguageContext value={language}>{children}</LanguageContext>
    </ChooseLanguageContext>
  );
}
