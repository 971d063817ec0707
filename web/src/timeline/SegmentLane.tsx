// The segments of one version as boxes with their words: press to select, drag to move, drag an end to change when.
import { batch } from "@preact/signals";
import { DRAGGING_MS, edit, other } from "../documents";
import { edgeLimits, moveEdge, moveSegment } from "../edits";
import { HELD } from "../history";
import { seek, select } from "../playback";
import { active, documents, duration_s, playhead, playing, recording, selected, view } from "../state";
import { Icon } from "../ui/Icon";
import { focusText } from "../ui/focus";
import type { Doc, Segment, Version } from "../wire";
import { follow } from "./drag";
import { clock, endOf, snapped, spoken, toPx, visible } from "./maths";

const SNAP_PX = 7;
const NUDGE_S = 0.05;
let drags = 0;

/** Times that ends of segments stick to: words, the playhead, the other version's segments. */
function stickyTimes(version: Version): number[] {
  const words = recording.value?.words ?? [];
  const others = documents.value[other(version)]?.segments ?? [];
  return [playhead.value, ...[...words, ...others].flatMap((span) => [span.start_s, span.end_s])];
}

function activate(version: Version): void {
  if (active.value !== version) active.value = version;
}

export function SegmentLane({ version }: { version: Version }) {
  const doc = documents.value[version];
  const at = view.value;
  if (!doc) return null;
  const shown = visible(doc.segments, at.start_s, endOf(at));
  return (
    <ol class={`lane segments${active.value === version ? " active" : ""}`} aria-label={`Segments of version ${version.toUpperCase()}`} data-testid={`lane-${version}`}>
      {shown.map(([index, segment]) => (
        <Box key={index} doc={doc} index={index} segment={segment} version={version} />
      ))}
    </ol>
  );
}

function Box({ doc, index, segment, version }: { doc: Doc; index: number; segment: Segment; version: Version }) {
  const at = view.value;
  const chosen = active.value === version && selected.value === index;
  const left = toPx(at, segment.start_s);
  const width = (segment.end_s - segment.start_s) * at.px_per_s;
  const pad = Math.max(0, -left);

  const press = (event: PointerEvent) => {
    const already = chosen;
    batch(() => {
      activate(version);
      if (!already) selected.value = index;
    });
    const key = `${HELD}move ${++drags}`;
    follow(event, {
      move: (dx) => edit("Move segment", () => moveSegment(doc, index, dx / at.px_per_s, duration_s.value), { version, key, wait_ms: DRAGGING_MS }),
      end: (moved) => {
        if (moved || playing.value) return;
        const bounds = (event.target as HTMLElement).closest(".lane")?.getBoundingClientRect();
        if (bounds && !already) seekInto(segment);
      },
    });
  };

  return (
    <li class="place" style={{ left: `${left}px`, width: `${Math.max(width, 3)}px` }}>
      <button
        type="button"
        class={`segment${chosen ? " chosen" : ""}${segment.text.trim() ? "" : " empty"}`}
        aria-current={chosen}
        aria-label={`Segment ${index + 1} of ${doc.segments.length}, ${spoken(segment.start_s)} to ${spoken(segment.end_s)}, by ${segment.author === "model" ? "the model" : "a person"}: ${segment.text || "no words yet"}`}
        title={width < 140 ? segment.text : undefined}
        data-testid={`segment-${version}-${index}`}
        onPointerDown={press}
        onClick={(event) => {
          // Enter on the focused box; a pointer's press has done it already
          if (event.detail !== 0) return;
          activate(version);
          if (chosen) focusText();
          else select(index);
        }}
        onDblClick={focusText}
      >
        <span class="words" style={{ marginLeft: `${pad}px` }}>
          {segment.author === "person" && width > 60 && <Icon name="pen" size={11} />}
          {segment.text || "no words yet"}
        </span>
      </button>
      <Edge doc={doc} index={index} edge="start" version={version} chosen={chosen} />
      <Edge doc={doc} index={index} edge="end" version={version} chosen={chosen} />
    </li>
  );
}

function seekInto(segment: Segment): void {
  if (playhead.value < segment.start_s || playhead.value >= segment.end_s) seek(segment.start_s);
}

function Edge({ doc, index, edge, version, chosen }: { doc: Doc; index: number; edge: "start" | "end"; version: Version; chosen: boolean }) {
  const segment = doc.segments[index]!;
  const time = edge === "start" ? segment.start_s : segment.end_s;
  const [low, high] = edgeLimits(doc, index, edge, duration_s.value);
  const label = edge === "start" ? "Start of segment" : "End of segment";

  const press = (event: PointerEvent) => {
    event.stopPropagation();
    const at = view.value;
    batch(() => {
      activate(version);
      selected.value = index;
    });
    const sticky = stickyTimes(version);
    const key = `${HELD}edge ${++drags}`;
    follow(event, {
      move: (dx, { altKey, shiftKey }) => {
        const wanted = time + dx / at.px_per_s;
        const put = shiftKey ? wanted : snapped(wanted, sticky, SNAP_PX / at.px_per_s);
        edit(`Move ${edge} of segment`, () => moveEdge(doc, index, edge, put, duration_s.value, altKey), { version, key, wait_ms: DRAGGING_MS });
      },
    });
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowLeft" || event.key === "ArrowDown" ? -1 : event.key === "ArrowRight" || event.key === "ArrowUp" ? 1 : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    nudgeEdge(version, index, edge, step * (event.shiftKey ? 10 : 1) * NUDGE_S);
  };

  return (
    <span
      class={`edge ${edge}`}
      role="slider"
      tabIndex={chosen ? 0 : -1}
      aria-label={`${label} ${index + 1}`}
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuenow={time}
      aria-valuetext={spoken(time)}
      title={`${label}: ${clock(time, 2)}`}
      data-testid={`edge-${version}-${index}-${edge}`}
      onPointerDown={press}
      onKeyDown={keys}
    />
  );
}

/** Moves an end by a time, from the keyboard. */
export function nudgeEdge(version: Version, index: number, edge: "start" | "end", by_s: number): void {
  edit(
    `Move ${edge} of segment`,
    (doc) => {
      const segment = doc.segments[index];
      if (!segment) return null;
      const time = (edge === "start" ? segment.start_s : segment.end_s) + by_s;
      return moveEdge(doc, index, edge, time, duration_s.value);
    },
    { version, key: `nudge ${version} ${index} ${edge}`, wait_ms: DRAGGING_MS },
  );
}
