/** Materials of our head's pieces: skin with light bled under it, wet mouth, strands of hair. */

import {
  DoubleSide, FrontSide, Matrix3, Matrix4, ShaderMaterial, Vector3, Vector4,
  type IUniform, type Texture,
} from "three";
import { CARRY, FILM, LIGHT, SHADOW, SHINE } from "./glsl";
import type { Piece } from "./head";
import { drawsInSoftware } from "./machine";

/** How light treats a kind of surface, beside its colour and roughness. */
interface Matter {
  /** 0 opaque, 1 light travels as far under the surface as in skin. */
  bleed: number;
  /** Factor on reflections. */
  gloss: number;
  /** Strength of blotches and pores. */
  detail: number;
  /** In the mouth, lit through the open lips. */
  inside?: boolean;
}

const MATTERS: Readonly<Record<string, Matter>> = {
  skin: { bleed: 1, gloss: 1, detail: 1 },
  lips: { bleed: 0.9, gloss: 1, detail: 0.5 },
  mouth: { bleed: 0.6, gloss: 0.9, detail: 0, inside: true },
  teeth: { bleed: 0.3, gloss: 1.8, detail: 0, inside: true },
  tongue: { bleed: 0.8, gloss: 1.2, detail: 0, inside: true },
  lashes: { bleed: 0, gloss: 0.3, detail: 0 },
  scalp: { bleed: 1, gloss: 1, detail: 1 }, // skin where hair thins out, and as dull as hair where it is dark
  hair: { bleed: 0, gloss: 0.45, detail: 0 },
  garment: { bleed: 0, gloss: 0.25, detail: 0 },
};
const PLAIN: Matter = { bleed: 0.5, gloss: 0.8, detail: 0 };

/** The key light on skin: blue and green show the fine relief, red comes from further under it. */
const KEY = /* glsl */ `
vec3 keyLight(vec3 soft, vec3 n, float key, float bleed) {
  float spread = 0.18 * lampSize[0];
  float fine = dot(n, lampTo[0]);
  float seep = bleed * key * (1.0 - key);
  return lampColour[0] * (key + seep * vec3(0.15, 0.06, -0.02))
    * vec3(wrapped(dot(soft, lampTo[0]), spread + 0.22 * bleed),
           wrapped(fine, spread + 0.06 * bleed), wrapped(fine, spread + 0.02 * bleed));
}
`;

const VERTEX = /* glsl */ `
${LIGHT}
${SHINE}
${SHADOW}
${KEY}
${CARRY}
attribute vec4 matter; // bleed, gloss, roughness, inside
attribute vec2 lie; // how open to light, strength of pores
uniform vec4 mouth;
uniform float sides;
varying vec3 vPlace, vNormal, vColour, vLight, vMirror;
varying vec4 vKey; // key light through the lips, gloss where open, bleed, roughness
#ifdef PORES
varying vec4 vRest;
attribute vec3 rest;
#endif
#ifdef STRANDS
varying vec2 vUv;
#endif

// Share of light that comes through the open lips: less the deeper a place lies.
float throughLips(vec3 place) {
  float depth = dot(mouth.xyz - place, turn * vec3(0.0, 0.0, 1.0));
  float gap = max(mouth.w, 0.004);
  return gap / (gap + 0.25 * max(depth - 0.010, 0.0)) * exp(-45.0 * max(depth - 0.018, 0.0));
}

// The head is in a lamp's way as a round pillar would be: what looks away is not reached by it.
float past(vec3 out_, int k) { return smoothstep(-0.25, 0.3, dot(out_, lampTo[k])); }

#ifdef STRANDS
// After Kajiya and Kay (1989), Scheuermann (2004): a strand mirrors light into a cone about itself.
float ring(float slant) {
  float r = max(1.0 - slant * slant, 0.0);
  r *= r; r *= r; r *= r;
  return r * r;
}
void strands(vec3 n, vec3 toEye, vec3 out_, float clear, float gloss) {
  // Hair lies downwards from the crown.
  vec3 down = turn * vec3(position.x, -0.12, 0.6 * (position.z + 0.085));
  vec3 along = normalize(down - n * dot(down, n));
  vec3 pale = vec3(0.0), warm = vec3(0.0);
  float key = reached(vPlace, n, 0.0025);
  for (int k = 0; k < 4; k++) {
    float cosine = dot(n, lampTo[k]);
    float share = k == 0 ? key : clear * past(out_, k);
    if (k == 0) {
      float slope = dot(along, lampTo[0]);
      vLight += lampColour[0] * share * max(cosine * 0.75 + 0.25, 0.0)
        * (0.35 + 0.65 * sqrt(max(1.0 - slope * slope, 0.0)));
    }
    float lit = clamp(2.0 * cosine + 0.35, 0.0, 1.0) * share;
    float slant = dot(along, normalize(lampTo[k] + toEye));
    float white = ring(slant + 0.10);
    pale += lampColour[k] * lit * 0.055 * white * white * white;
    warm += lampColour[k] * lit * 0.6 * ring(slant - 0.14);
  }
  vLight = (0.45 + 0.55 * clear) * vLight + clear * gloss * warm;
  vMirror = clear * gloss * pale;
}
#endif

void main() {
  float clear = lie.x, bleed = matter.x, gloss = matter.y, roughness = matter.z, inside = matter.w;
  vPlace = carried(position);
  vec3 n = normalize(mix(normal, turn * normal, follow));
  vec3 toEye = normalize(cameraPosition - vPlace);
#if defined(STRANDS) || defined(LITE)
  if (sides > 1.0 && dot(n, toEye) < 0.0) n = -n;
#endif
  vNormal = n;
  vColour = color;
  float lips = inside > 0.0 ? throughLips(vPlace) : 1.0;
  vec3 out_ = turn * (position - vec3(0.0, min(position.y, 0.03), -0.07));
  out_ /= max(length(out_), 0.01);
  // All lamps but the key are so soft that their light is found here and interpolated.
  vec3 light = vec3(0.0), mirrored = vec3(0.0);
  for (int k = 1; k < 4; k++) {
    vec3 wrap = 0.22 * lampSize[k] + bleed * vec3(0.16, 0.05, 0.02);
    float reach = clear * past(out_, k);
    light += lampColour[k] * reach * wrapped3(dot(n, lampTo[k]), wrap);
#ifndef STRANDS
    mirrored += lampColour[k] * reach * shine(n, toEye, lampTo[k], lampSize[k], roughness);
#endif
  }
  vec3 around = room(0.5 + 0.5 * n.y);
  if (inside > 0.0) around *= vec3(1.3, 0.94, 0.78); // it has met red walls
  vLight = lips * (light + around);
  float open_ = gloss * smoothstep(0.15, 0.75, clear);
#ifdef STRANDS
  strands(n, toEye, out_, clear, gloss);
  vUv = uv;
#else
  // The room mirrored at a rough surface: stronger at grazing angles.
  float facing = max(dot(n, toEye), 0.05);
  float graze = 1.0 - facing;
  float glance = 0.028 + max(0.0, 0.972 - roughness) * graze * graze * graze * graze * graze;
  mirrored += glance * room(0.5 + 0.9 * (2.0 * facing * n.y - toEye.y));
  vMirror = lips * open_ * mirrored;
#endif
  vKey = vec4(lips, open_, bleed, roughness);
#ifdef LITE
  float key = lips * reached(vPlace, n, 0.0025);
  vColour = color * (vLight + keyLight(n, n, key, bleed)) + vMirror
    + key * open_ * shine(n, toEye, lampTo[0], lampSize[0], roughness) * lampColour[0];
#endif
#ifdef PORES
  vRest = vec4(rest, lie.y);
#endif
  gl_Position = projectionMatrix * viewMatrix * vec4(vPlace, 1.0);
}
`;

const FRAGMENT = /* glsl */ `
${LIGHT}
${SHINE}
${SHADOW}
${KEY}
${FILM}
varying vec3 vPlace, vNormal, vColour, vLight, vMirror;
varying vec4 vKey;
#ifdef PORES
precision highp sampler3D;
uniform sampler3D noise;
uniform mat3 turn;
varying vec4 vRest;
#endif
#ifdef STRANDS
uniform sampler2D picture;
uniform float cutoff;
varying vec2 vUv;

void main() {
  vec4 texel = texture2D(picture, vUv);
  if (texel.a < cutoff) discard;
  gl_FragColor = shown(vColour * texel.rgb * vLight + vMirror);
}
#elif defined(LITE)
void main() { gl_FragColor = shown(vColour); }
#else
void main() {
  vec3 n = normalize(vNormal);
  if (!gl_FrontFacing) n = -n;
  vec3 soft = n;
  float rough = vKey.w;
#ifdef PORES
  vec4 pore = texture(noise, vRest.xyz * 24.0) * 2.0 - 1.0;
  n = normalize(n - turn * (vRest.w * 0.03 * pore.yzw));
  rough *= 1.0 + vRest.w * 0.12 * pore.x;
#endif
  float key = vKey.x * reached(vPlace, n, 0.0025);
  vec3 light = vLight + keyLight(soft, n, key, vKey.z);
  vec3 toEye = normalize(cameraPosition - vPlace);
  vec3 mirrored = key * vKey.y * shine(n, toEye, lampTo[0], lampSize[0], rough) * lampColour[0];
  gl_FragColor = shown(vColour * light + vMirror + mirrored);
}
#endif
`;

/** Uniforms that all materials of a face share: lamps, pose, shadow. */
export type Shared = Record<string, IUniform>;

export function sharedUniforms(noise: Texture): Shared {
  return {
    lampTo: { value: [] }, lampColour: { value: [] }, lampSize: { value: [] },
    sky: { value: new Vector3() }, ground: { value: new Vector3() },
    turn: { value: new Matrix3() }, pivot: { value: new Vector3() }, moved: { value: new Vector3() },
    mouth: { value: new Vector4() }, noise: { value: noise },
    shadowMap: { value: null }, shadowFrom: { value: new Matrix4() }, shadowOn: { value: 0 },
  };
}

/** What one material draws: pieces that wear no picture are drawn together, single and double sided ones apart. */
export interface Worn {
  doubleSided: boolean;
  /** Picture of strands of hair, and the alpha below which there is nothing. */
  picture: Texture | null;
  cutoff: number;
}

/** Few materials and programs: each costs time with every picture, and much when it is compiled. */
export function surfaceMaterial(worn: Worn, shared: Shared): ShaderMaterial {
  const defines: Record<string, string> = {};
  if (worn.picture) defines.STRANDS = "";
  else defines[drawsInSoftware() ? "LITE" : "PORES"] = ""; // in software light is found at the vertices, which are dense
  return new ShaderMaterial({
    name: worn.picture ? "strands" : "surface",
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    defines,
    vertexColors: true,
    side: worn.doubleSided ? DoubleSide : FrontSide,
    uniforms: {
      ...shared,
      sides: { value: worn.doubleSided ? 2 : 1 },
      picture: { value: worn.picture },
      cutoff: { value: worn.cutoff },
    },
  });
}

/** How light treats a piece: bleed, gloss, roughness, whether it lies in the mouth; strength of pores and blotches. */
export function matterOf(piece: Piece): { matter: [number, number, number, number]; detail: number } {
  const { bleed, gloss, detail, inside } = MATTERS[piece.name] ?? PLAIN;
  return { matter: [bleed, gloss, piece.roughness, inside ? 1 : 0], detail };
}
