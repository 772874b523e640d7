import { useSyncExternalStore } from "react";

import { ROOM, type Route, routeOf } from "./route";

let current: Route = routeOf(location.hash) ?? ROOM;

/** The page that is shown; an anchor within it, such as the skip link's, changes nothing. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(changed: () => void): () => void {
  const follow = () => {
    const next = routeOf(location.hash);
    if (!next) return;
    current = next;
    changed();
  };
  window.addEventListener("hashchange", follow);
  return () => {
    window.removeEventListener("hashchange", follow);
  };
}
