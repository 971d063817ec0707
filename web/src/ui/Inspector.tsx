// The panel beside the stage: the selected segment, the whole version, the face.
import { doc } from "../state";
import { Choice } from "./controls";
import { FacePanel } from "./FacePanel";
import { tab, type Tab } from "./focus";
import { SegmentPanel } from "./SegmentPanel";
import { WholePanel } from "./WholePanel";

export function Inspector() {
  if (!doc.value) return null;
  return (
    <aside class="inspector" aria-label="Editor" data-testid="inspector">
      <Choice<Tab>
        label="What to edit"
        testid="tab"
        value={tab.value}
        options={[
          { value: "segment", label: "Segment" },
          { value: "all", label: "Whole" },
          { value: "face", label: "Face" },
        ]}
        onChoose={(value) => (tab.value = value)}
      />
      <div class="panel">
        {tab.value === "segment" && <SegmentPanel />}
        {tab.value === "all" && <WholePanel />}
        {tab.value === "face" && <FacePanel />}
      </div>
    </aside>
  );
}
