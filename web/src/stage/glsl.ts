/** Pieces of shader that several materials share: lamps, skin's light, the filmic curve. */

import { LAMP_COUNT } from "./lamps";

/** Lamps as uniforms, and light that reaches from them. Units as in `avitalk.render.light`. */
export const LIGHT = /* glsl */ `
uniform vec3 lampTo[${LAMP_COUNT}];
uniform vec3 lampColour[${LAMP_COUNT}];
uniform float lampSize[${LAMP_COUNT}];
uniform vec3 sky;
uniform vec3 ground;

// Diffuse cosine law that reaches past the terminator and keeps its energy.
float wrapped(float cosine, float wrap) {
  return max(cosine + wrap, 0.0) / ((1.0 + wrap) * (1.0 + wrap));
}
vec3 wrapped3(float cosine, vec3 wrap) {
  return max(cosine + wrap, 0.0) / ((1.0 + wrap) * (1.0 + wrap));
}
vec3 room(float up) { return mix(ground, sky, clamp(up, 0.0, 1.0)); }
`;

/** Two GGX lobes, skin and its oily film, with Kelemen's visibility. */
export const SHINE = /* glsl */ `
float ggx(float cosine, float rough) {
  float a = rough * rough * rough * rough;
  float d = cosine * cosine * (a - 1.0) + 1.0;
  return a / (d * d);
}
float shine(vec3 n, vec3 toEye, vec3 towards, float size, float roughness) {
  float cosine = dot(n, towards);
  if (cosine <= 0.0) return 0.0;
  vec3 between = normalize(towards + toEye);
  float across = max(dot(between, towards), 0.05);
  float rough = min(roughness + 0.08 * size, 1.0);
  float nh = dot(n, between);
  float lobes = 0.75 * ggx(nh, rough) + 0.25 * ggx(nh, 0.6 * rough);
  float graze = 1.0 - across;
  float fresnel = 0.028 + 0.972 * graze * graze * graze * graze * graze;
  return cosine * lobes * fresnel / (4.0 * across * across);
}
`;

/** The filmic curve of `avitalk.render.shading`: linear to a knee, then a soft shoulder; sRGB. */
export const FILM = /* glsl */ `
vec3 film(vec3 x) {
  const float knee = 0.55;
  vec3 t = max(x - knee, 0.0) / (1.0 - knee);
  return min(min(x, knee) + (1.0 - knee) * (t / (1.0 + t)) * 1.0826, 1.0);
}
vec4 shown(vec3 radiance) {
  vec3 x = film(max(radiance, 0.0));
  // sRGB's curve as a sum of roots, right to a fiftieth of a step of 8 bits: powers cost much in software.
  vec3 a = sqrt(x), b = sqrt(a), c = sqrt(b);
  vec3 srgb = 0.64456067 * a + 0.70994555 * b - 0.33605156 * c - 0.01848596 * x;
  srgb = mix(srgb, x * 12.92, step(x, vec3(0.0031308)));
  // A fixed fine pattern keeps gradients free of bands.
  float dither = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  return vec4(srgb + (dither - 0.5) / 255.0, 1.0);
}
`;

/** The key light's shadow: depth and its square, blurred; see shadow.ts. */
export const SHADOW = /* glsl */ `
uniform sampler2D shadowMap;
uniform mat4 shadowFrom;
uniform float shadowOn;
float reached(vec3 place, vec3 n, float off) {
  if (shadowOn == 0.0) return 1.0;
  vec3 at = (shadowFrom * vec4(place + off * n, 1.0)).xyz;
  if (any(lessThan(at.xy, vec2(0.0))) || any(greaterThan(at.xy, vec2(1.0)))) return 1.0;
  vec2 moments = texture2D(shadowMap, at.xy).xy;
  float behind = moments.x - at.z;
  if (behind <= 0.0) return 1.0;
  float spread = max(moments.y - moments.x * moments.x, 2.0e-6);
  float lit = spread / (spread + behind * behind);
  lit = clamp((lit - 0.30) / 0.70, 0.0, 1.0);
  return lit * lit * (3.0 - 2.0 * lit);
}
`;

/** How a vertex follows the head: `turn` about `pivot` by its share, then the translation. */
export const CARRY = /* glsl */ `
attribute float follow;
uniform mat3 turn;
uniform vec3 pivot;
uniform vec3 moved;
vec3 carried(vec3 place) {
  vec3 from = place - pivot;
  return place + follow * (turn * from - from) + moved;
}
`;
