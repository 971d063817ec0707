/** Times of frames in, how fine to draw out: fewer pixels where a picture takes too long. */

const SLOW_MS = 34; // a picture that takes longer leaves no time for 20 a second
const QUICK_MS = 13;
const LEAST = 0.45; // of a CSS pixel
const STEP = 0.82;
const PATIENCE = 3; // measurements before a change

/** Frames a second and milliseconds a picture, smoothed; and the pixel ratio that follows. */
export class Pace {
  fps = 0;
  draw_ms = 0;
  private slow = 0;
  private quick = 0;
  private ceiling: number;
  private last_ms = -Infinity;

  constructor(
    public ratio: number,
    private readonly finest: number,
  ) {
    this.ceiling = finest;
  }

  /** A picture was drawn at this time. Gaps longer than a quarter second are pauses. */
  frame(now_ms: number): void {
    const gap = now_ms - this.last_ms;
    this.last_ms = now_ms;
    if (gap <= 0 || gap > 250) return;
    const rate = 1000 / gap;
    this.fps = this.fps ? this.fps + 0.1 * (rate - this.fps) : rate;
  }

  /** One picture took so long, the graphics' work included. Whether `ratio` has changed. */
  measured(took_ms: number): boolean {
    this.draw_ms = this.draw_ms ? this.draw_ms + 0.4 * (took_ms - this.draw_ms) : took_ms;
    this.slow = took_ms > SLOW_MS ? this.slow + 1 : 0;
    this.quick = took_ms < QUICK_MS ? this.quick + 1 : 0;
    if (this.slow >= PATIENCE && this.ratio > LEAST) {
      this.ceiling = this.ratio;
      return this.change(Math.max(this.ratio * STEP, LEAST));
    }
    // Finer again, but not to where it was too slow before.
    const finer = Math.min(this.ratio / STEP, this.finest);
    if (this.quick >= 2 * PATIENCE && finer > this.ratio && finer < this.ceiling + (this.ceiling === this.finest ? 1e-6 : -1e-6)) {
      return this.change(finer);
    }
    return false;
  }

  private change(ratio: number): boolean {
    this.slow = this.quick = 0;
    this.ratio = ratio;
    return true;
  }
}
