// The server's REST interface as functions; what goes wrong is an ApiProblem with a sentence for people.
import {
  problemSentence,
  type Avatar,
  type Choices,
  type Doc,
  type ExportFormat,
  type Face,
  type Job,
  type Reading,
  type Session,
  type Version,
  type Video,
} from "./wire";

export class ApiProblem extends Error {
  constructor(
    /** HTTP status; 0 when the server did not answer. */
    readonly status: number,
    message: string,
    /** Seconds after which trying again makes sense, when the server says so. */
    readonly retry_s: number | null = null,
  ) {
    super(message);
    this.name = "ApiProblem";
  }
}

const SILENT = "The studio's server does not answer. Is avitalk studio still running?";

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

/** The address of something under /api, wherever the page is served. */
export const apiUrl = (path: string): string => new URL(`api/${path}`, document.baseURI).href;

async function fail(response: Response): Promise<never> {
  const body = await response.text().catch(() => "");
  const retry = Number(response.headers.get("Retry-After"));
  throw new ApiProblem(
    response.status,
    problemSentence(response.status, body),
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

async function send(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path), { credentials: "same-origin", ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiProblem(0, SILENT);
  }
  return response.ok ? response : fail(response);
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await send(path, init)).json() as Promise<T>;
}

const withBody = (method: string, body: unknown, signal?: AbortSignal): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
  signal: signal ?? null,
});

function withFile(method: string, file: Blob, name: string, fields: Record<string, string> = {}): RequestInit {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("file", file, name);
  return { method, body: form };
}

export const getChoices = () => json<Choices>("faces");
export const createSession = () => json<Session>("sessions", { method: "POST" });
export const getReading = (text: string, signal: AbortSignal) =>
  json<Reading>("reading", withBody("POST", { text }, signal));

/** glTF binary of a built-in head at rest, with its 52 morph targets. */
export const getModel = async (face: Face, signal: AbortSignal): Promise<ArrayBuffer> =>
  (await send("faces/model", withBody("POST", { face: { ...face, avatar: null } }, signal))).arrayBuffer();

/** Everything below /api/sessions/{id}. */
export class SessionApi {
  constructor(readonly id: string) {}

  private path(rest = ""): string {
    return `sessions/${this.id}${rest}`;
  }
  get = () => json<Session>(this.path());
  audio = () => send(this.path("/recording/audio.wav"));
  putRecording = (file: Blob, name: string, transcript: string) =>
    json<Job>(this.path("/recording"), withFile("PUT", file, name, transcript ? { transcript } : {}));
  openProject = (file: Blob, name: string) => json<Job>(this.path("/project"), withFile("PUT", file, name));
  addAvatar = (file: Blob, name: string) => json<Avatar>(this.path("/avatars"), withFile("POST", file, name));
  avatarFile = async (id: string, signal: AbortSignal): Promise<ArrayBuffer> =>
    (await send(this.path(`/avatars/${encodeURIComponent(id)}`), { signal })).arrayBuffer();

  /** Stores a version without performing it; `leaving` lets it outlive the page. */
  putDocument = (version: Version, doc: Doc, leaving = false) =>
    send(this.path(`/documents/${version}`), { ...withBody("PUT", doc), keepalive: leaving });
  /** Motion bytes: the frames that differ from revision `have`, or all of them. */
  perform = async (version: Version, document: Doc, have: number | null, signal: AbortSignal): Promise<ArrayBuffer> =>
    (
      await send(this.path(`/documents/${version}/perform`), withBody("POST", { document, have }, signal))
    ).arrayBuffer();
  write = (version: Version, document: Doc, seed: number, keep: boolean) =>
    json<Job>(this.path(`/documents/${version}/write`), withBody("POST", { document, seed, keep }));
  takes = async (
    version: Version,
    document: Doc,
    segment: number,
    takes: number[],
    signal: AbortSignal,
  ): Promise<ArrayBuffer> =>
    (
      await send(this.path(`/documents/${version}/takes`), withBody("POST", { document, segment, takes }, signal))
    ).arrayBuffer();
  export = (version: Version, document: Doc, format: ExportFormat, video: Video | null) =>
    json<Job>(this.path("/exports"), withBody("POST", { version, document, format, ...(video ? { video } : {}) }));
  cancel = (job: string) => send(this.path(`/jobs/${encodeURIComponent(job)}`), { method: "DELETE" });

  /** The address of the session's event stream. */
  eventsUrl(): string {
    const url = new URL(apiUrl(this.path("/events")));
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
  }
}
