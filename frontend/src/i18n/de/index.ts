import { shell } from "./shell";

export const de = { shell };
