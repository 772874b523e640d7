import { shell } from "./shell";
import { viewer } from "./viewer";

export const en = { shell, viewer };
