// Taking the work out of the page: formats, settings of a video, and the jobs that make the files.
import { signal } from "@preact/signals";
import { exportFile } from "../jobs";
import { active, choices, documents } from "../state";
import type { ExportFormat, Video } from "../wire";
import { Button, Choice, Pick, plain } from "./controls";
import { Dialog } from "./Dialog";
import { closeDialog } from "./dialogs";
import { Jobs } from "./Jobs";

const FORMATS: { value: ExportFormat; label: string; about: string }[] = [
  { value: "mp4", label: "Video", about: "mp4 with sound: the face as a film. Takes about as long as the recording; a draft a quarter of that." },
  { value: "glb", label: "glTF", about: "glb with the animation, for Blender, three.js, game engines. With an avatar on stage: the avatar, animated." },
  { value: "csv", label: "Live Link", about: "csv as Live Link Face writes it, for Unreal and MetaHuman." },
  { value: "npz", label: "Numbers", about: "motion.npz for Python: all weights and angles at 50 frames a second." },
  { value: "yaml", label: "Instruction", about: "instruction.yaml: the words over time, to read, edit and perform on the command line." },
  { value: "avitalk", label: "Project", about: "Everything in one file: recording, both versions, face. The studio opens it again exactly as it is." },
];

const format = signal<ExportFormat>("mp4");
const video = signal<Video>({ size: 512, fps: 25, camera: "front", background: "studio", draft: false });
const set = (change: Partial<Video>) => (video.value = { ...video.value, ...change });

const BACKGROUNDS = [
  { value: "studio", label: "Studio" },
  { value: "#101216", label: "Dark" },
  { value: "#808488", label: "Grey" },
  { value: "#f2f2f0", label: "Light" },
  { value: "#00b140", label: "Green, for keying" },
];

export function ExportDialog() {
  const chosen = FORMATS.find(({ value }) => value === format.value)!;
  return (
    <Dialog title="Export" testid="export-dialog" wide onClose={closeDialog}>
      <div class="export">
        <div class="formats" role="radiogroup" aria-label="What to export">
          {FORMATS.map(({ value, label, about }) => (
            <button key={value} type="button" role="radio" aria-checked={format.value === value} data-testid={`format-${value}`} onClick={() => (format.value = value)}>
              <strong>
                {label} <span class="faint">.{value === "npz" ? "motion.npz" : value === "yaml" ? "instruction.yaml" : value}</span>
              </strong>
              <span>{about}</span>
            </button>
          ))}
        </div>
        {format.value === "mp4" && <VideoSettings />}
        <div class="row">
          {documents.value.b && format.value !== "avitalk" && <span class="faint">Version {active.value.toUpperCase()} is exported.</span>}
          <span class="grow" />
          <Button icon="export" label={`Export ${chosen.label.toLowerCase()}`} kind="main" testid="export-start" onClick={() => void exportFile(format.value, format.value === "mp4" ? video.value : null)} />
        </div>
        <Jobs />
      </div>
    </Dialog>
  );
}

function VideoSettings() {
  const now = video.value;
  const offered = choices.value;
  return (
    <fieldset class="video">
      <legend class="unseen">Video</legend>
      <Pick
        label="Size"
        testid="video-size"
        value={String(now.size)}
        options={[256, 384, 512, 720, 1024].map((size) => ({ value: String(size), label: `${size} × ${size}` }))}
        onChoose={(size) => set({ size: Number(size) })}
      />
      <Pick label="Frames a second" testid="video-fps" value={String(now.fps)} options={(offered?.video_fps ?? []).map((fps) => ({ value: String(fps), label: String(fps) }))} onChoose={(fps) => set({ fps: Number(fps) })} />
      <Pick
        label="Camera"
        testid="video-camera"
        value={now.camera}
        options={offered?.cameras.map((name) => ({ value: name, label: plain(name) })) ?? []}
        onChoose={(camera) => set({ camera })}
      />
      <Pick label="Background" testid="video-background" value={now.background} options={BACKGROUNDS} onChoose={(background) => set({ background })} />
      <Choice
        label="Quality"
        testid="video-draft"
        value={now.draft ? "draft" : "full"}
        options={[
          { value: "draft", label: "Draft" },
          { value: "full", label: "Full" },
        ]}
        onChoose={(quality) => set({ draft: quality === "draft" })}
      />
    </fieldset>
  );
}
