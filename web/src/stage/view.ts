/** Where the picture is taken from: presets as in `avitalk.render.camera`, turned by pointer and keys. */

import { PerspectiveCamera, Vector3 } from "three";

const DEGREE = Math.PI / 180;
const SENSOR_MM = 24; // the short side of a full frame
const FOCAL_MM = 85;
const DISTANCE_M = 1.12;
const BACK_M = 0.06; // the middle of the head behind the eyes, looked at in profile
const HIGHEST_RAD = 1.2;
const ZOOM = [0.3, 2.2] as const; // nearest and farthest, of the distance
const GLIDE_S = 0.28;

interface Place {
  yaw: number;
  elevation: number;
  /** Share of `DISTANCE_M`. */
  near: number;
  /** Height that is looked at, metres from the eyes. */
  height: number;
}

export const VIEWS: Readonly<Record<string, Place & { label: string }>> = {
  front: { label: "Front", yaw: 0, elevation: 0, near: 1, height: -0.02 },
  "three-quarter": { label: "Three-quarter", yaw: 35 * DEGREE, elevation: 4 * DEGREE, near: 1, height: -0.02 },
  profile: { label: "Profile", yaw: 90 * DEGREE, elevation: 0, near: 1, height: -0.02 },
  close: { label: "Close", yaw: 0, elevation: 0, near: 0.42, height: -0.064 },
};

/** A camera that goes round a face. */
export class View {
  /** The preset that is shown; "own" when turned by hand. */
  name = "front";
  private now: Place = { ...(VIEWS.front as Place) };
  private from: Place = { ...this.now };
  private to: Place = { ...this.now };
  private left_s = 0;

  get yaw(): number {
    return this.now.yaw;
  }

  /** Glide to a preset; at once with `jump`. Throws if there is none of this name. */
  choose(name: string, jump: boolean): void {
    const place = VIEWS[name];
    if (!place) throw new Error(`No camera '${name}'; there are ${Object.keys(VIEWS).join(", ")}.`);
    this.name = name;
    this.from = { ...this.now };
    this.to = { ...place };
    this.left_s = jump ? 0 : GLIDE_S;
    if (jump) this.now = { ...place };
  }

  /** Turn by angles in radians. */
  turn(yaw: number, elevation: number): void {
    const { now } = this;
    this.hold({
      ...now,
      yaw: now.yaw + yaw,
      elevation: Math.min(Math.max(now.elevation + elevation, -HIGHEST_RAD), HIGHEST_RAD),
    });
  }

  /** Come nearer (above 1) or go away. */
  zoom(factor: number): void {
    this.hold({ ...this.now, near: Math.min(Math.max(this.now.near / factor, ZOOM[0]), ZOOM[1]) });
  }

  /** Go on gliding; whether there is still way to go. */
  advance(passed_s: number): boolean {
    if (this.left_s <= 0) return false;
    this.left_s = Math.max(this.left_s - passed_s, 0);
    const t = 1 - this.left_s / GLIDE_S;
    const share = t * t * (3 - 2 * t);
    for (const key of ["yaw", "elevation", "near", "height"] as const) {
      this.now[key] = this.from[key] + share * (this.to[key] - this.from[key]);
    }
    return true;
  }

  /** Put `camera` before a face whose eyes' middle is `centre`, for a picture of this shape. */
  place(camera: PerspectiveCamera, centre: Vector3, metre: number, width: number, height: number): void {
    const { yaw, elevation, near } = this.now;
    const back = BACK_M * (Math.cos(yaw) < 0 ? 1 : Math.abs(Math.sin(yaw)) ** 1.25);
    const target = new Vector3(0, this.now.height, -back).multiplyScalar(metre).add(centre);
    const up = Math.cos(elevation);
    const away = new Vector3(Math.sin(yaw) * up, Math.sin(elevation), Math.cos(yaw) * up);
    camera.position.copy(target).addScaledVector(away, near * DISTANCE_M * metre);
    camera.lookAt(target);
    // The focal length belongs to the short side: upright and wide pictures frame the same head.
    const tall = (SENSOR_MM / FOCAL_MM) * (height > width ? height / width : 1);
    camera.fov = (2 * Math.atan(tall / 2)) / DEGREE;
    camera.aspect = width / Math.max(height, 1);
    camera.near = 0.06 * metre;
    camera.far = 6 * metre;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  private hold(place: Place): void {
    this.now = place;
    this.left_s = 0;
    this.name = "own";
  }
}

/** Names of the presets by the keys 1, 2, ... */
export const VIEW_KEYS = Object.keys(VIEWS);
const PIXELS_A_TURN = 900; // of dragging
const KEY_TURN_RAD = 6 * DEGREE;
const KEY_ZOOM = 1.12;

/** Let a pointer and keys on `element` move a view; `moved` is called after each. Returns how to stop. */
export function steer(element: HTMLElement, view: View, moved: () => void, choose: (name: string) => void): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  const act = (change: () => void) => {
    change();
    moved();
  };
  const listeners: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void } = {
    pointerdown: (event) => {
      if (event.button) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      element.setPointerCapture(event.pointerId);
    },
    pointermove: (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const apart = spread();
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (pointers.size > 1) {
        if (apart) act(() => view.zoom(spread() / apart));
        return;
      }
      const turn = (2 * Math.PI) / PIXELS_A_TURN;
      act(() => view.turn((before.x - event.clientX) * turn, (event.clientY - before.y) * turn));
    },
    pointerup: (event) => void pointers.delete(event.pointerId),
    pointercancel: (event) => void pointers.delete(event.pointerId),
    dblclick: () => choose("front"),
    wheel: (event) => {
      event.preventDefault();
      act(() => view.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0012))));
    },
    keydown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const change = keyChange(event.key, view);
      const preset = event.key === "0" ? "front" : VIEW_KEYS[Number(event.key) - 1];
      if (!change && !preset) return;
      event.preventDefault();
      event.stopPropagation();
      if (change) act(change);
      else if (preset) choose(preset);
    },
  };
  const entries = Object.entries(listeners) as [string, EventListener][];
  entries.forEach(([name, listener]) => element.addEventListener(name, listener, { passive: false }));
  return () => entries.forEach(([name, listener]) => element.removeEventListener(name, listener));
}

function keyChange(key: string, view: View): (() => void) | null {
  switch (key) {
    case "ArrowLeft":
      return () => view.turn(-KEY_TURN_RAD, 0);
    case "ArrowRight":
      return () => view.turn(KEY_TURN_RAD, 0);
    case "ArrowUp":
      return () => view.turn(0, KEY_TURN_RAD);
    case "ArrowDown":
      return () => view.turn(0, -KEY_TURN_RAD);
    case "+":
    case "=":
      return () => view.zoom(KEY_ZOOM);
    case "-":
      return () => view.zoom(1 / KEY_ZOOM);
    default:
      return null;
  }
}
