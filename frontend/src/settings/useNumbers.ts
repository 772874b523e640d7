import { useContext, useMemo } from "react";

import { LanguageContext } from "../i18n/useMessages";
import { type Numbers, numbersIn } from "./numbers";

/** Numbers as the reader's language writes them. */
export function useNumbers(): Numbers {
  const language = useContext(LanguageContext);
  return useMemo(() => numbersIn(language), [language]);
}
