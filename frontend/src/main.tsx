import "./styles/tokens.css";
import "./styles/app.css";
import "./styles/viewer.css";
import "./styles/answer.css";
import "./styles/exam.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { LanguageRoom } from "./i18n/LanguageRoom";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <LanguageRoom>
      <App />
    </LanguageRoom>
  </StrictMode>,
);
