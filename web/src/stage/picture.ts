/** A renderer of three.js with lamps, backdrop and shadow: draws one face into a part of a canvas. */

import {
  DirectionalLight, HemisphereLight, NeutralToneMapping, PerspectiveCamera, SRGBColorSpace, Scene, Vector3, WebGLRenderer,
} from "three";
import { Backdrop } from "./backdrop";
import type { Face } from "./face";
import { LAMP_COUNT, Lamps } from "./lamps";
import { drawsInSoftware } from "./machine";
import { Shadow } from "./shadow";
import type { View } from "./view";

/** Left, bottom, width and height in CSS pixels. */
export type Part = readonly [number, number, number, number];

const MISSING =
  "This browser cannot draw in 3D: WebGL 2 is missing or switched off. " +
  "Switch on hardware acceleration, or use a current Firefox, Chrome, Edge or Safari.";

/** Draws faces; throws an Error with a sentence where WebGL is missing. */
export class Picture {
  readonly renderer: WebGLRenderer;
  readonly lamps: Lamps;
  readonly backdrop: Backdrop;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera();
  private readonly lights = Array.from({ length: LAMP_COUNT }, () => new DirectionalLight());
  private readonly around = new HemisphereLight();
  private readonly shadow: Shadow | null;

  constructor(canvas: HTMLCanvasElement, options: { light?: string; background?: string; shadow?: boolean; antialias?: boolean }) {
    try {
      this.renderer = new WebGLRenderer({ canvas, antialias: options.antialias ?? !drawsInSoftware(), alpha: false, powerPreference: "high-performance" });
    } catch (error) {
      throw new Error(MISSING, { cause: error });
    }
    const { renderer } = this;
    renderer.outputColorSpace = SRGBColorSpace;
    renderer.toneMapping = NeutralToneMapping;
    renderer.autoClear = false;
    renderer.info.autoReset = false;
    this.lamps = new Lamps(options.light);
    this.backdrop = new Backdrop(options.background);
    this.shadow = options.shadow !== false && Shadow.possible(renderer) ? new Shadow() : null;
    this.scene.add(this.backdrop, this.around);
    for (const light of this.lights) this.scene.add(light, light.target);
  }

  /** Draw `face`, posed already, as seen by `view`; null draws the backdrop alone. */
  draw(face: Face | null, view: View, part: Part): void {
    const { renderer, scene, camera, lamps } = this;
    lamps.hang(view.yaw);
    face?.light(lamps, renderer, this.shadow);
    this.hang(face);
    view.place(camera, face?.centre ?? new Vector3(), face?.metre ?? 1, part[2], part[3]);
    if (face) scene.add(face.root);
    renderer.setViewport(...part);
    renderer.setScissor(...part);
    renderer.setScissorTest(true);
    renderer.clear();
    renderer.render(scene, camera);
    if (face) scene.remove(face.root);
  }

  dispose(): void {
    this.shadow?.dispose();
    this.backdrop.dispose();
    this.renderer.dispose();
  }

  /** The same lamps for avatars, which wear three.js' own materials: radiance 1 is pi there. */
  private hang(face: Face | null): void {
    const worn = face?.kind === "avatar";
    this.around.visible = worn;
    this.around.color.setRGB(...this.lamps.sky.toArray());
    this.around.groundColor.setRGB(...this.lamps.ground.toArray());
    this.around.intensity = Math.PI;
    this.lights.forEach((light, k) => {
      const { colour, strength } = this.lamps.parts(k);
      light.visible = worn && strength > 1e-3;
      light.color.copy(colour);
      light.intensity = Math.PI * strength;
      light.position.copy(this.lamps.towards[k] as Vector3);
    });
  }
}
