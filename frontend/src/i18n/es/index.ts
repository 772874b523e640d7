import { history } from "./history";
import { pages } from "./pages";
import { report } from "./report";
import { shell } from "./shell";
import { viewer } from "./viewer";

export const es = { history, pages, report, shell, viewer };
