import { type ReactNode, useEffect, useRef } from "react";

import { useMessages } from "../i18n/useMessages";
import { ROOM_LINK } from "../routing/route";
import { SiteTools } from "./SiteTools";

interface Props {
  title: string;
  children: ReactNode;
}

/** A page beside the reading room, with the same head and notice. */
export function PageFrame({ title, children }: Props) {
  const { pages, shell } = useMessages();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = pages.title(title);
  }, [pages, title]);

  useEffect(() => {
    // As if the page had been loaded: it begins at its top, and is read out from its title on.
    scrollTo({ top: 0, behavior: "instant" });
    heading.current?.focus({ preventScroll: true });
  }, []);

  return (
    <>
      <a
        className="skip"
        href="#page"
        onClick={(event) => {
          // The address names the page, not a place on it.
          event.preventDefault();
          heading.current?.focus();
        }}
      >
        {pages.skip}
      </a>
      <header className="banner">
        <a className="home" href={ROOM_LINK}>
          mammoscope
        </a>
        <SiteTools />
      </header>
      <aside className="notice" aria-label={shell.researchOnly}>
        <p>{shell.notice}</p>
      </aside>
      <main className="page" id="page">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {children}
      </main>
    </>
  );
}
