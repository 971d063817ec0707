// Putting the focus where the work goes on.
import { signal } from "@preact/signals";

export type Tab = "segment" | "all" | "face";
export const tab = signal<Tab>("segment");

/** Opens the editor of the selected segment's words, with the cursor in it. */
export function focusText(): void {
  tab.value = "segment";
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLTextAreaElement>('[data-testid="segment-text"]');
    field?.focus();
    field?.select();
  });
}
