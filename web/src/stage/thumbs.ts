/** A face and several motions in, small moving pictures in 2D canvases out, by one shared renderer. */

import { CHANNEL_COUNT, SHAPE_COUNT } from "./arkit";
import type { Face } from "./face";
import { drawsInSoftware } from "./machine";
import type { MotionTrack } from "./motion";
import { Picture } from "./picture";
import { View } from "./view";

/** One small picture and what moves in it. */
export interface Thumb {
  canvas: HTMLCanvasElement;
  track: MotionTrack;
}

const EACH_MS = 1000 / 12;
const BUDGET_MS = 30; // of drawing in one go: the stage must keep moving
const FINEST = 2; // pixel ratio
const FINER = 2; // drawn so much larger where edges are not smoothed
const REDUCED = "(prefers-reduced-motion: reduce)";

/** Plays motions in a loop; stands still with reduced motion, off screen and in a hidden tab. */
export class Thumbs {
  private readonly canvas = document.createElement("canvas");
  private readonly picture: Picture;
  private readonly view = new View();
  private readonly channels = new Float32Array(CHANNEL_COUNT);
  private readonly reduced = window.matchMedia(REDUCED);
  private readonly listeners = new AbortController();
  private readonly seeing: IntersectionObserver;
  private readonly visible = new Set<Element>();
  private face: Face | null = null;
  private thumbs: Thumb[] = [];
  private next = 0;
  private timer = 0;
  private paused = false;
  private lost = false;

  constructor(options: { onProblem?: (sentence: string | null) => void; light?: string; background?: string } = {}) {
    this.picture = new Picture(this.canvas, { ...options, shadow: false });
    const { signal } = this.listeners;
    this.reduced.addEventListener("change", () => this.start(), { signal });
    document.addEventListener("visibilitychange", () => this.start(), { signal });
    this.canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.lost = true;
      options.onProblem?.("The small pictures stopped for a moment: the graphics were interrupted.");
    }, { signal });
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      options.onProblem?.(null);
      this.start();
    }, { signal });
    this.seeing = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.visible.add(target);
        else this.visible.delete(target);
      }
      this.start();
    });
  }

  /** Show these from now on; canvases are sized by CSS. */
  set(face: Face, thumbs: readonly Thumb[], options: { light?: string; background?: string } = {}): void {
    this.face = face;
    this.thumbs = [...thumbs];
    this.next = 0;
    if (options.light) this.picture.lamps.choose(options.light);
    if (options.background) this.picture.backdrop.choose(options.background);
    this.seeing.disconnect();
    this.visible.clear();
    for (const { canvas } of thumbs) {
      canvas.setAttribute("role", canvas.getAttribute("role") ?? "img");
      this.seeing.observe(canvas);
    }
  }

  pause(): void {
    this.paused = true;
    window.clearTimeout(this.timer);
    this.timer = 0;
  }

  resume(): void {
    this.paused = false;
    this.start();
  }

  dispose(): void {
    this.pause();
    this.listeners.abort();
    this.seeing.disconnect();
    this.picture.dispose();
  }

  private start(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (this.paused || this.lost || !this.face || document.hidden || !this.visible.size) return;
    if (this.reduced.matches) this.thumbs.forEach((thumb) => this.draw(thumb, mostExpressive(thumb.track)));
    else this.timer = window.setTimeout(() => this.tick(), 0);
  }

  /** Draw as many as there is time for; the others come first next time. */
  private tick(): void {
    const started = performance.now();
    const now_s = started / 1000;
    for (let count = 0; count < this.thumbs.length; count++) {
      const thumb = this.thumbs[this.next++ % this.thumbs.length] as Thumb;
      if (!this.visible.has(thumb.canvas)) continue;
      this.draw(thumb, now_s % Math.max(thumb.track.duration_s, 1e-3));
      if (performance.now() - started > BUDGET_MS) break;
    }
    const left = EACH_MS - (performance.now() - started);
    this.timer = window.setTimeout(() => this.tick(), Math.max(left, 20));
  }

  private draw({ canvas, track }: Thumb, time_s: number): void {
    const { face, picture } = this;
    const context = canvas.getContext("2d");
    if (!face || !context || !canvas.clientWidth) return;
    const ratio = Math.min(window.devicePixelRatio || 1, FINEST);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * ratio)) as [number, number];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const finer = drawsInSoftware() ? FINER : 1;
    const [wide, tall] = [finer * width, finer * height];
    if (this.canvas.width < wide || this.canvas.height < tall) {
      picture.renderer.setPixelRatio(1);
      picture.renderer.setSize(Math.max(this.canvas.width, wide), Math.max(this.canvas.height, tall), false);
    }
    face.pose(track.at(time_s, this.channels));
    picture.draw(face, this.view, [0, 0, wide, tall]);
    // Drawn at the bottom left; pictures begin at the top.
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, 0, this.canvas.height - tall, wide, tall, 0, 0, width, height);
  }
}

/** Time of the frame whose weights add up to most: what a motion that stands still is known by. */
export function mostExpressive(track: MotionTrack): number {
  let best = 0;
  let most = -Infinity;
  for (let frame = 0; frame < track.frames; frame++) {
    const first = frame * CHANNEL_COUNT;
    let sum = 0;
    for (let k = 0; k < SHAPE_COUNT; k++) sum += Math.abs(track.data[first + k] as number);
    if (sum > most) [best, most] = [frame, sum];
  }
  return best / track.fps;
}
