/** Our head's .glb in, its pieces and how they are posed out; the same as `Head.pose` in Python. */

import { EYES_AT, HEAD_AT, INDEX, MOVE_AT, SHAPE_COUNT, lookingWeights } from "./arkit";
import { Glb, listed, type Primitive } from "./glb";
import { lidClosure, settle } from "./lids";
import { Shapes } from "./shapes";

/** Triangles of one material. */
export interface Piece {
  /** The material's name: skin, lips, mouth, teeth, tongue, lashes, scalp, hair, garment, eye. */
  name: string;
  shapes: Shapes;
  /** (n x 3) linear colours, darkened where little light comes. */
  colours: Float32Array;
  /** (n) 1 turns with the head, 0 stays with the neck. */
  follow: Float32Array;
  /** (n x 2) places in the picture of strands; null without one. */
  places: Float32Array | null;
  triangles: Uint16Array | Uint32Array;
  roughness: number;
  doubleSided: boolean;
  /** Alpha below which there is nothing; 0 for none. */
  cutoff: number;
  /** PNG of strands; null without one. */
  picture: Uint8Array<ArrayBuffer> | null;
}

/** A rotation, row by row: R = Ry(yaw) Rx(pitch) Rz(roll). */
export type Turn = readonly [number, number, number, number, number, number, number, number, number];
export type Point = [number, number, number];

/** The rotation of three of `channels` from `first`: yaw, pitch, roll in radians. */
export function turnAt(channels: ArrayLike<number>, first: number): Turn {
  const [yaw, pitch, roll] = [0, 1, 2].map((k) => channels[first + k] ?? 0) as Point;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  return [
    cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp,
    cp * sr, cp * cr, -sp,
    cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp,
  ];
}

export function turned(turn: Turn, [x, y, z]: Point): Point {
  return [
    turn[0] * x + turn[1] * y + turn[2] * z,
    turn[3] * x + turn[4] * y + turn[5] * z,
    turn[6] * x + turn[7] * y + turn[8] * z,
  ];
}

/** Our head at rest, and what is needed to pose it. */
export class HeadModel {
  readonly pieces: Piece[];
  /** Left and right eyeball about its pivot; null where there is none. */
  readonly eyes: [Piece | null, Piece | null];
  readonly eyePivots: [Point, Point];
  readonly neckPivot: Point;
  /** (2 x 52) see `lids.settle`. */
  readonly closure: Float32Array;
  private readonly weights = new Float32Array(SHAPE_COUNT);

  constructor(bytes: ArrayBuffer) {
    const glb = new Glb(bytes);
    const { nodes, meshes } = glb.document;
    const node = (name: string) => nodes.find((one) => one.name === name);
    const face = node("face");
    const neck = node("neck")?.translation;
    if (face?.mesh === undefined || !neck) throw new Error("The file is no head of avitalk's.");
    const mesh = listed(meshes, face.mesh);
    const order = (mesh.extras?.targetNames ?? []).map((name) => INDEX[name] ?? -1);
    this.pieces = mesh.primitives.map((primitive) => readPiece(glb, primitive, order));
    this.neckPivot = neck as Point;
    const sides = ["eye_left", "eye_right"].map(node);
    this.eyes = sides.map((eye) => {
      const primitive = eye?.mesh === undefined ? undefined : listed(meshes, eye.mesh).primitives[0];
      return primitive ? readPiece(glb, primitive, []) : null;
    }) as [Piece | null, Piece | null];
    this.eyePivots = sides.map((eye) =>
      (eye?.translation ?? [0, 0, 0]).map((value, k) => value + (neck[k] as number)),
    ) as [Point, Point];
    const skin = this.pieces.find((piece) => piece.name === "skin");
    this.closure = skin
      ? lidClosure(skin.shapes.restPositions, skin.shapes.shapes)
      : new Float32Array(2 * SHAPE_COUNT);
  }

  /** The 52 weights that are drawn for `channels` (64): eyeLook* by the eyes, settled blinks. */
  drawnWeights(channels: Float32Array): Float32Array {
    lookingWeights(channels, this.weights);
    settle(this.weights, this.closure);
    return this.weights;
  }

  /** Where a point of a piece is after the head's turn; `follow` 1 turns, 0 stays. */
  carried(channels: Float32Array, point: Point, follow: number): Point {
    const from = point.map((value, k) => value - (this.neckPivot[k] as number)) as Point;
    const to = turned(turnAt(channels, HEAD_AT), from);
    return point.map(
      (value, k) => value + follow * ((to[k] as number) - (from[k] as number)) + (channels[MOVE_AT + k] ?? 0),
    ) as Point;
  }

  /** The same for a point of an eyeball (0 left, 1 right) about its pivot. */
  carriedEye(channels: Float32Array, side: 0 | 1, point: Point): Point {
    const local = turned(turnAt(channels, EYES_AT + 3 * side), point);
    const pivot = this.eyePivots[side];
    return this.carried(channels, local.map((value, k) => value + (pivot[k] as number)) as Point, 1);
  }
}

function readPiece(glb: Glb, primitive: Primitive, order: number[]): Piece {
  const { attributes } = primitive;
  const material = listed(glb.document.materials, primitive.material);
  const positions = glb.floats(listedAttribute(attributes, "POSITION"));
  const shapes = Array.from<unknown, null | ReturnType<Glb["shape"]>>({ length: SHAPE_COUNT }, () => null);
  primitive.targets?.forEach((target, k) => {
    const number = order[k] ?? -1;
    if (number >= 0) shapes[number] = glb.shape(target.POSITION, target.NORMAL);
  });
  const colours = attributes.COLOR_0 === undefined ? null : glb.floats(attributes.COLOR_0);
  const count = positions.length / 3;
  const picture = material.pbrMetallicRoughness.baseColorTexture;
  return {
    name: material.name,
    shapes: new Shapes(positions, glb.floats(listedAttribute(attributes, "NORMAL")), shapes),
    colours: colours ? withoutAlpha(colours) : new Float32Array(3 * count).fill(0.8),
    follow: followed(glb, attributes, count),
    places: attributes.TEXCOORD_0 === undefined ? null : glb.floats(attributes.TEXCOORD_0),
    triangles: corners(glb, primitive.indices),
    roughness: material.pbrMetallicRoughness.roughnessFactor ?? 1,
    doubleSided: material.doubleSided ?? false,
    cutoff: material.alphaMode === "MASK" ? (material.alphaCutoff ?? 0.5) : 0,
    picture: picture ? pictureOf(glb, picture.index) : null,
  };
}

function pictureOf(glb: Glb, texture: number): Uint8Array<ArrayBuffer> {
  const { source } = listed(glb.document.textures ?? [], texture);
  return glb.view(listed(glb.document.images ?? [], source).bufferView);
}

function corners(glb: Glb, number: number): Uint16Array | Uint32Array {
  const stored = glb.numbers(number);
  return stored instanceof Uint32Array ? stored : Uint16Array.from(stored);
}

/** Weight of joint 1, the head; joint 0 is the neck. */
function followed(glb: Glb, attributes: Record<string, number>, count: number): Float32Array {
  if (attributes.JOINTS_0 === undefined || attributes.WEIGHTS_0 === undefined) {
    return new Float32Array(count).fill(1);
  }
  const joints = glb.numbers(attributes.JOINTS_0);
  const weights = glb.floats(attributes.WEIGHTS_0);
  return Float32Array.from({ length: count }, (_, row) => {
    let share = 0;
    for (let k = 4 * row; k < 4 * row + 4; k++) share += joints[k] === 1 ? (weights[k] as number) : 0;
    return share;
  });
}

function withoutAlpha(colours: Float32Array): Float32Array {
  return colours.filter((_, k) => k % 4 !== 3);
}

function listedAttribute(attributes: Record<string, number>, name: string): number {
  const number = attributes[name];
  if (number === undefined) throw new Error(`The face's mesh has no ${name}; its file is damaged.`);
  return number;
}
