/** A page to look at the stage: ?show=pictures|both|measure|thumbs|curves|avatar&face=FILE&time=S. Not shipped.
 *
 * Pictures and numbers go to the development server, see vite.config.ts.
 */

import { Curves } from "../../../src/stage/curves";
import { loadAvatar, loadFace, Stage, Thumbs, type Face } from "../../../src/stage/index";
import { MotionTrack, parseMotion } from "../../../src/stage/motion";

const query = new URLSearchParams(location.search);
const show = query.get("show") ?? "pictures";
const stageCanvas = document.querySelector<HTMLCanvasElement>("#stage")!;
const width = query.get("width");
if (width) stageCanvas.style.width = `${width}px`;
const height = query.get("height");
if (height) stageCanvas.style.height = `${height}px`;

async function bytes(name: string): Promise<ArrayBuffer> {
  const answer = await fetch(`/${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.arrayBuffer();
}

async function save(name: string, body: Blob | string): Promise<void> {
  await fetch(`/save/${name}`, { method: "POST", body });
}

const settled = () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

async function pictures(stage: Stage): Promise<void> {
  const prefix = query.get("prefix") ?? "face";
  for (const camera of (query.get("cameras") ?? "front,three-quarter,profile,close").split(",")) {
    for (const time of (query.get("times") ?? "0").split(",")) {
      stage.setCamera(camera);
      stage.setTime(Number(time));
      await new Promise((resolve) => setTimeout(resolve, 600));
      await save(`${prefix}-${camera}-${time}.png`, await stage.picture());
    }
  }
}

/** Play for ten seconds and count. */
async function measure(stage: Stage, track: MotionTrack): Promise<void> {
  const lines: string[] = [];
  const gaps: number[] = [];
  let work = 0;
  const begun = performance.now();
  let before = begun;
  while (performance.now() - begun < 1000 * Number(query.get("seconds") ?? 10)) {
    const now = await new Promise<number>((resolve) => requestAnimationFrame(() => resolve(performance.now())));
    gaps.push(now - before);
    before = now;
    stage.setTime(((now - begun) / 1000) % track.duration_s);
    stage.draw();
    work += performance.now() - now;
    if (gaps.length % 40 === 0) lines.push(JSON.stringify(stats));
  }
  gaps.sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.floor(share * (gaps.length - 1))]!.toFixed(1);
  const fps = (1000 * gaps.length) / (performance.now() - begun);
  lines.push(`frames ${gaps.length} fps ${fps.toFixed(1)} gap median ${at(0.5)} p95 ${at(0.95)} script ${(work / gaps.length).toFixed(1)} ms`);
  await save(`${query.get("name") ?? "measure"}.txt`, lines.join("\n"));
}

/** All small canvases of the page as one picture. */
async function sheet(name: string): Promise<void> {
  const canvases = [...document.querySelectorAll<HTMLCanvasElement>("#thumbs canvas, #curves")].filter((one) => one.clientWidth);
  const whole = document.createElement("canvas");
  Object.assign(whole, { width: 1280, height: 380 });
  const context = whole.getContext("2d")!;
  context.fillStyle = "#17191c";
  context.fillRect(0, 0, 1280, 380);
  for (const one of canvases) {
    const box = one.getBoundingClientRect();
    context.drawImage(one, box.left, box.top - 720, box.width, box.height);
  }
  await save(name, await new Promise<Blob>((resolve) => whole.toBlob((blob) => resolve(blob!))));
}

let stats: unknown = null;

async function main(): Promise<void> {
  const started = performance.now();
  const track = MotionTrack.from(parseMotion(await bytes(query.get("motion") ?? "dashwood.avm")));
  const read = async (name: string): Promise<Face> => {
    const model = await bytes(name);
    return query.has("avatar") ? loadAvatar(model) : loadFace(model);
  };
  const face = await read(query.get("face") ?? "default.glb");
  const read_ms = performance.now() - started;
  if (show === "thumbs") {
    const box = document.querySelector<HTMLElement>("#thumbs")!;
    box.hidden = false;
    const thumbs = Array.from({ length: 6 }, (_, k) => {
      const canvas = box.appendChild(document.createElement("canvas"));
      const data = track.data.slice(64 * 60 * k, 64 * (60 * k + 100));
      return { canvas, track: new MotionTrack(track.fps, data) };
    });
    new Thumbs().set(face, thumbs);
  }
  if (show === "curves") {
    const canvas = document.querySelector<HTMLCanvasElement>("#curves")!;
    canvas.hidden = false;
    const curves = new Curves(canvas, { onSeek: (time_s) => curves.setTime(time_s) });
    curves.setTrack("a", track);
    curves.setWindow(0, 5);
    curves.setTime(1.62);
    if (query.get("region")) curves.choose({ region: query.get("region")! });
  }
  const stage = new Stage(stageCanvas, {
    light: query.get("light") ?? "studio",
    background: query.get("background") ?? "studio",
    onStats: (told) => (stats = told),
    onProblem: (sentence) => void save("problem.txt", String(sentence)),
  });
  stage.setFace("a", face);
  stage.setTrack("a", query.has("rest") ? null : track);
  if (query.has("wireframe")) stage.setWireframe(true);
  if (show === "both") {
    stage.setFace("b", query.get("other") ? await read(query.get("other")!) : face);
    stage.setTrack("b", track);
    stage.show("both");
  }
  stage.draw();
  await settled();
  await save("read.txt", `read ${read_ms.toFixed(0)} ms, first picture ${(performance.now() - started).toFixed(0)} ms`);
  if (query.has("lose")) {
    const lose = stageCanvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
    lose.loseContext();
    await new Promise((resolve) => setTimeout(resolve, 500));
    lose.restoreContext();
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  if (query.has("measure")) await measure(stage, track);
  else if (show === "pictures" || show === "both") await pictures(stage);
  if (show === "thumbs" || show === "curves") {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await sheet(`${show}.png`);
  }
  document.title = "ready";
  await save("done.txt", "done");
}

main().catch((error: unknown) => void save("error.txt", error instanceof Error ? `${error.message}\n${error.stack}\n${error.cause}` : String(error)));
