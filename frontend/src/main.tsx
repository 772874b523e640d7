import "./styles/tokens.css";
import "./styles/app.css";
import "./styles/viewer.css";
import "./styles/answer.css";
import "./styles/exam.css";
import "./styles/pages.css";
import "./styles/print.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { LanguageRoom } from "./i18n/LanguageRoom";
import { keptTheme, showTheme } from "./settings/theme";
import { Shell } from "./Shell";

showTheme(keptTheme());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <LanguageRoom>
      <Shell />
    </LanguageRoom>
  </StrictMode>,
);
