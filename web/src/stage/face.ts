/** Our head's .glb in, a face that three.js draws out: posed by 64 channels, lit by `Lamps`. */

import {
  BufferAttribute, BufferGeometry, Group, Matrix3, Matrix4, Mesh, SRGBColorSpace, Texture, Vector3, Vector4,
  type Material, type Object3D, type ShaderMaterial, type Texture as AnyTexture, type WebGLRenderer,
} from "three";
import { ARKIT_52, EYES_AT, HEAD_AT, MOVE_AT } from "./arkit";
import { Bundle, usualBrightness } from "./bundle";
import { LID_POINTS, eyeMaterial, irisTexture } from "./eye";
import { HeadModel, turnAt, type Piece } from "./head";
import type { Lamps } from "./lamps";
import { Lips, lidEdges, type Points } from "./landmarks";
import { noiseTexture } from "./noise";
import { Shadow } from "./shadow";
import { sharedUniforms, surfaceMaterial, type Shared } from "./surface";
import { wireMaterial } from "./wire";

/** What a stage or a thumbnail can show. */
export interface Face {
  readonly kind: "head" | "avatar";
  /** ARKit names that move something. */
  readonly drives: readonly string[];
  readonly triangles: number;
  /** What is drawn. */
  readonly root: Object3D;
  /** Midpoint between the eyes, at rest. */
  readonly centre: Vector3;
  /** Length of a metre of our head in the face's units. */
  readonly metre: number;
  /** Goes up with each pose: whoever shares a face sees that another has posed it. */
  readonly poses: number;
  /** Take the pose of 64 channels, see `avitalk.Motion.channels`. */
  pose(channels: Float32Array): void;
  /** Be lit; called before each picture. Without a shadow there is none. */
  light(lamps: Lamps, renderer: WebGLRenderer, shadow: Shadow | null): void;
  wireframe(on: boolean): void;
  dispose(): void;
}

/** What hides much is drawn first, what is mostly hidden last: hidden points are never shaded. */
const ORDER = ["garment", "skin", "lips", "scalp", "lashes", "teeth", "tongue", "mouth"];
const EYES_ORDER = 10;
const WIRES_ORDER = 20;

/** Read our head; throws an Error with a sentence if the bytes are something else. */
export async function loadFace(bytes: ArrayBuffer): Promise<Face> {
  const model = new HeadModel(bytes);
  const pictures = new Map<Piece, AnyTexture>();
  for (const piece of model.pieces) {
    if (piece.picture) pictures.set(piece, await pictureTexture(piece.picture));
  }
  return new HeadFace(model, pictures);
}

class HeadFace implements Face {
  readonly kind = "head";
  readonly drives: readonly string[];
  readonly triangles: number;
  readonly root = new Group();
  readonly centre: Vector3;
  readonly metre = 1;
  poses = 0;
  private readonly casters = new Group();
  private readonly shared: Shared = sharedUniforms(noiseTexture());
  private readonly bundles: Bundle[];
  private readonly eyes: { mesh: Mesh<BufferGeometry, ShaderMaterial>; side: 0 | 1 }[] = [];
  private readonly wires: Mesh[] = [];
  private readonly lips: Lips;
  private readonly edges: ReturnType<typeof lidEdges>;
  private readonly casting = Shadow.material(this.shared);
  private readonly wiring = [wireMaterial(this.shared, true), wireMaterial(this.shared, false)] as const;
  private readonly channels = new Float32Array(64);

  constructor(
    private readonly model: HeadModel,
    private readonly pictures: Map<Piece, AnyTexture>,
  ) {
    this.bundles = this.addPieces();
    model.eyes.forEach((piece, side) => piece && this.addEye(piece, side as 0 | 1));
    (this.shared.pivot as { value: Vector3 }).value.fromArray(model.neckPivot);
    this.lips = new Lips(model);
    this.edges = lidEdges(model, LID_POINTS);
    const [left, right] = model.eyePivots;
    this.centre = new Vector3().fromArray(left).add(new Vector3().fromArray(right)).multiplyScalar(0.5);
    const pieces = [...model.pieces, ...model.eyes.filter((eye) => eye !== null)];
    this.triangles = pieces.reduce((sum, piece) => sum + piece.triangles.length / 3, 0);
    this.drives = ARKIT_52.filter((_, k) => model.pieces.some((piece) => piece.shapes.shapes[k]));
    this.pose(this.channels);
  }

  pose(channels: Float32Array): void {
    this.channels.set(channels);
    const weights = this.model.drawnWeights(channels);
    for (const bundle of this.bundles) bundle.pose(weights);
    const turn = this.shared.turn as { value: Matrix3 };
    turn.value.set(...turnAt(channels, HEAD_AT));
    (this.shared.moved as { value: Vector3 }).value.fromArray(channels, MOVE_AT);
    const opening = this.lips.opening(weights);
    const middle = this.model.carried(channels, opening.middle, 1);
    (this.shared.mouth as { value: Vector4 }).value.set(...middle, opening.gap);
    for (const eye of this.eyes) this.poseEye(eye.mesh, eye.side, weights);
    this.poses++;
  }

  light(lamps: Lamps, renderer: WebGLRenderer, shadow: Shadow | null): void {
    const { shared } = this;
    (shared.sky as { value: Vector3 }).value.copy(lamps.sky);
    (shared.ground as { value: Vector3 }).value.copy(lamps.ground);
    Object.assign(shared.lampTo as object, { value: lamps.towards });
    Object.assign(shared.lampColour as object, { value: lamps.colour });
    Object.assign(shared.lampSize as object, { value: lamps.size });
    Object.assign(shared.shadowOn as object, { value: 0 });
    shadow?.cast(renderer, this.casters, shared, lamps, this.centre);
  }

  wireframe(on: boolean): void {
    this.wires.forEach((wire) => (wire.visible = on));
  }

  dispose(): void {
    this.root.traverse((node) => {
      if (!(node instanceof Mesh)) return;
      (node.geometry as BufferGeometry).dispose();
      (node.material as Material).dispose();
    });
    this.casting.dispose();
    this.pictures.forEach((picture) => picture.dispose());
    (this.shared.noise as { value: AnyTexture }).value.dispose();
    this.eyes.forEach(({ mesh }) => (mesh.material.uniforms.iris as { value: AnyTexture }).value.dispose());
  }

  /** Hair first, which hides most, then single sided pieces, then the others. */
  private addPieces(): Bundle[] {
    const { pieces } = this.model;
    const usual = usualBrightness(pieces.find(({ name }) => name === "skin"));
    const strands = pieces.filter((piece) => this.pictures.has(piece));
    const plain = pieces.filter((piece) => !this.pictures.has(piece));
    plain.sort((one, other) => ORDER.indexOf(one.name) - ORDER.indexOf(other.name));
    const groups = [...strands.map((piece) => [piece]), plain.filter((one) => !one.doubleSided), plain.filter((one) => one.doubleSided)];
    return groups.filter((group) => group.length).map((group, order) => {
      const bundle = new Bundle(group, usual);
      const [first] = group as [Piece];
      const worn = { doubleSided: first.doubleSided, cutoff: first.cutoff, picture: this.pictures.get(first) ?? null };
      const mesh = still(new Mesh(bundle.geometry, surfaceMaterial(worn, this.shared)));
      mesh.renderOrder = order;
      this.root.add(mesh);
      this.addWire(this.root, bundle.geometry, this.wiring[0]);
      this.casters.add(still(new Mesh(bundle.geometry, this.casting)));
      return bundle;
    });
  }

  private addEye(piece: Piece, side: 0 | 1): void {
    const mesh = new Mesh(eyeGeometry(piece), eyeMaterial(this.shared, irisTexture(piece)));
    (mesh.material.uniforms.axes as { value: unknown }).value = new Matrix3();
    mesh.renderOrder = EYES_ORDER;
    this.eyes.push({ mesh: still(mesh), side });
    this.root.add(mesh);
    this.addWire(mesh, mesh.geometry, this.wiring[1]);
  }

  private addWire(parent: Object3D, geometry: BufferGeometry, material: ShaderMaterial): void {
    const wire = still(new Mesh(geometry, material));
    wire.visible = false;
    wire.renderOrder = WIRES_ORDER;
    this.wires.push(wire);
    parent.add(wire);
  }

  private poseEye(mesh: Mesh<BufferGeometry, ShaderMaterial>, side: 0 | 1, weights: Float32Array): void {
    const head = new Matrix3().set(...turnAt(this.channels, HEAD_AT));
    const axes = mesh.material.uniforms.axes as { value: Matrix3 };
    axes.value.multiplyMatrices(head, new Matrix3().set(...turnAt(this.channels, EYES_AT + 3 * side)));
    const place = this.model.carried(this.channels, this.model.eyePivots[side], 1);
    mesh.matrix.copy(new Matrix4().setFromMatrix3(axes.value)).setPosition(...place);
    mesh.matrixWorldNeedsUpdate = true;
    for (const [name, edge] of Object.entries(this.edges[side]) as [string, Points][]) {
      const points = (mesh.material.uniforms[name] as { value: Vector3[] }).value;
      edge.posed(weights).forEach((point, k) => {
        points[k]?.set(...this.model.carried(this.channels, point, 1));
      });
    }
  }
}

/** Drawn where its vertices say, wherever that is: never culled. */
function still<T extends Object3D>(mesh: T): T {
  mesh.frustumCulled = false;
  mesh.matrixAutoUpdate = false;
  return mesh;
}

function eyeGeometry(piece: Piece): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(piece.shapes.restPositions, 3));
  geometry.setAttribute("normal", new BufferAttribute(piece.shapes.restNormals ?? piece.shapes.restPositions, 3));
  geometry.setIndex(new BufferAttribute(piece.triangles, 1));
  return geometry;
}

async function pictureTexture(png: Uint8Array<ArrayBuffer>): Promise<AnyTexture> {
  const image = await createImageBitmap(new Blob([png], { type: "image/png" }), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const texture = new Texture(image);
  texture.flipY = false;
  texture.colorSpace = SRGBColorSpace;
  texture.needsUpdate = true;
  return texture;
}

