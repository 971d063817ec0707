// Whose face it is: a built-in one, one made with sliders, or an avatar of one's own.
import { useRef } from "preact/hooks";
import { DRAGGING_MS, edit } from "../documents";
import { changeFace, withShare } from "../edits";
import { takeFile } from "../session";
import { active, avatars, choices, doc, uploading } from "../state";
import type { Face } from "../wire";
import { Button, plain, Section, Slider } from "./controls";
import { Icon } from "./Icon";

function change(label: string, kind: string, make: (before: Face) => Partial<Face>): void {
  edit(label, (before) => changeFace(before, make(before.face)), { key: `${active.value} face ${kind}`, wait_ms: DRAGGING_MS });
}

export function FacePanel() {
  const face = doc.value!.face;
  const offered = choices.value;
  const limit = offered?.mode_limit ?? 3;
  const own = Object.keys(face.modes).length > 0 || face.scale !== 1;
  return (
    <>
      <div class="row heading">
        <h2>Face</h2>
        <span class="grow" />
        {face.avatar && <Button label="Take the avatar off" kind="ghost" testid="avatar-off" onClick={() => change("Built-in face", "avatar", () => ({ avatar: null }))} />}
      </div>
      <Worn face={face} />
      <div class="cast" role="radiogroup" aria-label="Built-in faces">
        {offered?.faces.map(({ name, about }) => (
          <button
            key={name}
            type="button"
            role="radio"
            aria-checked={!face.avatar && (face.name ?? "default") === name}
            data-testid={`face-${name}`}
            onClick={() => change(`Face ${name}`, "name", () => ({ name, modes: {}, scale: 1, avatar: null }))}
          >
            <strong>{plain(name)}</strong>
            <span>{about}</span>
          </button>
        ))}
      </div>
      <Avatars face={face} />
      <Section title="Identity" open={own} testid="identity" aside={own ? "changed" : undefined}>
        {face.avatar ? (
          <p class="faint">An avatar is on stage; these shape the built-in head only.</p>
        ) : (
          <>
            <div class="row">
              <Button icon="dice" label="Somebody at random" kind="ghost" testid="face-random" onClick={() => change("Somebody at random", "random", () => ({ modes: somebody(offered?.modes.map(({ name }) => name) ?? []), avatar: null }))} />
              <span class="grow" />
              <Button icon="reset" label="As built" kind="ghost" disabled={!own} onClick={() => change("Face as built", "reset", () => ({ modes: {}, scale: 1 }))} />
            </div>
            <Slider label="Scale of the head" value={face.scale} low={0.8} high={1.2} step={0.01} resting={1} shown={(value) => `${Math.round(value * 100)} %`} testid="face-scale" onChange={(scale) => change("Scale of the head", "scale", () => ({ scale }))} />
            {offered?.modes.map(({ name, label }) => (
              <Slider
                key={name}
                label={label}
                value={face.modes[name] ?? 0}
                low={-limit}
                high={limit}
                step={0.1}
                resting={0}
                shown={(value) => (value > 0 ? `+${value.toFixed(1)}` : value.toFixed(1))}
                testid={`mode-${name}`}
                onChange={(value) => change(label, `mode ${name}`, (before) => ({ modes: withShare(before.modes, name, value, 0) }))}
              />
            ))}
          </>
        )}
      </Section>
    </>
  );
}

/** Coefficients of a plausible stranger: nearly normal, within two standard deviations. */
function somebody(names: string[]): Record<string, number> {
  const draw = () => 0.8 * (Math.random() + Math.random() + Math.random() + Math.random() - 2) * Math.sqrt(3);
  return Object.fromEntries(names.filter((name) => name !== "size").map((name) => [name, Math.round(Math.min(Math.max(draw(), -2), 2) * 10) / 10]));
}

/** The avatar on stage. */
function Worn({ face }: { face: Face }) {
  if (!face.avatar) return null;
  const worn = avatars.value[face.avatar];
  return (
    <div class="worn" data-testid="avatar-worn">
      <Icon name="face" />
      <div>
        <strong>{worn?.name ?? "Your avatar"}</strong>
        {worn && (
          <p class="faint small">
            {worn.drives.length} of 52 movements{worn.licence ? ` · ${worn.licence}` : ""}
          </p>
        )}
        {worn?.notes.map((note) => (
          <p class="small" key={note}>{note}</p>
        ))}
        {worn && worn.missing.length > 0 && worn.drives.length > 0 && (
          <details class="small">
            <summary>{worn.missing.length} movements that it lacks</summary>
            <p class="faint">{worn.missing.map(plain).join(", ")}</p>
          </details>
        )}
      </div>
    </div>
  );
}

/** Avatars to put on: those of this session, or another file. */
function Avatars({ face }: { face: Face }) {
  const chooser = useRef<HTMLInputElement>(null);
  const others = Object.values(avatars.value).filter(({ id }) => id !== face.avatar);
  return (
    <div class="avatar" data-testid="avatar">
      {others.map(({ id, name }) => (
        <Button key={id} icon="face" label={`Put ${name} on`} kind="ghost" onClick={() => change(`Avatar ${name}`, "avatar", () => ({ avatar: id }))} />
      ))}
      <Button icon="file" label={face.avatar ? "Another avatar" : "Use your own avatar"} busy={uploading.value !== null} testid="avatar-choose" onClick={() => chooser.current?.click()} />
      <p class="faint small">A .glb or .vrm with ARKit blend shapes; or drop one anywhere on the page.</p>
      <input
        ref={chooser}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-label="Choose an avatar"
        accept=".glb,.gltf,.vrm"
        data-testid="avatar-input"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) void takeFile(file);
        }}
      />
    </div>
  );
}
