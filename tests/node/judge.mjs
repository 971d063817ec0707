// What two readers that are not ours make of a .glb: node judge.mjs file.glb > verdict.json
import { readFileSync } from "node:fs";
import { NodeIO } from "@gltf-transform/core";
import { validateBytes } from "gltf-validator";

const bytes = new Uint8Array(readFileSync(process.argv[2]));
const { issues } = await validateBytes(bytes, { maxIssues: 50 });

const root = (await new NodeIO().readBinary(bytes)).getRoot();
const channels = root.listAnimations().flatMap((animation) =>
  animation.listChannels().map((channel) => ({
    node: channel.getTargetNode().getName(),
    path: channel.getTargetPath(),
    interpolation: channel.getSampler().getInterpolation(),
    times: [...channel.getSampler().getInput().getArray()],
    values: [...channel.getSampler().getOutput().getArray()],
  })),
);
const meshes = root.listMeshes().map((mesh) => ({
  name: mesh.getName(),
  targetNames: mesh.getExtras().targetNames ?? [],
  primitives: mesh.listPrimitives().map((primitive) => ({
    material: primitive.getMaterial().getName(),
    attributes: primitive.listSemantics(),
    vertices: primitive.getAttribute("POSITION").getCount(),
    displacements: primitive
      .listTargets()
      .map((target) => [...target.getAttribute("POSITION").getArray()]),
  })),
}));
const nodes = root.listNodes().map((node) => ({
  name: node.getName(),
  parent: node.getParentNode()?.getName() ?? null,
  translation: node.getTranslation(),
}));
process.stdout.write(JSON.stringify({ issues, channels, meshes, nodes }));
