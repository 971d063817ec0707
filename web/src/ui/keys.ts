// The keyboard: what each key does when no field has the focus.
import { redo, showVersion, undo } from "../documents";
import { deleteSelected, insertHere, mergeSelected, splitHere } from "../editing";
import { playSegment, seek, selectBeside, togglePlaying } from "../playback";
import { look, setLook } from "../scene";
import { active, asking, doc, duration_s, looping, playhead, selected } from "../state";
import { curvesOpen } from "../timeline/CurvesLane";
import { nudgeEdge } from "../timeline/SegmentLane";
import { dialog, openDialog } from "./dialogs";
import { focusText } from "./focus";
import { zoom, zoomWhole } from "./Transport";

const FRAME_S = 0.02;
const STEP_S = 0.1;
const NUDGE_S = 0.05;

const TYPES: ReadonlySet<string> = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** Whether a key press belongs to what has the focus: a field, or a button that space and enter press. */
function taken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement && target.type === "range") return event.key.startsWith("Arrow") || ["Home", "End", "PageUp", "PageDown"].includes(event.key);
  if (TYPES.has(target.tagName)) return !(target instanceof HTMLInputElement && target.type === "checkbox" && event.key !== " ");
  const presses = event.key === "Enter" || (event.key === " " && !target.closest(".segment"));
  return presses && target.closest("button, summary, a, [role=menuitem]") !== null;
}

const KEYS: Record<string, (event: KeyboardEvent) => void> = {
  " ": (event) => (event.shiftKey ? playSegment() : togglePlaying()),
  ArrowLeft: (event) => step(-1, event),
  ArrowRight: (event) => step(1, event),
  ArrowUp: () => selectBeside(-1),
  ArrowDown: () => selectBeside(1),
  ",": () => seek(playhead.value - FRAME_S),
  ".": () => seek(playhead.value + FRAME_S),
  Home: () => seek(0),
  End: () => seek(duration_s.value),
  Enter: focusText,
  Delete: deleteSelected,
  Backspace: deleteSelected,
  s: splitHere,
  m: mergeSelected,
  i: insertHere,
  l: () => (looping.value = !looping.value),
  c: () => (curvesOpen.value = !curvesOpen.value),
  w: () => setLook({ wireframe: !look.value.wireframe }),
  e: () => openDialog("export"),
  "1": () => showVersion("a"),
  "2": () => showVersion("b"),
  "3": () => showVersion("both"),
  "+": () => zoom(1.6),
  "=": () => zoom(1.6),
  "-": () => zoom(1 / 1.6),
  "0": zoomWhole,
};

function step(sign: 1 | -1, event: KeyboardEvent): void {
  if (event.altKey) {
    if (selected.value !== null) nudgeEdge(active.value, selected.value, event.shiftKey ? "end" : "start", sign * NUDGE_S);
  } else seek(playhead.value + sign * (event.shiftKey ? 1 : STEP_S));
}

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || dialog.value || asking.value) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    const turn = key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : null;
    // In a field too: what is typed is in the page's own history.
    if (!turn || !doc.value || (event.target as HTMLElement).dataset.testid === "transcript") return;
    event.preventDefault();
    turn();
    return;
  }
  if (taken(event)) return;
  if (key === "?") openDialog("help");
  else if (doc.value && KEYS[key]) KEYS[key](event);
  else return;
  event.preventDefault();
}
