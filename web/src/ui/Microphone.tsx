// Recording from the microphone: level, time, stop.
import { useEffect, useRef, useState } from "preact/hooks";
import { Recorder } from "../audio/recorder";
import { limits, say, sayProblem } from "../state";
import { clock } from "../timeline/maths";
import { Button } from "./controls";

/** Levels from here up are too loud. */
const CLIPPING = 0.5;
const SHORTEST_RECORDING_S = 0.3;

export function Microphone({ onFile, onClose }: { onFile: (file: File) => void; onClose: () => void }) {
  const recorder = useRef<Recorder | null>(null);
  const meter = useRef<HTMLSpanElement>(null);
  const [length_s, setLength] = useState(0);
  const [open, setOpen] = useState(false);
  const smooth = useRef(0);
  const length = useRef(0);

  useEffect(() => {
    let gone = false;
    const heard = (level: number, heard_s: number) => {
      smooth.current = Math.max(level, smooth.current * 0.97);
      const decibels = 20 * Math.log10(Math.max(smooth.current, 1e-4));
      meter.current?.style.setProperty("--level", `${Math.max(0, 1 + decibels / 54)}`);
      meter.current?.classList.toggle("loud", smooth.current > CLIPPING);
      if (Math.floor(heard_s * 10) !== Math.floor(length.current * 10)) setLength(heard_s);
      length.current = heard_s;
      const most_s = limits.value?.longest_s;
      if (most_s && heard_s >= most_s) finish();
    };
    Recorder.start(heard).then(
      (started) => {
        if (gone) return started.release();
        recorder.current = started;
        setOpen(true);
      },
      (error: unknown) => {
        sayProblem(error);
        onClose();
      },
    );
    return () => {
      gone = true;
      recorder.current?.release();
      recorder.current = null;
    };
  }, []);

  const finish = () => {
    const ended = recorder.current;
    recorder.current = null;
    if (!ended) return;
    const file = ended.finish();
    onClose();
    if (length.current < SHORTEST_RECORDING_S) say("bad", "That was too short to hear anything in it. Record at least a few words.");
    else onFile(file);
  };

  return (
    <div class="drop recording" data-testid="microphone">
      <p class="count" role="timer" aria-label="Recorded">
        {clock(length_s)}
      </p>
      <span ref={meter} class="meter" role="img" aria-label="Microphone level">
        <span />
      </span>
      <p class="faint" role="status">
        {open ? "Recording. Speak as you would to somebody." : "Waiting for the microphone: the browser may ask you."}
      </p>
      <div class="row">
        <Button icon="check" label="Stop and use it" kind="main" disabled={!open} testid="record-stop" onClick={finish} />
        <Button label="Cancel" testid="record-cancel" onClick={onClose} />
      </div>
    </div>
  );
}
