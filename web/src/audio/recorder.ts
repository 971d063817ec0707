// The microphone -> a 16-bit WAV, with a level to look at meanwhile.
import workletUrl from "./capture.worklet.js?url";
import { writeWav } from "./wav";

export class Recorder {
  private blocks: Float32Array[] = [];
  private count = 0;

  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly onLevel: (level: number, length_s: number) => void,
  ) {}

  /** Begins to record. Throws an Error with a sentence when the microphone cannot be had. */
  static async start(onLevel: (level: number, length_s: number) => void): Promise<Recorder> {
    if (!navigator.mediaDevices?.getUserMedia || !window.isSecureContext)
      throw new Error("The browser gives the microphone only to pages at localhost or over https. Drop a recording instead.");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true },
      });
    } catch (error) {
      throw new Error(refusal(error));
    }
    const context = new AudioContext();
    const recorder = new Recorder(context, stream, onLevel);
    try {
      await context.audioWorklet.addModule(workletUrl);
      await context.resume();
      const node = new AudioWorkletNode(context, "avitalk-capture", { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => recorder.take(data);
      context.createMediaStreamSource(stream).connect(node);
    } catch {
      recorder.release();
      throw new Error("This browser could not open the microphone's sound. Drop a recording instead.");
    }
    return recorder;
  }

  private take(block: Float32Array): void {
    this.blocks.push(block);
    this.count += block.length;
    let sum = 0;
    for (const sample of block) sum += sample * sample;
    this.onLevel(Math.sqrt(sum / block.length), this.count / this.context.sampleRate);
  }

  /** Ends recording: the file. */
  finish(): File {
    this.release();
    const stamp = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
    return new File([writeWav(this.blocks, this.context.sampleRate)], `microphone ${stamp}.wav`, { type: "audio/wav" });
  }

  release(): void {
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
  }
}

function refusal(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError")
    return "The microphone was refused. Allow it in the browser's address bar and try again, or drop a recording.";
  if (name === "NotFoundError") return "No microphone was found. Connect one and try again, or drop a recording.";
  if (name === "NotReadableError") return "The microphone is in use by another program. Close that and try again.";
  return "The microphone could not be opened. Try again, or drop a recording.";
}
