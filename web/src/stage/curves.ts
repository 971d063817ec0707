/** Motions in, a canvas with their curves over the visible time, the playhead and its values out. */

import { CHANNELS, CHANNEL_COUNT, MOVE_AT, SHAPE_COUNT } from "./arkit";
import type { MotionTrack } from "./motion";
import { chosen, line, scale, type Shapes } from "./plot";

/** What lies under the pointer. */
export interface Reading {
  time_s: number;
  name: string;
  slot: "a" | "b";
  value: number;
}

export interface CurvesOptions {
  onSeek?: (time_s: number) => void;
  onHover?: (reading: Reading | null) => void;
}

type Slot = "a" | "b";

const COLOURS = ["#3b82f6", "#f97316", "#10b981", "#e11d74", "#a855f7", "#ca8a04", "#06b6d4", "#84725f"];
const INK = { text: "#6b7280", muted: "#9ca3af", grid: "rgba(128,128,128,0.22)", playhead: "#ef4444", back: "transparent" };
const FONT = "11px system-ui, sans-serif";
const EDGE_PX = 6;
const PAD_PX = 8;
const NEAR_PX = 28; // a pointer farther from every curve reads none
const SPOKEN_EVERY_MS = 500;

/** Curves of chosen channels; drawn again only when something has changed. */
export class Curves {
  private readonly tracks: Record<Slot, MotionTrack | null> = { a: null, b: null };
  private readonly still = document.createElement("canvas"); // all but what moves with time
  private readonly watching: ResizeObserver;
  private readonly listeners = new AbortController();
  private readonly values = new Float32Array(CHANNEL_COUNT);
  private channels: number[] = [];
  private choice: Shapes = { active: 6 };
  private range = { low: 0, high: 1, lines: [] as number[] };
  private window_s: [number, number] = [0, 1];
  private time_s = 0;
  private pointer: { x: number; y: number } | null = null;
  private frame = 0;
  private stale = true;
  private spoken_ms = -Infinity;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly options: CurvesOptions = {},
  ) {
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    const { signal } = this.listeners;
    canvas.addEventListener("pointermove", (event) => this.hover(event), { signal });
    canvas.addEventListener("pointerleave", () => this.hover(null), { signal });
    canvas.addEventListener("pointerdown", (event) => this.seek(event), { signal });
    canvas.addEventListener("keydown", (event) => this.key(event), { signal });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh(), { signal });
    this.watching = new ResizeObserver(() => this.refresh());
    this.watching.observe(canvas);
  }

  setTrack(slot: Slot, track: MotionTrack | null): void {
    this.tracks[slot] = track;
    this.refresh();
  }

  setWindow(start_s: number, end_s: number): void {
    if (start_s === this.window_s[0] && end_s === this.window_s[1]) return;
    this.window_s = [start_s, Math.max(end_s, start_s + 1e-3)];
    this.refresh();
  }

  setTime(time_s: number): void {
    if (time_s === this.time_s) return;
    this.time_s = time_s;
    this.request();
  }

  choose(choice: Shapes): void {
    this.choice = choice;
    this.refresh();
  }

  /** What is shown, with the values of A (or else B) at the playhead. */
  shown(): { name: string; colour: string; value: number }[] {
    if (this.stale) this.prepare();
    const track = this.tracks.a ?? this.tracks.b;
    track?.at(this.time_s, this.values);
    return this.channels.map((channel, k) => ({
      name: CHANNELS[channel] as string,
      colour: this.colour(k),
      value: track ? (this.values[channel] as number) : 0,
    }));
  }

  /** Draw anew: a motion was patched, or the colours changed. */
  refresh(): void {
    this.stale = true;
    this.request();
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.listeners.abort();
    this.watching.disconnect();
  }

  private request(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private get present(): MotionTrack[] {
    return [this.tracks.a, this.tracks.b].filter((track) => track !== null);
  }

  private prepare(): void {
    this.stale = false;
    this.channels = chosen(this.present, this.choice, ...this.window_s);
    this.range = scale(this.present, this.channels, ...this.window_s);
  }

  private draw(): void {
    const { canvas, still } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    if (this.stale) {
      Object.assign(still, { width, height });
      this.prepare();
      this.drawStill(still.getContext("2d") as CanvasRenderingContext2D, ratio);
    }
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.drawImage(still, 0, 0);
    context.scale(ratio, ratio);
    this.drawPlayhead(context);
    this.drawHover(context);
    this.speak();
  }

  private drawStill(context: CanvasRenderingContext2D, ratio: number): void {
    context.scale(ratio, ratio);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    context.fillStyle = this.ink("back");
    context.fillRect(0, 0, width, height);
    context.font = FONT;
    context.textBaseline = "middle";
    for (const value of this.range.lines) {
      const y = Math.round(this.y(value)) + 0.5;
      context.strokeStyle = this.ink("grid");
      stroke(context, [[0, y], [width, y]]);
    }
    if (!this.channels.length) {
      context.textAlign = "center";
      context.fillStyle = this.ink("text");
      const words = this.present.length ? "Nothing of this moves here." : "No motion yet.";
      context.fillText(words, width / 2, height / 2);
    }
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    for (const slot of ["b", "a"] as const) {
      const track = this.tracks[slot];
      if (!track) continue;
      context.setLineDash(slot === "b" && this.tracks.a ? [4, 3] : []);
      this.channels.forEach((channel, k) => {
        context.strokeStyle = this.colour(k);
        const points = line(track, channel, ...this.window_s, width);
        stroke(context, points.map(([time, value]) => [this.x(time), this.y(value)]));
      });
    }
    context.setLineDash([]);
    this.drawNumbers(context);
  }

  /** What the lines across mean, over the curves: time has the whole width, as on the timeline. */
  private drawNumbers(context: CanvasRenderingContext2D): void {
    if (!this.channels.length) return;
    context.textAlign = "left";
    context.fillStyle = this.ink("muted");
    const degrees = this.channels.every((channel) => channel >= SHAPE_COUNT && channel < MOVE_AT);
    for (const value of this.range.lines) {
      const words = degrees ? `${Math.round((180 / Math.PI) * value)}°` : value.toFixed(2).replace(/\.?0+$/, "");
      const y = Math.min(Math.max(this.y(value), 7), this.canvas.clientHeight - 7);
      context.fillText(words, EDGE_PX, y);
    }
  }

  private drawPlayhead(context: CanvasRenderingContext2D): void {
    const x = this.x(this.time_s);
    const [start, end] = this.window_s;
    if (this.time_s < start || this.time_s > end) return;
    context.strokeStyle = this.ink("playhead");
    context.lineWidth = 1;
    stroke(context, [[x, 0], [x, this.canvas.clientHeight]]);
    for (const { value, colour } of this.shown()) {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(x, this.y(value), 3, 0, 2 * Math.PI);
      context.fill();
    }
  }

  private drawHover(context: CanvasRenderingContext2D): void {
    const reading = this.reading();
    if (!reading || !this.pointer) return;
    const number = this.channels.indexOf(CHANNELS.indexOf(reading.name));
    const [x, y] = [this.x(reading.time_s), this.y(reading.value)];
    const slot = this.tracks.a && this.tracks.b ? ` ${reading.slot.toUpperCase()}` : "";
    const words = `${reading.name}${slot}  ${told(reading.name, reading.value)}  ${reading.time_s.toFixed(2)} s`;
    context.font = FONT;
    const wide = context.measureText(words).width + 14;
    const left = Math.min(x + 10, this.canvas.clientWidth - wide - 2);
    const top = Math.min(Math.max(y - 26, 2), this.canvas.clientHeight - 22);
    context.fillStyle = "rgba(17,19,21,0.9)";
    context.fillRect(left, top, wide, 20);
    context.fillStyle = "#f4f5f6";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(words, left + 7, top + 10.5);
    context.strokeStyle = this.colour(number);
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.stroke();
  }

  /** The curve nearest to the pointer. */
  private reading(): Reading | null {
    if (!this.pointer) return null;
    const time_s = this.timeAt(this.pointer.x);
    let best: Reading | null = null;
    let nearest = NEAR_PX;
    for (const slot of ["a", "b"] as const) {
      const values = this.tracks[slot]?.at(time_s);
      for (const channel of values ? this.channels : []) {
        const value = values?.[channel] as number;
        const away = Math.abs(this.y(value) - this.pointer.y);
        if (away >= nearest) continue;
        nearest = away;
        best = { time_s, name: CHANNELS[channel] as string, slot, value };
      }
    }
    return best;
  }

  private hover(event: PointerEvent | null): void {
    this.pointer = event && { x: event.offsetX, y: event.offsetY };
    this.options.onHover?.(this.reading());
    if (event?.buttons) this.seek(event);
    this.request();
  }

  private seek(event: PointerEvent): void {
    this.options.onSeek?.(Math.max(this.timeAt(event.offsetX), 0));
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.options.onSeek || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.options.onSeek(Math.max(this.time_s + step / (this.present[0]?.fps ?? 50), 0));
  }

  private speak(): void {
    const now = performance.now();
    if (now - this.spoken_ms < SPOKEN_EVERY_MS) return;
    this.spoken_ms = now;
    const values = this.shown().map(({ name, value }) => `${name} ${told(name, value)}`).join(", ");
    this.canvas.setAttribute("aria-label", `Curves at ${this.time_s.toFixed(2)} seconds: ${values || "none"}`);
  }

  private x(time_s: number): number {
    const [start, end] = this.window_s;
    return ((time_s - start) / (end - start)) * this.canvas.clientWidth;
  }

  private timeAt(x: number): number {
    const [start, end] = this.window_s;
    return start + (x / Math.max(this.canvas.clientWidth, 1)) * (end - start);
  }

  private y(value: number): number {
    const { low, high } = this.range;
    const height = this.canvas.clientHeight - 2 * PAD_PX;
    return PAD_PX + (1 - (value - low) / (high - low)) * height;
  }

  private colour(k: number): string {
    const number = k % COLOURS.length;
    return this.style(`--curve-${number + 1}`) || (COLOURS[number] as string);
  }

  private ink(name: keyof typeof INK): string {
    return this.style(`--curves-${name}`) || INK[name];
  }

  private style(name: string): string {
    return getComputedStyle(this.canvas).getPropertyValue(name).trim();
  }
}

/** A value as people read it: weights plain, angles in degrees, way in millimetres. */
export function told(name: string, value: number): string {
  const channel = CHANNELS.indexOf(name);
  if (channel < SHAPE_COUNT) return value.toFixed(2);
  return name.startsWith("move") ? `${(1000 * value).toFixed(1)} mm` : `${((180 / Math.PI) * value).toFixed(1)}°`;
}

function stroke(context: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
