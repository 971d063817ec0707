// Playing, pausing, seeking: the playhead follows what is heard.
import { effect } from "@preact/signals";
import { Player } from "./audio/player";
import { segmentAt } from "./edits";
import { doc, duration_s, looping, pcm, playhead, playing, say, segment, selected, view, volume } from "./state";
import { following } from "./timeline/maths";

const player = new Player(
  () => {
    playing.value = false;
    playhead.value = player.time();
    if (looping.value && segment.value) playSegment();
  },
  () => say("info", "No sound device answers: playing without sound."),
);
let frame = 0;

effect(() => player.load(pcm.value));
effect(() => {
  player.volume = volume.value;
});

/** The time of what is heard now, in seconds. */
export const now = (): number => (player.playing ? player.time() : playhead.peek());

function follow(): void {
  if (!player.playing) return;
  playhead.value = player.time();
  view.value = following(view.peek(), playhead.peek(), duration_s.peek());
  frame = requestAnimationFrame(follow);
}

async function playFrom(from_s: number, until_s?: number): Promise<void> {
  cancelAnimationFrame(frame);
  playing.value = true;
  frame = requestAnimationFrame(follow);
  await player.play(from_s, until_s);
}

export function togglePlaying(): void {
  if (!pcm.value) return;
  if (playing.value) pausePlaying();
  else if (looping.value && segment.value) playSegment();
  else void playFrom(playhead.value);
}

export function pausePlaying(): void {
  player.pause();
  cancelAnimationFrame(frame);
  playing.value = false;
  if (pcm.value) playhead.value = player.time();
}

export function stopPlaying(): void {
  if (player.playing) pausePlaying();
}

/** Plays the selected segment only. */
export function playSegment(): void {
  const span = segment.value;
  if (!span || !pcm.value) return;
  const at = playhead.value;
  const inside = at > span.start_s && at < span.end_s - 0.05;
  void playFrom(inside ? at : span.start_s, span.end_s);
}

export function seek(time_s: number): void {
  const time = Math.min(Math.max(time_s, 0), duration_s.value);
  playhead.value = time;
  player.seek(time);
  view.value = following(view.peek(), time, duration_s.peek());
}

/** Selects a segment; when standing still, the playhead goes into it. */
export function select(index: number | null): void {
  selected.value = index;
  const span = segment.value;
  if (!span || playing.value) return;
  if (playhead.value < span.start_s || playhead.value >= span.end_s) seek(span.start_s);
}

/** Selects the next or previous segment, from the selected one or the playhead. */
export function selectBeside(step: 1 | -1): void {
  const segments = doc.value?.segments;
  if (!segments?.length) return;
  const here = selected.value ?? segmentAt(doc.value!, playhead.value);
  const next = here === null ? segments.findIndex((one) => one.end_s > playhead.value) : here + step;
  select(Math.min(Math.max(next, 0), segments.length - 1));
}
