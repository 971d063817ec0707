/** The key light's soft shadow: depth and its square from the lamp, blurred as two moments.
 *
 * After Donnelly and Lauritzen (2006), as in `avitalk.render.shadow`.
 */

import {
  BufferGeometry, Color, Float32BufferAttribute, FloatType, LinearFilter, Matrix4, Mesh, NoBlending, OrthographicCamera,
  RGFormat, Scene, ShaderMaterial, Vector2, Vector3, WebGLRenderTarget, type Object3D, type WebGLRenderer,
} from "three";
import { CARRY } from "./glsl";
import type { Lamps } from "./lamps";
import { drawsInSoftware } from "./machine";
import type { Shared } from "./surface";

const REACH_M = 0.21; // half the map's width: a head, neck and collar
const BACK_M = 0.22; // depth 0 lies so far behind the middle of the head: nothing is hit
const BLUR = 2.2 / 256; // between the taps of the blur, of the map's width

const DEPTH_VERTEX = /* glsl */ `
${CARRY}
varying float vDepth;
uniform mat4 shadowFrom;
void main() {
  vec4 at = shadowFrom * vec4(carried(position), 1.0);
  vDepth = at.z;
  gl_Position = vec4(at.xy * 2.0 - 1.0, (${BACK_M} - at.z) * 2.0, 1.0);
}
`;
const DEPTH_FRAGMENT = /* glsl */ `
varying float vDepth;
void main() { gl_FragColor = vec4(vDepth, vDepth * vDepth, 0.0, 1.0); }
`;
const BLUR_VERTEX = /* glsl */ `
varying vec2 vUv;
void main() { vUv = position.xy * 0.5 + 0.5; gl_Position = vec4(position.xy, 0.0, 1.0); }
`;
const BLUR_FRAGMENT = /* glsl */ `
uniform sampler2D source;
uniform vec2 step_;
varying vec2 vUv;
void main() {
  vec2 sum = 0.30 * texture2D(source, vUv).xy;
  sum += 0.23 * (texture2D(source, vUv + step_).xy + texture2D(source, vUv - step_).xy);
  sum += 0.12 * (texture2D(source, vUv + 2.0 * step_).xy + texture2D(source, vUv - 2.0 * step_).xy);
  gl_FragColor = vec4(sum, 0.0, 1.0);
}
`;

/** Draws the map of one renderer; the face's materials read it through their shared uniforms. */
export class Shadow {
  private readonly maps: [WebGLRenderTarget, WebGLRenderTarget];
  private readonly camera = new OrthographicCamera();
  private readonly blurring: ShaderMaterial;
  private readonly square = new Scene();
  private readonly scene = new Scene();
  private readonly from = new Matrix4();
  private readonly next = new Matrix4();
  private readonly every = drawsInSoftware() ? 3 : 1;
  private caster: Object3D | null = null;
  private age = 0;

  /** Whether a renderer can draw and smoothly read such a map. */
  static possible(renderer: WebGLRenderer): boolean {
    return renderer.extensions.has("EXT_color_buffer_float") && renderer.extensions.has("OES_texture_float_linear");
  }

  constructor(side = drawsInSoftware() ? 192 : 256) {
    const map = () =>
      new WebGLRenderTarget(side, side, {
        type: FloatType, format: RGFormat, magFilter: LinearFilter, minFilter: LinearFilter, depthBuffer: true,
      });
    this.maps = [map(), map()];
    this.blurring = new ShaderMaterial({
      vertexShader: BLUR_VERTEX, fragmentShader: BLUR_FRAGMENT, depthTest: false, depthWrite: false, blending: NoBlending,
      uniforms: { source: { value: null }, step_: { value: new Vector2() } },
    });
    const whole = new BufferGeometry();
    whole.setAttribute("position", new Float32BufferAttribute([-1, -1, 0, 3, -1, 0, -1, 3, 0], 3));
    const mesh = new Mesh(whole, this.blurring);
    mesh.frustumCulled = false;
    this.square.add(mesh);
  }

  /** A material that draws how near the lamp a face's piece is, for `casters`. */
  static material(shared: Shared): ShaderMaterial {
    return new ShaderMaterial({
      vertexShader: DEPTH_VERTEX, fragmentShader: DEPTH_FRAGMENT, blending: NoBlending, uniforms: { ...shared },
    });
  }

  /** Draw the shadow that `casters` throw about `centre` and let `shared` use it. */
  cast(renderer: WebGLRenderer, casters: Object3D, shared: Shared, lamps: Lamps, centre: Vector3): void {
    const [map, spare] = this.maps;
    shadowMatrix(lamps.towards[0] as Vector3, centre, this.next);
    Object.assign(shared.shadowMap as object, { value: map.texture });
    Object.assign(shared.shadowOn as object, { value: 1 });
    const same = casters === this.caster && this.next.equals(this.from);
    if (same && this.age++ % this.every !== 0) return; // shadows lag a little where pictures are slow
    this.caster = casters;
    this.age = same ? this.age : 1;
    this.from.copy(this.next);
    (shared.shadowFrom as { value: Matrix4 }).value.copy(this.from);
    const before = renderer.getRenderTarget();
    const clear = renderer.getClearColor(new Color());
    const alpha = renderer.getClearAlpha();
    this.scene.add(casters);
    renderer.setClearColor(0, 1);
    this.draw(renderer, map, this.scene, true);
    this.scene.remove(casters);
    const { source, step_ } = this.blurring.uniforms as { source: { value: unknown }; step_: { value: Vector2 } };
    source.value = map.texture;
    step_.value.set(BLUR, 0);
    this.draw(renderer, spare, this.square, false);
    source.value = spare.texture;
    step_.value.set(0, BLUR);
    this.draw(renderer, map, this.square, false);
    renderer.setRenderTarget(before);
    renderer.setClearColor(clear, alpha);
  }

  dispose(): void {
    this.maps.forEach((map) => map.dispose());
    this.blurring.dispose();
  }

  private draw(renderer: WebGLRenderer, target: WebGLRenderTarget, scene: Scene, clear: boolean): void {
    renderer.setRenderTarget(target);
    if (clear) renderer.clear();
    renderer.render(scene, this.camera);
  }
}

/** World to the map: x and y in 0..1, z the depth towards the lamp in metres. */
function shadowMatrix(towards: Vector3, centre: Vector3, out: Matrix4): void {
  const right = new Vector3(towards.z, 0, -towards.x).normalize();
  const up = new Vector3().crossVectors(towards, right);
  const scale = 1 / (2 * REACH_M);
  const row = (axis: Vector3, size: number, offset: number) =>
    [axis.x * size, axis.y * size, axis.z * size, offset - axis.dot(centre) * size] as const;
  out.set(...row(right, scale, 0.5), ...row(up, scale, 0.5), ...row(towards, 1, BACK_M), 0, 0, 0, 1);
}
