import { shell } from "./shell";

export const es = { shell };
