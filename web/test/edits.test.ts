import { expect, test } from "vitest";
import {
  adoptRewrite, changeSegment, edgeLimits, insertAt, merge, moveEdge, moveSegment, newSegment, remove, segmentAt, SHORTEST_S, splitAt, unfinished,
  withShare,
} from "../src/edits";
import type { Doc, Segment } from "../src/wire";

const DURATION_S = 10;

function doc(...spans: [number, number, string?, Partial<Segment>?][]): Doc {
  return {
    seed: 1,
    segments: spans.map(([start_s, end_s, text = "calm", change = {}]) => ({ ...newSegment(start_s, end_s, text), ...change })),
    settings: {
      guidance: 2, speaker: null, articulation: 1, smoothing: 0, offset_ms: 0, blinks_per_min: 17, gaze: 1, head: 1, brows: 1, strength: 1, regions: {},
    },
    face: { name: "default", modes: {}, scale: 1, avatar: null },
  };
}

const spans = (of: Doc) => of.segments.map(({ start_s, end_s }) => [start_s, end_s]);

/** Segments lie in order, inside the recording, without overlap. */
function sound(of: Doc): void {
  let at = 0;
  for (const { start_s, end_s } of of.segments) {
    expect(start_s).toBeGreaterThanOrEqual(at - 1e-9);
    expect(end_s).toBeGreaterThan(start_s);
    at = end_s;
  }
  expect(at).toBeLessThanOrEqual(DURATION_S + 1e-9);
}

test("a shared boundary moves both segments and stops before either is gone", () => {
  const before = doc([0, 4], [4, 10]);
  expect(spans(moveEdge(before, 0, "end", 5, DURATION_S))).toEqual([[0, 5], [5, 10]]);
  expect(spans(moveEdge(before, 1, "start", 99, DURATION_S))).toEqual([[0, 9.9], [9.9, 10]]);
  expect(spans(moveEdge(before, 0, "end", -5, DURATION_S))).toEqual([[0, SHORTEST_S], [SHORTEST_S, 10]]);
});

test("alone, an end leaves a gap and never runs into the neighbour", () => {
  const before = doc([0, 4], [4, 10]);
  expect(spans(moveEdge(before, 0, "end", 3, DURATION_S, true))).toEqual([[0, 3], [4, 10]]);
  expect(spans(moveEdge(before, 0, "end", 6, DURATION_S, true))).toEqual([[0, 4], [4, 10]]);
});

test("an end beside a gap stops at the neighbour, at 0 and at the recording's end", () => {
  const before = doc([1, 3], [5, 8]);
  expect(edgeLimits(before, 0, "start", DURATION_S)).toEqual([0, 2.9]);
  expect(spans(moveEdge(before, 0, "end", 9, DURATION_S))).toEqual([[1, 5], [5, 8]]);
  expect(spans(moveEdge(before, 1, "end", 99, DURATION_S))).toEqual([[1, 3], [5, 10]]);
});

test("a moved segment keeps its length, pushes those that touch it and stops at others", () => {
  expect(spans(moveSegment(doc([0, 2], [2, 4], [4, 6]), 1, 1, DURATION_S))).toEqual([[0, 3], [3, 5], [5, 6]]);
  expect(spans(moveSegment(doc([0, 2], [3, 4], [6, 7]), 1, 9, DURATION_S))).toEqual([[0, 2], [5, 6], [6, 7]]);
  expect(spans(moveSegment(doc([8, 10]), 0, 5, DURATION_S))).toEqual([[8, 10]]);
});

test("random drags never break the order", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  let now = doc([0, 1], [1, 2.5], [3, 5], [5, 5.2], [7, 10]);
  for (let i = 0; i < 2000; i++) {
    const index = Math.floor(random() * now.segments.length);
    const edge = random() < 0.5 ? "start" : "end";
    now =
      random() < 0.5
        ? moveSegment(now, index, (random() - 0.5) * 6, DURATION_S)
        : moveEdge(now, index, edge, random() * 12 - 1, DURATION_S, random() < 0.5);
    sound(now);
  }
});

test("a split gives two parts with the same words; too near an end there is none", () => {
  const cut = splitAt(doc([0, 4, "glad"]), 1.5)!;
  expect(spans(cut.doc)).toEqual([[0, 1.5], [1.5, 4]]);
  expect(cut.doc.segments.map(({ text }) => text)).toEqual(["glad", "glad"]);
  expect(cut.index).toBe(1);
  expect(splitAt(doc([0, 4]), 0.05)).toBeNull();
  expect(splitAt(doc([0, 4]), 7)).toBeNull();
});

test("split and merge are each other's opposite", () => {
  const before = doc([0, 4, "glad"], [4, 9, "sad"]);
  const cut = splitAt(before, 6)!;
  expect(merge(cut.doc, 1, 2000)!.doc).toEqual(before);
});

test("merging joins different words; the last goes with the one before; alone there is nothing to merge", () => {
  const joined = merge(doc([0, 4, "glad."], [5, 9, "sad"]), 1, 2000)!;
  expect(joined.index).toBe(0);
  expect(joined.doc.segments[0]).toMatchObject({ start_s: 0, end_s: 9, text: "glad; sad", author: "person" });
  expect(merge(doc([0, 4]), 0, 2000)).toBeNull();
});

test("an inserted segment fills a gap, or takes part of the segment there", () => {
  const filled = insertAt(doc([0, 2], [5, 9]), 3, DURATION_S, "neutral")!;
  expect(spans(filled.doc)).toEqual([[0, 2], [2, 5], [5, 9]]);
  expect(filled.index).toBe(1);
  const inside = insertAt(doc([0, 9, "glad"]), 4, DURATION_S, "neutral")!;
  expect(inside.doc.segments.map(({ text }) => text)).toEqual(["glad", "neutral", "glad"]);
  expect(inside.index).toBe(1);
  sound(inside.doc);
  expect(spans(insertAt(doc(), 3, DURATION_S, "neutral")!.doc)).toEqual([[0, 10]]);
});

test("what is at a time", () => {
  const some = doc([0, 2], [2, 4], [6, 8]);
  expect([0, 1.99, 2, 5, 8, 9].map((time) => segmentAt(some, time))).toEqual([0, 0, 1, null, 2, null]);
});

test("words of a person make the segment a person's; other values do not", () => {
  const before = doc([0, 2, "glad", { author: "model" }]);
  expect(changeSegment(before, 0, { strength: 2 }).segments[0]!.author).toBe("model");
  expect(changeSegment(before, 0, { text: "sad" }).segments[0]!.author).toBe("person");
});

test("a resting value leaves the table", () => {
  expect(withShare({ mouth: 0.5 }, "mouth", 1, 1)).toEqual({});
  expect(withShare({ mouth: 0.5 }, "head", 0, 1)).toEqual({ mouth: 0.5, head: 0 });
});

test("a document with an empty segment is unfinished", () => {
  expect(unfinished(doc([0, 2], [2, 3, "  "]), 2000)).toContain("Segment 2");
  expect(unfinished(doc([0, 2, "x".repeat(30)]), 20)).toContain("30 characters");
  expect(unfinished(remove(doc([0, 2], [2, 3, ""]), 1), 2000)).toBeNull();
});

test("a segment written anew replaces only itself", () => {
  const before = doc([0, 4, "glad", { author: "model" }], [4, 10, "mine"]);
  const fresh = doc([0, 1.8, "new one", { author: "model" }], [2, 3.9, "new two", { author: "model" }], [4, 10, "mine"]);
  const after = adoptRewrite(before, 0, fresh)!;
  expect(after.segments.map(({ start_s, end_s, text }) => [start_s, end_s, text])).toEqual([
    [0, 1.8, "new one"],
    [2, 4, "new two"],
    [4, 10, "mine"],
  ]);
  expect(adoptRewrite(before, 0, doc([4, 10, "mine"]))).toBeNull();
});
