// Dark or light: as the system says, or as chosen.
import { signal } from "@preact/signals";

export type Theme = "system" | "dark" | "light";
const KEY = "avitalk.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = signal<Theme>(stored());
/** What is seen now; goes with the system's setting. */
export const seen = signal<"dark" | "light">("dark");

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "dark" || value === "light" ? value : "system";
  } catch {
    return "system";
  }
}

export function applyTheme(): void {
  seen.value = theme.value === "system" ? (dark.matches ? "dark" : "light") : theme.value;
  document.documentElement.dataset.theme = seen.value;
}

export function chooseTheme(value: Theme): void {
  theme.value = value;
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // a browser without storage forgets it
  }
  applyTheme();
}

dark.addEventListener("change", applyTheme);
