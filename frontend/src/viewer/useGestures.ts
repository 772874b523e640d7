import { type PointerEvent, type RefObject, useEffect, useRef } from "react";

import { endAt, type Line, onImage } from "./measure";
import type { Size } from "./plane";
import type { ChangeView } from "./useView";
import type { Point, View } from "./view";
import { moved, pinched, placementOf, type Shape, toImage, toRoom, zoomedAt } from "./viewport";
import { draggedWindow } from "./window";

export type Mode = "pan" | "window" | "measure";

interface Settings {
  image: Shape;
  room: Size | null;
  view: View;
  change: ChangeView;
  mode: Mode;
  line: Line | null;
  onLine: (line: Line | null) => void;
  /** Where the pointer is in the room; null once it has left. */
  onPointer: (at: Point | null) => void;
}

interface Gesture {
  kind: Mode | "pinch";
  /** As it was when the gesture began. */
  view: View;
  from: Map<number, Point>;
  measuring: { end: keyof Line; line: Line; before: Line | null } | null;
}

const MIDDLE_BUTTON = 1;
/** Pixels around an end in which it is taken hold of. */
const REACH = { mouse: 12, touch: 24 };
/** A tap is not a line. */
const SHORTEST = 4;
/** Of the wheel: a notch of 100 pixels zooms by about a seventh. */
const WHEEL_SPEED = 0.0013;
/** A browser tells a pinch on a touchpad as a wheel with Ctrl, in much smaller steps. */
const PINCH_SPEED = 0.01;
/** By `WheelEvent.deltaMode`: pixels, lines and pages. */
const PIXELS_PER_DELTA = [1, 16, 800];

/** What the pointers and the wheel do on the stage: move, window, measure, zoom, pinch. */
export function useGestures(stage: RefObject<HTMLElement | null>, settings: Settings) {
  const { image, room, view, change, mode, line, onLine, onPointer } = settings;
  const pointers = useRef(new Map<number, Point>());
  const gesture = useRef<Gesture | null>(null);

  useEffect(() => {
    const element = stage.current;
    if (!element || !room) return undefined;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      const pixels = event.deltaY * (PIXELS_PER_DELTA[event.deltaMode] ?? 1);
      const factor = Math.exp(-pixels * (event.ctrlKey ? PINCH_SPEED : WHEEL_SPEED));
      const at = pointIn(element, event);
      change((old) => zoomedAt(old, factor, at, image, room, devicePixelRatio));
    };
    // React listens passively, and then the page would scroll as well.
    element.addEventListener("wheel", turn, { passive: false });
    return () => {
      element.removeEventListener("wheel", turn);
    };
  }, [stage, image, room, change]);

  const begin = (kind: Gesture["kind"], measuring: Gesture["measuring"] = null) => {
    gesture.current = { kind, view, from: new Map(pointers.current), measuring };
  };

  const beginLine = (at: Point, kind: keyof typeof REACH) => {
    if (!room) return;
    const placement = placementOf(image, room, view);
    const end = line && endAt(line, at, REACH[kind], (point) => toRoom(placement, point));
    if (line && end) {
      begin("measure", { end, line, before: line });
      return;
    }
    const start = onImage(toImage(placement, at), image);
    begin("measure", { end: "to", line: { from: start, to: start }, before: line });
  };

  const follow = (at: Point) => {
    const doing = gesture.current;
    if (!doing || !room) return;
    const [from, other] = [...doing.from.values()];
    if (!from) return;
    const by = { x: at.x - from.x, y: at.y - from.y };
    switch (doing.kind) {
      case "pan":
        change((old) => ({ ...old, center: moved(doing.view, by, image, room).center }));
        return;
      case "window": {
        const parts = { x: by.x / room.width, y: by.y / room.height };
        change((old) => ({ ...old, window: draggedWindow(doing.view.window, parts) }));
        return;
      }
      case "measure":
        if (!doing.measuring) return;
        doing.measuring.line = {
          ...doing.measuring.line,
          [doing.measuring.end]: onImage(toImage(placementOf(image, room, view), at), image),
        };
        onLine(doing.measuring.line);
        return;
      case "pinch": {
        const [a, b] = [...pointers.current.values()];
        if (!other || !a || !b) return;
        const next = pinched(doing.view, [from, other], [a, b], image, room, devicePixelRatio);
        change((old) => ({ ...old, zoom: next.zoom, center: next.center }));
      }
    }
  };

  const lift = (event: PointerEvent<HTMLElement>) => {
    if (!pointers.current.delete(event.pointerId)) return;
    const doing = gesture.current;
    if (doing?.measuring && room) {
      const { from, to } = doing.measuring.line;
      const placement = placementOf(image, room, view);
      const [a, b] = [toRoom(placement, from), toRoom(placement, to)];
      if (Math.hypot(a.x - b.x, a.y - b.y) < SHORTEST) onLine(doing.measuring.before);
    }
    // A finger that stays after a pinch goes on moving the image, whatever the mode.
    if (pointers.current.size === 1) begin("pan");
    else gesture.current = null;
  };

  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      const middle = event.button === MIDDLE_BUTTON;
      if (event.button !== 0 && !middle) return;
      // Without this the middle button would start the browser's own scrolling.
      if (middle) event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      const at = pointIn(event.currentTarget, event);
      pointers.current.set(event.pointerId, at);
      if (pointers.current.size === 2) {
        if (gesture.current?.measuring) onLine(gesture.current.measuring.before);
        begin("pinch");
      } else if (mode === "measure" && !middle) {
        beginLine(at, event.pointerType === "touch" ? "touch" : "mouse");
      } else {
        begin(middle ? "pan" : mode);
      }
      onPointer(at);
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const at = pointIn(event.currentTarget, event);
      if (pointers.current.has(event.pointerId)) {
        pointers.current.set(event.pointerId, at);
        follow(at);
      }
      onPointer(at);
    },
    onPointerUp: lift,
    onPointerCancel: lift,
    onPointerLeave(event: PointerEvent<HTMLElement>) {
      // A finger that is lifted leaves, too; what it pointed at stays to be read.
      if (event.pointerType === "mouse") onPointer(null);
    },
  };
}

function pointIn(element: HTMLElement, event: { clientX: number; clientY: number }): Point {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
