// While the instructor writes: how far it is, a way out.
import { cancelJob } from "../jobs";
import { rewriting } from "../state";
import { Button } from "./controls";

export function Rewriting() {
  const job = rewriting.value;
  if (!job) return null;
  return (
    <div class="rewriting" data-testid="rewriting">
      <div class="row">
        <span class="small">{job.state === "queued" ? "Waiting to be written anew" : "Writing anew"}</span>
        <span class="grow" />
        <Button label="Cancel" kind="ghost" testid="rewrite-cancel" onClick={() => void cancelJob(job.id)} />
      </div>
      <progress value={job.state === "running" ? job.progress : undefined} max={1} aria-label="Writing anew" />
    </div>
  );
}
