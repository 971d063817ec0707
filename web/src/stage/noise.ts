/** A seeded cube of smooth noise with its slopes, as a 3D texture that repeats and for points: skin's pores and blotches. */

import { Data3DTexture, LinearFilter, RGBAFormat, RepeatWrapping } from "three";

const SIDE = 32;

/** Red is the noise, green, blue and alpha its slopes along x, y and z; 0.5 is zero. */
export function noiseTexture(): Data3DTexture {
  const values = softened(seeded(SIDE ** 3));
  const pixels = new Uint8Array(4 * SIDE ** 3);
  const value = (x: number, y: number, z: number) =>
    values[wrap(x) + SIDE * (wrap(y) + SIDE * wrap(z))] as number;
  for (let z = 0; z < SIDE; z++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const slopes = [value(x + 1, y, z) - value(x - 1, y, z), value(x, y + 1, z) - value(x, y - 1, z), value(x, y, z + 1) - value(x, y, z - 1)];
        const four = [value(x, y, z), ...slopes].map((one) => 127.5 + 127.5 * Math.min(Math.max(one, -1), 1));
        pixels.set(four, 4 * (x + SIDE * (y + SIDE * z)));
      }
    }
  }
  const texture = new Data3DTexture(pixels, SIDE, SIDE, SIDE);
  texture.format = RGBAFormat;
  texture.wrapS = texture.wrapT = texture.wrapR = RepeatWrapping;
  texture.magFilter = texture.minFilter = LinearFilter;
  texture.needsUpdate = true;
  return texture;
}

const BLOTCHES_PER_M = 210; // blood and melanin
let kept: Float32Array | null = null;

/** Factors on the linear colour of skin at `place` (metres, at rest): blood shows in green and blue, melanin in all. */
export function blotch(place: readonly [number, number, number], strength: number): [number, number, number] {
  kept ??= softened(seeded(SIDE ** 3));
  const blood = strength * 0.08 * at(kept, place.map((value) => value * BLOTCHES_PER_M));
  const melanin = 1 + strength * 0.025 * at(kept, place.map((value) => value * BLOTCHES_PER_M + 9.5));
  return [melanin * (1 + 0.45 * blood), melanin * (1 + blood), melanin * (1 + 0.9 * blood)];
}

/** Between the eight numbers about a place, in cells. */
function at(values: Float32Array, place: readonly number[]): number {
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let share = 1;
    let index = 0;
    place.forEach((value, axis) => {
      const cell = Math.floor(value);
      const part = value - cell;
      const next = (corner >> axis) & 1;
      share *= next ? part : 1 - part;
      index += ((((cell + next) % SIDE) + SIDE) % SIDE) * SIDE ** axis;
    });
    sum += share * (values[index] as number);
  }
  return sum;
}

/** Numbers in [-1, 1] by a linear congruential generator (Numerical Recipes' constants). */
function seeded(count: number): Float32Array {
  let state = 20_251;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Mean with the neighbours along each axis, and back to the old strength. */
function softened(values: Float32Array): Float32Array {
  let now = values;
  for (const stride of [1, SIDE, SIDE * SIDE]) {
    const before = now;
    now = before.map((value, k) => {
      const place = Math.floor(k / stride) % SIDE;
      const next = before[k + (wrap(place + 1) - place) * stride] as number;
      const last = before[k + (wrap(place - 1) - place) * stride] as number;
      return 1.15 * (0.5 * value + 0.25 * (next + last)) * 1.2;
    });
  }
  return now;
}

function wrap(place: number): number {
  return (place + SIDE) % SIDE;
}
