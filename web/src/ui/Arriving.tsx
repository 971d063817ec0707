// While a recording is heard or a project opened: what is going on, how far it is, a way out.
import { cancelJob } from "../jobs";
import { arriving, uploading } from "../state";
import { Button, plain } from "./controls";

export function Arriving() {
  const job = arriving.value;
  const name = uploading.value;
  const title = job ? (job.kind === "open" ? "Opening the project" : "Hearing the recording") : `Sending ${name}`;
  const share = job && job.state === "running" ? job.progress : null;
  return (
    <section class="welcome arriving" aria-live="polite" data-testid="arriving">
      <h1>{title}</h1>
      <progress value={share ?? undefined} max={1} aria-label={title} />
      <p class="faint">{job ? (job.state === "queued" ? "Waiting for its turn" : plain(job.detail)) : "…"}</p>
      {job && <Button label="Cancel" testid="cancel-arriving" onClick={() => void cancelJob(job.id)} />}
    </section>
  );
}
