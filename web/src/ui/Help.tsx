// All keys, and how the studio is meant to be used, in one overlay.
import { Dialog } from "./Dialog";
import { closeDialog } from "./dialogs";

const GROUPS: { title: string; rows: [keys: string[], does: string][] }[] = [
  {
    title: "Playing",
    rows: [
      [["Space"], "play, pause"],
      [["Shift Space"], "play the segment"],
      [["L"], "repeat the segment"],
      [["← →"], "a tenth of a second"],
      [["Shift ← →"], "one second"],
      [[",", "."], "one frame"],
      [["Home End"], "start, end"],
    ],
  },
  {
    title: "Segments",
    rows: [
      [["↑ ↓"], "previous, next"],
      [["Enter"], "edit the words"],
      [["S"], "split at the playhead"],
      [["M"], "merge with the next"],
      [["I"], "insert at the playhead"],
      [["Del"], "delete"],
      [["Alt ← →"], "move the start"],
      [["Alt Shift ← →"], "move the end"],
    ],
  },
  {
    title: "Editing",
    rows: [
      [["Ctrl Z"], "undo"],
      [["Ctrl Shift Z", "Ctrl Y"], "redo"],
      [["1 2 3"], "show A, B, both"],
      [["E"], "export"],
      [["Esc"], "leave a field or dialog"],
    ],
  },
  {
    title: "Looking",
    rows: [
      [["+ − 0"], "zoom the timeline, see all"],
      [["C"], "curves"],
      [["W"], "wireframe"],
      [["?"], "this page"],
      [["Drag", "Wheel"], "turn and zoom the face"],
      [["Ctrl wheel"], "zoom the timeline"],
    ],
  },
];

export function Help() {
  return (
    <Dialog title="Keys and help" testid="help-dialog" wide onClose={closeDialog}>
      <p>
        Each segment says in words what the face does while it lasts. Change the words and the face changes: name a feeling (“amused, but hiding it”), a
        movement (“brows raised, a blink”), or both. What no segment covers is neutral. On the timeline, drag a segment or its ends; ends stick to words, with
        Shift they do not; with Alt only the one end moves.
      </p>
      <div class="keys">
        {GROUPS.map(({ title, rows }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([keys, does]) => (
                <div key={does}>
                  <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="faint small">
        Drawn with three.js, built with Preact:{" "}
        <a href="./licences.txt" target="_blank" rel="noreferrer">
          their licences
        </a>
        .
      </p>
    </Dialog>
  );
}
