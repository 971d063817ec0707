// Lowest and highest sample over stretches of sound, at several coarseness levels, for drawing waveforms quickly.
import type { Pcm } from "./wav";

/** Samples in a bucket of the finest level: 4 ms at 16 kHz. */
const FINEST = 64;
const STEP = 8;

interface Level {
  bucket_s: number;
  low: Int16Array;
  high: Int16Array;
}

export class Peaks {
  private levels: Level[] = [];

  constructor(pcm: Pcm) {
    const { samples, rate } = pcm;
    const count = Math.ceil(samples.length / FINEST);
    const low = new Int16Array(count);
    const high = new Int16Array(count);
    for (let bucket = 0; bucket < count; bucket++) {
      let least = 32767;
      let most = -32768;
      const end = Math.min((bucket + 1) * FINEST, samples.length);
      for (let i = bucket * FINEST; i < end; i++) {
        const sample = samples[i]!;
        if (sample < least) least = sample;
        if (sample > most) most = sample;
      }
      low[bucket] = least;
      high[bucket] = most;
    }
    let level: Level = { bucket_s: FINEST / rate, low, high };
    this.levels.push(level);
    while (level.low.length > 512) {
      level = coarser(level);
      this.levels.push(level);
    }
  }

  /** Lowest and highest value of each of `columns` stretches between two times, interleaved, -1 to 1. */
  between(start_s: number, end_s: number, columns: number): Float32Array {
    const column_s = (end_s - start_s) / columns;
    const level = this.levels.findLast(({ bucket_s }) => bucket_s <= column_s) ?? this.levels[0]!;
    const out = new Float32Array(columns * 2);
    for (let column = 0; column < columns; column++) {
      const first = Math.floor((start_s + column * column_s) / level.bucket_s);
      const last = Math.max(first + 1, Math.floor((start_s + (column + 1) * column_s) / level.bucket_s));
      let least = 32767;
      let most = -32768;
      for (let i = Math.max(0, first); i < Math.min(last, level.low.length); i++) {
        least = Math.min(least, level.low[i]!);
        most = Math.max(most, level.high[i]!);
      }
      if (least <= most) {
        out[column * 2] = least / 32768;
        out[column * 2 + 1] = most / 32768;
      }
    }
    return out;
  }

  /** The largest value, 0 to 1: what drawing is scaled by, so that quiet recordings show. */
  get loudest(): number {
    const { low, high } = this.levels.at(-1)!;
    let most = 0;
    for (let i = 0; i < low.length; i++) most = Math.max(most, -low[i]!, high[i]!);
    return most / 32768;
  }
}

function coarser(level: Level): Level {
  const count = Math.ceil(level.low.length / STEP);
  const low = new Int16Array(count);
  const high = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    low[i] = level.low.subarray(i * STEP, (i + 1) * STEP).reduce((a, b) => Math.min(a, b), 32767);
    high[i] = level.high.subarray(i * STEP, (i + 1) * STEP).reduce((a, b) => Math.max(a, b), -32768);
  }
  return { bucket_s: level.bucket_s * STEP, low, high };
}
