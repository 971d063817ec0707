/** Sets of lamps, hung relative to the camera as `avitalk.render.look` hangs them; uniforms out. */

import { Color, Vector3 } from "three";

export const LAMP_COUNT = 4;
const DEGREE = Math.PI / 180;
/** A set-up changes sides while the camera passes within this of the face's middle. */
const TURN_OVER_RAD = 25 * DEGREE;

type Colour = readonly [number, number, number];

interface Lamp {
  /** Degrees from the camera's direction, positive to the camera's left. */
  aside: number;
  /** Degrees above eye level. */
  above: number;
  /** Linear RGB times strength: 1 facing white matt paint gives radiance 1. */
  colour: Colour;
  /** 0 a bare bulb, 1 a large soft box close by. */
  size: number;
}

interface Look {
  label: string;
  /** Key light first, the one that casts shadows. */
  lamps: readonly [Lamp, Lamp, Lamp, Lamp];
  /** Light of the room from above and from below. */
  sky: Colour;
  ground: Colour;
}

const OFF: Lamp = { aside: 180, above: 0, colour: [0, 0, 0], size: 0.5 };

export const LOOKS: Readonly<Record<string, Look>> = {
  studio: {
    label: "Studio",
    lamps: [
      { aside: 36, above: 34, colour: [1.4, 1.31, 1.21], size: 0.8 },
      { aside: -50, above: 4, colour: [0.2, 0.215, 0.25], size: 0.5 },
      { aside: -138, above: 26, colour: [0.5, 0.525, 0.57], size: 0.5 },
      { aside: 150, above: 20, colour: [0.3, 0.3, 0.33], size: 0.5 },
    ],
    sky: [0.225, 0.225, 0.235],
    ground: [0.12, 0.092, 0.078],
  },
  soft: {
    label: "Soft",
    lamps: [
      { aside: 22, above: 30, colour: [0.86, 0.85, 0.83], size: 1 },
      { aside: -38, above: 16, colour: [0.42, 0.42, 0.43], size: 1 },
      { aside: -150, above: 30, colour: [0.25, 0.25, 0.26], size: 0.8 },
      OFF,
    ],
    sky: [0.34, 0.34, 0.35],
    ground: [0.2, 0.18, 0.17],
  },
  evening: {
    label: "Evening",
    lamps: [
      { aside: 52, above: 14, colour: [1.62, 1.16, 0.72], size: 0.6 },
      { aside: -60, above: 8, colour: [0.1, 0.14, 0.24], size: 0.7 },
      { aside: -132, above: 30, colour: [0.34, 0.5, 0.86], size: 0.5 },
      { aside: 140, above: 24, colour: [0.5, 0.34, 0.2], size: 0.5 },
    ],
    sky: [0.12, 0.15, 0.2],
    ground: [0.1, 0.07, 0.05],
  },
  contrast: {
    label: "Contrast",
    lamps: [
      { aside: 62, above: 30, colour: [1.75, 1.7, 1.62], size: 0.35 },
      { aside: -60, above: 4, colour: [0.06, 0.065, 0.075], size: 0.5 },
      { aside: -140, above: 26, colour: [0.7, 0.74, 0.8], size: 0.4 },
      OFF,
    ],
    sky: [0.085, 0.085, 0.095],
    ground: [0.045, 0.04, 0.035],
  },
};

/** The lamps as they hang now, in the face's space. */
export class Lamps {
  readonly towards = Array.from({ length: LAMP_COUNT }, () => new Vector3(0, 0, 1));
  readonly colour = Array.from({ length: LAMP_COUNT }, () => new Vector3());
  readonly size = new Array<number>(LAMP_COUNT).fill(0.5);
  readonly sky = new Vector3();
  readonly ground = new Vector3();
  private look: Look = LOOKS.studio as Look;

  constructor(name = "studio") {
    this.choose(name);
  }

  /** Take the lamps called `name`; throws if there are none. */
  choose(name: string): void {
    const look = LOOKS[name];
    if (!look) throw new Error(`No light '${name}'; there are ${Object.keys(LOOKS).join(", ")}.`);
    this.look = look;
    this.sky.fromArray(look.sky);
    this.ground.fromArray(look.ground);
  }

  /** Hang them for a camera at `yaw` radians round the head; short lighting from either side. */
  hang(yaw: number): void {
    const mirrored = otherSide(yaw);
    this.look.lamps.forEach((lamp, k) => {
      const half = Math.abs(lamp.aside) <= 90 ? 0 : Math.sign(lamp.aside) * 180;
      const aside = lamp.aside + mirrored * 2 * (half - lamp.aside);
      const around = yaw - aside * DEGREE;
      const up = lamp.above * DEGREE;
      this.towards[k]?.set(Math.sin(around) * Math.cos(up), Math.sin(up), Math.cos(around) * Math.cos(up));
      this.colour[k]?.fromArray(lamp.colour);
      this.size[k] = lamp.size;
    });
  }

  /** The key light's colour and strength apart, for three.js' own lights. */
  parts(k: number): { colour: Color; strength: number } {
    const { x, y, z } = this.colour[k] as Vector3;
    const strength = Math.max(x, y, z, 1e-6);
    return { colour: new Color(x / strength, y / strength, z / strength), strength };
  }
}

/** 0 where the camera sees the head's left side, 1 for the right, continuous all round. */
export function otherSide(yaw: number): number {
  const turn = 2 * Math.PI;
  const wrapped = ((((yaw + Math.PI) % turn) + turn) % turn) - Math.PI;
  const beyond = wrapped > Math.PI / 2 ? wrapped - Math.PI + TURN_OVER_RAD : -wrapped;
  const share = Math.min(Math.max(beyond / TURN_OVER_RAD, 0), 1);
  return share * share * (3 - 2 * share);
}
