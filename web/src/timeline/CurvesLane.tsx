// Curves of the face's weights under the timeline, with their values at the playhead.
import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { seek } from "../playback";
import { Curves } from "../stage/curves";
import { active, choices, motionChanges, playhead, shown, tracks, view } from "../state";
import { seen } from "../theme";
import { Pick, plain } from "../ui/controls";
import { endOf } from "./maths";

/** "active", "region:mouth" or "shape:jawOpen". */
export const curvesOf = signal("active");
export const curvesOpen = signal(false);
const CURVES_PX = 104;
/** What is drawn, with values at the playhead. */
const legend = signal<{ name: string; colour: string; value: number }[]>([]);
/** Values are written this often while playing. */
const WRITTEN_EVERY_MS = 80;
const MOST_CURVES = 6;

export function CurvesLane() {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const curves = new Curves(canvas.current!, { onSeek: seek });
    let timer = 0;
    let frame = 0;
    let written_ms = 0;
    const write = () => {
      timer = 0;
      written_ms = performance.now();
      // After the curves have been drawn.
      frame = requestAnimationFrame(() => (legend.value = curves.shown()));
    };
    const stops = [
      effect(() => {
        const both = shown.value === "both";
        curves.setTrack("a", tracks.value[both ? "a" : active.value]);
        curves.setTrack("b", both ? tracks.value.b : null);
      }),
      effect(() => {
        const [kind, name = ""] = curvesOf.value.split(":");
        curves.choose(kind === "region" ? { region: name } : kind === "shape" ? { shapes: [name] } : { active: MOST_CURVES });
      }),
      effect(() => curves.setWindow(view.value.start_s, endOf(view.value))),
      effect(() => {
        if (motionChanges.value || seen.value) curves.refresh();
      }),
      effect(() => curves.setTime(playhead.value)),
      effect(() => {
        // Whatever changes what is drawn, or where the playhead is.
        void [playhead.value, motionChanges.value, curvesOf.value, view.value, tracks.value, shown.value, active.value, seen.value];
        const wait_ms = Math.max(0, written_ms + WRITTEN_EVERY_MS - performance.now());
        timer ||= window.setTimeout(write, wait_ms);
      }),
    ];
    return () => {
      stops.forEach((stop) => stop());
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      curves.dispose();
    };
  }, []);

  return <canvas ref={canvas} class="curves" style={{ width: `${view.value.width}px`, height: `${CURVES_PX}px` }} data-testid="curves" />;
}

export function CurvesLegend() {
  return (
    <div class="legend">
      <ul aria-label="Values at the playhead" data-testid="curves-legend">
        {legend.value.map(({ name, colour, value }) => (
          <li key={name}>
            <i style={{ background: colour }} />
            {name} <b>{value.toFixed(2)}</b>
          </li>
        ))}
      </ul>
      <CurvesPick />
    </div>
  );
}

function CurvesPick() {
  const offered = choices.value;
  return (
    <Pick
      label="Curves shown"
      hidden
      testid="curves-pick"
      value={curvesOf.value}
      options={[
        { value: "active", label: "Most active" },
        ...["brows", "eyes", "cheeks", "mouth", "head"].map((name) => ({ value: `region:${name}`, label: plain(name) })),
        ...(offered?.shapes ?? []).map((name) => ({ value: `shape:${name}`, label: name })),
      ]}
      onChoose={(value) => (curvesOf.value = value)}
    />
  );
}
