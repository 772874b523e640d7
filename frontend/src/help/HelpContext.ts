import { createContext } from "react";

/** Opens the help. */
export const HelpContext = createContext<() => void>(() => undefined);
