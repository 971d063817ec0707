// The editor of the selected segment: its words, when, how strongly, its takes, and why it says what it says.
import { useEffect, useRef } from "preact/hooks";
import { DRAGGING_MS, edit, TYPING_MS } from "../documents";
import { changeSegment, withShare } from "../edits";
import { insertHere } from "../editing";
import { rewrite } from "../jobs";
import { playSegment, selectBeside } from "../playback";
import { active, choices, doc, limits, performing, rewriting, segment, selected } from "../state";
import { clock } from "../timeline/maths";
import type { Segment } from "../wire";
import { Button, percent, plain, Section, Slider } from "./controls";
import { Features } from "./Features";
import { Rewriting } from "./Rewriting";
import { Takes } from "./Takes";
import { Why } from "./Why";

/** Changes the selected segment; edits of one kind of one segment in quick succession are one step. */
export function editSelected(label: string, kind: string, change: (segment: Segment) => Partial<Segment>, wait_ms = 0): void {
  const index = selected.value;
  if (index === null) return;
  edit(label, (before) => changeSegment(before, index, change(before.segments[index]!)), { key: `${active.value} ${kind} ${index}`, wait_ms });
}

export function SegmentPanel() {
  const part = segment.value;
  const index = selected.value;
  const regions = choices.value?.regions ?? [];
  if (!part || index === null)
    return (
      <div class="nothing" data-testid="no-segment">
        <p>{doc.value?.segments.length ? "Select a segment on the timeline to edit its words." : "There are no segments: the face is neutral throughout."}</p>
        <Button icon="insert" label="Insert one at the playhead" onClick={insertHere} />
      </div>
    );
  const count = doc.value!.segments.length;
  return (
    <>
      <div class="row heading">
        <h2>
          Segment {index + 1} <span class="faint">of {count}</span>
        </h2>
        <span class="faint times">
          {clock(part.start_s, 2)}–{clock(part.end_s, 2)}
        </span>
        <span class="grow" />
        <Button icon="play" label="Play this segment" keys="Shift Space" quiet kind="ghost" testid="play-segment" onClick={playSegment} />
      </div>
      <Words part={part} index={index} />
      <Slider
        label="Strength"
        value={part.strength}
        low={0}
        high={2}
        step={0.05}
        resting={1}
        shown={percent}
        testid="segment-strength"
        onChange={(strength) => editSelected("Strength", "strength", () => ({ strength }), DRAGGING_MS)}
      />
      <Section title="Strength by region" testid="segment-regions" aside={aside(part.regions)}>
        {regions.map((region) => (
          <Slider
            key={region}
            label={plain(region)}
            value={part.regions[region] ?? 1}
            low={0}
            high={2}
            step={0.05}
            resting={1}
            shown={percent}
            testid={`segment-region-${region}`}
            onChange={(value) => editSelected(`${plain(region)} strength`, `region ${region}`, (before) => ({ regions: withShare(before.regions, region, value, 1) }), DRAGGING_MS)}
          />
        ))}
      </Section>
      <Section title="Takes" testid="takes" aside={part.take ? `take ${part.take + 1}` : undefined}>
        <Takes key={`${active.value} ${index}`} />
      </Section>
      <Section title="Single movements" testid="features" aside={aside(part.features)}>
        <Features part={part} />
      </Section>
      <Section title="Why this text" open testid="why">
        <Why part={part} />
      </Section>
    </>
  );
}

const aside = (table: Record<string, number>): string | undefined => {
  const count = Object.keys(table).length;
  return count ? `${count} set` : undefined;
};

function Words({ part, index }: { part: Segment; index: number }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const most = limits.value?.most_text ?? 2000;
  const state = performing.value[active.value];
  const grow = () => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight + 2, 220)}px`;
  };
  useEffect(grow, [part.text, index]);

  return (
    <div class="words-editor">
      <textarea
        ref={field}
        rows={3}
        value={part.text}
        maxLength={most}
        aria-label="What the face does in this segment"
        placeholder="Say what the face does, for example: a warm smile that fades"
        data-testid="segment-text"
        onInput={(event) => {
          // One line: white space within is single spaces to the server anyway.
          const text = event.currentTarget.value.replace(/[\r\n\t]+/g, " ");
          editSelected("Change words", "text", () => ({ text }), TYPING_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            if (event.ctrlKey || event.metaKey) playSegment();
            else selectBeside(event.shiftKey ? -1 : 1);
          }
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      {state.kind === "unfinished" && <p class="small bad" data-testid="segment-problem">{state.sentence}</p>}
      <div class="row">
        <span class="faint small" data-testid="segment-author">
          {part.author === "model" ? "Written by the model" : "Written by a person"}
        </span>
        <span class="grow" />
        {!rewriting.value && <Button icon="wand" label="Write anew" kind="ghost" testid="rewrite-segment" onClick={() => void rewrite(index, true)} />}
      </div>
      {rewriting.value && <Rewriting />}
    </div>
  );
}
