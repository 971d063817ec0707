import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem, createSession } from "../src/api";
import { backoff_ms } from "../src/events";
import { parseEvent, problemSentence, sentence } from "../src/wire";

afterEach(() => vi.unstubAllGlobals());

test("the sentence of a problem is what people read", () => {
  expect(problemSentence(422, '{"title":"Unprocessable","detail":"segment without text; say what the face does"}')).toBe(
    "Segment without text; say what the face does.",
  );
  expect(problemSentence(422, '{"title":"Bad field"}')).toBe("Bad field.");
});

test("whatever else comes back is told in plain words", () => {
  expect(problemSentence(413, "<html>")).toContain("larger");
  expect(problemSentence(418, "")).toContain("418");
  expect(problemSentence(500, '["not a problem"]')).toContain("500");
  expect(problemSentence(404, '{"detail": 7}')).toContain("does not know");
});

test("sentences", () => {
  expect(sentence(" done ")).toBe("Done.");
  expect(sentence("Really?")).toBe("Really?");
  expect(sentence("talk.wav: not a sound")).toBe("talk.wav: not a sound.");
});

test("events of the server, and nothing else", () => {
  expect(parseEvent('{"type":"ping"}')).toEqual({ type: "ping" });
  expect(parseEvent('{"type":"job","job":{"id":"x"}}')).toEqual({ type: "job", job: { id: "x" } });
  expect(parseEvent('{"type":"hello","jobs":[]}')).toEqual({ type: "hello", jobs: [] });
  for (const odd of ["", "null", "[]", '{"type":"job"}', '{"type":"hello","jobs":{}}', '{"type":"news"}']) expect(parseEvent(odd)).toBeNull();
});

test("reconnecting waits longer each time, but not for ever", () => {
  expect([0, 1, 2, 10].map(backoff_ms)).toEqual([500, 1000, 2000, 8000]);
});

test("errors carry status, sentence and when to try again", async () => {
  vi.stubGlobal("document", { baseURI: "http://127.0.0.1/" });
  vi.stubGlobal("fetch", async () => new Response('{"detail":"too many sessions"}', { status: 429, headers: { "Retry-After": "3" } }));
  const error = await createSession().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiProblem);
  expect(error).toMatchObject({ status: 429, message: "Too many sessions.", retry_s: 3 });
});

test("a server that is gone is told in words", async () => {
  vi.stubGlobal("document", { baseURI: "http://127.0.0.1/" });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(createSession()).rejects.toMatchObject({ status: 0, message: expect.stringContaining("does not answer") });
});
