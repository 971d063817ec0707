// The words that are said and, zoomed in, their sounds.
import { seek } from "../playback";
import { recording, view } from "../state";
import { endOf, toPx, visible } from "./maths";

/** Sounds are written from this zoom on, in pixels a second. */
export const PHONES_FROM = 170;
const LETTER_PX = 7;
const SILENT: ReadonlySet<string> = new Set(["", "sil", "SIL", "sp", "pau"]);

export function WordLane() {
  const at = view.value;
  const words = recording.value?.words ?? [];
  return (
    <div class="lane words-lane" role="group" aria-label="Words" data-testid="words">
      {visible(words, at.start_s, endOf(at)).map(([index, word]) => {
        const width = (word.end_s - word.start_s) * at.px_per_s;
        return (
          <button
            key={index}
            type="button"
            class="word"
            tabIndex={-1}
            style={{ left: `${toPx(at, word.start_s)}px`, width: `${Math.max(width, 2)}px` }}
            title={word.text}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => seek(word.start_s)}
          >
            {width > 14 && word.text}
          </button>
        );
      })}
    </div>
  );
}

export function PhoneLane() {
  const at = view.value;
  const phones = recording.value?.phones ?? [];
  return (
    <div class="lane phones-lane" aria-hidden="true" data-testid="phones">
      {visible(phones, at.start_s, endOf(at)).map(([index, phone]) => {
        const width = (phone.end_s - phone.start_s) * at.px_per_s;
        return SILENT.has(phone.phone) ? null : (
          <span key={index} class="phone" style={{ left: `${toPx(at, phone.start_s)}px`, width: `${width}px` }}>
            {width > 4 + phone.phone.length * LETTER_PX && phone.phone}
          </span>
        );
      })}
    </div>
  );
}
