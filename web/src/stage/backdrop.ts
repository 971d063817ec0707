/** What stands behind the face: a colour or a gradient from top to bottom, as a mesh. */

import { BufferGeometry, Color, Float32BufferAttribute, Mesh, ShaderMaterial } from "three";

/** Name -> its label, the colours at the top and at the bottom. */
export const BACKDROPS: Readonly<Record<string, readonly [label: string, top: string, bottom: string]>> = {
  studio: ["Studio", "#8f989e", "#3c4348"],
  dark: ["Studio, dark", "#33383d", "#131517"],
  light: ["Light", "#f4f5f6", "#d3d7da"],
  grey: ["Grey", "#808080", "#808080"],
  green: ["Green", "#00b140", "#00b140"],
};

const VERTEX = /* glsl */ `
varying float vUp;
void main() { vUp = position.y * 0.5 + 0.5; gl_Position = vec4(position.xy, 1.0, 1.0); }
`;
const FRAGMENT = /* glsl */ `
uniform vec3 top;
uniform vec3 bottom;
varying float vUp;
void main() {
  vec3 colour = mix(bottom, top, vUp);
  if (top != bottom) { // noise of half a step hides the bands of a slow gradient
    float dither = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    colour += (dither - 0.5) / 255.0;
  }
  gl_FragColor = vec4(colour, 1.0);
}
`;

/** Fills what nothing else covers: drawn last, at the far end. */
export class Backdrop extends Mesh<BufferGeometry, ShaderMaterial> {
  constructor(name = "studio") {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    const uniforms = { top: { value: new Color() }, bottom: { value: new Color() } };
    super(geometry, new ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms, depthWrite: false }));
    this.frustumCulled = false;
    this.renderOrder = 1000;
    this.choose(name);
  }

  /** Throws if there is no backdrop of this name. */
  choose(name: string): void {
    const backdrop = BACKDROPS[name];
    if (!backdrop) throw new Error(`No background '${name}'; there are ${Object.keys(BACKDROPS).join(", ")}.`);
    const [, top, bottom] = backdrop;
    // Straight to the screen: these are sRGB already.
    const raw = (hex: string) => Array.from({ length: 3 }, (_, k) => parseInt(hex.slice(1 + 2 * k, 3 + 2 * k), 16) / 255);
    const { uniforms } = this.material;
    (uniforms.top?.value as Color).fromArray(raw(top));
    (uniforms.bottom?.value as Color).fromArray(raw(bottom));
  }

  override dispose(): void {
    this.geometry.dispose();
    this.material.dispose();
  }
}
