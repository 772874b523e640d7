import { access } from "./access";
import { answer } from "./answer";
import { exam } from "./exam";
import { figures } from "./figures";
import { history } from "./history";
import { models } from "./models";
import { pages } from "./pages";
import { report } from "./report";
import { shell } from "./shell";
import { upload } from "./upload";
import { viewer } from "./viewer";

export const en = { access, answer, exam, figures, history, models, pages, report, shell, upload, viewer };
