// Changing the two versions: every change goes through here, into history, to the server and back as motion.
import { batch } from "@preact/signals";
import { ApiProblem, isAbort, type SessionApi } from "./api";
import { unfinished } from "./edits";
import { History } from "./history";
import { MotionTrack, parseMotion } from "./stage/motion";
import {
  active, documents, limits, motionChanges, performing, redoLabel, sayProblem, selected, sessionLost, shown, tracks,
  undoLabel, type Performing,
} from "./state";
import { VERSIONS, type Doc, type Version } from "./wire";

interface Step {
  documents: Record<Version, Doc | null>;
  active: Version;
  selected: number | null;
}

const history = new History<Step>({ documents: documents.value, active: "a", selected: null });

/** While words are typed, this long a rest is waited for before they are performed, in milliseconds. */
export const TYPING_MS = 250;
export const DRAGGING_MS = 120;

export interface EditOptions {
  /** Edits with one key in quick succession are one step of undo. */
  key?: string;
  /** How long to wait for more before performing. */
  wait_ms?: number;
  version?: Version;
  /** Segment selected afterwards. */
  select?: number | null;
}

/** Changes a version (the active one); `make` may answer null for "nothing to change". */
export function edit(label: string, make: (doc: Doc) => Doc | null, options: EditOptions = {}): boolean {
  const version = options.version ?? active.value;
  const before = documents.value[version];
  const after = before && make(before);
  if (!before || !after || after === before) return false;
  batch(() => {
    if (options.select !== undefined) selected.value = options.select;
    put({ ...documents.value, [version]: after }, options.wait_ms ?? 0);
    remember(label, options.key ?? null);
  });
  return true;
}

function put(next: Record<Version, Doc | null>, wait_ms: number): void {
  const previous = documents.value;
  documents.value = next;
  const count = next[active.value]?.segments.length ?? 0;
  if (selected.value !== null && selected.value >= count) selected.value = count ? count - 1 : null;
  for (const version of VERSIONS) {
    const [before, after] = [previous[version], next[version]];
    if (before === after) continue;
    if (!after) {
      performers[version].drop();
      continue;
    }
    const acted = !before || before.segments !== after.segments || before.settings !== after.settings || before.seed !== after.seed;
    performers[version].request(after, acted, wait_ms);
  }
}

function remember(label: string, key: string | null): void {
  history.push({ documents: documents.value, active: active.value, selected: selected.value }, label, key);
  showSteps();
}

function showSteps(): void {
  undoLabel.value = history.undoLabel;
  redoLabel.value = history.redoLabel;
}

function restore(step: Step | null): void {
  if (!step) return;
  batch(() => {
    active.value = step.active;
    selected.value = step.selected;
    if (shown.value !== "both") shown.value = step.active;
    if (!step.documents.b) [active.value, shown.value] = ["a", "a"];
    put(step.documents, 0);
    showSteps();
  });
}

export const undo = (): void => restore(history.undo());
export const redo = (): void => restore(history.redo());

/** Documents as the server has them: another recording, or this page opened again. Nothing to undo. */
export function adopt(session: SessionApi | null, fresh: Record<Version, Doc | null>): void {
  for (const version of VERSIONS) performers[version].start(session);
  batch(() => {
    documents.value = { a: null, b: null };
    tracks.value = { a: null, b: null };
    if (!fresh.b) [active.value, shown.value] = ["a", "a"];
    selected.value = fresh[active.value]?.segments.length ? 0 : null;
    put(fresh, 0);
    history.reset({ documents: documents.value, active: active.value, selected: selected.value });
    showSteps();
  });
}

export const other = (version: Version): Version => (version === "a" ? "b" : "a");

/** Makes one version the same as the other. */
export function copyVersion(from: Version): void {
  const source = documents.value[from];
  if (!source) return;
  const to = other(from);
  editBoth(`Copy ${from.toUpperCase()} to ${to.toUpperCase()}`, { ...documents.value, [to]: structuredClone(source) });
}

export function swapVersions(): void {
  const { a, b } = documents.value;
  if (a && b) editBoth("Swap A and B", { a: b, b: a });
}

export function dropB(): void {
  batch(() => {
    [active.value, shown.value] = ["a", "a"];
    editBoth("Remove B", { a: documents.value.a, b: null });
  });
}

function editBoth(label: string, next: Record<Version, Doc | null>): void {
  batch(() => {
    put(next, 0);
    remember(label, null);
  });
}

/** Shows a version, both beside each other, and which of them is edited. B is made from A when first asked for. */
export function showVersion(which: Version | "both", edited?: Version): void {
  batch(() => {
    if (which !== "a" && !documents.value.b) copyVersion("a");
    shown.value = which;
    const version = edited ?? (which === "both" ? active.value : which);
    if (version === active.value) return;
    active.value = version;
    const count = documents.value[version]?.segments.length ?? 0;
    if (selected.value !== null && selected.value >= count) selected.value = count ? count - 1 : null;
  });
}

/** Sends one version to the server and takes the motion back; only the newest document matters. */
class Performer {
  private session: SessionApi | null = null;
  private timer = 0;
  private calls: AbortController | null = null;
  /** What the server does not have yet. */
  private pending: Doc | null = null;
  private acted = false;

  constructor(private readonly version: Version) {}

  start(session: SessionApi | null): void {
    this.drop();
    this.session = session;
  }

  drop(): void {
    clearTimeout(this.timer);
    this.calls?.abort();
    this.calls = null;
    this.pending = null;
    this.acted = false;
    this.tell({ kind: "idle" });
    if (tracks.value[this.version]) tracks.value = { ...tracks.value, [this.version]: null };
  }

  request(doc: Doc, acted: boolean, wait_ms: number): void {
    this.pending = doc;
    this.acted ||= acted;
    clearTimeout(this.timer);
    const lacking = unfinished(doc, limits.value?.most_text ?? 2000);
    if (lacking) {
      this.calls?.abort();
      this.tell({ kind: "unfinished", sentence: lacking });
      return;
    }
    this.tell({ kind: "busy" });
    this.timer = window.setTimeout(() => void this.send(), wait_ms);
  }

  /** Performs again after a failure. */
  retry(): void {
    const doc = documents.value[this.version];
    if (doc) this.request(doc, true, 0);
  }

  /** The page is closing: what was not sent yet is stored without waiting for an answer. */
  leave(): void {
    if (this.pending && this.session) void this.session.putDocument(this.version, this.pending, true).catch(() => undefined);
  }

  private async send(): Promise<void> {
    const doc = this.pending;
    if (!doc || !this.session) return;
    this.calls?.abort();
    const calls = (this.calls = new AbortController());
    try {
      if (this.acted) {
        const have = tracks.value[this.version]?.revision ?? null;
        const bytes = await this.session.perform(this.version, doc, have, calls.signal);
        if (calls.signal.aborted) return;
        this.take(bytes);
      } else {
        await this.session.putDocument(this.version, doc);
        if (calls.signal.aborted) return;
      }
      if (this.pending === doc) {
        this.pending = null;
        this.acted = false;
      }
      this.tell({ kind: "idle" });
    } catch (error) {
      if (isAbort(error) || calls.signal.aborted) return;
      this.failed(error);
    }
  }

  private take(bytes: ArrayBuffer): void {
    const patch = parseMotion(bytes);
    batch(() => {
      const track = tracks.value[this.version];
      if (track) track.patch(patch);
      else tracks.value = { ...tracks.value, [this.version]: MotionTrack.from(patch) };
      motionChanges.value += 1;
    });
  }

  private failed(error: unknown): void {
    if (error instanceof ApiProblem && error.status === 404) sessionLost.value = true;
    if (error instanceof ApiProblem && error.retry_s !== null && error.status !== 404) {
      this.timer = window.setTimeout(() => void this.send(), Math.min(error.retry_s, 10) * 1000);
      return;
    }
    this.tell({ kind: "failed", sentence: error instanceof Error ? error.message : "The face could not be performed." });
    // A banner tells of a server that is gone or has forgotten.
    if (!(error instanceof ApiProblem && (error.status === 0 || error.status === 404))) sayProblem(error);
  }

  private tell(state: Performing): void {
    performing.value = { ...performing.value, [this.version]: state };
  }
}

const performers: Record<Version, Performer> = { a: new Performer("a"), b: new Performer("b") };

export const performAgain = (): void => VERSIONS.forEach((version) => performers[version].retry());
export const storeBeforeLeaving = (): void => VERSIONS.forEach((version) => performers[version].leave());
