// WAV, 16-bit PCM, one channel: reading what the server sends, writing what the microphone heard.

export interface Pcm {
  samples: Int16Array;
  rate: number;
}

/** Samples of a 16-bit one-channel WAV. Throws an Error with a sentence on anything else. */
export function readWav(bytes: ArrayBuffer): Pcm {
  const view = new DataView(bytes);
  const tag = (at: number) =>
    at + 4 <= bytes.byteLength ? String.fromCharCode(...new Uint8Array(bytes, at, 4)) : "";
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new Error("The recording that the server sent is no WAV file.");
  let rate = 0;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt " && size >= 16 && at + 24 <= bytes.byteLength) {
      const [kind, channels, bits] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true), view.getUint16(at + 22, true)];
      if (kind !== 1 || channels !== 1 || bits !== 16)
        throw new Error("The recording that the server sent is not 16-bit with one channel.");
      rate = view.getUint32(at + 12, true);
    }
    if (tag(at) === "data") {
      if (!rate) break;
      const start = at + 8;
      const count = Math.min(size, bytes.byteLength - start) >> 1;
      const samples = start % 2 ? new Int16Array(bytes.slice(start, start + count * 2)) : new Int16Array(bytes, start, count);
      return { samples, rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error("The recording that the server sent is damaged.");
}

/** A WAV file of blocks of samples between -1 and 1. */
export function writeWav(blocks: Float32Array[], rate: number): Blob {
  const count = blocks.reduce((sum, block) => sum + block.length, 0);
  const bytes = new ArrayBuffer(44 + count * 2);
  const view = new DataView(bytes);
  const put = (at: number, tag: string) => [...tag].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  put(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, count * 2, true);
  let at = 44;
  for (const block of blocks)
    for (const sample of block) {
      view.setInt16(at, Math.round(Math.min(Math.max(sample, -1), 1) * 32767), true);
      at += 2;
    }
  return new Blob([bytes], { type: "audio/wav" });
}
