/** Which curves of a motion to show and how: numbers in, channels, ranges and lines out. */

import { CHANNELS, CHANNEL_COUNT, REGIONS, SHAPE_COUNT } from "./arkit";
import type { MotionTrack } from "./motion";

/** What to show: the liveliest, a region, or by name. */
export type Shapes = { active: number } | { region: string } | { shapes: readonly string[] };

const STILL = 1e-3; // a channel that moves less is not shown unless named
const LEAST_TOP = 0.25;
const ALIKE = 0.05;

/** First and last frame of a window of time. */
function frames(track: MotionTrack, start_s: number, end_s: number): [number, number] {
  const last = track.frames - 1;
  const clip = (frame: number) => Math.min(Math.max(frame, 0), last);
  return [clip(Math.floor(start_s * track.fps)), clip(Math.ceil(end_s * track.fps))];
}

/** Lowest and highest value of a channel within a window. */
export function extent(track: MotionTrack, channel: number, start_s: number, end_s: number): [number, number] {
  const [first, last] = frames(track, start_s, end_s);
  let low = Infinity;
  let high = -Infinity;
  for (let frame = first; frame <= last; frame++) {
    const value = track.data[frame * CHANNEL_COUNT + channel] as number;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 0] : [low, high];
}

/** Channels to show of several motions, the liveliest first; named ones in their order. */
export function chosen(tracks: readonly MotionTrack[], choice: Shapes, start_s: number, end_s: number): number[] {
  if ("shapes" in choice) return choice.shapes.map((name) => CHANNELS.indexOf(name)).filter((k) => k >= 0);
  const candidates = "region" in choice ? (REGIONS[choice.region] ?? []) : Array.from({ length: SHAPE_COUNT }, (_, k) => k);
  const lively = (channel: number) =>
    Math.max(...tracks.map((track) => {
      const [low, high] = extent(track, channel, start_s, end_s);
      return high - low;
    }), 0);
  const ranked = candidates.map((channel) => [channel, lively(channel)] as const).filter(([, way]) => way > STILL);
  ranked.sort(([, one], [, other]) => other - one);
  const channels = ranked.map(([channel]) => channel);
  if (!("active" in choice)) return channels;
  // Of two sides that move alike one is enough to see.
  const alone = channels.filter((channel, k) => !channels.slice(0, k).some((before) => twins(tracks, channel, before, start_s, end_s)));
  return alone.slice(0, choice.active);
}

/** Whether two channels are one shape's left and right and move alike within a window. */
function twins(tracks: readonly MotionTrack[], one: number, other: number, start_s: number, end_s: number): boolean {
  const name = (channel: number) => (CHANNELS[channel] as string).replace(/(Left|Right)$/, "");
  if (name(one) !== name(other)) return false;
  return tracks.every((track) => {
    const [first, last] = frames(track, start_s, end_s);
    for (let frame = first; frame <= last; frame++) {
      const value = (channel: number) => track.data[frame * CHANNEL_COUNT + channel] as number;
      if (Math.abs(value(one) - value(other)) > ALIKE) return false;
    }
    return true;
  });
}

/** Bottom and top of the picture for these curves, and where lines go across. */
export function scale(
  tracks: readonly MotionTrack[], channels: readonly number[], start_s: number, end_s: number,
): { low: number; high: number; lines: number[] } {
  let low = 0;
  let high = LEAST_TOP;
  for (const track of tracks) {
    for (const channel of channels) {
      const [least, most] = extent(track, channel, start_s, end_s);
      low = Math.min(low, least);
      high = Math.max(high, most);
    }
  }
  const step = [0.05, 0.1, 0.25, 0.5, 1].find((one) => (high - low) / one <= 5) ?? 1;
  low = Math.floor(low / step + 1e-6) * step || 0;
  high = Math.ceil(high / step - 1e-6) * step;
  const lines = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, k) => low + k * step);
  return { low, high, lines };
}

/** (time, value) pairs to draw, about one to a pixel: of more frames than that the farthest from rest. */
export function line(
  track: MotionTrack, channel: number, start_s: number, end_s: number, width_px: number,
): [time_s: number, value: number][] {
  const [first, last] = frames(track, start_s, end_s);
  const stride = Math.max(1, Math.floor((last - first + 1) / Math.max(width_px, 1)));
  const points: [number, number][] = [];
  for (let frame = first; frame <= last; frame += stride) {
    let best = frame;
    for (let k = frame; k < frame + stride && k <= last; k++) {
      const value = (at: number) => Math.abs(track.data[at * CHANNEL_COUNT + channel] as number);
      if (value(k) > value(best)) best = k;
    }
    points.push([best / track.fps, track.data[best * CHANNEL_COUNT + channel] as number]);
  }
  return points;
}
