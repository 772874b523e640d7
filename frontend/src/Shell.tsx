import { useCallback, useEffect, useLayoutEffect, useRef } from "react";

import { KeyDialog } from "./access/KeyDialog";
import { App } from "./App";
import { HelpContext } from "./help/HelpContext";
import { HelpDialog } from "./help/HelpDialog";
import { useHelpKey } from "./help/useHelpKey";
import { HistoryPage } from "./history/HistoryPage";
import { useMessages } from "./i18n/useMessages";
import { ModelPage } from "./pages/ModelPage";
import { ModelsPage } from "./pages/ModelsPage";
import { StudyPage } from "./pages/StudyPage";
import { type Route, ROOM_LINK } from "./routing/route";
import { useRoute } from "./routing/useRoute";

/** The reading room, which keeps its image while another page is looked at, and the other pages. */
export function Shell() {
  const { pages } = useMessages();
  const route = useRoute();
  const inRoom = route.page === "room";
  const dialog = useRef<HTMLDialogElement>(null);
  const openHelp = useCallback(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const [helpKey, setHelpKey] = useHelpKey(openHelp);
  const roomScroll = useRef(0);

  useEffect(() => {
    if (inRoom) document.title = "mammoscope";
  }, [inRoom, pages]);

  useLayoutEffect(() => {
    if (!inRoom) return undefined;
    scrollTo({ top: roomScroll.current, behavior: "instant" });
    const remember = () => {
      roomScroll.current = scrollY;
    };
    window.addEventListener("scroll", remember);
    return () => {
      window.removeEventListener("scroll", remember);
    };
  }, [inRoom]);

  useEffect(() => {
    if (inRoom) return undefined;
    // The room reads what is dropped on any page: go and see it.
    const follow = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) location.hash = ROOM_LINK;
    };
    window.addEventListener("drop", follow);
    return () => {
      window.removeEventListener("drop", follow);
    };
  }, [inRoom]);

  return (
    <HelpContext value={openHelp}>
      <OtherPage route={route} />
      <div className="page-room" hidden={!inRoom}>
        <App />
      </div>
      <KeyDialog />
      <HelpDialog dialog={dialog} keyOn={helpKey} onKey={setHelpKey} />
    </HelpContext>
  );
}

function OtherPage({ route }: { route: Route }) {
  switch (route.page) {
    case "room":
      return null;
    case "models":
      return <ModelsPage />;
    case "model":
      return <ModelPage key={route.reference} reference={route.reference} />;
    case "study":
      return <StudyPage name={route.name} />;
    case "history":
      return <HistoryPage />;
  }
}
