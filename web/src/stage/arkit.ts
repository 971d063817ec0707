/** The vocabulary of a motion: 52 ARKit names in order, regions, channels, gaze to eyeLook weights. */

export const ARKIT_52 = [
  "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
  "eyeSquintLeft", "eyeWideLeft",
  "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
  "eyeSquintRight", "eyeWideRight",
  "jawForward", "jawRight", "jawLeft", "jawOpen",
  "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft",
  "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
  "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
  "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
  "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
  "mouthUpperUpLeft", "mouthUpperUpRight",
  "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
  "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
  "noseSneerLeft", "noseSneerRight", "tongueOut",
] as const;

/** Channels 52.. of a frame: angles in radians, then metres. */
const BEYOND = [
  "headYaw", "headPitch", "headRoll",
  "leftEyeYaw", "leftEyePitch", "leftEyeRoll", "rightEyeYaw", "rightEyePitch", "rightEyeRoll",
  "moveX", "moveY", "moveZ",
] as const;

/** Names of the 64 channels of a frame. */
export const CHANNELS: readonly string[] = [...ARKIT_52, ...BEYOND];
export const CHANNEL_COUNT = CHANNELS.length;
export const SHAPE_COUNT = ARKIT_52.length;
/** Where a frame's groups begin. */
export const HEAD_AT = 52;
export const EYES_AT = 55;
export const MOVE_AT = 61;

export const INDEX: Readonly<Record<string, number>> = Object.fromEntries(
  ARKIT_52.map((name, number) => [name, number]),
);

function starting(...prefixes: string[]): number[] {
  return ARKIT_52.flatMap((name, number) => (prefixes.some((p) => name.startsWith(p)) ? [number] : []));
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, k) => first + k);
}

/** Region -> numbers of its channels; the regions part the 64 channels among them. */
export const REGIONS: Readonly<Record<string, readonly number[]>> = {
  mouth: starting("jaw", "mouth", "tongue"),
  eyes: [...starting("eye"), ...range(EYES_AT, MOVE_AT)],
  brows: starting("brow"),
  cheeks: starting("cheek", "nose"),
  head: [...range(HEAD_AT, EYES_AT), ...range(MOVE_AT, CHANNEL_COUNT)],
};

// Radians of eye rotation at weight 1, as in avitalk/arkit.py.
const LOOK_DOWN_RAD = 0.61;
const LOOK_UP_RAD = 0.4;
const LOOK_IN_RAD = 0.62;
const LOOK_OUT_RAD = 0.57;

/** The weights that are posed: those of `channels` (64) with eyeLook* as the eye angles have them. */
export function lookingWeights(channels: Float32Array, out: Float32Array): Float32Array {
  out.set(channels.subarray(0, SHAPE_COUNT));
  for (const [side, first] of [[0, 1], [1, 8]] as const) {
    const yaw = channels[EYES_AT + 3 * side] ?? 0;
    const pitch = channels[EYES_AT + 3 * side + 1] ?? 0;
    const outward = side === 0 ? yaw : -yaw; // the left eye looks out when it turns left
    out[first] = share(pitch / LOOK_DOWN_RAD);
    out[first + 1] = share(-outward / LOOK_IN_RAD);
    out[first + 2] = share(outward / LOOK_OUT_RAD);
    out[first + 3] = share(-pitch / LOOK_UP_RAD);
  }
  return out;
}

function share(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
