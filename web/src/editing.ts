// What the tools do to the active version, from buttons and keys alike.
import { edit } from "./documents";
import { insertAt, merge, remove, splitAt } from "./edits";
import { doc, duration_s, limits, playhead, say, selected } from "./state";
import { focusText } from "./ui/focus";

/** What a new segment says until somebody words it. */
const NEW_WORDS = "neutral";

const room = (): boolean => {
  const most = limits.value?.most_segments;
  if (!most || !doc.value || doc.value.segments.length < most) return true;
  say("info", `There can be at most ${most} segments.`);
  return false;
};

export function splitHere(): void {
  if (!doc.value || !room()) return;
  const cut = splitAt(doc.value, playhead.value);
  if (cut) edit("Split", () => cut.doc, { select: cut.index });
  else say("info", "Put the playhead inside a segment, away from its ends, to split it.");
}

export function mergeSelected(): void {
  if (!doc.value || selected.value === null) return say("info", "Select a segment to merge it with the next.");
  const joined = merge(doc.value, selected.value, limits.value?.most_text ?? 2000);
  if (joined) edit("Merge", () => joined.doc, { select: joined.index });
  else say("info", "There is no other segment to merge with.");
}

export function deleteSelected(): void {
  const index = selected.value;
  if (!doc.value || index === null) return say("info", "Select a segment to delete it.");
  const left = doc.value.segments.length - 1;
  edit("Delete segment", (before) => remove(before, index), { select: left ? Math.min(index, left - 1) : null });
}

export function insertHere(): void {
  if (!doc.value || !room()) return;
  const put = insertAt(doc.value, playhead.value, duration_s.value, NEW_WORDS);
  if (!put) return say("info", "There is no room for another segment here.");
  edit("Insert segment", () => put.doc, { select: put.index });
  focusText();
}
