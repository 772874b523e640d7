import { history } from "./history";
import { pages } from "./pages";
import { report } from "./report";
import { shell } from "./shell";
import { viewer } from "./viewer";

export const en = { history, pages, report, shell, viewer };
