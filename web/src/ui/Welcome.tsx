// The empty state: give the page a recording, from a file, the microphone or the example.
import { useRef, useState } from "preact/hooks";
import exampleUrl from "../../../examples/dashwood.wav?url";
import { limits, sayProblem, start, uploading } from "../state";
import { takeFile } from "../session";
import { Button } from "./controls";
import { Icon } from "./Icon";
import { Microphone } from "./Microphone";

const EXAMPLE_WORDS =
  "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power to do for them.";
export const ACCEPTED = "audio/*,video/*,.wav,.flac,.mp3,.ogg,.opus,.m4a,.aiff,.avitalk,.glb,.gltf,.vrm";

const minutes = (seconds: number): string =>
  seconds >= 3600 ? `${+(seconds / 3600).toFixed(1)}\u00a0h` : `${Math.round(seconds / 60)}\u00a0min`;

export function Welcome() {
  const [transcript, setTranscript] = useState("");
  const [recording, setRecording] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const ready = start.value.kind === "ready" && uploading.value === null;

  const example = async () => {
    try {
      const bytes = await (await fetch(exampleUrl)).blob();
      await takeFile(new File([bytes], "dashwood.wav", { type: "audio/wav" }), transcript || EXAMPLE_WORDS);
    } catch (error) {
      sayProblem(error);
    }
  };

  return (
    <section class="welcome" aria-labelledby="welcome-title" data-testid="welcome">
      <h1 id="welcome-title">Give a voice a face</h1>
      <p class="lead">
        Drop a recording of someone speaking. The studio hears how it is said, writes down in words what the face should do, and performs it. The words
        are yours to change.
      </p>
      {recording ? (
        <Microphone onFile={(file) => void takeFile(file, transcript)} onClose={() => setRecording(false)} />
      ) : (
        <div class="drop">
          <Icon name="wave" size={40} />
          <p>
            <strong>Drop a recording here</strong>
            <br />
            <span class="faint">
              wav, flac, mp3, ogg, m4a or a video{limits.value ? `, up to ${minutes(limits.value.longest_s)}` : ""} · or a project (.avitalk)
            </span>
          </p>
          <div class="row">
            <Button icon="file" label="Choose a file" kind="main" disabled={!ready} testid="choose-file" onClick={() => chooser.current?.click()} />
            <Button icon="mic" label="Record" disabled={!ready} testid="record" onClick={() => setRecording(true)} />
            <Button icon="play" label="Example" disabled={!ready} testid="example" onClick={() => void example()} />
          </div>
          <input
            ref={chooser}
            type="file"
            class="unseen"
            tabIndex={-1}
            aria-label="Choose a recording or project"
            accept={ACCEPTED}
            data-testid="file-input"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (file) void takeFile(file, transcript);
            }}
          />
        </div>
      )}
      <label class="transcript">
        <span>
          What is said <span class="faint">— optional: gives words, and sharper lips</span>
        </span>
        <textarea
          rows={2}
          value={transcript}
          placeholder="Type or paste the words that are spoken"
          data-testid="transcript"
          onInput={(event) => setTranscript(event.currentTarget.value)}
        />
      </label>
      <p class="faint small">Everything stays on this computer: nothing is sent anywhere else.</p>
    </section>
  );
}
