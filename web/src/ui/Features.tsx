// Single ARKit shapes held at a weight throughout a segment.
import { useState } from "preact/hooks";
import { DRAGGING_MS } from "../documents";
import { withShare } from "../edits";
import { choices } from "../state";
import type { Segment } from "../wire";
import { Button, percent, plain, Slider } from "./controls";
import { editSelected } from "./SegmentPanel";

const FIRST_WEIGHT = 0.5;
/** No resting value: a shape that is set to 0 is held at 0, which is not the same as being free. */
const NEVER = -1;

export function Features({ part }: { part: Segment }) {
  const [wanted, setWanted] = useState("");
  const shapes = choices.value?.shapes ?? [];
  const set = (name: string, value: number) =>
    editSelected(`Hold ${name}`, `feature ${name}`, (before) => ({ features: withShare(before.features, name, value, NEVER) }), DRAGGING_MS);
  const free = (name: string) => editSelected(`Free ${name}`, `free ${name}`, ({ features: { [name]: _, ...others } }) => ({ features: others }));
  const left = shapes.filter((name) => !(name in part.features));
  return (
    <div class="features">
      {Object.entries(part.features).map(([name, value]) => (
        <div class="row" key={name}>
          <Slider label={plain(name)} value={value} low={0} high={1} step={0.01} resting={0} shown={percent} testid={`feature-${name}`} onChange={(next) => set(name, next)} />
          <Button icon="close" label={`Free ${plain(name)}`} quiet kind="ghost" onClick={() => free(name)} />
        </div>
      ))}
      <div class="pick wide">
        <label>
          <span class="unseen">Hold a movement</span>
          <select
            value={wanted}
            data-testid="feature-add"
            onChange={(event) => {
              const name = event.currentTarget.value;
              if (name) set(name, FIRST_WEIGHT);
              setWanted("");
              event.currentTarget.value = "";
            }}
          >
            <option value="">Hold a movement …</option>
            {left.map((name) => (
              <option key={name} value={name}>{plain(name)}</option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}
