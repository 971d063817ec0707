// The page's session with the server: begun or taken up again after a reload, filled with a recording, project or avatar.
import { batch } from "@preact/signals";
import { ApiProblem, createSession, getChoices, SessionApi } from "./api";
import { Peaks } from "./audio/peaks";
import { readWav, writeWav } from "./audio/wav";
import { adopt, edit, performAgain, storeBeforeLeaving } from "./documents";
import { changeFace } from "./edits";
import { listen } from "./events";
import { followJobs, jobArrived } from "./jobs";
import { stopPlaying } from "./playback";
import {
  active, arriving, asking, avatars, choices, documents, jobs, limits, line, pcm, peaks, performing, playhead, recording, say, sayProblem,
  sessionLost, start, uploading, view,
} from "./state";
import type { Doc, Session, Version } from "./wire";

const KEY = "avitalk.session";

let api: SessionApi | null = null;
let hangUp: (() => void) | null = null;

/** The session; only to be used once it began. */
export function session(): SessionApi {
  if (!api) throw new Error("The studio's server does not answer. Is avitalk studio still running?");
  return api;
}

/** Begins: takes up the session of this tab, or a new one. */
export async function begin(): Promise<void> {
  start.value = { kind: "starting" };
  try {
    const [found, offered] = await Promise.all([resume(), getChoices()]);
    choices.value = offered;
    const opened = found ?? (await createSession());
    await claim(opened.id);
    sessionStorage.setItem(KEY, opened.id);
    connect(opened);
    start.value = { kind: "ready" };
  } catch (error) {
    start.value = { kind: "failed", sentence: error instanceof Error ? error.message : "The studio could not start." };
  }
}

async function resume(): Promise<Session | null> {
  // `avitalk studio VOICE` opens the page with the session that hears it already.
  const told = /^#session=([\w-]+)$/.exec(location.hash)?.[1];
  if (told) window.history.replaceState(null, "", location.pathname);
  const id = told ?? sessionStorage.getItem(KEY);
  if (!id || !(await claim(id))) return null;
  try {
    return await new SessionApi(id).get();
  } catch (error) {
    if (error instanceof ApiProblem && error.status !== 0) return null;
    throw error;
  }
}

/** Whether this tab may use the session: a duplicated tab brings the id along, but gets a session of its own. */
async function claim(id: string): Promise<boolean> {
  if (!navigator.locks) return true;
  if (held === id) return true;
  for (let attempt = 0; attempt < 6; attempt++) {
    const got = await new Promise<boolean>((resolve) => {
      void navigator.locks.request(`avitalk-${id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise<void>(() => undefined) : undefined;
      });
    });
    if (got) {
      held = id;
      return true;
    }
    // The page that is being reloaded lets go in a moment.
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  return false;
}
let held = "";

function connect(opened: Session): void {
  api = new SessionApi(opened.id);
  hangUp?.();
  sessionLost.value = false;
  followJobs(opened.jobs);
  show(opened);
  hangUp = listen(api.eventsUrl(), {
    jobs: (all) => all.forEach(jobArrived),
    job: jobArrived,
    line: (state) => {
      line.value = state;
      if (state === "open" && Object.values(performing.value).some(({ kind }) => kind === "failed")) performAgain();
      if (state === "lost") void stillThere();
    },
  });
}

/** Whether a lost connection means a lost session. */
async function stillThere(): Promise<void> {
  try {
    await session().get();
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) {
      sessionLost.value = true;
      hangUp?.();
    }
  }
}

const READABLE_S = 16;

/** Shows what the server has of this session. */
function show(opened: Session): void {
  const changed = opened.recording?.sha256 !== recording.value?.sha256;
  batch(() => {
    limits.value = opened.limits;
    recording.value = opened.recording;
    avatars.value = Object.fromEntries(opened.avatars.map((avatar) => [avatar.id, avatar]));
    if (changed) {
      stopPlaying();
      [playhead.value, pcm.value, peaks.value] = [0, null, null];
      // As much as can be read at once; the strip below the timeline shows all of it.
      view.value = { ...view.value, start_s: 0, px_per_s: view.value.width / READABLE_S };
    }
  });
  adopt(api, opened.documents);
  if (opened.recording && (changed || !pcm.value)) void hear();
}

/** After a job that changed the session as a whole. */
export async function refresh(): Promise<void> {
  try {
    show(await session().get());
  } catch (error) {
    sayProblem(error);
  }
}

/** The document of a version as the server has it. */
export const documentOf = async (version: Version): Promise<Doc | null> => (await session().get()).documents[version];

async function hear(): Promise<void> {
  try {
    const response = await session().audio();
    const sound = readWav(await response.arrayBuffer());
    batch(() => {
      pcm.value = sound;
      peaks.value = new Peaks(sound);
    });
  } catch (error) {
    sayProblem(error);
  }
}

const SOUND = /\.(wav|flac|mp3|ogg|oga|opus|m4a|aac|aif|aiff|webm|mp4|mov|mkv)$/i;
const AVATAR = /\.(glb|gltf|vrm)$/i;
const PROJECT = /\.avitalk$/i;

/** What a file is by its name: what the page does with it. */
export function kindOf(name: string, type: string): "sound" | "avatar" | "project" | null {
  if (PROJECT.test(name)) return "project";
  if (AVATAR.test(name)) return "avatar";
  if (SOUND.test(name) || /^(audio|video)\//.test(type)) return "sound";
  return null;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** Takes a file that was dropped or chosen and does the right thing with it. */
export async function takeFile(file: File, transcript = "", agreed = false): Promise<void> {
  const kind = kindOf(file.name, file.type);
  if (!kind) {
    say("bad", `“${file.name}” is of a kind that the studio does not know. It takes recordings (wav, flac, mp3, ogg, m4a, …), ` +
      "avatars (glb, gltf, vrm) and projects (avitalk).");
    return;
  }
  const most = { sound: "upload_bytes", avatar: "avatar_bytes", project: "project_bytes" } as const;
  const allowed = limits.value?.[most[kind]];
  if (file.size === 0) return say("bad", `“${file.name}” is empty.`);
  if (allowed && file.size > allowed)
    return say("bad", `“${file.name}” has ${megabytes(file.size)}; at most ${megabytes(allowed)} are taken.`);
  if (arriving.value && kind !== "avatar") return say("info", "One recording at a time: wait for this one, or cancel it.");
  if (recording.value && kind !== "avatar" && !agreed) {
    asking.value = file;
    return;
  }
  uploading.value = file.name;
  try {
    if (kind === "avatar") await wearAvatar(file);
    else if (kind === "project") jobArrived(await session().openProject(file, file.name));
    else jobArrived(await session().putRecording(file, file.name, transcript.trim()));
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) sessionLost.value = true;
    sayProblem(error);
  } finally {
    uploading.value = null;
  }
}

async function wearAvatar(file: File): Promise<void> {
  const avatar = await session().addAvatar(file, file.name);
  avatars.value = { ...avatars.value, [avatar.id]: avatar };
  edit(`Avatar ${avatar.name}`, (doc) => changeFace(doc, { avatar: avatar.id }));
  const drives = `${avatar.drives.length} of 52 movements`;
  say("good", documents.value[active.value] ? `${avatar.name} is on stage: ${drives}.` : `${avatar.name} is ready: ${drives}.`);
}

/** After the server forgot the session: a new one, filled from what this page still holds. */
export async function startAgain(): Promise<void> {
  const [sound, told, kept] = [pcm.value, recording.value, documents.value];
  sessionStorage.removeItem(KEY);
  recording.value = null;
  jobs.value = [];
  await begin();
  if (start.value.kind !== "ready" || !sound || !told) return;
  keptDocuments = { a: withoutAvatar(kept.a), b: withoutAvatar(kept.b) };
  const bytes = new Float32Array(sound.samples.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = sound.samples[i]! / 32768;
  const name = `${told.name.replace(/\.[^.]*$/, "")}.wav`;
  await takeFile(new File([writeWav([bytes], sound.rate)], name, { type: "audio/wav" }), told.transcript ?? "", true);
}
let keptDocuments: Record<Version, Doc | null> | null = null;
const withoutAvatar = (doc: Doc | null): Doc | null => doc && changeFace(doc, { avatar: null });

/** After hearing a recording again for `startAgain`: the documents that the page kept. */
export function putKeptDocuments(): void {
  if (!keptDocuments) return;
  adopt(api, keptDocuments);
  keptDocuments = null;
}

window.addEventListener("pagehide", storeBeforeLeaving);
