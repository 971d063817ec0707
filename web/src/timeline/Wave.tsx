// Ruler and waveform on a canvas; press or drag on it to move the playhead.
import { useEffect, useRef } from "preact/hooks";
import { playhead, peaks, recording, segment, view } from "../state";
import { seek } from "../playback";
import { seen } from "../theme";
import { follow } from "./drag";
import { clock, digitsOf, spoken, ticks, toPx, toTime } from "./maths";

export const RULER_PX = 20;

export function Wave({ height }: { height: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [at, sound, told, part, mode] = [view.value, peaks.value, recording.value, segment.value, seen.value];

  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen || !told) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(at.width * ratio);
    element.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();

    const marks = ticks(at, told.duration_s);
    pen.font = `11px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    for (const time of marks.small) {
      pen.fillStyle = colour("--line");
      pen.fillRect(Math.round(toPx(at, time)), RULER_PX - 5, 1, 5);
    }
    for (const time of marks.labelled) {
      const x = Math.round(toPx(at, time));
      pen.fillStyle = colour("--line");
      pen.fillRect(x, RULER_PX - 9, 1, height - RULER_PX + 9);
      pen.fillStyle = colour("--faint");
      const label = clock(time, digitsOf(marks.step_s));
      if (x + 4 + pen.measureText(label).width < at.width) pen.fillText(label, x + 4, RULER_PX - 11);
    }
    if (part) {
      pen.fillStyle = colour("--accent-wash");
      pen.fillRect(toPx(at, part.start_s), RULER_PX, (part.end_s - part.start_s) * at.px_per_s, height - RULER_PX);
    }
    if (!sound) return;
    const middle = RULER_PX + (height - RULER_PX) / 2;
    const scale = ((height - RULER_PX) / 2 - 4) / Math.max(sound.loudest, 0.05);
    const columns = Math.ceil(at.width);
    const values = sound.between(at.start_s, toTime(at, columns), columns);
    const last = Math.min(columns, Math.ceil(toPx(at, told.duration_s)));
    pen.fillStyle = colour("--wave");
    for (let x = 0; x < last; x++) {
      const [low, high] = [values[x * 2]! * scale, values[x * 2 + 1]! * scale];
      pen.fillRect(x, middle - high - 0.5, 1, Math.max(1, high - low + 1));
    }
  }, [at, sound, told, part?.start_s, part?.end_s, mode, height]);

  const press = (event: PointerEvent) => {
    const left = canvas.current!.getBoundingClientRect().left;
    const go = (x: number) => seek(toTime(view.peek(), x - left));
    go(event.clientX);
    follow(event, { move: (_, moved) => go(moved.clientX) }, true);
  };

  return (
    <canvas
      ref={canvas}
      class="wave"
      style={{ width: `${at.width}px`, height: `${height}px` }}
      role="slider"
      tabIndex={0}
      aria-label="Playhead"
      aria-valuemin={0}
      aria-valuemax={told?.duration_s ?? 0}
      aria-valuenow={Math.round(playhead.value * 10) / 10}
      aria-valuetext={spoken(playhead.value)}
      data-testid="wave"
      onPointerDown={press}
    />
  );
}
