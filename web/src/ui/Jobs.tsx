// Files being made and files made: progress, cancel, download.
import { cancelJob, download } from "../jobs";
import { jobs } from "../state";
import { sentence, type Job } from "../wire";
import { Button } from "./controls";

const size = (bytes: number): string => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function Jobs() {
  const all = jobs.value.filter(({ kind, state }) => kind === "export" && state !== "cancelled").reverse();
  if (!all.length) return null;
  return (
    <ul class="jobs" aria-label="Exports" data-testid="jobs">
      {all.map((job) => (
        <Row key={job.id} job={job} />
      ))}
    </ul>
  );
}

function Row({ job }: { job: Job }) {
  const name = job.result?.name ?? "File being made";
  return (
    <li class={`job ${job.state}`} data-testid="job" data-state={job.state}>
      <div class="row">
        <strong>{name}</strong>
        {job.result?.bytes !== undefined && <span class="faint">{size(job.result.bytes)}</span>}
        <span class="grow" />
        {job.state === "done" && job.result?.url && <Button icon="download" label="Download" testid="job-download" onClick={() => download(job)} />}
        {(job.state === "queued" || job.state === "running") && <Button label="Cancel" kind="ghost" testid="job-cancel" onClick={() => void cancelJob(job.id)} />}
      </div>
      {job.state === "queued" && <p class="faint small">Waiting for its turn{job.position ? `: ${job.position} before it` : ""}</p>}
      {job.state === "running" && (
        <div class="row">
          <progress value={job.progress} max={1} aria-label={`Progress of ${name}`} />
          <span class="faint small">{job.detail}</span>
        </div>
      )}
      {job.state === "failed" && <p class="small bad">{sentence(job.error?.detail ?? "that did not work")}</p>}
    </li>
  );
}
