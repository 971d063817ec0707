import { expect, test } from "vitest";
import { Peaks } from "../src/audio/peaks";
import { readWav, writeWav } from "../src/audio/wav";

const tone = (count: number) => Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin(i / 5));

test("what is written is read again", async () => {
  const sound = tone(1000);
  const { samples, rate } = readWav(await writeWav([sound.subarray(0, 300), sound.subarray(300)], 44100).arrayBuffer());
  expect(rate).toBe(44100);
  expect(samples.length).toBe(1000);
  for (let i = 0; i < 1000; i++) expect(samples[i]! / 32767).toBeCloseTo(sound[i]!, 4);
});

test("chunks before the samples are skipped, and a cut file gives what there is", async () => {
  const plain = new Uint8Array(await writeWav([tone(100)], 16000).arrayBuffer());
  const more = new Uint8Array(plain.length + 12);
  more.set(plain.subarray(0, 36));
  more.set([76, 73, 83, 84, 3, 0, 0, 0, 1, 2, 3, 0], 36);
  more.set(plain.subarray(36), 48);
  expect(readWav(more.buffer).samples.length).toBe(100);
  expect(readWav(plain.slice(0, 44 + 50).buffer).samples.length).toBe(25);
});

test("anything else is refused with a sentence", async () => {
  expect(() => readWav(new ArrayBuffer(0))).toThrow(/no WAV/);
  expect(() => readWav(new TextEncoder().encode("RIFF....WAVEdata....").buffer as ArrayBuffer)).toThrow(/damaged/);
  const stereo = await writeWav([tone(10)], 8000).arrayBuffer();
  new DataView(stereo).setUint16(22, 2, true);
  expect(() => readWav(stereo)).toThrow(/one channel/);
});

test("peaks hold the extremes at every zoom", () => {
  const samples = new Int16Array(200_000);
  samples[123_456] = 20_000;
  samples[60_000] = -10_000;
  const peaks = new Peaks({ samples, rate: 16_000 });
  for (const columns of [10, 300, 3000]) {
    const values = peaks.between(0, 12.5, columns);
    expect(Math.max(...values)).toBeCloseTo(20_000 / 32768, 6);
    expect(Math.min(...values)).toBeCloseTo(-10_000 / 32768, 6);
  }
  expect(peaks.loudest).toBeCloseTo(20_000 / 32768, 6);
  expect([...peaks.between(20, 30, 4)]).toEqual(new Array(8).fill(0));
});
