// The bar at the top: recording, undo, versions, look of the page, help, export.
import { useRef } from "preact/hooks";
import { copyVersion, dropB, other, redo, showVersion, swapVersions, undo } from "../documents";
import { takeFile } from "../session";
import { active, doc, documents, recording, redoLabel, shown, undoLabel, working } from "../state";
import { chooseTheme, seen, theme } from "../theme";
import { clock } from "../timeline/maths";
import { Button, Choice } from "./controls";
import { Icon } from "./Icon";
import { Menu } from "./Menu";
import { openDialog } from "./dialogs";
import { ACCEPTED } from "./Welcome";

export function TopBar() {
  const told = recording.value;
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <header class="topbar">
      <div class="brand">
        <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" fill="var(--accent)" />
          <path d="M8 17c3.2 5 12.800 5 16 0M11 9.500v3M16 7.500v7M21 9.500v3" fill="none" stroke="var(--on-accent)" stroke-width="2.600" stroke-linecap="round" />
        </svg>
        <span>avitalk studio</span>
      </div>
      {told && (
        <div class="told" title={told.notes.join("\n") || told.name}>
          <h1 data-testid="recording-name">{told.name}</h1>
          <span class="faint">{clock(told.duration_s)}</span>
        </div>
      )}
      <div class="grow" />
      {doc.value && (
        <>
          <div class="cluster">
            <Button icon="undo" label={undoLabel.value ? `Undo: ${undoLabel.value}` : "Undo"} keys="Ctrl Z" quiet kind="ghost" disabled={!undoLabel.value} testid="undo" onClick={undo} />
            <Button icon="redo" label={redoLabel.value ? `Redo: ${redoLabel.value}` : "Redo"} keys="Ctrl Shift Z" quiet kind="ghost" disabled={!redoLabel.value} testid="redo" onClick={redo} />
          </div>
          <Versions />
        </>
      )}
      <div class="cluster">
        <Button
          icon={theme.value === "system" ? "auto" : seen.value === "dark" ? "moon" : "sun"}
          label={`Appearance: ${theme.value === "system" ? "as the system" : theme.value}`}
          quiet
          kind="ghost"
          testid="theme"
          onClick={() => chooseTheme(theme.value === "system" ? (seen.value === "dark" ? "light" : "dark") : theme.value === "dark" ? "light" : theme.value === "light" && seen.value === "light" ? "system" : "dark")}
        />
        <Button icon="help" label="Keys and help" keys="?" quiet kind="ghost" testid="help" onClick={() => openDialog("help")} />
        {told && <Button icon="file" label="Open another recording, project or avatar" quiet kind="ghost" testid="open-file" onClick={() => chooser.current?.click()} />}
        <input
          ref={chooser}
          type="file"
          class="unseen"
          tabIndex={-1}
          aria-label="Open a recording, project or avatar"
          accept={ACCEPTED}
          data-testid="file-input-top"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file) void takeFile(file);
          }}
        />
      </div>
      {doc.value && (
        <>
          <JobsButton />
          <Button icon="export" label="Export" kind="main" keys="E" testid="export" onClick={() => openDialog("export")} />
        </>
      )}
    </header>
  );
}

function JobsButton() {
  const busy = working.value.length;
  if (!busy) return null;
  return (
    <span class="busy" role="status" data-testid="jobs-busy">
      <span class="spinner" />
      {busy === 1 ? "1 job" : `${busy} jobs`}
    </span>
  );
}

function Versions() {
  const hasB = documents.value.b !== null;
  const here = active.value;
  return (
    <div class="cluster" data-testid="versions">
      <Choice
        label="Version shown"
        value={shown.value}
        testid="show"
        options={[
          { value: "a", label: "A", title: "Show and edit version A" },
          { value: "b", label: hasB ? "B" : "B +", title: hasB ? "Show and edit version B" : "Make a version B from A, to compare" },
          { value: "both", label: "Both", title: "A and B side by side, in step" },
        ]}
        onChoose={(which) => showVersion(which)}
      />
      {hasB && (
        <Menu
          label="Versions"
          icon="more"
          testid="versions-menu"
          items={[
            { label: `Copy ${here.toUpperCase()} to ${other(here).toUpperCase()}`, icon: "copy", run: () => copyVersion(here), testid: "copy-version" },
            { label: "Swap A and B", icon: "swap", run: swapVersions, testid: "swap-versions" },
            { label: "Remove B", icon: "trash", run: dropB, testid: "remove-b" },
          ]}
        />
      )}
    </div>
  );
}

export const VersionMark = ({ version }: { version: string }) => (
  <span class={`mark ${version}`}>
    {version.toUpperCase()}
    {version === active.value && shown.value === "both" && <Icon name="pen" size={11} />}
  </span>
);
