/** The bytes of a .glb in, its JSON and its accessors' numbers out; sparse ones stay sparse. */

import { sparse, type Shape } from "./shapes";

const MAGIC = 0x46546c67; // "glTF"
const JSON_CHUNK = 0x4e4f534a;
const WIDTH: Record<string, number> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };
const ARRAYS = {
  5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array,
} as const;

type Numbers = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

interface Accessor {
  bufferView?: number;
  byteOffset?: number;
  componentType: keyof typeof ARRAYS;
  normalized?: boolean;
  count: number;
  type: string;
  sparse?: {
    count: number;
    indices: { bufferView: number; byteOffset?: number; componentType: keyof typeof ARRAYS };
    values: { bufferView: number; byteOffset?: number };
  };
}

export interface Primitive {
  attributes: Record<string, number>;
  indices: number;
  material: number;
  targets?: { POSITION: number; NORMAL?: number }[];
}

export interface Material {
  name: string;
  doubleSided?: boolean;
  alphaMode?: string;
  alphaCutoff?: number;
  pbrMetallicRoughness: { roughnessFactor?: number; baseColorTexture?: { index: number } };
}

export interface Document {
  accessors: Accessor[];
  bufferViews: { byteOffset?: number; byteLength: number; byteStride?: number }[];
  meshes: { name: string; primitives: Primitive[]; extras?: { targetNames?: string[] } }[];
  materials: Material[];
  nodes: { name: string; mesh?: number; translation?: number[] }[];
  images?: { bufferView: number; mimeType: string }[];
  textures?: { source: number }[];
}

/** A .glb with one buffer, such as avitalk writes. */
export class Glb {
  readonly document: Document;
  private readonly body: number;

  constructor(private readonly bytes: ArrayBuffer) {
    const view = new DataView(bytes);
    if (bytes.byteLength < 20 || view.getUint32(0, true) !== MAGIC || view.getUint32(16, true) !== JSON_CHUNK) {
      throw new Error("The face is not a binary glTF file.");
    }
    const length = view.getUint32(12, true);
    this.document = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 20, length))) as Document;
    this.body = 20 + length + 8;
  }

  /** The numbers of an accessor that is not sparse, as they are stored. */
  numbers(number: number): Numbers {
    const { accessor, width } = this.accessor(number);
    if (accessor.sparse) throw new Error("A sparse accessor where a dense one is expected.");
    const length = accessor.count * width;
    if (accessor.bufferView === undefined) return new Float32Array(length);
    return this.array(accessor.componentType, accessor.bufferView, accessor.byteOffset, length);
  }

  /** The numbers as floats; integers that are called normalized come as 0..1. */
  floats(number: number): Float32Array {
    const stored = this.numbers(number);
    const { accessor } = this.accessor(number);
    const whole = { 5121: 255, 5123: 65_535 }[accessor.componentType as 5121 | 5123];
    return Float32Array.from(stored, (value) => (accessor.normalized && whole ? value / whole : value));
  }

  /** The shape that a morph target is; null if it moves nothing. */
  shape(positions: number, normals: number | undefined): Shape | null {
    const moves = this.displacements(positions);
    const turns = normals === undefined ? null : this.displacements(normals);
    if (!moves.rows && !turns?.rows) {
      return sparse(moves.values, turns && turns.values);
    }
    return merged(moves, turns);
  }

  /** Bytes of a buffer view, such as a picture's. */
  view(number: number): Uint8Array<ArrayBuffer> {
    const { byteOffset = 0, byteLength } = listed(this.document.bufferViews, number);
    return new Uint8Array(this.bytes, this.body + byteOffset, byteLength);
  }

  private displacements(number: number): Displacements {
    const { accessor } = this.accessor(number);
    if (!accessor.sparse) {
      const empty = accessor.bufferView === undefined;
      return empty
        ? { rows: new Uint32Array(0), values: new Float32Array(0) }
        : { rows: null, values: this.floats(number) };
    }
    const { count, indices, values } = accessor.sparse;
    const rows = this.array(indices.componentType, indices.bufferView, indices.byteOffset, count);
    return {
      rows: Uint32Array.from(rows),
      values: Float32Array.from(this.array(5126, values.bufferView, values.byteOffset, 3 * count)),
    };
  }

  private accessor(number: number): { accessor: Accessor; width: number } {
    const accessor = listed(this.document.accessors, number);
    return { accessor, width: WIDTH[accessor.type] ?? 1 };
  }

  private array(kind: keyof typeof ARRAYS, view: number, offset = 0, length: number): Numbers {
    const { byteOffset = 0 } = listed(this.document.bufferViews, view);
    return new ARRAYS[kind](this.bytes, this.body + byteOffset + offset, length);
  }
}

interface Displacements {
  /** Null: one for each vertex. */
  rows: Uint32Array | null;
  values: Float32Array;
}

/** One list of rows for positions and normals, which have lists of their own, in rising order. */
function merged(moves: Displacements, turns: Displacements | null): Shape | null {
  const parts = turns ? [moves, turns] : [moves];
  const count = Math.max(...parts.map(({ rows, values }) => (rows ? (rows.at(-1) ?? -1) + 1 : values.length / 3)));
  const marked = new Uint8Array(count);
  for (const { rows } of parts) {
    if (rows) for (const row of rows) marked[row] = 1;
    else marked.fill(1);
  }
  const all: number[] = [];
  for (let row = 0; row < count; row++) if (marked[row]) all.push(row);
  const rows = Uint32Array.from(all);
  return { rows, moves: spread(moves, rows), turns: turns && spread(turns, rows) };
}

function spread(part: Displacements, rows: Uint32Array): Float32Array {
  const values = new Float32Array(3 * rows.length);
  let from = 0;
  for (let k = 0; k < rows.length; k++) {
    if (part.rows) {
      if (part.rows[from] !== rows[k]) continue;
    } else {
      from = rows[k] as number;
    }
    values.set(part.values.subarray(3 * from, 3 * from + 3), 3 * k);
    from++;
  }
  return values;
}

/** An item of a list of the file; throws if it has none of this number. */
export function listed<T>(items: readonly T[], number: number): T {
  const item = items[number];
  if (item === undefined) throw new Error(`The face's file lacks item ${number}; it is damaged.`);
  return item;
}
