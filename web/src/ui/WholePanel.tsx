// Settings of the whole version: strength, manner, what moves by itself, and writing all anew.
import { useState } from "preact/hooks";
import { DRAGGING_MS, edit } from "../documents";
import { changeSettings, withShare } from "../edits";
import { anotherSeed, rewrite } from "../jobs";
import { active, choices, doc, recording, rewriting } from "../state";
import type { Settings } from "../wire";
import { Button, percent, Pick, plain, Section, Slider } from "./controls";
import { Rewriting } from "./Rewriting";

type Number_ = { [K in keyof Settings]: Settings[K] extends number ? K : never }[keyof Settings];

interface Control {
  name: Number_;
  label: string;
  low: number;
  high: number;
  step: number;
  resting: number;
  shown?: (value: number) => string;
  hint: string;
}

const ACTING: Control[] = [
  { name: "strength", label: "Strength", low: 0, high: 2, step: 0.05, resting: 1, shown: percent, hint: "How strongly everything is acted" },
  { name: "guidance", label: "Closeness to the words", low: 0, high: 10, step: 0.1, resting: 2, hint: "Higher follows the words more literally; lower leaves more to chance" },
];
const SPEECH: Control[] = [
  { name: "articulation", label: "Articulation", low: 0, high: 2, step: 0.05, resting: 1, shown: percent, hint: "How far the mouth opens and closes while speaking" },
  { name: "smoothing", label: "Smoothing", low: 0, high: 1, step: 0.05, resting: 0, shown: percent, hint: "Calms quick movements" },
  { name: "offset_ms", label: "Face later than sound", low: -1000, high: 1000, step: 10, resting: 0, shown: (ms) => `${ms} ms`, hint: "Moves the face against the sound; below zero it is earlier" },
];
const ITSELF: Control[] = [
  { name: "blinks_per_min", label: "Blinks a minute", low: 0, high: 60, step: 1, resting: 17, hint: "How often the eyes blink" },
  { name: "gaze", label: "Gaze", low: 0, high: 2, step: 0.05, resting: 1, shown: percent, hint: "How much the eyes wander" },
  { name: "head", label: "Head", low: 0, high: 2, step: 0.05, resting: 1, shown: percent, hint: "How much the head moves" },
  { name: "brows", label: "Brows", low: 0, high: 2, step: 0.05, resting: 1, shown: percent, hint: "How much the brows go along with the voice" },
];

export function WholePanel() {
  const settings = doc.value!.settings;
  const [keep, setKeep] = useState(true);
  const regions = choices.value?.regions ?? [];
  const speakers = choices.value?.speakers ?? [];
  const change = (label: string, kind: string, make: (before: Settings) => Partial<Settings>) =>
    edit(label, (before) => changeSettings(before, make(before.settings)), { key: `${active.value} ${kind}`, wait_ms: DRAGGING_MS });
  const sliders = (controls: Control[]) =>
    controls.map(({ name, ...control }) => (
      <Slider key={name} {...control} value={settings[name]} testid={`setting-${name}`} onChange={(value) => change(control.label, name, () => ({ [name]: value }))} />
    ));

  return (
    <>
      <div class="row heading">
        <h2>The whole of version {active.value.toUpperCase()}</h2>
      </div>
      {sliders(ACTING)}
      <Section title="Strength by region" testid="regions" aside={Object.keys(settings.regions).length ? `${Object.keys(settings.regions).length} set` : undefined}>
        {regions.map((region) => (
          <Slider
            key={region}
            label={plain(region)}
            value={settings.regions[region] ?? 1}
            low={0}
            high={2}
            step={0.05}
            resting={1}
            shown={percent}
            testid={`region-${region}`}
            onChange={(value) => change(`${plain(region)} strength`, `region ${region}`, (before) => ({ regions: withShare(before.regions, region, value, 1) }))}
          />
        ))}
      </Section>
      <Section title="Speaking" open testid="speaking">
        {sliders(SPEECH)}
        {speakers.length > 0 && (
          <Pick
            label="Manner of speaking"
            testid="speaker"
            value={settings.speaker ?? ""}
            options={[{ value: "", label: "Neutral" }, ...speakers.map((name) => ({ value: name, label: plain(name) }))]}
            onChoose={(name) => change("Manner of speaking", "speaker", () => ({ speaker: name || null }))}
          />
        )}
      </Section>
      <Section title="What moves by itself" open testid="itself">
        {sliders(ITSELF)}
      </Section>
      <Section title="Write and perform anew" testid="anew">
        <p class="faint small">The instructor listens again and words every segment. What you have now can be had back with undo.</p>
        <label class="check">
          <input type="checkbox" checked={keep} data-testid="keep" onChange={(event) => setKeep(event.currentTarget.checked)} />
          Keep segments worded by people
        </label>
        {rewriting.value ? (
          <Rewriting />
        ) : (
          <div class="row wraps">
            <Button icon="wand" label="Write all anew" testid="rewrite-all" onClick={() => void rewrite(null, keep)} />
            <Button icon="dice" label="Another performance" testid="another-seed" onClick={anotherSeed} />
          </div>
        )}
      </Section>
      {recording.value && recording.value.notes.length > 0 && (
        <Section title="About the recording" testid="recording-notes">
          <ul class="notes">
            {recording.value.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
