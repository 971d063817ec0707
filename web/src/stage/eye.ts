/** A wet eyeball: white, iris behind the cornea, the lids' shadow, mirror images of the lamps.
 *
 * The same as `avitalk.render.eye`, as a material of three.js.
 */

import { DataTexture, LinearFilter, LinearMipmapLinearFilter, RGBAFormat, SRGBColorSpace, ShaderMaterial, Vector3, type Texture } from "three";
import { FILM, LIGHT, SHADOW } from "./glsl";
import type { Piece } from "./head";
import type { Shared } from "./surface";

/** Points along one edge of a lid. */
export const LID_POINTS = 6;
const IRIS_M = 0.0059;
const IRIS_SIDE = 128;
/** Sine waves about the iris, whose sum looks like fibres. */
const WAVES = [[9, 0.4, 1.1], [17, 2.3, -0.8], [31, 4.1, 0.5], [47, 1.2, -1.3], [71, 5.6, 0.9]] as const;

const VERTEX = /* glsl */ `
${LIGHT}
varying vec3 vPlace, vLocal, vLight;
void main() {
  vLocal = position;
  vec4 place = modelMatrix * vec4(position, 1.0);
  vPlace = place.xyz;
  vec3 n = normalize(mat3(modelMatrix) * normal);
  vLight = room(0.5 + 0.5 * n.y);
  for (int k = 1; k < 4; k++) vLight += lampColour[k] * 0.7 * wrapped(dot(n, lampTo[k]), 0.22 * lampSize[k]);
  gl_Position = projectionMatrix * viewMatrix * place;
}
`;

const FRAGMENT = /* glsl */ `
${LIGHT}
${SHADOW}
${FILM}
uniform mat3 axes; // the eye's own, in the world
uniform sampler2D iris;
uniform vec3 upper[${LID_POINTS}];
uniform vec3 lower[${LID_POINTS}];
varying vec3 vPlace, vLocal, vLight;

const float IRIS = ${IRIS_M};

float along(vec3 a, vec3 b) {
  vec3 d = b - a, q = vPlace - a;
  vec3 r = q - d * clamp(dot(q, d) / max(dot(d, d), 1e-12), 0.0, 1.0);
  return dot(r, r);
}

// Brightness of the upright soft box at \`towards\` where a mirrored ray hits it.
float box(vec3 ray, vec3 towards, float size) {
  float ahead = dot(ray, towards);
  if (ahead <= 0.5) return 0.0;
  vec3 right = normalize(vec3(towards.z, 0.0, -towards.x));
  vec3 up = cross(towards, right);
  float wide = 0.12 + 0.18 * size, high = 0.12 + 0.26 * size;
  float across = abs(dot(ray, right) / ahead), rise = abs(dot(ray, up) / ahead);
  float hit = (1.0 - smoothstep(wide - 0.1, wide + 0.1, across)) * (1.0 - smoothstep(high - 0.1, high + 0.1, rise));
  return hit * 0.09 / (wide * high);
}

void main() {
  vec3 toEye = normalize(cameraPosition - vPlace);
  vec3 seen = toEye * axes; // in the eye's own axes
  vec3 key = lampTo[0] * axes;
  float off = length(vLocal.xy);
  vec3 colour = mix(vec3(0.54, 0.475, 0.44), vec3(0.44, 0.255, 0.225), smoothstep(0.0065, 0.0115, off));
  vec3 ball = normalize(vLocal);
  vec3 wet = ball;
  float inIris = vLocal.z > 0.0 ? 1.0 - smoothstep(0.93 * IRIS, 1.07 * IRIS, off) : 0.0;
  if (inIris > 0.0) {
    float rim = off / IRIS;
    float shift = 0.0016 * max(0.0, 1.0 - rim * rim) / max(seen.z, 0.3);
    vec2 at = (vLocal.xy - shift * seen.xy) / IRIS;
    // A bowl facing outwards: the side away from the key light is the brighter one.
    vec3 fibres = texture2D(iris, at * 0.5 + 0.5).rgb * (1.0 - 0.5 * dot(key.xy, vLocal.xy) / IRIS);
    colour = mix(colour, fibres, inIris);
    wet = mix(ball, normalize(vec3(vLocal.xy, max(vLocal.z - 0.0046, 0.001))), inIris);
  }
  vec3 n = normalize(axes * wet);
  vec3 light = vLight + lampColour[0] * reached(vPlace, n, 0.009) * wrapped(dot(axes * ball, lampTo[0]), 0.45);
  float over = 1.0, under = 1.0;
  for (int k = 0; k < ${LID_POINTS - 1}; k++) {
    over = min(over, along(upper[k], upper[k + 1]));
    under = min(under, along(lower[k], lower[k + 1]));
  }
  over = sqrt(over);
  under = sqrt(under);
  // The upper lid and its lashes shade the ball; light that passes them is warm.
  float shade = (0.14 + 0.86 * smoothstep(-0.0006, 0.0068, over)) * (0.52 + 0.48 * smoothstep(-0.0004, 0.0022, under));
  colour *= 1.0 - vec3(0.0, 0.22, 0.30) * (1.0 - shade);
  // A line of tears along the lower lid mirrors the room.
  float tear = smoothstep(0.0, 0.0003, under) * (1.0 - smoothstep(0.0004, 0.0011, under));
  vec3 ray = 2.0 * dot(toEye, n) * n - toEye;
  vec3 lamps = vec3(0.0);
  for (int k = 0; k < 4; k++) lamps += lampColour[k] * box(ray, lampTo[k], lampSize[k]);
  float fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(n, toEye), 0.0), 5.0);
  float clear = (fresnel + 0.22 * tear) * shade * shade;
  float glint = 24.0 * fresnel * smoothstep(0.0003, 0.0014, over);
  gl_FragColor = shown(shade * colour * light + clear * room(smoothstep(-0.2, 0.7, ray.y)) + glint * lamps);
}
`;

/** The material of one eyeball; `upper`, `lower` and `axes` are set with each pose. */
export function eyeMaterial(shared: Shared, iris: Texture): ShaderMaterial {
  const points = () => Array.from({ length: LID_POINTS }, () => new Vector3(0, 9, 0));
  return new ShaderMaterial({
    name: "eye",
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { ...shared, iris: { value: iris }, axes: { value: null }, upper: { value: points() }, lower: { value: points() } },
  });
}

/** Fibres from the pupil outwards, brighter round the collarette, in the colour of an eyeball's paint. */
export function irisTexture(eye: Piece): Texture {
  const colour = irisColour(eye);
  const pixels = new Uint8Array(4 * IRIS_SIDE * IRIS_SIDE);
  for (let row = 0; row < IRIS_SIDE; row++) {
    for (let column = 0; column < IRIS_SIDE; column++) {
      const x = ((column + 0.5) / IRIS_SIDE) * 2 - 1;
      const y = ((row + 0.5) / IRIS_SIDE) * 2 - 1;
      pixels.set(irisPixel(Math.hypot(x, y), Math.atan2(y, x), colour), 4 * (row * IRIS_SIDE + column));
    }
  }
  const texture = new DataTexture(pixels, IRIS_SIDE, IRIS_SIDE, RGBAFormat);
  texture.colorSpace = SRGBColorSpace;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}

function irisPixel(radius: number, angle: number, colour: readonly number[]): number[] {
  let fibres = 0;
  for (const [wave, phase, bend] of WAVES) {
    fibres += Math.sin(wave * angle + phase + bend * radius) / Math.sqrt(wave / 9) / 2.2;
  }
  const ring = Math.exp(-(((radius - 0.55) / 0.12) ** 2));
  const bright = Math.max(1 + 0.3 * fibres + 0.35 * ring, 0.25);
  const limbus = 1 - 0.88 * smooth(radius, 0.66, 0.97);
  const shade = 0.74 * bright * limbus * (0.015 + 0.985 * smooth(radius, 0.33, 0.4));
  const warm = [1.25, 1.02, 0.72];
  return [...colour.map((c, k) => 255 * encoded(c * shade * (1 + ring * 0.6 * ((warm[k] ?? 1) - 1)))), 255];
}

/** Median colour of the paint between pupil and limbus. */
function irisColour(eye: Piece): number[] {
  const places = eye.shapes.restPositions;
  const band: number[] = [];
  for (let row = 0; row < places.length / 3; row++) {
    const off = Math.hypot(places[3 * row] as number, places[3 * row + 1] as number);
    if ((places[3 * row + 2] as number) > 0 && off > 0.4 * IRIS_M && off < 0.9 * IRIS_M) band.push(row);
  }
  if (!band.length) return [0.1, 0.14, 0.17];
  return [0, 1, 2].map((k) => {
    const values = band.map((row) => eye.colours[3 * row + k] as number).sort((a, b) => a - b);
    return values[values.length >> 1] as number;
  });
}

function smooth(x: number, low: number, high: number): number {
  const t = Math.min(Math.max((x - low) / (high - low), 0), 1);
  return t * t * (3 - 2 * t);
}

function encoded(linear: number): number {
  const x = Math.min(Math.max(linear, 0), 1);
  return x <= 0.0031308 ? x * 12.92 : 1.055 * x ** (1 / 2.4) - 0.055;
}
