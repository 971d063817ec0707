// The whole recording in a strip, with what is seen of it as a window to drag.
import { useEffect, useRef } from "preact/hooks";
import { duration_s, peaks, playhead, view } from "../state";
import { seen } from "../theme";
import { follow } from "./drag";
import { clock, endOf, fitted, toTime, widest } from "./maths";

const HEIGHT_PX = 22;

export function Overview() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const at = view.value;
  const whole_s = Math.max(duration_s.value, 0.001);
  const [sound, mode] = [peaks.value, seen.value];
  const px = widest(at.width, whole_s);

  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(at.width * ratio);
    element.height = Math.round(HEIGHT_PX * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!sound) return;
    pen.fillStyle = getComputedStyle(element).getPropertyValue("--faint").trim();
    const columns = Math.ceil(at.width);
    const values = sound.between(0, whole_s, columns);
    const scale = (HEIGHT_PX / 2 - 3) / Math.max(sound.loudest, 0.05);
    for (let x = 0; x < columns; x++) {
      const high = Math.max(values[x * 2 + 1]!, -values[x * 2]!) * scale;
      pen.fillRect(x, HEIGHT_PX / 2 - high, 1, Math.max(1, high * 2));
    }
  }, [sound, at.width, whole_s, mode]);

  const move = (event: PointerEvent) => {
    const began = at.start_s;
    follow(event, { move: (dx) => (view.value = fitted({ ...view.value, start_s: began + dx / px }, whole_s)) }, true);
  };
  const stretch = (event: PointerEvent, edge: "start" | "end") => {
    event.stopPropagation();
    const [began_s, ended_s] = [at.start_s, endOf(at)];
    follow(event, {
      move: (dx) => {
        const start_s = edge === "start" ? Math.min(Math.max(began_s + dx / px, 0), ended_s - 0.2) : began_s;
        const end_s = edge === "end" ? Math.max(Math.min(ended_s + dx / px, whole_s), began_s + 0.2) : ended_s;
        view.value = fitted({ ...view.value, start_s, px_per_s: view.value.width / (end_s - start_s) }, whole_s);
      },
    }, true);
  };
  const jump = (event: PointerEvent) => {
    const left = canvas.current!.getBoundingClientRect().left;
    const time = (event.clientX - left) / px;
    view.value = fitted({ ...at, start_s: time - at.width / at.px_per_s / 2 }, whole_s);
  };
  const keys = (event: KeyboardEvent) => {
    const page_s = at.width / at.px_per_s;
    const by = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    view.value = fitted({ ...at, start_s: at.start_s + by * page_s }, whole_s);
  };

  return (
    <div class="overview" style={{ height: `${HEIGHT_PX}px` }} onPointerDown={jump}>
      <canvas ref={canvas} style={{ width: `${at.width}px`, height: `${HEIGHT_PX}px` }} />
      <div
        class="window"
        role="scrollbar"
        tabIndex={0}
        aria-label="Part of the recording that is seen"
        aria-controls="timeline"
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round((at.start_s / whole_s) * 100)}
        aria-valuetext={`${clock(at.start_s)} to ${clock(Math.min(endOf(at), whole_s))}`}
        style={{ left: `${at.start_s * px}px`, width: `${Math.max(8, (toTime(at, at.width) - at.start_s) * px)}px` }}
        onPointerDown={(event) => {
          event.stopPropagation();
          move(event);
        }}
        onKeyDown={keys}
      >
        <span class="grip" onPointerDown={(event) => stretch(event, "start")} />
        <span class="grip" onPointerDown={(event) => stretch(event, "end")} />
      </div>
      <span class="head" style={{ transform: `translateX(${playhead.value * px}px)` }} />
    </div>
  );
}
