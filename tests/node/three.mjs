// What three.js shows of a .glb: node three.mjs file.glb time_s... > shown.json
// Loads it with GLTFLoader, plays its animation with AnimationMixer, and reads weights, world
// rotations and the deformed corners of every STEP-th triangle at each time.
import { readFileSync } from "node:fs";

globalThis.self = globalThis; // the loader looks for a browser's window
const { AnimationMixer, Quaternion, Vector3 } = await import("three");
const { GLTFLoader } = await import("three/examples/jsm/loaders/GLTFLoader.js");

const STEP = 11;
const [path, ...times] = process.argv.slice(2);
const bytes = readFileSync(path);
const { buffer, byteOffset, byteLength } = bytes;
const gltf = await new GLTFLoader().parseAsync(
  buffer.slice(byteOffset, byteOffset + byteLength),
  "",
);

const mixer = new AnimationMixer(gltf.scene);
for (const clip of gltf.animations) mixer.clipAction(clip).play();
const turned = ["head", "eye_left", "eye_right"];

function corners(mesh) {
  const { index } = mesh.geometry;
  const found = [];
  const point = new Vector3();
  for (let corner = 0; corner < index.count; corner += corner % 3 === 2 ? 3 * STEP - 2 : 1) {
    mesh.getVertexPosition(index.getX(corner), point); // morphed and skinned
    found.push(...mesh.localToWorld(point).toArray());
  }
  return found;
}

function shownAt(time) {
  mixer.setTime(time);
  gltf.scene.updateMatrixWorld(true);
  const shown = { weights: {}, rotations: {}, corners: {} };
  gltf.scene.traverse((node) => {
    if (turned.includes(node.name))
      shown.rotations[node.name] = node.getWorldQuaternion(new Quaternion()).toArray();
    if (!node.isMesh) return;
    const name = `${node.isSkinnedMesh ? "face" : node.name}/${node.material.name}`;
    shown.corners[name] = corners(node);
    for (const [shape, place] of Object.entries(node.morphTargetDictionary ?? {}))
      (shown.weights[shape] ??= []).push(node.morphTargetInfluences[place]);
  });
  return shown;
}

const answer = {
  clips: gltf.animations.map((clip) => ({ name: clip.name, duration: clip.duration })),
  step: STEP,
  shown: times.map((time) => shownAt(Number(time))),
};
process.stdout.write(JSON.stringify(answer));
