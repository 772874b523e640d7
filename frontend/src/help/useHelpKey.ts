import { useEffect, useState } from "react";

const KEPT = "mammoscope.helpKey";
const OFF = "off";

/** Calls `open` at a `?` that is not being typed, unless the key was turned off (WCAG 2.1.4). */
export function useHelpKey(open: () => void): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => localStorage.getItem(KEPT) !== OFF);

  useEffect(() => {
    if (!on) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", press);
    return () => {
      window.removeEventListener("keydown", press);
    };
  }, [on, open]);

  const choose = (chosen: boolean) => {
    if (chosen) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, OFF);
    setOn(chosen);
  };
  return [on, choose];
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range", "button", "file"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
