// What the server and the page say to each other in JSON: the shapes, and checks of those that arrive.
import type { Binding } from "./stage/index";

export type Version = "a" | "b";
export const VERSIONS: readonly Version[] = ["a", "b"];

export interface Segment {
  start_s: number;
  end_s: number;
  text: string;
  author: "model" | "person";
  /** 0 to 2; 1 as written. */
  strength: number;
  /** Region -> 0 to 2, against `strength`. */
  regions: Record<string, number>;
  /** ARKit shape -> held weight, 0 to 1. */
  features: Record<string, number>;
  emotion: { name: string; probability: number }[];
  intensity: { value: number; confidence: number } | null;
  /** Which of the ways to perform these words, 0 to 999. */
  take: number;
}

export interface Settings {
  guidance: number;
  speaker: string | null;
  articulation: number;
  smoothing: number;
  offset_ms: number;
  blinks_per_min: number;
  gaze: number;
  head: number;
  brows: number;
  /** Overall; multiplies that of every segment. */
  strength: number;
  regions: Record<string, number>;
}

export interface Face {
  name: string | null;
  /** Identity mode -> standard deviations, -3 to 3. */
  modes: Record<string, number>;
  scale: number;
  /** Id of an uploaded avatar, which then stands in for the built-in head. */
  avatar: string | null;
}

/** One version: what the face does, and whose face it is. */
export interface Doc {
  seed: number;
  segments: Segment[];
  settings: Settings;
  face: Face;
}

export interface Span {
  start_s: number;
  end_s: number;
}
export type Word = Span & { text: string };
export type Phone = Span & { phone: string };

export interface Recording {
  name: string;
  duration_s: number;
  sha256: string;
  transcript: string | null;
  words: Word[];
  phones: Phone[];
  notes: string[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  /** One sentence for people. */
  detail: string;
}

export interface Job {
  id: string;
  kind: "analyse" | "write" | "export" | "open";
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  detail: string;
  /** How many jobs go first; null once it runs. */
  position: number | null;
  error: Problem | null;
  result: { version?: Version; file?: string; name?: string; bytes?: number; url?: string } | null;
}

export interface Limits {
  upload_bytes: number;
  longest_s: number;
  avatar_bytes: number;
  project_bytes: number;
  most_segments: number;
  most_text: number;
}

export interface Session {
  id: string;
  recording: Recording | null;
  documents: Record<Version, Doc | null>;
  avatars: Avatar[];
  jobs: Job[];
  limits: Limits;
  expires_s: number;
}

/** What there is to choose from. */
export interface Choices {
  faces: { name: string; about: string }[];
  modes: { name: string; label: string }[];
  mode_limit: number;
  regions: string[];
  shapes: string[];
  speakers: string[];
  emotions: string[];
  cameras: string[];
  video_fps: number[];
}

/** What words are read as. */
export interface Reading {
  strength: number;
  emotions: { name: string; share: number }[];
  movements: { unit: string; name: string; side: string | null; absent: boolean }[];
  understood: boolean;
}

export interface Avatar {
  id: string;
  name: string;
  licence: string | null;
  drives: string[];
  missing: string[];
  notes: string[];
  binding: Binding[];
  url: string;
}

export type ExportFormat = "mp4" | "glb" | "csv" | "npz" | "yaml" | "avitalk";

export interface Video {
  size: number;
  fps: number;
  camera: string;
  background: string;
  draft: boolean;
}

export type ServerEvent =
  | { type: "hello"; jobs: Job[] }
  | { type: "job"; job: Job }
  | { type: "ping" };

const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;

/** An event of the server's WebSocket, or null for what this page does not know. */
export function parseEvent(text: string): ServerEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const event = record(value);
  if (event?.type === "ping") return { type: "ping" };
  if (event?.type === "hello" && Array.isArray(event.jobs))
    return { type: "hello", jobs: event.jobs as Job[] };
  if (event?.type === "job" && record(event.job)) return { type: "job", job: event.job as Job };
  return null;
}

/** The sentence of a problem+json body, or one made from the status when the body is something else. */
export function problemSentence(status: number, body: string): string {
  let problem: Record<string, unknown> | null = null;
  try {
    problem = record(JSON.parse(body));
  } catch {
    // not JSON: a proxy's page, or nothing
  }
  const detail = problem?.detail;
  if (typeof detail === "string" && detail.trim()) return sentence(detail);
  if (typeof problem?.title === "string" && problem.title.trim()) return sentence(problem.title);
  return FALLBACKS[status] ?? `The server answered with an error (${status}).`;
}

const FALLBACKS: Record<number, string> = {
  404: "The server does not know this any more; it may have been restarted.",
  413: "This file is larger than the server takes.",
  429: "The server has too much to do at the moment; try again shortly.",
  503: "The server is full at the moment; try again shortly.",
};

/** With a capital at the start, unless that is the name of a file, and a full stop at the end. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const word = /^\p{Ll}+(?=[\s,;:]|$)/u.test(trimmed);
  const first = word ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
