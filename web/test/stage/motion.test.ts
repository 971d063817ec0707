import { describe, expect, it } from "vitest";
import { CHANNEL_COUNT } from "../../src/stage/arkit";
import { MotionTrack, parseMotion, takesOf } from "../../src/stage/motion";

function bytes(header: object, rows: number[]): ArrayBuffer {
  let text = JSON.stringify({ fps: 50, channels: 64, revision: 3, ...header });
  while ((8 + text.length) % 4) text += " ";
  const buffer = new ArrayBuffer(8 + text.length + 4 * CHANNEL_COUNT * rows.length);
  const start = new Uint8Array(buffer);
  start.set(new TextEncoder().encode("AVM1"));
  new DataView(buffer).setUint32(4, text.length, true);
  start.set(new TextEncoder().encode(text), 8);
  const data = new Float32Array(buffer, 8 + text.length);
  rows.forEach((value, row) => data.fill(value, row * CHANNEL_COUNT, (row + 1) * CHANNEL_COUNT));
  return buffer;
}

const whole = (rows: number[]) => parseMotion(bytes({ frames: rows.length, first: 0, count: rows.length }, rows));

describe("motion", () => {
  it("reads what the server sends", () => {
    const patch = parseMotion(bytes({ frames: 9, first: 4, count: 2 }, [1, 2]));
    expect(patch).toMatchObject({ fps: 50, frames: 9, first: 4, count: 2, revision: 3, parts: [] });
    expect(patch.data).toHaveLength(2 * CHANNEL_COUNT);
  });

  it("refuses what is no motion, cut short or of other channels", () => {
    expect(() => parseMotion(new ArrayBuffer(4))).toThrow("not a motion");
    expect(() => parseMotion(new TextEncoder().encode("<!doctype html>").buffer as ArrayBuffer)).toThrow("not a motion");
    const short = bytes({ frames: 2, count: 2 }, [1, 2]);
    expect(() => parseMotion(short.slice(0, short.byteLength - 4 * CHANNEL_COUNT))).toThrow("1 rows");
    expect(() => parseMotion(bytes({ frames: 1, count: 1, channels: 52 }, [1]))).toThrow("64 channels");
  });

  it("is linear between frames and holds at its ends", () => {
    const track = MotionTrack.from(whole([0, 1, 3]));
    const at = (time: number) => track.at(time)[7];
    expect([at(-1), at(0), at(0.02), at(0.03), at(1)]).toEqual([0, 0, 1, expect.closeTo(2, 5), 3]);
    expect(MotionTrack.from(whole([5])).at(0.3)[0]).toBe(5);
    expect(track.duration_s).toBeCloseTo(0.06);
  });

  it("takes patches, and refuses those of another motion", () => {
    const track = MotionTrack.from(whole([0, 0, 0, 0]));
    track.patch(parseMotion(bytes({ frames: 4, first: 1, count: 2 }, [7, 8])));
    expect([0, 1, 2, 3].map((frame) => track.at(frame / 50)[0])).toEqual([0, 7, 8, 0]);
    expect(track.changes).toBe(1);
    expect(() => track.patch(parseMotion(bytes({ frames: 5, first: 1, count: 1 }, [7])))).toThrow("5 frames");
    track.patch(whole([1, 2]));
    expect(track.frames).toBe(2);
  });

  it("parts takes", () => {
    const patch = parseMotion(bytes({ frames: 100, first: 10, count: 2, parts: [{ take: 0, rows: 2 }, { take: 5, rows: 2 }] }, [1, 2, 3, 4]));
    const takes = takesOf(patch);
    expect(takes.map(({ take }) => take)).toEqual([0, 5]);
    expect(takes.map(({ track }) => track.at(0)[0])).toEqual([1, 3]);
    expect(takes[1]?.track.frames).toBe(2);
  });
});
