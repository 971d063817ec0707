/** Motion bytes (AVM1) in, a track that can be asked for any time and be patched out. */

import { CHANNEL_COUNT } from "./arkit";

const MAGIC = "AVM1";
const BEGINS = 8; // magic and the header's length

/** One span of the answer to `takes`. */
export interface Part {
  take: number;
  rows: number;
}

/** Rows of a motion as the server sends them. */
export interface MotionPatch {
  fps: number;
  /** Length of the whole motion, in frames. */
  frames: number;
  /** First frame that `data` replaces. */
  first: number;
  /** How many it replaces. */
  count: number;
  revision: number;
  parts: Part[];
  /** Rows of 64 values. */
  data: Float32Array;
}

/** Read what `perform` and `takes` answer; throws an Error that says what is wrong. */
export function parseMotion(bytes: ArrayBuffer): MotionPatch {
  const view = new DataView(bytes);
  if (bytes.byteLength < BEGINS || text(bytes, 0, 4) !== MAGIC) {
    throw new Error("The answer is not a motion (it does not begin with AVM1).");
  }
  const start = BEGINS + view.getUint32(4, true);
  if (start > bytes.byteLength || start % 4) throw new Error("The motion's header is damaged.");
  const header = JSON.parse(text(bytes, BEGINS, start)) as Partial<MotionPatch> & { channels?: number };
  const { fps, frames, first = 0, revision = 0, channels, parts = [] } = header;
  const rows = (bytes.byteLength - start) / (4 * CHANNEL_COUNT);
  const count = header.count ?? rows;
  if (!fps || frames === undefined || channels !== CHANNEL_COUNT) {
    throw new Error(`The motion's header lacks its rate, its length or ${CHANNEL_COUNT} channels.`);
  }
  const expected = parts.length ? parts.reduce((sum, part) => sum + part.rows, 0) : count;
  if (rows !== expected) {
    throw new Error(`The motion has ${rows} rows; its header says ${expected}.`);
  }
  return { fps, frames, first, count, revision, parts, data: new Float32Array(bytes, start) };
}

/** Each part of a `takes` answer as a track of its own that begins at time 0. */
export function takesOf(patch: MotionPatch): { take: number; track: MotionTrack }[] {
  let row = 0;
  return patch.parts.map(({ take, rows }) => {
    const data = patch.data.slice(row * CHANNEL_COUNT, (row + rows) * CHANNEL_COUNT);
    row += rows;
    return { take, track: new MotionTrack(patch.fps, data, patch.revision) };
  });
}

/** A motion at a fixed rate: frame i is at time i / fps. */
export class MotionTrack {
  /** Goes up with each patch. */
  changes = 0;

  constructor(
    public fps: number,
    public data: Float32Array,
    public revision = 0,
  ) {}

  /** A whole motion from its bytes. */
  static from(patch: MotionPatch): MotionTrack {
    const track = new MotionTrack(patch.fps, new Float32Array(0));
    track.patch(patch);
    track.changes = 0;
    return track;
  }

  get frames(): number {
    return this.data.length / CHANNEL_COUNT;
  }

  get duration_s(): number {
    return this.frames / this.fps;
  }

  /** The 64 channels at a time: linear between frames, before the first and after the last they hold. */
  at(time_s: number, out = new Float32Array(CHANNEL_COUNT)): Float32Array {
    const last = this.frames - 1;
    if (last < 0) return out.fill(0);
    const place = Math.min(Math.max(time_s * this.fps, 0), last);
    const frame = Math.min(Math.floor(place), Math.max(last - 1, 0));
    const share = last ? place - frame : 0;
    const from = frame * CHANNEL_COUNT;
    const next = Math.min(frame + 1, last) * CHANNEL_COUNT;
    for (let k = 0; k < CHANNEL_COUNT; k++) {
      const value = this.data[from + k] as number;
      out[k] = value + share * ((this.data[next + k] as number) - value);
    }
    return out;
  }

  /** Replace the frames that a patch covers; what lies outside it stays. */
  patch(patch: MotionPatch): void {
    if (patch.parts.length) throw new Error("Takes are not a patch; see takesOf.");
    const whole = patch.first === 0 && patch.count === patch.frames;
    if (!whole && (patch.frames !== this.frames || patch.fps !== this.fps)) {
      throw new Error(
        `A patch of a motion of ${patch.frames} frames does not fit one of ${this.frames}.`,
      );
    }
    if (whole) this.data = patch.data.slice();
    else this.data.set(patch.data, patch.first * CHANNEL_COUNT);
    this.fps = patch.fps;
    this.revision = patch.revision;
    this.changes++;
  }
}

function text(bytes: ArrayBuffer, start: number, end: number): string {
  return new TextDecoder().decode(new Uint8Array(bytes, start, end - start));
}
