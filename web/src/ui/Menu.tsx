// A button that opens a list of things to do.
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "./controls";
import { Icon, type IconName } from "./Icon";

interface Item {
  label: string;
  icon: IconName;
  run: () => void;
  disabled?: boolean;
  testid?: string;
}

export function Menu({ label, icon, items, testid }: { label: string; icon: IconName; items: Item[]; testid?: string }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role="menuitem"]:not(:disabled)')?.focus();
    const outside = (event: PointerEvent) => !box.current?.contains(event.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) all[(at + step + all.length) % all.length]?.focus();
    else if (event.key === "Escape") close();
    else if (event.key !== "Tab") return;
    if (event.key === "Tab") return setOpen(false);
    event.preventDefault();
    event.stopPropagation();
  };
  const close = () => {
    setOpen(false);
    box.current?.querySelector<HTMLElement>("button")?.focus();
  };

  return (
    <div class="menu" ref={box} onKeyDown={keys}>
      <Button icon={icon} label={label} quiet kind="ghost" expanded={open} testid={testid} onClick={() => setOpen(!open)} />
      {open && (
        <div class="list" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              disabled={item.disabled}
              data-testid={item.testid}
              onClick={() => {
                close();
                item.run();
              }}
            >
              <Icon name={item.icon} size={16} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
