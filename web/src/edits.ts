// Changes of a document as pure functions: a Doc goes in, a new Doc comes out, segments in order and never overlapping.
import type { Doc, Face, Segment, Settings } from "./wire";

/** No segment is made shorter than this, in seconds. */
export const SHORTEST_S = 0.1;
/** Ends closer than this touch: they are one boundary and move together. */
const TOUCH_S = 0.0015;

export const ms = (time_s: number): number => Math.round(time_s * 1000) / 1000;
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

export const touching = (before: Segment, after: Segment): boolean => after.start_s - before.end_s < TOUCH_S;

/** Index of the segment at a time, or null in a gap. At a boundary it is the later one. */
export function segmentAt(doc: Doc, time_s: number): number | null {
  for (let i = doc.segments.length - 1; i >= 0; i--) {
    const segment = doc.segments[i]!;
    if (time_s >= segment.start_s) return time_s < segment.end_s + TOUCH_S ? i : null;
  }
  return null;
}

export const newSegment = (start_s: number, end_s: number, text: string): Segment => ({
  start_s: ms(start_s),
  end_s: ms(end_s),
  text,
  author: "person",
  strength: 1,
  regions: {},
  features: {},
  emotion: [],
  intensity: null,
  take: 0,
});

const withSegments = (doc: Doc, segments: Segment[]): Doc => ({ ...doc, segments });

/** Changes values of one segment; what a person words is a person's. */
export function changeSegment(doc: Doc, index: number, change: Partial<Segment>): Doc {
  return withSegments(
    doc,
    doc.segments.map((segment, i) =>
      i === index ? { ...segment, ...change, ...("text" in change ? { author: "person" as const } : {}) } : segment,
    ),
  );
}

export const changeSettings = (doc: Doc, change: Partial<Settings>): Doc => ({
  ...doc,
  settings: { ...doc.settings, ...change },
});
export const changeFace = (doc: Doc, change: Partial<Face>): Doc => ({ ...doc, face: { ...doc.face, ...change } });

/** A table of names and numbers with one of them changed; the resting value is left out. */
export function withShare(table: Record<string, number>, name: string, value: number, resting: number): Record<string, number> {
  const { [name]: _, ...others } = table;
  return value === resting ? others : { ...others, [name]: value };
}

/** Where one end of a segment may be put: between its neighbours, or moving a touching neighbour's end with it. */
export function edgeLimits(doc: Doc, index: number, edge: "start" | "end", duration_s: number): [number, number] {
  const segment = doc.segments[index]!;
  if (edge === "start") {
    const before = doc.segments[index - 1];
    const low = before ? (touching(before, segment) ? before.start_s + SHORTEST_S : before.end_s) : 0;
    return [Math.min(low, segment.start_s), Math.max(segment.end_s - SHORTEST_S, segment.start_s)];
  }
  const after = doc.segments[index + 1];
  const high = after ? (touching(segment, after) ? after.end_s - SHORTEST_S : after.start_s) : duration_s;
  return [Math.min(segment.start_s + SHORTEST_S, segment.end_s), Math.max(high, segment.end_s)];
}

/** Moves one end of a segment to a time, within `edgeLimits`; a touching neighbour follows unless `alone`. */
export function moveEdge(
  doc: Doc,
  index: number,
  edge: "start" | "end",
  time_s: number,
  duration_s: number,
  alone = false,
): Doc {
  const segment = doc.segments[index];
  if (!segment) return doc;
  const neighbour = edge === "start" ? index - 1 : index + 1;
  const other = doc.segments[neighbour];
  const joined = other !== undefined && (edge === "start" ? touching(other, segment) : touching(segment, other));
  const [low, high] = edgeLimits(doc, index, edge, duration_s);
  let time = ms(clamp(time_s, low, high));
  if (joined && alone) time = edge === "start" ? Math.max(time, segment.start_s) : Math.min(time, segment.end_s);
  const segments = doc.segments.slice();
  segments[index] = { ...segment, [edge === "start" ? "start_s" : "end_s"]: time };
  if (joined && !alone) segments[neighbour] = { ...other, [edge === "start" ? "end_s" : "start_s"]: time };
  return withSegments(doc, segments);
}

/** Moves a whole segment by a time; touching neighbours give way, others stop it. */
export function moveSegment(doc: Doc, index: number, by_s: number, duration_s: number): Doc {
  const segment = doc.segments[index];
  if (!segment) return doc;
  const before = doc.segments[index - 1];
  const after = doc.segments[index + 1];
  const pushesBefore = before !== undefined && touching(before, segment);
  const pushesAfter = after !== undefined && touching(segment, after);
  const low = before ? (pushesBefore ? before.start_s + SHORTEST_S : before.end_s) : 0;
  const high = after ? (pushesAfter ? after.end_s - SHORTEST_S : after.start_s) : duration_s;
  const by = ms(clamp(by_s, Math.min(0, low - segment.start_s), Math.max(0, high - segment.end_s)));
  const segments = doc.segments.slice();
  segments[index] = { ...segment, start_s: ms(segment.start_s + by), end_s: ms(segment.end_s + by) };
  if (pushesBefore) segments[index - 1] = { ...before, end_s: segments[index].start_s };
  if (pushesAfter) segments[index + 1] = { ...after, start_s: segments[index].end_s };
  return withSegments(doc, segments);
}

/** Cuts the segment at a time in two; null where there is none, or a part would be too short. */
export function splitAt(doc: Doc, time_s: number): { doc: Doc; index: number } | null {
  const index = segmentAt(doc, time_s);
  if (index === null) return null;
  const segment = doc.segments[index]!;
  const time = ms(time_s);
  if (time - segment.start_s < SHORTEST_S || segment.end_s - time < SHORTEST_S) return null;
  const segments = doc.segments.slice();
  segments.splice(index, 1, { ...segment, end_s: time }, { ...segment, start_s: time });
  return { doc: withSegments(doc, segments), index: index + 1 };
}

/** Joins a segment with the one after it (the last with the one before); null if it is alone. */
export function merge(doc: Doc, index: number, mostText: number): { doc: Doc; index: number } | null {
  const first = index + 1 < doc.segments.length ? index : index - 1;
  const left = doc.segments[first];
  const right = doc.segments[first + 1];
  if (!left || !right) return null;
  const longer = right.end_s - right.start_s > left.end_s - left.start_s ? right : left;
  const joined: Segment = {
    ...longer,
    start_s: left.start_s,
    end_s: right.end_s,
    text: joinTexts(left.text, right.text).slice(0, mostText),
    author: left.text === right.text && left.author === right.author ? left.author : "person",
    features: { ...right.features, ...left.features },
  };
  const segments = doc.segments.slice();
  segments.splice(first, 2, joined);
  return { doc: withSegments(doc, segments), index: first };
}

function joinTexts(left: string, right: string): string {
  if (left === right || !right) return left;
  if (!left) return right;
  return `${left.replace(/[\s.;,]+$/, "")}; ${right}`;
}

export function remove(doc: Doc, index: number): Doc {
  return withSegments(doc, doc.segments.filter((_, i) => i !== index));
}

/** How long a segment put inside another becomes, in seconds. */
const INSERTED_S = 1.5;

/** Puts a new segment at a time: it fills a gap, or takes part of the segment that is there. Null if there is no room. */
export function insertAt(doc: Doc, time_s: number, duration_s: number, text: string): { doc: Doc; index: number } | null {
  const time = ms(clamp(time_s, 0, duration_s));
  const inside = segmentAt(doc, time);
  const segments = doc.segments.slice();
  if (inside === null) {
    const after = segments.findIndex((segment) => segment.start_s >= time);
    const index = after < 0 ? segments.length : after;
    const start_s = segments[index - 1]?.end_s ?? 0;
    const end_s = segments[index]?.start_s ?? duration_s;
    if (end_s - start_s < SHORTEST_S) return null;
    segments.splice(index, 0, newSegment(start_s, end_s, text));
    return { doc: withSegments(doc, segments), index };
  }
  const host = segments[inside]!;
  const start_s = time - host.start_s < SHORTEST_S ? host.start_s : time;
  const until = start_s + INSERTED_S;
  const end_s = host.end_s - until < SHORTEST_S ? host.end_s : until;
  if (end_s - start_s < SHORTEST_S || (start_s === host.start_s && end_s === host.end_s)) return null;
  const parts = [newSegment(start_s, end_s, text)];
  if (start_s > host.start_s) parts.unshift({ ...host, end_s: ms(start_s) });
  if (end_s < host.end_s) parts.push({ ...host, start_s: ms(end_s) });
  segments.splice(inside, 1, ...parts);
  return { doc: withSegments(doc, segments), index: start_s > host.start_s ? inside + 1 : inside };
}

/** Why the server could not perform this document, in a sentence; null if it can. */
export function unfinished(doc: Doc, mostText: number): string | null {
  for (const [i, segment] of doc.segments.entries()) {
    if (!segment.text.trim()) return `Segment ${i + 1} has no words yet. Say what the face does, or “neutral”.`;
    if (segment.text.length > mostText) return `Segment ${i + 1} has ${segment.text.length} characters; at most ${mostText}.`;
  }
  return null;
}

/** What the instructor wrote anew for one segment, put into the document it was asked for. */
export function adoptRewrite(old: Doc, index: number, fresh: Doc): Doc | null {
  const asked = old.segments[index];
  if (!asked) return null;
  const parts = fresh.segments
    .filter((segment) => segment.author === "model")
    .map((segment) => ({
      ...segment,
      start_s: Math.max(segment.start_s, asked.start_s),
      end_s: Math.min(segment.end_s, asked.end_s),
    }))
    .filter((segment) => segment.end_s - segment.start_s >= SHORTEST_S);
  if (!parts.length) return null;
  // A pause may have been left out at either end; the words go on through it, as they did before.
  parts[0]!.start_s = asked.start_s;
  parts.at(-1)!.end_s = asked.end_s;
  const segments = old.segments.slice();
  segments.splice(index, 1, ...parts);
  return withSegments(old, segments);
}
