// Small controls that the whole page is made of: buttons with names, sliders with numbers, choices, sections.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon, type IconName } from "./Icon";

interface ButtonProps {
  icon?: IconName;
  /** The name; shown unless `quiet`, then it is the tooltip. */
  label: string;
  quiet?: boolean;
  /** Shown with the name in the tooltip. */
  keys?: string;
  kind?: "plain" | "main" | "ghost" | "danger";
  pressed?: boolean;
  /** For a button that opens something. */
  expanded?: boolean;
  disabled?: boolean;
  busy?: boolean;
  testid?: string;
  onClick: (event: MouseEvent) => void;
}

export function Button({ icon, label, quiet, keys, kind = "plain", pressed, expanded, disabled, busy, testid, onClick }: ButtonProps) {
  const title = keys ? `${label} (${keys})` : quiet ? label : undefined;
  return (
    <button
      type="button"
      class={`button ${kind}${quiet ? " quiet" : ""}`}
      title={title}
      aria-label={quiet ? label : undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-busy={busy}
      disabled={disabled}
      data-testid={testid}
      // The focus stays where it was, so that the space bar still plays after a click on a tool.
      onMouseDown={(event) => quiet && event.preventDefault()}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {!quiet && <span>{label}</span>}
    </button>
  );
}

interface SliderProps {
  label: string;
  value: number;
  low: number;
  high: number;
  step: number;
  /** The value that changes nothing; a double click or the number's own reset goes back to it. */
  resting: number;
  shown?: (value: number) => string;
  hint?: string;
  disabled?: boolean;
  testid?: string;
  onChange: (value: number) => void;
}

export function Slider({ label, value, low, high, step, resting, shown, hint, disabled, testid, onChange }: SliderProps) {
  const id = useId();
  const share = (at: number) => `${((at - low) / (high - low)) * 100}%`;
  const text = shown ? shown(value) : value.toFixed(step < 0.1 ? 2 : step < 1 ? 1 : 0);
  return (
    <div class={`slider${value !== resting ? " moved" : ""}`} title={hint}>
      <label for={id}>{label}</label>
      <output for={id}>{text}</output>
      <input
        id={id}
        type="range"
        min={low}
        max={high}
        step={step}
        value={value}
        disabled={disabled}
        data-testid={testid}
        aria-valuetext={text}
        style={{ "--from": share(Math.min(value, resting)), "--to": share(Math.max(value, resting)), "--rest": share(resting) }}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
        onDblClick={() => onChange(resting)}
      />
      <button
        type="button"
        class="reset"
        tabIndex={value === resting ? -1 : 0}
        aria-label={`Reset ${label}`}
        title="Reset"
        disabled={disabled || value === resting}
        onClick={() => onChange(resting)}
      >
        <Icon name="reset" size={13} />
      </button>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  options: { value: T; label: string; title?: string; icon?: IconName }[];
  value: T;
  testid?: string;
  onChoose: (value: T) => void;
}

/** A few options side by side, one of them chosen. */
export function Choice<T extends string>({ label, options, value, testid, onChoose }: ChoiceProps<T>) {
  const turn = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + step + options.length) % options.length]!;
    onChoose(next.value);
    const row = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => row.querySelector<HTMLElement>('[aria-checked="true"]')?.focus());
  };
  return (
    <div class="choice" role="radiogroup" aria-label={label} data-testid={testid} onKeyDown={turn}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          aria-label={option.icon ? option.label : undefined}
          title={option.title ?? (option.icon ? option.label : undefined)}
          tabIndex={option.value === value ? 0 : -1}
          data-testid={testid && `${testid}-${option.value}`}
          onClick={() => onChoose(option.value)}
        >
          {option.icon ? <Icon name={option.icon} /> : option.label}
        </button>
      ))}
    </div>
  );
}

interface PickProps {
  label: string;
  options: { value: string; label: string }[];
  value: string;
  hidden?: boolean;
  testid?: string;
  onChoose: (value: string) => void;
}

/** One of many, from a list that opens. */
export function Pick({ label, options, value, hidden, testid, onChoose }: PickProps) {
  const id = useId();
  return (
    <div class="pick">
      <label for={id} class={hidden ? "unseen" : ""}>{label}</label>
      <select id={id} value={value} data-testid={testid} title={hidden ? label : undefined} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
    </div>
  );
}

/** A part of a panel that folds away. */
export function Section({ title, open, aside, testid, children }: {
  title: string;
  open?: boolean;
  aside?: ComponentChildren;
  testid?: string;
  children: ComponentChildren;
}) {
  return (
    <details class="section" open={open} data-testid={testid}>
      <summary>
        <Icon name="next" size={12} />
        <span>{title}</span>
        {aside && <span class="aside">{aside}</span>}
      </summary>
      <div class="body">{children}</div>
    </details>
  );
}

export function Bar({ share, label }: { share: number; label?: string }) {
  return (
    <span class="bar" role={label ? "img" : undefined} aria-label={label}>
      <span style={{ width: `${Math.round(share * 100)}%` }} />
    </span>
  );
}

/** "mouth_width" -> "Mouth width". */
export const plain = (name: string): string => {
  const words = name.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};
export const percent = (value: number): string => `${Math.round(value * 100)} %`;
