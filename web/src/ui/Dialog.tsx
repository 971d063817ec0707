// A dialog over the page: keeps the focus inside, closes with Escape, gives the focus back.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./controls";

interface DialogProps {
  title: string;
  testid: string;
  wide?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, testid, wide, onClose, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={box}
      class={`dialog${wide ? " wide" : ""}`}
      aria-labelledby={id}
      data-testid={testid}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === box.current && onClose()}
    >
      <div class="frame">
        <header>
          <h2 id={id}>{title}</h2>
          <Button icon="close" label="Close" quiet kind="ghost" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
