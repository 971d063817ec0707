/** Sparse morph targets in, blended positions and normals out: only active shapes cost anything. */

/** What one morph target moves. */
export interface Shape {
  /** Vertices that it moves or turns. */
  rows: Uint32Array;
  /** (n x 3) by how much at weight 1. */
  moves: Float32Array;
  /** (n x 3) change of the normals at weight 1; null for a target without. */
  turns: Float32Array | null;
}

const STILL = 1e-9;

/** Keep of dense displacements (and changes of normals) the rows that are not zero; null if none. */
export function sparse(moves: ArrayLike<number>, turns: ArrayLike<number> | null): Shape | null {
  const rows: number[] = [];
  for (let k = 0; k < moves.length; k += 3) {
    if (moving(moves, k) || (turns && moving(turns, k))) rows.push(k / 3);
  }
  if (!rows.length) return null;
  return { rows: Uint32Array.from(rows), moves: gathered(moves, rows), turns: turns && gathered(turns, rows) };
}

/** A mesh at rest and its shapes. */
export class Shapes {
  constructor(
    readonly restPositions: Float32Array,
    readonly restNormals: Float32Array | null,
    readonly shapes: readonly (Shape | null)[],
  ) {}

  /** Fill `positions` and `normals` (not of unit length) for `weights`, one for each shape. */
  blend(weights: ArrayLike<number>, positions: Float32Array, normals: Float32Array | null): void {
    positions.set(this.restPositions);
    if (normals && this.restNormals) normals.set(this.restNormals);
    for (let number = 0; number < this.shapes.length; number++) {
      const weight = weights[number] ?? 0;
      const shape = this.shapes[number];
      if (!shape || Math.abs(weight) < STILL) continue;
      add(positions, shape.rows, shape.moves, weight);
      if (normals && shape.turns) add(normals, shape.rows, shape.turns, weight);
    }
  }
}

function add(target: Float32Array, rows: Uint32Array, values: Float32Array, weight: number): void {
  for (let k = 0, from = 0; k < rows.length; k++, from += 3) {
    const to = 3 * (rows[k] as number);
    target[to] = (target[to] as number) + weight * (values[from] as number);
    target[to + 1] = (target[to + 1] as number) + weight * (values[from + 1] as number);
    target[to + 2] = (target[to + 2] as number) + weight * (values[from + 2] as number);
  }
}

function moving(values: ArrayLike<number>, k: number): boolean {
  return values[k] !== 0 || values[k + 1] !== 0 || values[k + 2] !== 0;
}

function gathered(values: ArrayLike<number>, rows: number[]): Float32Array {
  const kept = new Float32Array(3 * rows.length);
  rows.forEach((row, k) => {
    for (let axis = 0; axis < 3; axis++) kept[3 * k + axis] = values[3 * row + axis] as number;
  });
  return kept;
}
