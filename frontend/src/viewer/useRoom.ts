import { type RefObject, useEffect, useState } from "react";

import type { Size } from "./plane";

/** The inner size of an element in CSS pixels, kept up to date; null before it is laid out. */
export function useRoom(element: RefObject<HTMLElement | null>): Size | null {
  const [room, setRoom] = useState<Size | null>(null);

  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver((entries) => {
      const box = entries[0]?.contentRect;
      if (box && box.width > 0 && box.height > 0) {
        setRoom({ width: box.width, height: box.height });
      }
    });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
    };
  }, [element]);

  return room;
}
