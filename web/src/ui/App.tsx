// The whole page: which parts are there, dropping files on it, keys.
import { useEffect, useState } from "preact/hooks";
import { takeFile } from "../session";
import { arriving, asking, doc, recording, uploading } from "../state";
import { Timeline } from "../timeline/Timeline";
import { Arriving } from "./Arriving";
import { dialog } from "./dialogs";
import { ExportDialog } from "./ExportDialog";
import { Help } from "./Help";
import { Icon } from "./Icon";
import { Inspector } from "./Inspector";
import { onKey } from "./keys";
import { Banner, Notices } from "./Notices";
import { Replace } from "./Replace";
import { StagePanel } from "./StagePanel";
import { TopBar } from "./TopBar";
import { Transport } from "./Transport";
import { Welcome } from "./Welcome";

const AVATAR_NAME = /\.(glb|gltf|vrm)$/i;

export function App() {
  const over = useDrop();
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const coming = arriving.value !== null || (uploading.value !== null && !AVATAR_NAME.test(uploading.value));
  const open = recording.value !== null && doc.value !== null && !coming;
  return (
    <div class={`app${open ? " open" : ""}`}>
      <TopBar />
      <Banner />
      <main>
        <StagePanel />
        {open ? <Inspector /> : coming ? <Arriving /> : <Welcome />}
        {open && (
          <section class="below" aria-label="Timeline">
            <Transport />
            <Timeline />
          </section>
        )}
      </main>
      <Notices />
      {dialog.value === "export" && <ExportDialog />}
      {dialog.value === "help" && <Help />}
      {asking.value && <Replace />}
      {over && (
        <div class="over" aria-hidden="true">
          <Icon name="download" size={44} />
          <p>Drop a recording, a project or an avatar</p>
        </div>
      )}
    </div>
  );
}

/** Takes files that are dropped anywhere on the page; true while one hovers over it. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      const typed = document.querySelector<HTMLTextAreaElement>('[data-testid="transcript"]')?.value ?? "";
      if (file) void takeFile(file, typed);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragover", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragover", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);
  return over;
}
