/** Whether WebGL runs on a graphics processor here, or in software, where every pixel counts. */

const SOFTWARE = /llvmpipe|softpipe|swiftshader|software|basic render|mesa offscreen/i;

let known: boolean | null = null;

/** True where pictures are drawn by the processor; asked once. */
export function drawsInSoftware(): boolean {
  known ??= probed();
  return known;
}

function probed(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return false;
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(name);
}
