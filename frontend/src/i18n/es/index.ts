import { shell } from "./shell";
import { viewer } from "./viewer";

export const es = { shell, viewer };
