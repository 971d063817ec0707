// The bar between stage and timeline: playing, time, tools for segments, zoom, curves.
import { deleteSelected, insertHere, mergeSelected, splitHere } from "../editing";
import { seek, togglePlaying } from "../playback";
import { duration_s, looping, pcm, performing, playhead, playing, segment, view, volume } from "../state";
import { curvesOpen } from "../timeline/CurvesLane";
import { clock, fitted, toPx, zoomed } from "../timeline/maths";
import { active } from "../state";
import { Button } from "./controls";
import { Icon } from "./Icon";

export function zoom(factor: number): void {
  const at = view.value;
  const px = toPx(at, playhead.value);
  view.value = zoomed(at, factor, px >= 0 && px <= at.width ? px : at.width / 2, duration_s.value);
}
export const zoomWhole = (): void => {
  view.value = fitted({ ...view.value, px_per_s: 0, start_s: 0 }, duration_s.value);
};

export function Transport() {
  return (
    <div class="transport" role="toolbar" aria-label="Playing and editing">
      <div class="cluster">
        <Button icon="start" label="To the start" keys="Home" quiet kind="ghost" onClick={() => seek(0)} />
        <Button icon={playing.value ? "pause" : "play"} label={playing.value ? "Pause" : "Play"} keys="Space" quiet kind="main" disabled={!pcm.value} testid="play" onClick={togglePlaying} />
        <Button icon="loop" label="Play the selected segment over and over" keys="L" quiet kind="ghost" pressed={looping.value} testid="loop" onClick={() => (looping.value = !looping.value)} />
        <Time />
      </div>
      <div class="cluster tools">
        <Button icon="split" label="Split at the playhead" keys="S" quiet kind="ghost" testid="split" onClick={splitHere} />
        <Button icon="merge" label="Merge with the next" keys="M" quiet kind="ghost" disabled={!segment.value} testid="merge" onClick={mergeSelected} />
        <Button icon="insert" label="Insert a segment at the playhead" keys="I" quiet kind="ghost" testid="insert" onClick={insertHere} />
        <Button icon="trash" label="Delete the segment" keys="Del" quiet kind="ghost" disabled={!segment.value} testid="delete" onClick={deleteSelected} />
      </div>
      <State />
      <div class="grow" />
      <div class="cluster">
        <Button icon="curves" label="Curves of the face's weights" keys="C" quiet kind="ghost" pressed={curvesOpen.value} testid="curves-toggle" onClick={() => (curvesOpen.value = !curvesOpen.value)} />
      </div>
      <Volume />
      <div class="cluster">
        <Button icon="wider" label="Zoom out" keys="-" quiet kind="ghost" testid="zoom-out" onClick={() => zoom(1 / 1.6)} />
        <Button icon="closer" label="Zoom in" keys="+" quiet kind="ghost" testid="zoom-in" onClick={() => zoom(1.6)} />
        <Button icon="whole" label="See all of it" keys="0" quiet kind="ghost" testid="zoom-whole" onClick={zoomWhole} />
      </div>
    </div>
  );
}

function Time() {
  return (
    <span class="time" data-testid="time">
      {clock(playhead.value, 2)} <span class="faint">/ {clock(duration_s.value)}</span>
    </span>
  );
}

function Volume() {
  return (
    <div class="cluster volume">
      <Button icon={volume.value ? "volume" : "muted"} label={volume.value ? "Mute" : "Sound on"} quiet kind="ghost" testid="mute" onClick={() => (volume.value = volume.value ? 0 : 1)} />
      <input type="range" min={0} max={1} step={0.05} value={volume.value} aria-label="Volume" onInput={(event) => (volume.value = Number(event.currentTarget.value))} />
    </div>
  );
}

/** Whether what is seen is what is written. */
function State() {
  const state = performing.value[active.value];
  return (
    <span class={`state ${state.kind}`} role="status" data-testid="performing" data-state={state.kind} title={"sentence" in state ? state.sentence : undefined}>
      {state.kind === "busy" && <span class="spinner" />}
      {(state.kind === "failed" || state.kind === "unfinished") && <Icon name="warn" size={15} />}
      <span>
        {{ busy: "Performing", idle: "", unfinished: "Words are missing", failed: "Not performed" }[state.kind]}
      </span>
    </span>
  );
}
