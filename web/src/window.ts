// `window.avitalk`: what the page shows, in numbers, for tests and for people who script it.
import { now } from "./playback";
import { active, documents, jobs, performing, playing, recording, redoLabel, selected, shown, start, tracks, undoLabel, working } from "./state";
import { facesShown, stats } from "./scene";
import type { Version } from "./wire";

const api = {
  /** The 64 channels of a version at a time, as `Motion.channels()` orders them; null without a motion. */
  weightsAt: (version: Version, time_s: number): number[] | null => {
    const track = tracks.value[version];
    return track ? Array.from(track.at(time_s)) : null;
  },
  /** Seconds of the recording that are heard now. */
  time: now,
  /** A copy of what the page knows. */
  state: () =>
    structuredClone({
      start: start.value.kind,
      recording: recording.value,
      documents: documents.value,
      active: active.value,
      shown: shown.value,
      selected: selected.value,
      playing: playing.value,
      performing: performing.value,
      revisions: { a: tracks.value.a?.revision ?? null, b: tracks.value.b?.revision ?? null },
      frames: { a: tracks.value.a?.frames ?? null, b: tracks.value.b?.frames ?? null },
      jobs: jobs.value,
      undo: undoLabel.value,
      redo: redoLabel.value,
      /** How the drawing goes: frames a second while something moves, milliseconds a picture, pixel ratio. */
      stage: stats.value,
      faces: { a: facesShown.value.a?.kind ?? null, b: facesShown.value.b?.kind ?? null },
      /** Nothing is under way: what is shown is what the document says. */
      settled:
        working.value.length === 0 &&
        performing.value.a.kind !== "busy" && performing.value.b.kind !== "busy" &&
        (!documents.value.a || tracks.value.a !== null),
    }),
};

declare global {
  interface Window {
    avitalk: typeof api;
  }
}
window.avitalk = api;
