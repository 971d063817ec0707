/** Blinks that go only as far as the lids are still apart, as `avitalk.face.lids` has them.
 *
 * In our head every shape narrows the gap between paired vertices of the lids by one share of it
 * all along the lids, its closure; a full blink closes it whole. So the pairs can be read from the
 * mesh: two vertices, apart at rest, that a blink brings together.
 */

import { INDEX, SHAPE_COUNT } from "./arkit";
import type { Shape } from "./shapes";

const MEETS_M = 2e-5;
const APART_M = 2e-3;
const NO_CLOSURE = 0.01; // less does not count
const BLINKS = [INDEX.eyeBlinkLeft, INDEX.eyeBlinkRight] as number[];

/** (2 x 52) share of the left and the right lids' gap that each shape closes; 0 for the blinks. */
export function lidClosure(rest: Float32Array, shapes: readonly (Shape | null)[]): Float32Array {
  const closure = new Float32Array(2 * SHAPE_COUNT);
  BLINKS.forEach((blink, eye) => {
    const pairs = meetingPairs(rest, shapes[blink] ?? null);
    let whole = 0;
    for (const [upper, lower] of pairs) whole += squared(rest, upper, rest, lower);
    if (!whole) return;
    shapes.forEach((shape, number) => {
      if (!shape || number === blink) return;
      const moved = scattered(shape, rest.length);
      let narrowed = 0;
      for (const [upper, lower] of pairs) {
        for (let k = 0; k < 3; k++) {
          const gap = at(rest, upper, k) - at(rest, lower, k);
          narrowed += (at(moved, lower, k) - at(moved, upper, k)) * gap;
        }
      }
      const share = narrowed / whole;
      closure[eye * SHAPE_COUNT + number] = Math.abs(share) < NO_CLOSURE ? 0 : share;
    });
  });
  return closure;
}

/** Scale the blinks in `weights` (52) in place by what the other shapes leave of the gap. */
export function settle(weights: Float32Array, closure: Float32Array): void {
  const [left, right] = BLINKS as [number, number];
  if (!weights[left] && !weights[right]) return;
  const closed = [0, 1].map((eye) => {
    let sum = 0;
    for (let k = 0; k < SHAPE_COUNT; k++) {
      sum += (closure[eye * SHAPE_COUNT + k] as number) * (weights[k] as number);
    }
    return sum;
  }) as [number, number];
  weights[left] = (weights[left] as number) * Math.max(0, 1 - closed[0]);
  weights[right] = (weights[right] as number) * Math.max(0, 1 - closed[1]);
}

/** Pairs (upper, lower) of vertices that a blink brings from apart together. */
export function meetingPairs(rest: Float32Array, blink: Shape | null): [number, number][] {
  if (!blink) return [];
  const moved = scattered(blink, rest.length);
  const posed = rest.map((value, k) => value + (moved[k] as number));
  const cells = new Map<string, number[]>();
  const key = (x: number, y: number, z: number) => `${x},${y},${z}`;
  const cell = (row: number) => [0, 1, 2].map((k) => Math.floor(at(posed, row, k) / MEETS_M)) as number[];
  for (const row of blink.rows) {
    const [x, y, z] = cell(row) as [number, number, number];
    const name = key(x, y, z);
    cells.get(name)?.push(row) ?? cells.set(name, [row]);
  }
  const pairs: [number, number][] = [];
  for (const upper of blink.rows) {
    const [x, y, z] = cell(upper) as [number, number, number];
    for (let step = 0; step < 27; step++) {
      const near = key(x + (step % 3) - 1, y + (Math.floor(step / 3) % 3) - 1, z + Math.floor(step / 9) - 1);
      for (const lower of cells.get(near) ?? []) {
        const above = at(rest, upper, 1) > at(rest, lower, 1);
        const meet = squared(posed, upper, posed, lower) < MEETS_M ** 2;
        if (above && meet && squared(rest, upper, rest, lower) > APART_M ** 2) pairs.push([upper, lower]);
      }
    }
  }
  return pairs;
}

function scattered(shape: Shape, length: number): Float32Array {
  const moved = new Float32Array(length);
  shape.rows.forEach((row, k) => {
    for (let axis = 0; axis < 3; axis++) moved[3 * row + axis] = shape.moves[3 * k + axis] as number;
  });
  return moved;
}

function at(points: Float32Array, row: number, axis: number): number {
  return points[3 * row + axis] as number;
}

function squared(a: Float32Array, row: number, b: Float32Array, other: number): number {
  return [0, 1, 2].reduce((sum, k) => sum + (at(a, row, k) - at(b, other, k)) ** 2, 0);
}
