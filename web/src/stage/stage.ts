/** Faces and motions in, a canvas that shows them at any time, one or two side by side, out. */

import { BACKDROPS } from "./backdrop";
import { CHANNEL_COUNT } from "./arkit";
import type { Face } from "./face";
import { LOOKS } from "./lamps";
import { drawsInSoftware } from "./machine";
import type { MotionTrack } from "./motion";
import { Pace } from "./pace";
import { Picture, type Part } from "./picture";
import { VIEWS, View, steer } from "./view";

export type Slot = "a" | "b";
export type Shown = Slot | "both";

/** Something to choose by name. */
export interface Choice {
  name: string;
  label: string;
}

export const LIGHTS: Choice[] = Object.entries(LOOKS).map(([name, { label }]) => ({ name, label }));
export const BACKGROUNDS: Choice[] = Object.entries(BACKDROPS).map(([name, [label]]) => ({ name, label }));
export const CAMERAS: Choice[] = Object.entries(VIEWS).map(([name, { label }]) => ({ name, label }));

export interface Stats {
  /** Pictures a second while something moves. */
  fps: number;
  /** What one takes of the page's time; the graphics work beside it. */
  draw_ms: number;
  /** Pixels of the picture to a CSS pixel; lowered where drawing is slow. */
  pixel_ratio: number;
  triangles: number;
}

export interface StageOptions {
  light?: string;
  background?: string;
  label?: string;
  onStats?: (stats: Stats) => void;
  /** A sentence to show; null when all is well again. */
  onProblem?: (sentence: string | null) => void;
  /** Name of the camera that is shown now, "own" when turned by hand. */
  onView?: (name: string) => void;
}

const LOST = "The graphics were interrupted; the picture comes back by itself in a moment.";
const STATS_EVERY_MS = 500;
const FINEST = 2; // pixel ratio: more cannot be seen on a face
const REST_MS = 350; // after which a picture that stands still is drawn finer where edges are not smoothed
const REDUCED = "(prefers-reduced-motion: reduce)";

interface Actor {
  face: Face | null;
  track: MotionTrack | null;
}

/** Shows faces in a canvas that is sized by CSS. Draws only when something has changed. */
export class Stage {
  private readonly drawing: Picture;
  private readonly view = new View();
  private readonly pace: Pace;
  private readonly actors: Record<Slot, Actor> = { a: { face: null, track: null }, b: { face: null, track: null } };
  private readonly channels = new Float32Array(CHANNEL_COUNT);
  private readonly watching: ResizeObserver;
  private readonly stopSteering: () => void;
  private readonly listeners = new AbortController();
  private shown: Shown = "a";
  private time_s = 0;
  private wire = false;
  private changed = true;
  private lost = false;
  private frame = 0;
  private draw_ms = 0;
  private resting = 0;
  private refined = false;
  private told_ms = 0;
  private before_ms = 0;
  /** How each face stands: for what, and its count of poses then. */
  private posed = new Map<Face, { key: string; poses: number }>();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly options: StageOptions = {},
  ) {
    this.drawing = new Picture(canvas, options);
    const ratio = Math.min(window.devicePixelRatio || 1, FINEST);
    this.pace = new Pace(ratio, ratio);
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", options.label ?? "The face. Arrow keys turn it, plus and minus zoom, 1 to 4 choose a view.");
    canvas.style.touchAction = "none";
    this.stopSteering = steer(canvas, this.view, () => this.turned(), (name) => this.setCamera(name));
    const { signal } = this.listeners;
    canvas.addEventListener("webglcontextlost", (event) => this.loseContext(event), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.restoreContext(), { signal });
    this.watching = new ResizeObserver(() => this.resize());
    this.watching.observe(canvas);
    this.resize();
  }

  setFace(slot: Slot, face: Face | null): void {
    this.actors[slot].face = face;
    face?.wireframe(this.wire);
    this.refresh();
  }

  setTrack(slot: Slot, track: MotionTrack | null): void {
    this.actors[slot].track = track;
    this.refresh();
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.refresh();
  }

  /** Show this time; drawn in the next animation frame, if it is another one. */
  setTime(time_s: number): void {
    if (time_s === this.time_s) return;
    this.time_s = time_s;
    this.request();
  }

  /** Draw again: a motion was patched. */
  refresh(): void {
    this.posed.clear();
    this.request();
  }

  /** Glide to a preset; without a glide where the user wants less motion. */
  setCamera(name: string): void {
    this.view.choose(name, window.matchMedia(REDUCED).matches);
    this.options.onView?.(name);
    this.request();
  }

  resetCamera(): void {
    this.setCamera("front");
  }

  zoom(factor: number): void {
    this.view.zoom(factor);
    this.turned();
  }

  setLight(name: string): void {
    this.drawing.lamps.choose(name);
    this.request();
  }

  setBackground(name: string): void {
    this.drawing.backdrop.choose(name);
    this.request();
  }

  setWireframe(on: boolean): void {
    this.wire = on;
    for (const { face } of Object.values(this.actors)) face?.wireframe(on);
    this.request();
  }

  /** The 64 channels of a motion at a time, as `Motion.channels` has them; zeros without one. */
  weightsAt(slot: Slot, time_s: number): Float32Array {
    return this.actors[slot].track?.at(time_s) ?? new Float32Array(CHANNEL_COUNT);
  }

  /** Take the canvas' size anew; called by itself when that changes. */
  resize(): void {
    if (!this.canvas.clientWidth || !this.canvas.clientHeight) return;
    this.size(this.pace.ratio);
    this.changed = true;
    this.draw(); // at once: a resized canvas is empty
  }

  /** A PNG of what is shown. */
  async picture(): Promise<Blob> {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.changed = false;
    this.refine();
    return new Promise((resolve, reject) => {
      this.canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png");
    });
  }

  /** Draw now, if anything has changed since. */
  draw(): void {
    if (!this.changed || this.lost) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.changed = false;
    const now = performance.now();
    const gliding = this.view.advance(Math.min((now - this.before_ms) / 1000, 0.1));
    this.before_ms = now;
    if (this.refined) this.size(this.pace.ratio);
    this.paint();
    this.keepPace(now);
    if (gliding) this.request();
    else this.rest();
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    window.clearTimeout(this.resting);
    this.lost = true;
    this.listeners.abort();
    this.watching.disconnect();
    this.stopSteering();
    this.drawing.dispose();
  }

  private paint(): void {
    for (const [slot, part] of this.parts()) {
      this.pose(slot);
      this.drawing.draw(this.actors[slot].face, this.view, part);
    }
  }

  private size(ratio: number): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.refined = ratio !== this.pace.ratio;
    this.drawing.renderer.setPixelRatio(ratio);
    this.drawing.renderer.setSize(width, height, false);
  }

  /** Draw finer what stands still: in software, or where moving pictures are kept coarse. */
  private rest(): void {
    window.clearTimeout(this.resting);
    if (!drawsInSoftware() && this.pace.ratio >= Math.min(window.devicePixelRatio || 1, FINEST)) return;
    this.resting = window.setTimeout(() => this.refine(), REST_MS);
  }

  private refine(): void {
    if (this.frame || this.lost) return;
    this.size(FINEST);
    this.paint();
  }

  private request(): void {
    this.changed = true;
    if (!this.frame && !this.lost) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  private turned(): void {
    this.options.onView?.(this.view.name);
    this.request();
  }

  private parts(): [Slot, Part][] {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.shown !== "both") return [[this.shown, [0, 0, width, height]]];
    if (width < height) {
      const half = Math.floor(height / 2);
      return [["a", [0, half, width, height - half]], ["b", [0, 0, width, half]]];
    }
    const half = Math.floor(width / 2);
    return [["a", [0, 0, half, height]], ["b", [half, 0, width - half, height]]];
  }

  /** Pose a slot's face, unless it stands so already. */
  private pose(slot: Slot): void {
    const { face, track } = this.actors[slot];
    if (!face) return;
    const key = `${slot} ${this.time_s} ${track?.changes ?? "-"}`;
    const stands = this.posed.get(face);
    if (stands?.key === key && stands.poses === face.poses) return;
    if (track) track.at(this.time_s, this.channels);
    else this.channels.fill(0);
    face.pose(this.channels);
    this.posed.set(face, { key, poses: face.poses });
  }

  private keepPace(started_ms: number): void {
    if (this.pace.frame(started_ms)) {
      this.size(this.pace.ratio);
      this.paint(); // at once: a resized canvas is empty
    }
    const took_ms = performance.now() - started_ms;
    this.draw_ms += 0.1 * (took_ms - this.draw_ms);
    const { info } = this.drawing.renderer;
    const triangles = info.render.triangles;
    info.reset();
    if (started_ms - this.told_ms < STATS_EVERY_MS) return;
    this.told_ms = started_ms;
    const { fps, ratio } = this.pace;
    this.options.onStats?.({ fps, draw_ms: this.draw_ms, pixel_ratio: ratio, triangles });
  }

  private loseContext(event: Event): void {
    event.preventDefault(); // so that it comes back
    this.lost = true;
    this.options.onProblem?.(LOST);
  }

  private restoreContext(): void {
    this.lost = false;
    this.options.onProblem?.(null);
    this.refresh();
  }
}
