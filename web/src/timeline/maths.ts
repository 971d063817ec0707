// Times to pixels and back, zooming, ruler ticks, snapping, how times are written: no DOM.
import type { Span } from "../wire";

export interface View {
  /** Time at the left edge, in seconds. */
  start_s: number;
  px_per_s: number;
  /** Pixels across. */
  width: number;
}

/** The closest zoom: a second across so many pixels. */
export const CLOSEST_PX_PER_S = 800;

export const toPx = (view: View, time_s: number): number => (time_s - view.start_s) * view.px_per_s;
export const toTime = (view: View, px: number): number => view.start_s + px / view.px_per_s;
export const endOf = (view: View): number => toTime(view, view.width);

/** The zoom at which the whole recording is seen. */
export const widest = (width: number, duration_s: number): number => Math.max(width, 1) / Math.max(duration_s, 0.001);

/** The view with zoom and start within what the recording allows. */
export function fitted(view: View, duration_s: number): View {
  const least = widest(view.width, duration_s);
  const px_per_s = Math.min(Math.max(view.px_per_s, least), Math.max(CLOSEST_PX_PER_S, least));
  const last = Math.max(0, duration_s - view.width / px_per_s);
  return { ...view, px_per_s, start_s: Math.min(Math.max(view.start_s, 0), last) };
}

/** Zooms by a factor; what is at `px` stays there. */
export function zoomed(view: View, factor: number, px: number, duration_s: number): View {
  const anchor_s = toTime(view, px);
  const closer = fitted({ ...view, px_per_s: view.px_per_s * factor }, duration_s);
  return fitted({ ...closer, start_s: anchor_s - px / closer.px_per_s }, duration_s);
}

/** Scrolled so that a time is seen: by a page when playing runs out of it. */
export function following(view: View, time_s: number, duration_s: number): View {
  const px = toPx(view, time_s);
  if (px >= 0 && px <= view.width * 0.94) return view;
  return fitted({ ...view, start_s: time_s - (view.width * 0.08) / view.px_per_s }, duration_s);
}

const STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];

export interface Ticks {
  /** Between labels, in seconds. */
  step_s: number;
  /** Times with a label. */
  labelled: number[];
  /** Times with a small mark. */
  small: number[];
}

/** Marks of the ruler over the view, labels at least `apart_px` apart. */
export function ticks(view: View, duration_s: number, apart_px = 72): Ticks {
  const step_s = STEPS_S.find((step) => step * view.px_per_s >= apart_px) ?? STEPS_S.at(-1)!;
  const labelled: number[] = [];
  const small: number[] = [];
  const fine = step_s / (step_s === 15 || step_s === 30 || step_s === 900 ? 3 : 5);
  const first = Math.floor(view.start_s / fine);
  const last = Math.ceil(Math.min(endOf(view), duration_s) / fine);
  const each = Math.round(step_s / fine);
  for (let i = first; i <= last; i++) {
    const time = Math.round(i * fine * 1e6) / 1e6;
    if (time > duration_s) break;
    (i % each === 0 ? labelled : small).push(time);
  }
  return { step_s, labelled, small };
}

/** The nearest of `targets` within `within_s`, else the time itself. */
export function snapped(time_s: number, targets: Iterable<number>, within_s: number): number {
  let best = time_s;
  let nearest = within_s;
  for (const target of targets) {
    const distance = Math.abs(target - time_s);
    if (distance < nearest) {
      nearest = distance;
      best = target;
    }
  }
  return best;
}

/** Those of sorted spans that are at least partly between two times, with their indices. */
export function visible<T extends Span>(spans: readonly T[], start_s: number, end_s: number): [number, T][] {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end_s < start_s) low = middle + 1;
    else high = middle;
  }
  const found: [number, T][] = [];
  for (let i = low; i < spans.length && spans[i]!.start_s <= end_s; i++) found.push([i, spans[i]!]);
  return found;
}

/** 75.3 -> "1:15.3"; `digits` after the point. */
export function clock(time_s: number, digits = 1): string {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, time_s) * unit);
  const minutes = Math.floor(whole / unit / 60);
  const seconds = (whole - minutes * 60 * unit) / unit;
  return `${minutes}:${seconds.toFixed(digits).padStart(digits ? digits + 3 : 2, "0")}`;
}

/** The digits that tell marks of a ruler apart. */
export const digitsOf = (step_s: number): number => (step_s >= 1 ? 0 : step_s >= 0.1 ? 1 : 2);

/** For screen readers: "1 minute 15.3 seconds". */
export function spoken(time_s: number): string {
  const rounded = Math.round(time_s * 10) / 10;
  const minutes = Math.floor(rounded / 60);
  const seconds = Math.round((rounded - minutes * 60) * 10) / 10;
  return minutes ? `${minutes} minute${minutes > 1 ? "s" : ""} ${seconds} seconds` : `${seconds} seconds`;
}
