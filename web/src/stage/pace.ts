/** Times of pictures in, how fine to draw out: fewer pixels where they do not come fast enough. */

const SLOW_MS = 44; // between two pictures: a little under 23 a second
const QUICK_MS = 24;
const PAUSE_MS = 250; // a longer gap is a pause, not a slow picture
const WINDOW = 16; // gaps that are looked at together
const LEAST = 0.5; // of a CSS pixel
const STEP = 0.82;

/** Pictures a second while something moves, and the pixel ratio that follows from it. */
export class Pace {
  fps = 0;
  private gaps: number[] = [];
  private quick = 0;
  /** Where it was too slow before. */
  private ceiling = Infinity;
  private last_ms = -Infinity;

  constructor(
    public ratio: number,
    private readonly finest: number,
  ) {}

  /** A picture was drawn at this time; whether `ratio` has changed. */
  frame(now_ms: number): boolean {
    const gap = now_ms - this.last_ms;
    this.last_ms = now_ms;
    if (gap <= 0 || gap > PAUSE_MS) return false;
    this.gaps.push(gap);
    if (this.gaps.length < WINDOW) return false;
    const sorted = this.gaps.sort((one, other) => one - other);
    const usual = sorted[WINDOW >> 1] as number;
    this.fps = (1000 * WINDOW) / this.gaps.reduce((sum, one) => sum + one, 0);
    this.gaps = [];
    return this.judge(usual);
  }

  private judge(usual_ms: number): boolean {
    this.quick = usual_ms < QUICK_MS ? this.quick + 1 : 0;
    if (usual_ms > SLOW_MS && this.ratio > LEAST) {
      this.ceiling = this.ratio;
      return this.change(Math.max(this.ratio * STEP, LEAST));
    }
    // Finer again after a while, but not to where it was too slow before.
    const finer = Math.min(this.ratio / STEP, this.finest);
    const allowed = finer > this.ratio && finer < this.ceiling - 1e-6;
    return this.quick >= 4 && allowed && this.change(finer);
  }

  private change(ratio: number): boolean {
    this.quick = 0;
    this.ratio = ratio;
    return true;
  }
}
