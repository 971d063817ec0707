import { describe, expect, it } from "vitest";
import { ARKIT_52, CHANNELS, INDEX, REGIONS, lookingWeights } from "../../src/stage/arkit";
import { spelledBone, spelledShape } from "../../src/stage/spelling";

describe("names", () => {
  it("reads every ARKit name in common spellings", () => {
    for (const name of ARKIT_52) {
      const pascal = name.charAt(0).toUpperCase() + name.slice(1);
      const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const short = name.replace(/Left$/, "_L").replace(/Right$/, "_R");
      const spellings = [name, pascal, snake, `blendShape1.${name}`, `Head|${name}`, `Face.M_${name}`];
      if (!/^(jaw|mouth)(Left|Right)$/.test(name)) spellings.push(short);
      for (const spelling of spellings) expect(spelledShape(spelling), spelling).toEqual([{ name, gain: 1 }]);
    }
  });

  it("gives a shape of both sides to both, and reads no others", () => {
    expect(spelledShape("mouthSmile")).toEqual([{ name: "mouthSmileLeft", gain: 0.5 }, { name: "mouthSmileRight", gain: 0.5 }]);
    expect(spelledShape("eyesClosed").map(({ name }) => name)).toEqual(["eyeBlinkLeft", "eyeBlinkRight"]);
    expect(spelledShape("mouthOpen")).toEqual([{ name: "jawOpen", gain: 1 }]);
    for (const other of ["Joy", "viseme_PP", "jaw", "mouth", "", "jawOpen_mouthClose"]) expect(spelledShape(other)).toEqual([]);
  });

  it("finds bones", () => {
    expect(["Head", "mixamorig:Head", "J_Bip_C_Head"].map(spelledBone)).toEqual(["head", "head", "head"]);
    expect(["LeftEye", "eye_L", "J_Adj_R_FaceEye"].map(spelledBone)).toEqual(["left eye", "left eye", "right eye"]);
    expect(["HeadTop_End", "Eyelid_L", "Neck"].map(spelledBone)).toEqual([null, null, null]);
  });

  it("parts the channels among regions", () => {
    const all = Object.values(REGIONS).flat().sort((a, b) => a - b);
    expect(all).toEqual(CHANNELS.map((_, k) => k));
  });

  it("lets the lids follow the gaze", () => {
    const channels = new Float32Array(64).fill(0);
    channels[INDEX.eyeLookUpLeft as number] = 0.9; // the angles are the authority
    channels[55] = 0.285; // the left eye looks to the left, outwards
    channels[58] = 0.31; // the right one inwards
    channels[56] = 0.305; // down
    const weights = lookingWeights(channels, new Float32Array(52));
    const seen = (name: string) => weights[INDEX[name] as number];
    expect(seen("eyeLookOutLeft")).toBeCloseTo(0.5);
    expect(seen("eyeLookInRight")).toBeCloseTo(0.5);
    expect(seen("eyeLookDownLeft")).toBeCloseTo(0.5);
    expect(seen("eyeLookUpLeft")).toBe(0);
    expect(seen("eyeLookInLeft")).toBe(0);
  });
});
