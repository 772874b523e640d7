import { shell } from "./shell";

export const en = { shell };
