/** Pieces of a head that are drawn together in, one geometry with a part for each out. */

import { BufferAttribute, BufferGeometry, DynamicDrawUsage } from "three";
import type { Piece, Point } from "./head";
import { blotch } from "./noise";
import { matterOf } from "./surface";

/** Pieces whose paint is measured against skin's, so that no border shows. */
const OF_SKIN = new Set(["skin", "scalp"]);

/** A geometry that several pieces share. */
export class Bundle {
  readonly geometry = new BufferGeometry();
  private readonly positions: BufferAttribute;
  private readonly normals: BufferAttribute;
  private readonly parts: { piece: Piece; positions: Float32Array; normals: Float32Array }[] = [];

  /** `usual` is how bright most of the skin is. */
  constructor(pieces: readonly Piece[], usual: number | null) {
    const starts = pieces.map((_, k) => pieces.slice(0, k).reduce((sum, piece) => sum + countOf(piece), 0));
    const { geometry } = this;
    const all = (values: (piece: Piece) => ArrayLike<number>, width: number) =>
      new BufferAttribute(joined(pieces.map(values)), width);
    this.positions = all((piece) => piece.shapes.restPositions, 3).setUsage(DynamicDrawUsage);
    this.normals = all((piece) => piece.shapes.restNormals ?? new Float32Array(3 * countOf(piece)), 3).setUsage(DynamicDrawUsage);
    geometry.setAttribute("position", this.positions);
    geometry.setAttribute("normal", this.normals);
    geometry.setAttribute("rest", all((piece) => piece.shapes.restPositions, 3));
    geometry.setAttribute("color", all(mottled, 3));
    geometry.setAttribute("follow", all((piece) => piece.follow, 1));
    geometry.setAttribute("matter", all((piece) => repeated(matterOf(piece).matter, countOf(piece)), 4));
    geometry.setAttribute("lie", all((piece) => lieOf(piece, OF_SKIN.has(piece.name) ? usual : null), 2));
    if (pieces.some(({ places }) => places)) {
      geometry.setAttribute("uv", all((piece) => piece.places ?? new Float32Array(2 * countOf(piece)), 2));
    }
    geometry.setIndex(new BufferAttribute(
      Uint32Array.from(pieces.flatMap((piece, k) => Array.from(piece.triangles, (row) => row + (starts[k] as number)))), 1,
    ));
    pieces.forEach((piece, k) => {
      const [from, to] = [3 * (starts[k] as number), 3 * ((starts[k] as number) + countOf(piece))];
      const part = ({ array }: BufferAttribute) => (array as Float32Array).subarray(from, to);
      this.parts.push({ piece, positions: part(this.positions), normals: part(this.normals) });
    });
  }

  /** Blend the shapes of all pieces for 52 weights. */
  pose(weights: Float32Array): void {
    for (const { piece, positions, normals } of this.parts) piece.shapes.blend(weights, positions, normals);
    this.positions.needsUpdate = true;
    this.normals.needsUpdate = true;
  }
}

/** Brightness of most of a piece. */
export function usualBrightness(piece: Piece | undefined): number | null {
  if (!piece) return null;
  const sorted = brightness(piece).sort();
  return sorted[Math.floor(0.6 * sorted.length)] ?? null;
}

/** How open each vertex lies to light, read from how much darker than usual it is painted; strength of pores. */
function lieOf(piece: Piece, usual: number | null): Float32Array {
  const most = Math.max(usual ?? usualBrightness(piece) ?? 1, 1e-4);
  const { detail } = matterOf(piece);
  return Float32Array.from(Array.from(brightness(piece), (value) => [Math.min(value / most, 1), detail]).flat());
}

function brightness({ colours }: Piece): Float32Array {
  return Float32Array.from({ length: colours.length / 3 }, (_, row) => {
    const [r, g, b] = colours.subarray(3 * row, 3 * row + 3) as unknown as Point;
    return 0.3 * r + 0.6 * g + 0.1 * b;
  });
}

/** A piece's colours with the blotches of skin. */
function mottled(piece: Piece): Float32Array {
  const { detail } = matterOf(piece);
  if (!detail) return piece.colours;
  const places = piece.shapes.restPositions;
  const colours = piece.colours.slice();
  for (let k = 0; k < colours.length; k += 3) {
    const place = [places[k], places[k + 1], places[k + 2]] as Point;
    blotch(place, detail).forEach((factor, axis) => (colours[k + axis] = (colours[k + axis] as number) * factor));
  }
  return colours;
}

function countOf(piece: Piece): number {
  return piece.shapes.restPositions.length / 3;
}

function repeated(values: readonly number[], count: number): Float32Array {
  return Float32Array.from({ length: values.length * count }, (_, k) => values[k % values.length] as number);
}

function joined(arrays: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const array of arrays) {
    all.set(array, start);
    start += array.length;
  }
  return all;
}
