// The stage: the face, or two, and how they are looked at.
import { useEffect, useRef, useState } from "preact/hooks";
import { performAgain, showVersion } from "../documents";
import { curtain, faceLoading, look, mountStage, savePicture, setLook, stageCode, stageTrouble, theStage } from "../scene";
import { active, documents, performing, sessionLost, shown } from "../state";
import { Button, Pick } from "./controls";
import { Icon } from "./Icon";
import { VersionMark } from "./TopBar";

export function StagePanel() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => mountStage(canvas.current!), []);
  const loading = curtain.value.kind === "loading" || faceLoading.value.a || faceLoading.value.b;
  return (
    <section class="stage" aria-label="Face" data-testid="stage-panel">
      <canvas ref={canvas} data-testid="stage" />
      {curtain.value.kind === "failed" ? (
        <Failure sentence={curtain.value.sentence} />
      ) : (
        <>
          {loading && (
            <p class="loading" role="status">
              <span class="spinner" /> {curtain.value.kind === "loading" ? "Setting the stage" : "Making the face"}
            </p>
          )}
          {stageTrouble.value && (
            <p class="trouble" role="alert">
              <Icon name="warn" /> {stageTrouble.value}
            </p>
          )}
          {shown.value === "both" && <Halves />}
          {performing.value[active.value].kind === "failed" && !sessionLost.value && (
            <div class="again">
              <Button icon="reset" label="Perform again" testid="perform-again" onClick={performAgain} />
            </div>
          )}
          {curtain.value.kind === "ready" && <Looks />}
        </>
      )}
    </section>
  );
}

function Failure({ sentence }: { sentence: string }) {
  return (
    <div class="failure" role="alert" data-testid="stage-failed">
      <Icon name="face" size={44} />
      <h2>The face cannot be drawn here</h2>
      <p>{sentence}</p>
      <p class="faint">Hearing, writing, editing and exporting work without it.</p>
    </div>
  );
}

function Halves() {
  if (!documents.value.b) return null;
  return (
    <div class="halves">
      {(["a", "b"] as const).map((version) => (
        <button key={version} type="button" class={active.value === version ? "active" : ""} title={`Edit version ${version.toUpperCase()}`} data-testid={`edit-${version}`} onClick={() => showVersion("both", version)}>
          <VersionMark version={version} />
        </button>
      ))}
    </div>
  );
}

function Looks() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => !box.current?.contains(event.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  return (
    <div class="looks" ref={box} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <div class="cluster" role="toolbar" aria-label="How the face is looked at">
        <Button icon="camera" label="Save a picture" quiet kind="ghost" testid="picture" onClick={() => void savePicture()} />
        <Button
          icon="reset"
          label="Look from the front again"
          quiet
          kind="ghost"
          testid="camera-reset"
          onClick={() => {
            theStage()?.resetCamera();
            setLook({ camera: "front" });
          }}
        />
        <Button icon="tune" label="Camera, light, background" quiet kind="ghost" expanded={open} testid="view" onClick={() => setOpen(!open)} />
      </div>
      {open && <LookChoices />}
    </div>
  );
}

function LookChoices() {
  const { CAMERAS, LIGHTS, BACKGROUNDS } = stageCode()!;
  const now = look.value;
  const options = (list: readonly { name: string; label: string }[]) => list.map(({ name, label }) => ({ value: name, label }));
  const cameras = options(CAMERAS);
  return (
    <div class="choices" data-testid="view-choices">
      <Pick
        label="Camera"
        testid="camera"
        value={now.camera}
        options={now.camera === "own" ? [...cameras, { value: "own", label: "Own view" }] : cameras}
        onChoose={(camera) => setLook({ camera })}
      />
      <Pick label="Light" testid="light" value={now.light || LIGHTS[0]!.name} options={options(LIGHTS)} onChoose={(light) => setLook({ light })} />
      <Pick label="Background" testid="background" value={now.background || BACKGROUNDS[0]!.name} options={options(BACKGROUNDS)} onChoose={(background) => setLook({ background })} />
      <label class="check" title="W">
        <input type="checkbox" checked={now.wireframe} data-testid="wireframe" onChange={(event) => setLook({ wireframe: event.currentTarget.checked })} />
        Wireframe
      </label>
      <p class="faint small">Drag turns the face, the wheel zooms, a double click goes back.</p>
    </div>
  );
}
