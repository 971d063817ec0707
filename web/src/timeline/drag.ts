// Following a pointer from press to release, wherever it goes.

export interface Drag {
  /** Pixels from where it began. */
  move(dx: number, event: PointerEvent): void;
  end?(moved: boolean): void;
}

/** A press that moves less than this is a click. */
const CLICK_PX = 4;

/** Follows the pointer of a pointerdown event; a drag begins after a few pixels unless `atOnce`. */
export function follow(down: PointerEvent, drag: Drag, atOnce = false): void {
  if (down.button !== 0) return;
  const element = down.currentTarget as HTMLElement;
  element.setPointerCapture(down.pointerId);
  let moved = atOnce;
  const move = (event: PointerEvent) => {
    if (event.pointerId !== down.pointerId) return;
    const dx = event.clientX - down.clientX;
    if (!moved && Math.abs(dx) < CLICK_PX) return;
    moved = true;
    drag.move(dx, event);
  };
  const end = (event: PointerEvent) => {
    if (event.pointerId !== down.pointerId) return;
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", end);
    element.removeEventListener("pointercancel", end);
    drag.end?.(moved);
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
}
