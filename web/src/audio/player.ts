// Plays samples in exact pieces, and tells the time of what is heard: the audio clock is the master of the face.
import type { Pcm } from "./wav";

/** Sound is handed over in pieces of this length, seconds, so that an hour needs no second copy. */
const PIECE_S = 4;
/** How far ahead pieces are handed over. */
const AHEAD_S = 9;
/** Between asking to play and the first sample. */
const LEAD_S = 0.04;

export class Player {
  private pcm: Pcm | null = null;
  private context: AudioContext | null = null;
  private gain: GainNode | null = null;
  private sources = new Set<AudioBufferSourceNode>();
  private from_s = 0;
  private until_s = 0;
  private began_s = 0;
  private handed_s = 0;
  private timer = 0;
  private run = 0;
  private loud = 1;
  /** Without a sound device the computer's clock takes over: began at this time of performance.now(). */
  private silent_ms: number | null = null;
  playing = false;

  constructor(private readonly ended: () => void, private readonly silent: () => void) {}

  load(pcm: Pcm | null): void {
    this.stop();
    this.pcm = pcm;
    this.from_s = 0;
  }

  get duration_s(): number {
    return this.pcm ? this.pcm.samples.length / this.pcm.rate : 0;
  }

  set volume(value: number) {
    this.loud = value;
    if (this.gain) this.gain.gain.value = value;
  }

  /** Time of what is heard now, in seconds of the recording. */
  time(): number {
    if (!this.playing) return this.from_s;
    const gone_s =
      this.silent_ms !== null ? (performance.now() - this.silent_ms) / 1000 : this.heard() - this.began_s;
    return Math.min(Math.max(this.from_s, this.from_s + gone_s), this.until_s);
  }

  /** The context's time of the sample that leaves the loudspeaker now. */
  private heard(): number {
    const context = this.context!;
    const late_s = context.outputLatency || context.baseLatency || 0;
    const plain = context.currentTime - late_s;
    const stamp = context.getOutputTimestamp?.();
    if (!stamp?.performanceTime || stamp.contextTime === undefined) return plain;
    const exact = stamp.contextTime + (performance.now() - stamp.performanceTime) / 1000;
    // The two differ by steps of the sound card's buffer; more means that the stamp is not to be trusted.
    return Math.abs(exact - plain) < 0.15 ? exact : plain;
  }

  /** Plays from a time to another; from the start if that is the end. */
  async play(from_s: number, until_s = this.duration_s): Promise<void> {
    if (!this.pcm) return;
    this.halt();
    const run = this.run;
    this.from_s = from_s >= until_s - 0.02 ? 0 : from_s;
    this.until_s = Math.min(until_s, this.duration_s);
    this.playing = true;
    this.silent_ms = null;
    const awake = await this.wake();
    if (run !== this.run) return;
    if (!awake) {
      this.silent_ms = performance.now();
      this.silent();
    } else {
      this.began_s = this.context!.currentTime + LEAD_S;
      this.handed_s = this.from_s;
    }
    this.tick();
    this.timer = window.setInterval(() => this.tick(), 100);
  }

  pause(): void {
    const at_s = this.time();
    this.halt();
    this.from_s = at_s;
  }

  stop(): void {
    this.halt();
    this.from_s = 0;
  }

  seek(time_s: number): void {
    const time = Math.min(Math.max(time_s, 0), this.duration_s);
    if (this.playing) void this.play(time, time < this.until_s ? this.until_s : this.duration_s);
    else this.from_s = time;
  }

  dispose(): void {
    this.halt();
    void this.context?.close();
  }

  /** Whether there is a running sound device, waiting for it a moment. */
  private async wake(): Promise<boolean> {
    if (typeof AudioContext === "undefined") return false;
    const rate = this.pcm!.rate;
    if (this.context?.sampleRate !== rate) {
      void this.context?.close();
      this.context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
      this.gain = this.context.createGain();
      this.gain.gain.value = this.loud;
      this.gain.connect(this.context.destination);
    }
    const context = this.context;
    const deadline = performance.now() + 1500;
    if (context.state !== "running") void context.resume().catch(() => undefined);
    const before_s = context.currentTime;
    while (context.state !== "running" || context.currentTime === before_s) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }

  private tick(): void {
    if (!this.playing) return;
    if (this.time() >= this.until_s - 1e-4) {
      this.halt();
      this.from_s = this.until_s;
      this.ended();
      return;
    }
    if (this.silent_ms !== null) return;
    while (this.handed_s < this.until_s && this.handed_s < this.time() + AHEAD_S) this.hand();
  }

  private hand(): void {
    const { samples, rate } = this.pcm!;
    const context = this.context!;
    const first = Math.round(this.handed_s * rate);
    const last = Math.min(Math.round(this.until_s * rate), first + PIECE_S * rate, samples.length);
    this.handed_s = last <= first ? this.until_s : last / rate;
    if (last <= first) return;
    const buffer = context.createBuffer(1, last - first, rate);
    const piece = buffer.getChannelData(0);
    for (let i = 0; i < piece.length; i++) piece[i] = samples[first + i]! / 32768;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain!);
    source.onended = () => this.sources.delete(source);
    this.sources.add(source);
    source.start(this.began_s + first / rate - this.from_s);
  }

  private halt(): void {
    this.run += 1;
    this.playing = false;
    clearInterval(this.timer);
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
    }
    this.sources.clear();
  }
}
