// Undo and redo of immutable states; what belongs together (typing, a slider's drag) is one step.

/** Changes with the same key within this time of each other are one step. */
export const TOGETHER_MS = 1200;
/** Changes with the same key that begins so are one step however long they take: one drag. */
export const HELD = "held:";
const MOST_STEPS = 300;

export class History<T> {
  private past: { state: T; label: string }[] = [];
  private future: { state: T; label: string }[] = [];
  private key: string | null = null;
  private at_ms = 0;

  constructor(private current: T) {}

  get state(): T {
    return this.current;
  }
  /** What undo would take back, '' for nothing. */
  get undoLabel(): string {
    return this.past.at(-1)?.label ?? "";
  }
  get redoLabel(): string {
    return this.future.at(-1)?.label ?? "";
  }

  /** A new state. With a `key`, joined to the step before if that had the same key a moment ago. */
  push(state: T, label: string, key: string | null = null, now_ms = Date.now()): void {
    const soon = now_ms - this.at_ms < TOGETHER_MS || key?.startsWith(HELD);
    const joined = key !== null && key === this.key && soon && this.past.length > 0;
    if (!joined) {
      this.past.push({ state: this.current, label });
      if (this.past.length > MOST_STEPS) this.past.shift();
    }
    this.current = state;
    this.future = [];
    this.key = key;
    this.at_ms = now_ms;
  }

  undo(): T | null {
    const step = this.past.pop();
    if (!step) return null;
    this.future.push({ state: this.current, label: step.label });
    this.current = step.state;
    this.key = null;
    return step.state;
  }

  redo(): T | null {
    const step = this.future.pop();
    if (!step) return null;
    this.past.push({ state: this.current, label: step.label });
    this.current = step.state;
    this.key = null;
    return step.state;
  }

  /** Forgets all steps, for another recording. */
  reset(state: T): void {
    this.past = [];
    this.future = [];
    this.key = null;
    this.current = state;
  }
}
