import { createContext, useContext } from "react";

import { CATALOG, type Language, type Messages } from "./messages";

export const LanguageContext = createContext<Language>("en");
export const ChooseLanguageContext = createContext<(chosen: Language) => void>(() => undefined);

/** The sentences in the reader's language. */
export function useMessages(): Messages {
  return CATALOG[useContext(LanguageContext)];
}
