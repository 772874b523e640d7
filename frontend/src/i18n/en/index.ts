import { answer } from "./answer";
import { exam } from "./exam";
import { figures } from "./figures";
import { models } from "./models";
import { shell } from "./shell";
import { upload } from "./upload";
import { viewer } from "./viewer";

export const en = { answer, exam, figures, models, shell, upload, viewer };
