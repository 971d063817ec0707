/** A loaded glTF or VRM in, the nodes that turn head and eyes and how to turn them out. */

import { Bone, Euler, Quaternion, SkinnedMesh, Vector3, type Object3D } from "three";
import type { GLTF } from "three/addons/loaders/GLTFLoader.js";
import { spelledBone } from "./spelling";

export type Role = "head" | "left eye" | "right eye";
const VRM_BONES: Readonly<Record<Role, string>> = { head: "head", "left eye": "leftEye", "right eye": "rightEye" };

interface VrmExtensions {
  VRMC_vrm?: { humanoid?: { humanBones?: Record<string, { node: number }> } };
  VRM?: { humanoid?: { humanBones?: { bone: string; node: number }[] } };
}

/** A node that turns about itself by angles given in the world. */
export class Joint {
  private readonly rest: Quaternion;
  private readonly above: Quaternion;
  private readonly turn = new Quaternion();
  private readonly angles = new Euler(0, 0, 0, "YXZ");

  constructor(readonly node: Object3D) {
    this.rest = node.quaternion.clone();
    this.above = node.parent?.getWorldQuaternion(new Quaternion()) ?? new Quaternion();
  }

  /** Yaw, pitch and roll in radians from `channels[first]` on. */
  set(channels: Float32Array, first: number): void {
    this.angles.set(channels[first + 1] ?? 0, channels[first] ?? 0, channels[first + 2] ?? 0);
    this.turn.setFromEuler(this.angles);
    // The turn in the parent's space, before which comes the node's own rest rotation.
    this.node.quaternion.copy(this.above).invert().multiply(this.turn).multiply(this.above).multiply(this.rest);
  }
}

/** Nodes by role: a VRM's humanoid, else by their names; joints of skins before others. */
export async function findBones(gltf: GLTF): Promise<Partial<Record<Role, Object3D>>> {
  const extensions = ((gltf.parser.json as { extensions?: VrmExtensions }).extensions ?? {}) as VrmExtensions;
  const vrm1 = extensions.VRMC_vrm?.humanoid?.humanBones;
  const vrm0 = extensions.VRM?.humanoid?.humanBones;
  const found: Partial<Record<Role, Object3D>> = {};
  for (const [role, bone] of Object.entries(VRM_BONES) as [Role, string][]) {
    const node = vrm1?.[bone]?.node ?? vrm0?.find((one) => one.bone === bone)?.node;
    if (node !== undefined) found[role] = (await gltf.parser.getDependency("node", node)) as Object3D;
  }
  const joints = new Set<Object3D>();
  gltf.scene.traverse((node) => {
    if (node instanceof SkinnedMesh) node.skeleton.bones.forEach((bone) => joints.add(bone));
  });
  const named: Partial<Record<Role, Object3D>> = {};
  gltf.scene.traverse((node) => {
    const role = node instanceof SkinnedMesh ? null : (spelledBone(node.name) as Role | null);
    if (!role || (role === "head" && !(node instanceof Bone) && "isMesh" in node)) return;
    const before = named[role];
    if (!before || (joints.has(node) && !joints.has(before))) named[role] = node;
  });
  return { ...named, ...found };
}

/** Whether a VRM of version 0, which looks along -Z. */
export function looksBack(gltf: GLTF): boolean {
  return "VRM" in ((gltf.parser.json as { extensions?: object }).extensions ?? {});
}

/** Middle between the eyes and their distance in the world; null if the bones do not tell. */
export function eyesOf(bones: Partial<Record<Role, Object3D>>): [Vector3, number] | null {
  const { "left eye": left, "right eye": right } = bones;
  if (!left || !right) return null;
  const [l, r] = [left, right].map((node) => node.getWorldPosition(new Vector3())) as [Vector3, Vector3];
  const apart = l.distanceTo(r);
  return apart > 1e-6 ? [l.add(r).multiplyScalar(0.5), apart] : null;
}
