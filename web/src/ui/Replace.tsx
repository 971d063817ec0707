// Asks before another recording or project takes the place of the one at hand.
import { useState } from "preact/hooks";
import { kindOf, takeFile } from "../session";
import { asking, recording } from "../state";
import { Button } from "./controls";
import { Dialog } from "./Dialog";

export function Replace() {
  const file = asking.value!;
  const sound = kindOf(file.name, file.type) === "sound";
  const [transcript, setTranscript] = useState("");
  const close = () => (asking.value = null);
  return (
    <Dialog title={sound ? "Another recording" : "Open a project"} testid="replace-dialog" onClose={close}>
      <p>
        <strong>{file.name}</strong> takes the place of {recording.value?.name} and of what was made of it. Export a project first to keep that.
      </p>
      {sound && (
        <label class="transcript">
          <span>
            What is said <span class="faint">— optional: gives words, and sharper lips</span>
          </span>
          <textarea rows={2} value={transcript} data-testid="replace-transcript" onInput={(event) => setTranscript(event.currentTarget.value)} />
        </label>
      )}
      <div class="row">
        <span class="grow" />
        <Button label="Cancel" onClick={close} />
        <Button
          label={sound ? "Use this recording" : "Open it"}
          kind="main"
          testid="replace-confirm"
          onClick={() => {
            close();
            void takeFile(file, transcript, true);
          }}
        />
      </div>
    </Dialog>
  );
}
