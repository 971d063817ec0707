// The bridge from the page's state to the stage, which is loaded after the page has been painted.
import { effect, signal } from "@preact/signals";
import { getModel, isAbort } from "./api";
import { session } from "./session";
import { avatars, documents, motionChanges, playhead, playing, say, sayProblem, shown, start, tracks } from "./state";
import type * as StageModule from "./stage/index";
import { VERSIONS, type Face, type Version } from "./wire";

type Shown = Awaited<ReturnType<typeof StageModule.loadFace>>;

export type Curtain = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; sentence: string };
export const curtain = signal<Curtain>({ kind: "loading" });
/** Trouble that the stage reports while it runs; null when it is over. */
export const stageTrouble = signal<string | null>(null);
export const faceLoading = signal<Record<Version, boolean>>({ a: false, b: false });
/** The face on stage of each version, for thumbnails. */
export const facesShown = signal<Record<Version, Shown | null>>({ a: null, b: null });
export const stats = signal<StageModule.Stats | null>(null);

export interface Look {
  camera: string;
  light: string;
  background: string;
  wireframe: boolean;
}
const LOOK = "avitalk.look";
export const look = signal<Look>(storedLook());

let stage: StageModule.Stage | null = null;
let code: typeof StageModule | null = null;

export const stageCode = (): typeof StageModule | null => code;
export const theStage = (): StageModule.Stage | null => stage;

function storedLook(): Look {
  const usual = { camera: "front", light: "", background: "", wireframe: false };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(LOOK) ?? "{}") as Partial<Look>), camera: "front" };
  } catch {
    return usual;
  }
}

export function setLook(change: Partial<Look>): void {
  look.value = { ...look.value, ...change };
  try {
    localStorage.setItem(LOOK, JSON.stringify(look.value));
  } catch {
    // a browser without storage forgets it
  }
}

export const NO_FACE: Face = { name: "default", modes: {}, scale: 1, avatar: null };

/** Loads the stage and keeps it showing what the state says, until the returned function is called. */
export function mountStage(canvas: HTMLCanvasElement): () => void {
  let gone = false;
  const stops: (() => void)[] = [];
  void (async () => {
    try {
      await painted();
      code = await import("./stage/index");
      if (gone) return;
      stage = new code.Stage(canvas, {
        onStats: (seen) => (stats.value = seen),
        onProblem: (sentence) => (stageTrouble.value = sentence),
        onView: (camera) => (look.value = { ...look.peek(), camera }),
      });
    } catch (error) {
      curtain.value = { kind: "failed", sentence: error instanceof Error ? error.message : "The face cannot be drawn here." };
      return;
    }
    stops.push(...VERSIONS.map(followFace), ...followMotion(stage), followLook(stage, code));
    curtain.value = { kind: "ready" };
  })();
  return () => {
    gone = true;
    stops.forEach((stop) => stop());
    stage?.dispose();
    stage = null;
  };
}

/** After the page has been painted: the stage takes a while to load. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

function followMotion(on: StageModule.Stage): (() => void)[] {
  return [
    ...VERSIONS.map((version) => effect(() => on.setTrack(version, tracks.value[version]))),
    effect(() => {
      if (motionChanges.value) on.refresh();
    }),
    effect(() => on.show(shown.value)),
    effect(() => {
      on.setTime(playhead.value);
      // At once, so that the face is not a frame behind what is heard.
      if (playing.value) on.draw();
    }),
  ];
}

function followLook(on: StageModule.Stage, { LIGHTS, BACKGROUNDS }: typeof StageModule): () => void {
  let camera = "";
  return effect(() => {
    const wanted = look.value;
    on.setLight(LIGHTS.some(({ name }) => name === wanted.light) ? wanted.light : LIGHTS[0]!.name);
    on.setBackground(BACKGROUNDS.some(({ name }) => name === wanted.background) ? wanted.background : BACKGROUNDS[0]!.name);
    on.setWireframe(wanted.wireframe);
    if (wanted.camera !== camera && wanted.camera !== "own") on.setCamera(wanted.camera as Parameters<typeof on.setCamera>[0]);
    camera = wanted.camera;
  });
}

const kept = new Map<string, Shown>();
const MOST_KEPT = 6;
/** A slider that is dragged does not load a face for each of its values. */
const REST_MS = 180;

/** Shows the face of a version's document, whenever that changes. */
function followFace(version: Version): () => void {
  let calls: AbortController | null = null;
  let timer = 0;
  let wanted = "";
  const stop = effect(() => {
    if (start.value.kind !== "ready") return;
    const doc = documents.value[version];
    if (!doc && version === "b") return;
    const face = doc?.face ?? NO_FACE;
    const key = face.avatar ? `avatar ${face.avatar}` : JSON.stringify([face.name, face.modes, face.scale]);
    if (key === wanted) return;
    const first = wanted === "";
    wanted = key;
    calls?.abort();
    clearTimeout(timer);
    const mine = (calls = new AbortController());
    timer = window.setTimeout(() => void wear(version, face, key, mine.signal), first || face.avatar ? 0 : REST_MS);
  });
  return () => {
    stop();
    calls?.abort();
    clearTimeout(timer);
  };
}

async function wear(version: Version, face: Face, key: string, signal: AbortSignal): Promise<void> {
  faceLoading.value = { ...faceLoading.value, [version]: true };
  try {
    const ready = kept.get(key) ?? (await load(face, signal));
    if (signal.aborted || !stage) return;
    kept.delete(key);
    kept.set(key, ready);
    stage.setFace(version, ready);
    facesShown.value = { ...facesShown.value, [version]: ready };
    forget();
  } catch (error) {
    if (isAbort(error) || signal.aborted) return;
    sayProblem(error);
  } finally {
    if (!signal.aborted) faceLoading.value = { ...faceLoading.value, [version]: false };
  }
}

async function load(face: Face, signal: AbortSignal): Promise<Shown> {
  if (!face.avatar) return code!.loadFace(await getModel(face, signal));
  const bytes = await session().avatarFile(face.avatar, signal);
  const binding = avatars.peek()[face.avatar]?.binding;
  return code!.loadAvatar(bytes, binding?.length ? { binding } : {});
}

function forget(): void {
  const used = new Set(Object.values(facesShown.value));
  for (const [key, face] of kept) {
    if (kept.size <= MOST_KEPT) return;
    if (used.has(face)) continue;
    kept.delete(key);
    face.dispose();
  }
}

/** Saves a picture of what is on stage. */
export async function savePicture(): Promise<void> {
  if (!stage) return;
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await stage.picture());
    link.download = "avitalk.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch {
    say("bad", "The picture could not be taken.");
  }
}
