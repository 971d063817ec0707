// The session's event stream: job news over a WebSocket that comes back by itself.
import { parseEvent, type Job } from "./wire";

export type Line = "connecting" | "open" | "lost";

export interface Listener {
  jobs(all: Job[]): void;
  job(one: Job): void;
  line(state: Line): void;
}

/** Waiting before the nth attempt in a row, in milliseconds: 0.5 s doubling to 8 s. */
export const backoff_ms = (attempt: number): number => Math.min(8000, 500 * 2 ** Math.max(0, attempt));

/** Listens until the returned function is called. */
export function listen(url: string, listener: Listener): () => void {
  let socket: WebSocket | null = null;
  let timer = 0;
  let attempt = 0;
  let closed = false;

  const open = () => {
    listener.line(attempt > 1 ? "lost" : "connecting");
    socket = new WebSocket(url);
    socket.onopen = () => {
      attempt = 0;
      listener.line("open");
    };
    socket.onmessage = ({ data }) => {
      const event = typeof data === "string" ? parseEvent(data) : null;
      if (event?.type === "hello") listener.jobs(event.jobs);
      if (event?.type === "job") listener.job(event.job);
    };
    socket.onclose = () => {
      if (closed) return;
      listener.line(attempt > 0 ? "lost" : "connecting");
      timer = window.setTimeout(open, backoff_ms(attempt));
      attempt += 1;
    };
  };
  const wake = () => {
    if (closed || socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(timer);
    open();
  };

  open();
  window.addEventListener("online", wake);
  return () => {
    closed = true;
    clearTimeout(timer);
    window.removeEventListener("online", wake);
    socket?.close();
  };
}
