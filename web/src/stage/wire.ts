/** Lines along the edges of a face's triangles, drawn over its surface. */

import { ShaderMaterial } from "three";
import { CARRY } from "./glsl";
import type { Shared } from "./surface";

const VERTEX = /* glsl */ `
#ifdef CARRIED
${CARRY}
#endif
void main() {
#ifdef CARRIED
  vec4 place = vec4(carried(position), 1.0);
#else
  vec4 place = modelMatrix * vec4(position, 1.0);
#endif
  gl_Position = projectionMatrix * viewMatrix * place;
  gl_Position.z -= 2.0e-4 * gl_Position.w; // before the surface
}
`;
const FRAGMENT = /* glsl */ `
#ifdef CARRIED
const float SHARE = 0.34;
#else
const float SHARE = 0.08; // eyeballs are so dense that they would be all lines
#endif
void main() { gl_FragColor = vec4(0.93, 0.97, 1.0, SHARE); }
`;

/** `carried` follows the head by its share, as skin does; else the mesh's own matrix says where it is. */
export function wireMaterial(shared: Shared, carried: boolean): ShaderMaterial {
  return new ShaderMaterial({
    name: "wire",
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: { ...shared },
    defines: carried ? { CARRIED: "" } : {},
    wireframe: true,
    transparent: true,
    depthWrite: false,
  });
}
