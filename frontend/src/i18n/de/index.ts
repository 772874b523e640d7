import { shell } from "./shell";
import { viewer } from "./viewer";

export const de = { shell, viewer };
