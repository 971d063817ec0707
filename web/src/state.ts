// What the page knows, as signals; who changes them is in session.ts, documents.ts, jobs.ts, playback.ts and scene.ts.
import { computed, signal } from "@preact/signals";
import { isAbort } from "./api";
import type { Peaks } from "./audio/peaks";
import type { Pcm } from "./audio/wav";
import type { Line } from "./events";
import type { MotionTrack } from "./stage/motion";
import type { View } from "./timeline/maths";
import type { Avatar, Choices, Doc, Job, Limits, Recording, Segment, Version } from "./wire";

/** From opening the page until the server gave or refused a session. */
export type Start = { kind: "starting" } | { kind: "ready" } | { kind: "failed"; sentence: string };

export const start = signal<Start>({ kind: "starting" });
export const line = signal<Line>("connecting");
/** The server does not know this session any more. */
export const sessionLost = signal(false);
export const limits = signal<Limits | null>(null);
export const choices = signal<Choices | null>(null);

export const recording = signal<Recording | null>(null);
export const pcm = signal<Pcm | null>(null);
export const peaks = signal<Peaks | null>(null);
/** Name of the file on its way to the server. */
export const uploading = signal<string | null>(null);

/** A file that would take the place of the recording at hand, until people agree. */
export const asking = signal<File | null>(null);

export const documents = signal<Record<Version, Doc | null>>({ a: null, b: null });
export const active = signal<Version>("a");
export const shown = signal<Version | "both">("a");
export const selected = signal<number | null>(null);
export const undoLabel = signal("");
export const redoLabel = signal("");

export type Performing = { kind: "idle" | "busy" } | { kind: "unfinished" | "failed"; sentence: string };
export const performing = signal<Record<Version, Performing>>({ a: { kind: "idle" }, b: { kind: "idle" } });
export const tracks = signal<Record<Version, MotionTrack | null>>({ a: null, b: null });
/** Goes up whenever a track's values change. */
export const motionChanges = signal(0);

export const jobs = signal<Job[]>([]);
export const avatars = signal<Record<string, Avatar>>({});

export const playhead = signal(0);
export const playing = signal(false);
export const looping = signal(false);
export const volume = signal(1);
export const view = signal<View>({ start_s: 0, px_per_s: 60, width: 800 });

export const duration_s = computed(() => recording.value?.duration_s ?? 0);
export const doc = computed<Doc | null>(() => documents.value[active.value]);
export const segment = computed<Segment | null>(() =>
  selected.value === null ? null : (doc.value?.segments[selected.value] ?? null),
);
export const working = computed(() => jobs.value.filter((job) => job.state === "queued" || job.state === "running"));
/** The job that makes what the page will show: hearing a recording or opening a project. */
export const arriving = computed(() => working.value.find((job) => job.kind === "analyse" || job.kind === "open") ?? null);
export const rewriting = computed(() => working.value.find((job) => job.kind === "write") ?? null);

export interface Notice {
  id: number;
  tone: "info" | "good" | "bad";
  text: string;
  action?: { label: string; run: () => void };
}
export const notices = signal<Notice[]>([]);
let lastNotice = 0;

const READ_MS = { info: 5000, good: 6000, bad: 12000 };

/** Tells people something: on screen for a while, and to screen readers. */
export function say(tone: Notice["tone"], text: string, action?: Notice["action"]): void {
  if (notices.value.some((notice) => notice.text === text)) return;
  const id = ++lastNotice;
  notices.value = [...notices.value.slice(-3), { id, tone, text, ...(action ? { action } : {}) }];
  window.setTimeout(() => dismiss(id), READ_MS[tone]);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** Says what went wrong; being called off is nothing wrong. */
export function sayProblem(error: unknown): void {
  if (isAbort(error)) return;
  say("bad", error instanceof Error ? error.message : "Something went wrong.");
}
