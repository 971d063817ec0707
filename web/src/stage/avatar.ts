/** Anybody's ARKit glTF or VRM in, a face that three.js draws out, driven by the 52 weights. */

import {
  Box3, BufferAttribute, Group, Material, Mesh, SkinnedMesh, Texture, Vector3, type Bone, type BufferGeometry,
  type Object3D,
} from "three";
import { GLTFLoader, type GLTF } from "three/addons/loaders/GLTFLoader.js";
import { ARKIT_52, EYES_AT, HEAD_AT, INDEX, MOVE_AT, SHAPE_COUNT, lookingWeights } from "./arkit";
import type { Face } from "./face";
import { Joint, eyesOf, findBones, looksBack, type Role } from "./rig";
import { Shapes, sparse, type Shape } from "./shapes";
import { spelledShape } from "./spelling";

/** A morph target and what it takes of ARKit's weights, as the server says. */
export interface Binding {
  mesh_index: number;
  target_index: number;
  weights: Record<string, number>;
  /** Weight at rest. */
  offset?: number;
}

const BETWEEN_EYES_M = 0.063;
const TALLEST_M = 0.28; // of what the shapes move: more would not fit the picture
const EYE_FIRST: readonly [Role, number][] = [["left eye", EYES_AT], ["right eye", EYES_AT + 3]];

const LOOKS = ARKIT_52.filter((name) => name.startsWith("eyeLook"));
const FAR = 0.1; // of the farthest that a shape moves: less is the surroundings

/** A mesh whose targets are blended here instead of on the graphics processor. */
interface Driven {
  mesh: Mesh;
  shapes: Shapes;
  /** (targets x 52) what each takes of the ARKit weights, and its weight at rest. */
  gains: Float32Array;
  offsets: Float32Array;
  weights: Float32Array;
}

/** Read an avatar; throws an Error with a sentence if nothing in it can be driven. */
export async function loadAvatar(bytes: ArrayBuffer, options: { binding?: readonly Binding[] } = {}): Promise<Face> {
  let gltf: GLTF;
  try {
    gltf = await new GLTFLoader().parseAsync(bytes, "");
  } catch (error) {
    throw new Error("The avatar's file could not be read as glTF or VRM.", { cause: error });
  }
  const driven = drivenMeshes(gltf, options.binding);
  if (!driven.some(({ gains }) => gains.some((gain) => gain !== 0))) {
    throw new Error("No morph target of the avatar has a name of ARKit's, such as jawOpen.");
  }
  const bones = await findBones(gltf);
  return new AvatarFace(gltf, driven, bones);
}

class AvatarFace implements Face {
  readonly kind = "avatar";
  readonly drives: readonly string[];
  readonly triangles: number;
  readonly root = new Group();
  readonly centre: Vector3;
  readonly metre: number;
  poses = 0;
  private readonly head: Joint | null;
  private readonly eyes: { joint: Joint; first: number }[] = [];
  private readonly weights = new Float32Array(SHAPE_COUNT);

  constructor(gltf: GLTF, private readonly driven: Driven[], bones: Partial<Record<Role, Object3D>>) {
    this.root.add(gltf.scene);
    if (looksBack(gltf)) gltf.scene.rotation.y = Math.PI;
    this.root.updateMatrixWorld(true);
    gltf.scene.traverse((node) => (node.frustumCulled = false));
    this.drives = ARKIT_52.filter((_, k) => driven.some(({ gains }) => movedBy(gains, k)));
    this.triangles = countTriangles(this.root);
    [this.centre, this.metre] = whereabouts(driven, bones);
    this.head = bones.head ? new Joint(bones.head) : null;
    // Either bones turn the eyes or eyeLook shapes do, never both.
    const eyes = EYE_FIRST.flatMap(([role, first]) => (bones[role] ? [{ node: bones[role], first }] : []));
    const shapely = driven.some((one) => turnsEyeballs(one, eyes.map(({ node }) => node)));
    if (!shapely) this.eyes = eyes.map(({ node, first }) => ({ joint: new Joint(node), first }));
    this.pose(new Float32Array(64));
  }

  pose(channels: Float32Array): void {
    lookingWeights(channels, this.weights);
    for (const { mesh, shapes, gains, offsets, weights } of this.driven) {
      for (let target = 0; target < weights.length; target++) {
        let sum = offsets[target] as number;
        for (let k = 0; k < SHAPE_COUNT; k++) sum += (gains[target * SHAPE_COUNT + k] as number) * (this.weights[k] as number);
        weights[target] = sum;
      }
      const { position, normal } = mesh.geometry.attributes as { position: BufferAttribute; normal?: BufferAttribute };
      shapes.blend(weights, position.array as Float32Array, shapes.restNormals && normal ? (normal.array as Float32Array) : null);
      position.needsUpdate = true;
      if (normal) normal.needsUpdate = true;
    }
    this.head?.set(channels, HEAD_AT);
    for (const { joint, first } of this.eyes) joint.set(channels, first);
    this.root.position.fromArray(channels, MOVE_AT).multiplyScalar(this.metre);
    this.poses++;
  }

  light(): void {
    // Lit by three.js' own lights, see `Picture`.
  }

  wireframe(on: boolean): void {
    for (const material of materialsOf(this.root)) if ("wireframe" in material) material.wireframe = on;
  }

  dispose(): void {
    this.root.traverse((node) => node instanceof Mesh && (node.geometry as BufferGeometry).dispose());
    for (const material of materialsOf(this.root)) {
      Object.values(material).forEach((value) => value instanceof Texture && value.dispose());
      material.dispose();
    }
  }
}

/** Take the morph targets out of the meshes and say what drives them. */
function drivenMeshes(gltf: GLTF, binding: readonly Binding[] | undefined): Driven[] {
  const found: Driven[] = [];
  gltf.scene.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    const mesh = node as Mesh;
    const { position: targets, normal: turns } = mesh.geometry.morphAttributes;
    if (!targets?.length) return;
    const number = (gltf.parser.associations.get(mesh) as { meshes?: number } | undefined)?.meshes;
    const count = targets.length;
    const gains = new Float32Array(count * SHAPE_COUNT);
    const offsets = Float32Array.from({ length: count }, (_, k) => mesh.morphTargetInfluences?.[k] ?? 0);
    if (binding) bind(gains, offsets, binding.filter((one) => one.mesh_index === number));
    else spell(gains, offsets, mesh.morphTargetDictionary ?? {});
    const shapes = takeOut(mesh, targets as BufferAttribute[], turns as BufferAttribute[] | undefined);
    found.push({ mesh, shapes, gains, offsets, weights: new Float32Array(count) });
  });
  return found;
}

function bind(gains: Float32Array, offsets: Float32Array, binding: readonly Binding[]): void {
  const started = new Set<number>();
  for (const { target_index: target, weights, offset = 0 } of binding) {
    if (!started.has(target)) offsets[target] = 0;
    started.add(target);
    offsets[target] = (offsets[target] ?? 0) + offset;
    for (const [name, gain] of Object.entries(weights)) {
      const place = target * SHAPE_COUNT + (INDEX[name] ?? -1);
      if (name in INDEX) gains[place] = (gains[place] ?? 0) + gain;
    }
  }
}

/** By names; of targets that mean the same, the one that is spelled as ARKit does. */
function spell(gains: Float32Array, offsets: Float32Array, names: Record<string, number>): void {
  const taken = new Set<string>();
  const listed = Object.entries(names).sort(([one], [other]) => Number(other in INDEX) - Number(one in INDEX));
  for (const [spelled, target] of listed) {
    const meant = spelledShape(spelled).filter(({ name }) => !taken.has(name));
    for (const { name, gain } of meant) {
      gains[target * SHAPE_COUNT + (INDEX[name] as number)] = gain;
      taken.add(name);
      offsets[target] = 0;
    }
  }
}

/** Sparse shapes of a mesh, whose attributes become its own floats and whose targets go. */
function takeOut(mesh: Mesh, targets: BufferAttribute[], turns: BufferAttribute[] | undefined): Shapes {
  const { geometry } = mesh;
  const relative = geometry.morphTargetsRelative;
  const own = (name: "position" | "normal") => {
    const attribute = geometry.getAttribute(name) as BufferAttribute | undefined;
    if (!attribute) return null;
    const values = floats(attribute);
    geometry.setAttribute(name, new BufferAttribute(values.slice(), 3).setUsage(35048)); // DYNAMIC_DRAW
    return values;
  };
  const positions = own("position") as Float32Array;
  const normals = own("normal");
  const away = (attribute: BufferAttribute, rest: Float32Array) => {
    const values = floats(attribute);
    return relative ? values : values.map((value, k) => value - (rest[k] as number));
  };
  const shapes = targets.map((target, k): Shape | null => {
    const turned = turns?.[k];
    return sparse(away(target, positions), turned && normals ? away(turned, normals) : null);
  });
  geometry.morphAttributes = {};
  mesh.morphTargetInfluences = undefined;
  mesh.morphTargetDictionary = undefined;
  return new Shapes(positions, normals, shapes);
}

function floats(attribute: BufferAttribute): Float32Array {
  const values = new Float32Array(3 * attribute.count);
  for (let k = 0; k < attribute.count; k++) {
    values.set([attribute.getX(k), attribute.getY(k), attribute.getZ(k)], 3 * k);
  }
  return values;
}

/** Midpoint between the eyes, and the length of a metre of our head, in the world. */
function whereabouts(driven: readonly Driven[], bones: Partial<Record<Role, Object3D>>): [Vector3, number] {
  const moved = new Box3();
  for (const { mesh, shapes, gains } of driven) {
    shapes.shapes.forEach((shape, target) => {
      if (!shape || !gains.subarray(target * SHAPE_COUNT, (target + 1) * SHAPE_COUNT).some(Boolean)) return;
      shape.rows.forEach((row, k) => movesFar(shape, k) && moved.expandByPoint(placed(mesh, row)));
    });
  }
  const sides = ["eyeBlinkLeft", "eyeBlinkRight"].map((name) => middleMoved(driven, INDEX[name] as number));
  const [left, right] = sides;
  const size = moved.getSize(new Vector3());
  const eyes = eyesOf(bones) ?? (left && right && left.distanceTo(right) > 1e-6
    ? ([left.clone().add(right).multiplyScalar(0.5), left.distanceTo(right)] as [Vector3, number])
    : null);
  if (!eyes) return [moved.getCenter(new Vector3()).add(new Vector3(0, 0.2 * size.y, 0)), size.y / 0.15];
  return [eyes[0], Math.max(eyes[1] / BETWEEN_EYES_M, size.y / TALLEST_M)];
}

/** Mean of the vertices that a weight moves, by how far. */
function middleMoved(driven: readonly Driven[], weight: number): Vector3 | null {
  const sum = new Vector3();
  let total = 0;
  for (const { mesh, shapes, gains } of driven) {
    shapes.shapes.forEach((shape, target) => {
      if (!shape || !gains[target * SHAPE_COUNT + weight]) return;
      shape.rows.forEach((row, k) => {
        const way = Math.hypot(...shape.moves.subarray(3 * k, 3 * k + 3));
        sum.addScaledVector(placed(mesh, row), way);
        total += way;
      });
    });
  }
  return total ? sum.multiplyScalar(1 / total) : null;
}

/** Whether an eyeLook shape moves vertices that hang on an eye's bone. */
function turnsEyeballs({ mesh, shapes, gains }: Driven, eyes: Object3D[]): boolean {
  if (!(mesh instanceof SkinnedMesh)) return false;
  const numbers = new Set(eyes.map((eye) => mesh.skeleton.bones.indexOf(eye as Bone)).filter((number) => number >= 0));
  const { skinIndex, skinWeight } = mesh.geometry.attributes as Record<string, BufferAttribute | undefined>;
  if (!numbers.size || !skinIndex || !skinWeight) return false;
  const onEye = (row: number) =>
    [0, 1, 2, 3].some((k) => numbers.has(skinIndex.getComponent(row, k)) && skinWeight.getComponent(row, k) > 0.5);
  return shapes.shapes.some((shape, target) => {
    const looks = LOOKS.some((name) => gains[target * SHAPE_COUNT + (INDEX[name] as number)]);
    return looks && shape !== null && Array.from(shape.rows).some((row, k) => onEye(row) && movesFar(shape, k));
  });
}

function movesFar(shape: Shape, k: number): boolean {
  if (!farthest.has(shape)) farthest.set(shape, shape.moves.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  return Math.hypot(...shape.moves.subarray(3 * k, 3 * k + 3)) > FAR * (farthest.get(shape) as number);
}

const farthest = new WeakMap<Shape, number>();

function placed(mesh: Mesh, row: number): Vector3 {
  return mesh.localToWorld(mesh.getVertexPosition(row, new Vector3()));
}

function movedBy(gains: Float32Array, weight: number): boolean {
  for (let place = weight; place < gains.length; place += SHAPE_COUNT) if (gains[place]) return true;
  return false;
}

function countTriangles(root: Object3D): number {
  let count = 0;
  root.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    const { index, attributes } = node.geometry as BufferGeometry;
    count += (index?.count ?? attributes.position?.count ?? 0) / 3;
  });
  return count;
}

function materialsOf(root: Object3D): Material[] {
  const found = new Set<Material>();
  root.traverse((node) => {
    if (node instanceof Mesh) [node.material as Material | Material[]].flat().forEach((material) => found.add(material));
  });
  return [...found];
}
