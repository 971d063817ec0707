// Why a segment says what it says: what the voice sounded like, and what the words are read as.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getReading } from "../api";
import type { Reading, Segment } from "../wire";
import { Bar, percent, plain } from "./controls";
import { Icon } from "./Icon";

const reading = signal<{ text: string; found: Reading | null; failed: boolean } | null>(null);
const REST_MS = 300;
const LEAST_SHARE = 0.02;

export function Why({ part }: { part: Segment }) {
  const text = part.text.trim();
  useEffect(() => {
    if (!text) return;
    const calls = new AbortController();
    const timer = setTimeout(() => {
      getReading(text, calls.signal).then(
        (found) => (reading.value = { text, found, failed: false }),
        () => {
          if (!calls.signal.aborted) reading.value = { text, found: null, failed: true };
        },
      );
    }, reading.value ? REST_MS : 0);
    return () => {
      clearTimeout(timer);
      calls.abort();
    };
  }, [text]);

  return (
    <div class="why">
      <h3>Heard in the voice</h3>
      <Heard part={part} />
      <h3>Read in the words</h3>
      {text ? <Read /> : <p class="faint">Nothing yet: there are no words.</p>}
    </div>
  );
}

function Heard({ part }: { part: Segment }) {
  if (!part.emotion.length) return <p class="faint">Nobody estimated this stretch: a person made the segment.</p>;
  const sorted = [...part.emotion].sort((one, two) => two.probability - one.probability).filter(({ probability }) => probability >= LEAST_SHARE);
  return (
    <>
      <ul class="bars" data-testid="emotions">
        {sorted.map(({ name, probability }) => (
          <li key={name}>
            <span>{plain(name)}</span>
            <Bar share={probability} />
            <span class="number">{percent(probability)}</span>
          </li>
        ))}
      </ul>
      {part.intensity && (
        <p class="small" data-testid="intensity">
          Intensity {percent(part.intensity.value)} <span class="faint">— {sure(part.intensity.confidence)} ({percent(part.intensity.confidence)} sure)</span>
        </p>
      )}
    </>
  );
}

const sure = (confidence: number): string => (confidence >= 0.75 ? "quite certain" : confidence >= 0.45 ? "a fair guess" : "hardly more than a guess");

function Read() {
  const now = reading.value;
  if (!now) return <p class="faint">Reading …</p>;
  if (now.failed || !now.found) return <p class="faint">The words could not be read just now.</p>;
  const { emotions, movements, strength, understood } = now.found;
  if (!understood)
    return (
      <p class="note" data-testid="not-understood">
        <Icon name="warn" size={16} /> Nothing in these words was recognised as a feeling or a movement. The face will guess from what they resemble; name a
        feeling (“amused”) or a movement (“brows raised”) to be sure.
      </p>
    );
  const shares = emotions.filter(({ share }) => share >= LEAST_SHARE).sort((one, two) => two.share - one.share);
  return (
    <div data-testid="reading">
      {shares.length > 0 && (
        <ul class="bars">
          {shares.map(({ name, share }) => (
            <li key={name}>
              <span>{plain(name)}</span>
              <Bar share={share} />
              <span class="number">{percent(share)}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="small">Strength {percent(strength)}</p>
      {movements.length > 0 && (
        <ul class="movements" aria-label="Movements named">
          {movements.map(({ unit, name, side, absent }) => (
            <li key={`${unit}${side}${absent}`} class={absent ? "absent" : ""} title={unit}>
              {absent ? "no " : ""}
              {name}
              {side ? `, ${side}` : ""}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
