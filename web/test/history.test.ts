import { expect, test } from "vitest";
import { HELD, History, TOGETHER_MS } from "../src/history";

test("undo and redo walk over the steps", () => {
  const history = new History("start");
  history.push("one", "first");
  history.push("two", "second");
  expect(history.undoLabel).toBe("second");
  expect(history.undo()).toBe("one");
  expect(history.redoLabel).toBe("second");
  expect(history.undo()).toBe("start");
  expect(history.undo()).toBeNull();
  expect(history.redo()).toBe("one");
  expect(history.redo()).toBe("two");
  expect(history.redo()).toBeNull();
});

test("a new step forgets what was undone", () => {
  const history = new History(0);
  history.push(1, "one");
  history.undo();
  history.push(2, "two");
  expect(history.redo()).toBeNull();
  expect(history.undo()).toBe(0);
});

test("typing is one step until a rest", () => {
  const history = new History("");
  history.push("s", "type", "text 0", 1000);
  history.push("sm", "type", "text 0", 1100);
  history.push("smi", "type", "text 0", 1100 + TOGETHER_MS + 1);
  expect(history.undo()).toBe("sm");
  expect(history.undo()).toBe("");
});

test("typing in another segment is another step", () => {
  const history = new History("");
  history.push("a", "type", "text 0", 0);
  history.push("b", "type", "text 1", 1);
  expect(history.undo()).toBe("a");
});

test("a drag is one step however long it is held", () => {
  const history = new History(0);
  history.push(1, "drag", `${HELD}edge 1`, 0);
  history.push(2, "drag", `${HELD}edge 1`, 60_000);
  history.push(3, "drag", `${HELD}edge 2`, 60_001);
  expect(history.undo()).toBe(2);
  expect(history.undo()).toBe(0);
});

test("after an undo the same key begins a new step", () => {
  const history = new History(0);
  history.push(1, "type", "text", 0);
  history.undo();
  history.push(2, "type", "text", 1);
  expect(history.undo()).toBe(0);
});
