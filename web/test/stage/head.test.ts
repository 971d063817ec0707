/// <reference types="node" />
/** What the browser poses is what Python poses: vertices of real heads, made by make_data.py. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INDEX } from "../../src/stage/arkit";
import { HeadModel, type Point } from "../../src/stage/head";

const FACES = ["default", "ada"];
const LARGEST_MM = 0.03; // the .glb leaves out movements under half a micrometre and rounds the neck's weights
const python = process.env.AVITALK_PYTHON ?? "python3";
const folder = mkdtempSync(join(tmpdir(), "avitalk-stage-"));

function floats(name: string): Float32Array {
  return new Float32Array(bytes(name));
}

function bytes(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(join(folder, name))).buffer;
}

/** All vertices of a posed head, in the order of its pieces, then the eyes. */
function posed(model: HeadModel, channels: Float32Array): Float32Array {
  const weights = model.drawnWeights(channels);
  const all: number[] = [];
  for (const piece of model.pieces) {
    const places = new Float32Array(piece.shapes.restPositions.length);
    piece.shapes.blend(weights, places, null);
    piece.follow.forEach((follow, row) => {
      all.push(...model.carried(channels, Array.from(places.subarray(3 * row, 3 * row + 3)) as Point, follow));
    });
  }
  model.eyes.forEach((eye, side) => {
    const places = eye?.shapes.restPositions ?? [];
    for (let k = 0; k < places.length; k += 3) {
      all.push(...model.carriedEye(channels, side as 0 | 1, [places[k]!, places[k + 1]!, places[k + 2]!]));
    }
  });
  return Float32Array.from(all);
}

describe("our head", () => {
  beforeAll(() => {
    execFileSync(python, [join(import.meta.dirname, "make_data.py"), folder, "--faces", ...FACES], {
      stdio: "inherit",
      env: { ...process.env, OMP_NUM_THREADS: "1" },
    });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FACES)("%s is posed as in Python", (name) => {
    const model = new HeadModel(bytes(`${name}.glb`));
    const truth = floats(`${name}.f32`);
    const rows = floats("poses.f32");
    const size = truth.length / (rows.length / 64);
    for (let pose = 0; pose < rows.length / 64; pose++) {
      const vertices = posed(model, rows.subarray(64 * pose, 64 * pose + 64));
      expect(vertices.length).toBe(size);
      let worst = 0;
      vertices.forEach((value, k) => (worst = Math.max(worst, Math.abs(value - truth[pose * size + k]!))));
      expect(1000 * worst, `pose ${pose}, millimetres`).toBeLessThan(LARGEST_MM);
    }
  });

  it("knows how far each shape closes the lids", () => {
    const model = new HeadModel(bytes("default.glb"));
    const share = (eye: number, name: string) => model.closure[52 * eye + INDEX[name]!]!;
    expect(share(0, "eyeLookDownLeft")).toBeGreaterThan(0.1);
    expect(share(1, "eyeSquintRight")).toBeGreaterThan(0.1);
    expect(share(0, "eyeWideLeft")).toBeLessThan(0);
    expect([share(0, "eyeBlinkLeft"), share(0, "mouthFunnel")]).toEqual([0, 0]);
  });
});
