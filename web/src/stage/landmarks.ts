/** A head's mesh in, the edges of its lids and the opening of its lips out, posed by weights. */

import { INDEX } from "./arkit";
import type { HeadModel, Piece, Point } from "./head";
import { meetingPairs } from "./lids";

const MIDDLE_M = 0.0015; // the lips are measured this near to the middle
const FOLLOWS_JAW = 0.5; // share of the jaw's movement from which on a lip is the lower one

/** A few vertices of a piece, posed by themselves. */
export class Points {
  private readonly moves: { number: number; k: number; move: Point }[] = [];
  private readonly rest: Point[];

  constructor(piece: Piece, rows: readonly number[]) {
    const { restPositions, shapes } = piece.shapes;
    const places = new Map(rows.map((row, k) => [row, k]));
    this.rest = rows.map((row) => Array.from(restPositions.subarray(3 * row, 3 * row + 3)) as Point);
    shapes.forEach((shape, number) => {
      shape?.rows.forEach((row, from) => {
        const k = places.get(row);
        if (k === undefined) return;
        this.moves.push({ number, k, move: Array.from(shape.moves.subarray(3 * from, 3 * from + 3)) as Point });
      });
    });
  }

  /** Where they are for 52 weights, before the head turns. */
  posed(weights: Float32Array): Point[] {
    const points = this.rest.map((point) => [...point] as Point);
    for (const { number, k, move } of this.moves) {
      const weight = weights[number] as number;
      const point = points[k] as Point;
      for (let axis = 0; axis < 3 && weight; axis++) point[axis] = (point[axis] as number) + weight * (move[axis] as number);
    }
    return points;
  }
}

/** Left and right eye's lids, `count` points of each edge; none for a head without skin. */
export function lidEdges(model: HeadModel, count: number): [Lids, Lids] {
  const skin = model.pieces.find((piece) => piece.name === "skin");
  return ["eyeBlinkLeft", "eyeBlinkRight"].map((name): Lids => {
    const blink = skin?.shapes.shapes[INDEX[name] as number] ?? null;
    const pairs = skin ? meetingPairs(skin.shapes.restPositions, blink) : [];
    if (!skin || pairs.length < 2) return {};
    const x = ([upper]: [number, number]) => skin.shapes.restPositions[3 * upper] as number;
    pairs.sort((one, other) => x(one) - x(other));
    const spaced = Array.from({ length: count }, (_, k) => pairs[Math.round((k * (pairs.length - 1)) / (count - 1))] as [number, number]);
    return {
      upper: new Points(skin, spaced.map(([upper]) => upper)),
      lower: new Points(skin, spaced.map(([, lower]) => lower)),
    };
  }) as [Lids, Lids];
}

interface Lids {
  upper?: Points;
  lower?: Points;
}

/** The opening between the lips, for the light that falls into the mouth. */
export class Lips {
  private readonly upper: Points | null = null;
  private readonly lower: Points | null = null;

  constructor(model: HeadModel) {
    const piece = model.pieces.find((one) => one.name === "lips");
    const jaw = piece?.shapes.shapes[INDEX.jawOpen as number];
    if (!piece || !jaw) return;
    const places = piece.shapes.restPositions;
    const drop = new Map(Array.from(jaw.rows, (row, k) => [row, -(jaw.moves[3 * k + 1] as number)]));
    const middle = Array.from({ length: places.length / 3 }, (_, row) => row).filter(
      (row) => Math.abs(places[3 * row] as number) < MIDDLE_M,
    );
    const most = Math.max(...middle.map((row) => drop.get(row) ?? 0));
    const low = (row: number) => (drop.get(row) ?? 0) > FOLLOWS_JAW * most;
    this.upper = new Points(piece, middle.filter((row) => !low(row)));
    this.lower = new Points(piece, middle.filter(low));
  }

  /** Middle of the opening before the head turns, and its height, in metres. */
  opening(weights: Float32Array): { middle: Point; gap: number } {
    const upper = this.upper?.posed(weights) ?? [];
    const lower = this.lower?.posed(weights) ?? [];
    if (!upper.length || !lower.length) return { middle: [0, 0, 1], gap: 0.05 };
    const roof = upper.reduce((a, b) => (b[1] < a[1] ? b : a));
    const floor = lower.reduce((a, b) => (b[1] > a[1] ? b : a));
    const middle = roof.map((value, k) => 0.5 * (value + (floor[k] as number))) as Point;
    return { middle, gap: Math.max(roof[1] - floor[1], 0) };
  }
}
