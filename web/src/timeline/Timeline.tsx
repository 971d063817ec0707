// The timeline: ruler, waveform, segments, words, sounds, curves, and the overview, all over the same stretch of time.
import { useEffect, useRef } from "preact/hooks";
import { documents, duration_s, playhead, recording, shown, view } from "../state";
import { VersionMark } from "../ui/TopBar";
import { VERSIONS } from "../wire";
import { CurvesLane, CurvesLegend, curvesOpen } from "./CurvesLane";
import { endOf, fitted, toPx, zoomed } from "./maths";
import { Overview } from "./Overview";
import { SegmentLane } from "./SegmentLane";
import { Wave } from "./Wave";
import { PhoneLane, PHONES_FROM, WordLane } from "./WordLanes";

const WAVE_PX = 84;
/** With two versions or curves, the face needs the room. */
const LOW_WAVE_PX = 62;
/** Wheel pixels for twice the zoom. */
const WHEEL_DOUBLE_PX = 240;

export function Timeline() {
  const body = useRef<HTMLDivElement>(null);
  const told = recording.value!;
  const lanes = VERSIONS.filter((version) => documents.value[version] && (shown.value === "both" || shown.value === version));
  const crowded = lanes.length > 1 || curvesOpen.value;
  const wave = crowded ? LOW_WAVE_PX : WAVE_PX;
  const words = told.words.length > 0;
  const phones = told.phones.length > 0 && view.value.px_per_s >= PHONES_FROM;

  useEffect(() => {
    const element = body.current!;
    const fit = () => {
      view.value = fitted({ ...view.value, width: element.clientWidth }, duration_s.value);
    };
    fit();
    const watcher = new ResizeObserver(fit);
    watcher.observe(element);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = view.value;
      const left = element.getBoundingClientRect().left;
      if (event.ctrlKey || event.metaKey) {
        view.value = zoomed(at, 2 ** (-event.deltaY / WHEEL_DOUBLE_PX), event.clientX - left, duration_s.value);
      } else {
        const by = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
        view.value = fitted({ ...at, start_s: at.start_s + by / at.px_per_s }, duration_s.value);
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watcher.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, [told.sha256]);

  return (
    <div class={`timeline${crowded ? " crowded" : ""}`} id="timeline" data-testid="timeline">
      <div class="gutter" aria-hidden="true">
        <span style={{ height: `${wave}px` }} />
        {lanes.map((version) => (
          <span key={version} class="segments-label">
            <VersionMark version={version} />
          </span>
        ))}
        {words && <span class="small-label">words</span>}
        {phones && <span class="small-label">sounds</span>}
        {curvesOpen.value && <span class="small-label curves-label">curves</span>}
      </div>
      <div class="body" ref={body}>
        <Wave height={wave} />
        {lanes.map((version) => (
          <SegmentLane key={version} version={version} />
        ))}
        {words && <WordLane />}
        {phones && <PhoneLane />}
        {curvesOpen.value && (
          <>
            <CurvesLegend />
            <CurvesLane />
          </>
        )}
        <Playhead />
        <Overview />
      </div>
    </div>
  );
}

function Playhead() {
  const px = toPx(view.value, playhead.value);
  const seen = playhead.value <= endOf(view.value) + 0.001 && px >= -1;
  return <div class="playhead" hidden={!seen} style={{ transform: `translateX(${px}px)` }} data-testid="playhead" />;
}
