import { describe, expect, it } from "vitest";
import { INDEX } from "../../src/stage/arkit";
import { MotionTrack } from "../../src/stage/motion";
import { Pace } from "../../src/stage/pace";
import { chosen, extent, line, scale } from "../../src/stage/plot";
import { mostExpressive } from "../../src/stage/thumbs";

const JAW = INDEX.jawOpen as number;
const BROW = INDEX.browInnerUp as number;

function motion(frames: number): MotionTrack {
  const data = new Float32Array(64 * frames);
  for (let frame = 0; frame < frames; frame++) {
    data[64 * frame + JAW] = frame === 70 ? 0.9 : 0.1;
    data[64 * frame + BROW] = frame < 50 ? 0.3 : 0.5;
    data[64 * frame + 52] = -0.2; // a head that is turned and stays so
  }
  return new MotionTrack(50, data);
}

describe("plot", () => {
  it("chooses the liveliest of the visible window", () => {
    const track = motion(100);
    expect(chosen([track], { active: 6 }, 0, 2)).toEqual([JAW, BROW]);
    expect(chosen([track], { active: 6 }, 0, 1.1)).toEqual([BROW]);
    expect(chosen([track], { region: "head" }, 0, 2)).toEqual([]);
    expect(chosen([track], { shapes: ["headYaw", "nonsense", "jawOpen"] }, 0, 2)).toEqual([52, JAW]);
  });

  it("shows one of two sides that move alike", () => {
    const track = motion(100);
    const [left, right] = [INDEX.mouthSmileLeft as number, INDEX.mouthSmileRight as number];
    for (let frame = 0; frame < 100; frame++) track.data[64 * frame + left] = track.data[64 * frame + right] = frame / 100;
    expect(chosen([track], { active: 3 }, 0, 2)).toEqual([left, JAW, BROW]);
    track.data[64 * 50 + right] = 0;
    expect(chosen([track], { active: 3 }, 0, 2)).toEqual([left, right, JAW]);
    expect(chosen([track], { region: "mouth" }, 0, 2)).toEqual([left, right, JAW]);
  });

  it("frames all values with round lines", () => {
    const track = motion(100);
    expect(extent(track, JAW, 0, 2)).toEqual([expect.closeTo(0.1), expect.closeTo(0.9)]);
    const { low, high, lines } = scale([track], [JAW, 52], 0, 2);
    expect(low).toBeLessThanOrEqual(-0.2);
    expect(high).toBeGreaterThanOrEqual(0.9);
    expect(lines.some((value) => Math.abs(value) < 1e-6)).toBe(true);
    expect(scale([], [], 0, 1)).toMatchObject({ low: 0, high: 0.25 });
  });

  it("keeps peaks when there are more frames than pixels", () => {
    const points = line(motion(1000), JAW, 0, 20, 100);
    expect(points.length).toBeLessThanOrEqual(101);
    expect(Math.max(...points.map(([, value]) => value))).toBeCloseTo(0.9);
  });

  it("stands still at the frame of most expression", () => {
    expect(mostExpressive(motion(100))).toBeCloseTo(70 / 50);
  });
});

describe("pace", () => {
  /** Draw for ten seconds on a machine that takes so long for a picture of this ratio. */
  function play(pace: Pace, takes: (ratio: number) => number): number[] {
    const ratios: number[] = [];
    for (let now = 0; now < 10_000; now += takes(pace.ratio)) {
      pace.frame(now);
      ratios.push(pace.ratio);
    }
    return ratios;
  }

  it("draws fewer pixels while pictures come too slowly, and stays where it is well", () => {
    const pace = new Pace(1, 1);
    const ratios = play(pace, (ratio) => 20 + 45 * ratio ** 2);
    expect(pace.fps).toBeGreaterThan(22);
    expect(pace.ratio).toBeLessThan(0.8);
    expect(new Set(ratios.slice(-100)).size).toBe(1);
  });

  it("leaves a quick machine alone, and comes back after a slow moment", () => {
    const pace = new Pace(2, 2);
    expect(new Set(play(pace, () => 17))).toEqual(new Set([2]));
    play(pace, (ratio) => (ratio > 1.7 ? 60 : 17));
    expect(pace.ratio).toBeCloseTo(1.64);
  });

  it("forgets pauses", () => {
    const pace = new Pace(1, 1);
    for (let k = 0; k < 100; k++) expect(pace.frame(k * 300)).toBe(false);
    expect(pace.fps).toBe(0);
  });
});
