// Other ways to perform the same words, as small faces that move; choosing one performs it.
import { useEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "../api";
import { unfinished } from "../edits";
import { facesShown, look, stageCode, theStage } from "../scene";
import { session } from "../session";
import type { Thumbs } from "../stage/index";
import { parseMotion, takesOf } from "../stage/motion";
import { active, doc, limits, sayProblem, segment, selected } from "../state";
import { Button } from "./controls";
import { editSelected } from "./SegmentPanel";

const AT_ONCE = 6;
const MOST_TAKES = 1000;
const REST_MS = 500;

type Take = ReturnType<typeof takesOf>[number];

export function Takes() {
  const [first, setFirst] = useState(0);
  const [takes, setTakes] = useState<Take[]>([]);
  const [waiting, setWaiting] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const part = segment.value;
  const document = doc.value;
  const face = facesShown.value[active.value];
  const open = useOpen(box);

  useEffect(() => {
    const index = selected.value;
    if (!open || !document || index === null || unfinished(document, limits.value?.most_text ?? 2000)) return;
    const calls = new AbortController();
    setWaiting(true);
    const wanted = Array.from({ length: AT_ONCE }, (_, i) => (first + i) % MOST_TAKES);
    const timer = setTimeout(() => {
      session()
        .takes(active.value, document, index, wanted, calls.signal)
        .then((bytes) => {
          setTakes(takesOf(parseMotion(bytes)));
          setWaiting(false);
        })
        .catch((error: unknown) => {
          if (isAbort(error) || calls.signal.aborted) return;
          setWaiting(false);
          sayProblem(error);
        });
    }, takes.length ? REST_MS : 0);
    return () => {
      clearTimeout(timer);
      calls.abort();
    };
    // The chosen take itself changes nothing about what there is to choose from.
  }, [open, first, part?.text, part?.start_s, part?.end_s, part?.strength, part?.regions, part?.features, document?.settings, document?.seed]);

  const thumbs = useRef<Thumbs | null>(null);
  useEffect(() => () => thumbs.current?.dispose(), []);
  useEffect(() => {
    const code = stageCode();
    if (!open) return thumbs.current?.pause();
    if (!face || !code || !takes.length || !theStage()) return;
    const canvases = [...(box.current?.querySelectorAll("canvas") ?? [])];
    thumbs.current ??= new code.Thumbs();
    thumbs.current.set(face, takes.flatMap(({ track }, i) => (canvases[i] ? [{ canvas: canvases[i], track }] : [])), lookOfThumbs());
    thumbs.current.resume();
  }, [open, face, takes]);

  return (
    <div ref={box}>
      <div class={`takes${waiting ? " waiting" : ""}`} role="radiogroup" aria-label="Takes" aria-busy={waiting}>
        {Array.from({ length: AT_ONCE }, (_, i) => first + i).map((take) => (
          <button
            key={take}
            type="button"
            role="radio"
            aria-checked={part?.take === take}
            aria-label={`Take ${take + 1}`}
            data-testid={`take-${take}`}
            onClick={() => editSelected(`Take ${take + 1}`, `take ${take}`, () => ({ take }))}
          >
            <canvas width={96} height={96} />
            <span>{take + 1}</span>
          </button>
        ))}
      </div>
      <div class="row">
        <Button label="Earlier" kind="ghost" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - AT_ONCE))} />
        <span class="grow" />
        <Button label="More takes" kind="ghost" testid="more-takes" disabled={first + AT_ONCE >= MOST_TAKES - AT_ONCE} onClick={() => setFirst(first + AT_ONCE)} />
      </div>
    </div>
  );
}

/** Small faces are lit and backed as the large one. */
function lookOfThumbs(): { light?: string; background?: string } {
  const { light, background } = look.peek();
  return { ...(light ? { light } : {}), ...(background ? { background } : {}) };
}

/** Whether the section around an element is unfolded. */
function useOpen(inside: { current: HTMLElement | null }): boolean {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const section = inside.current?.closest("details");
    if (!section) return;
    const see = () => setOpen(section.open);
    see();
    section.addEventListener("toggle", see);
    return () => section.removeEventListener("toggle", see);
  }, []);
  return open;
}
