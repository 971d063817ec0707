// What is done when the server's jobs move on.
import { edit, performAgain } from "./documents";
import { adoptRewrite } from "./edits";
import { documentOf, putKeptDocuments, refresh, session } from "./session";
import { active, documents, jobs, say, sayProblem } from "./state";
import { sentence, type Doc, type ExportFormat, type Job, type Version, type Video } from "./wire";

const REWRITES = "avitalk.rewrites";
const handled = new Set<string>();

/** What was asked to be written anew, by job: null for the whole document. It survives a reload. */
interface Rewrite {
  version: Version;
  index: number | null;
  before: Doc;
}

function rewrites(): Record<string, Rewrite> {
  try {
    return JSON.parse(sessionStorage.getItem(REWRITES) ?? "{}") as Record<string, Rewrite>;
  } catch {
    return {};
  }
}

function keepRewrite(job: string, rewrite: Rewrite | null): void {
  const { [job]: _, ...others } = rewrites();
  sessionStorage.setItem(REWRITES, JSON.stringify(rewrite ? { ...others, [job]: rewrite } : others));
}

/** The jobs of a session just opened; what ended before needs no answer, but for rewriting. */
export function followJobs(all: Job[]): void {
  const asked = rewrites();
  for (const job of all) if (ended(job) && !asked[job.id]) handled.add(job.id);
  jobs.value = all;
  for (const job of all) if (ended(job) && !handled.has(job.id)) jobArrived(job);
}

const ended = (job: Job): boolean => job.state === "done" || job.state === "failed" || job.state === "cancelled";

const ORDER = { queued: 0, running: 1, done: 2, failed: 2, cancelled: 2 } as const;

/** News of a job; what is older than what is known, an answer overtaken by an event, is let go. */
export function jobArrived(job: Job): void {
  const known = jobs.value.find(({ id }) => id === job.id);
  if (known && ORDER[known.state] > ORDER[job.state]) return;
  jobs.value = known ? jobs.value.map((one) => (one.id === job.id ? job : one)) : [...jobs.value, job];
  if (!ended(job) || handled.has(job.id)) return;
  handled.add(job.id);
  void finish(job).catch(sayProblem);
}

async function finish(job: Job): Promise<void> {
  if (job.state === "failed") say("bad", sentence(job.error?.detail ?? "that did not work"));
  if (job.state === "cancelled") say("info", "Cancelled.");
  if (job.kind === "write") return finishWriting(job);
  if (job.kind === "analyse" || job.kind === "open") {
    await refresh();
    if (job.state === "done") putKeptDocuments();
  }
  if (job.kind === "export" && job.state === "done" && job.result?.url) {
    say("good", `${job.result.name} is ready.`, { label: "Download", run: () => download(job) });
  }
}

async function finishWriting(job: Job): Promise<void> {
  const asked = rewrites()[job.id];
  keepRewrite(job.id, null);
  // What the server was sent had other authors: it gets the documents as they are.
  if (job.state !== "done") return performAgain();
  const version = asked?.version ?? job.result?.version ?? active.value;
  const fresh = await documentOf(version);
  if (!fresh) return;
  if (!asked || asked.index === null) {
    edit("Write all anew", () => fresh, { version, select: fresh.segments.length ? 0 : null });
    return;
  }
  const { index, before } = asked;
  const merged = adoptRewrite(documents.value[version] ?? before, index, fresh);
  if (merged) edit("Write segment anew", () => merged, { version, select: index });
  else {
    say("info", "This stretch is too short to be written anew; type your own words.");
    performAgain();
  }
}

/** Has the instructor write a segment anew, or all; for all, `keep` keeps what people wrote. */
export async function rewrite(index: number | null, keep: boolean): Promise<void> {
  const version = active.value;
  const before = documents.value[version];
  if (!before) return;
  const asked: Doc =
    index === null
      ? before
      : {
          ...before,
          segments: before.segments.map((segment, i) => ({ ...segment, author: i === index ? "model" : "person" })),
        };
  const seed = 1 + Math.floor(Math.random() * 2 ** 31);
  try {
    const job = await session().write(version, asked, seed, index !== null || keep);
    keepRewrite(job.id, { version, index, before });
    jobArrived(job);
  } catch (error) {
    sayProblem(error);
  }
}

/** Other chances for everything drawn at random: another performance of the same words. */
export function anotherSeed(): void {
  edit("Another performance", (doc) => ({ ...doc, seed: 1 + Math.floor(Math.random() * 2 ** 31) }));
}

export async function exportFile(format: ExportFormat, video: Video | null): Promise<void> {
  const version = active.value;
  const doc = documents.value[version];
  if (!doc) return;
  try {
    jobArrived(await session().export(version, doc, format, video));
  } catch (error) {
    sayProblem(error);
  }
}

export async function cancelJob(id: string): Promise<void> {
  try {
    await session().cancel(id);
  } catch (error) {
    sayProblem(error);
  }
}

/** Saves what a job made. */
export function download(job: Job): void {
  if (!job.result?.url) return;
  const link = document.createElement("a");
  link.href = new URL(job.result.url.replace(/^\//, ""), document.baseURI).href;
  link.download = job.result.name ?? "";
  link.click();
}
