import { expect, test } from "vitest";
import { clock, digitsOf, endOf, fitted, following, snapped, spoken, ticks, toPx, toTime, visible, widest, zoomed, type View } from "../src/timeline/maths";

const view: View = { start_s: 2, px_per_s: 100, width: 800 };

test("times and pixels are each other's opposite", () => {
  expect(toPx(view, 3.5)).toBe(150);
  expect(toTime(view, 150)).toBe(3.5);
  expect(endOf(view)).toBe(10);
});

test("the view stays within the recording", () => {
  expect(fitted({ start_s: 50, px_per_s: 100, width: 800 }, 20).start_s).toBe(12);
  expect(fitted({ start_s: -3, px_per_s: 100, width: 800 }, 20).start_s).toBe(0);
  expect(fitted({ start_s: 0, px_per_s: 0, width: 800 }, 20).px_per_s).toBe(widest(800, 20));
  expect(fitted({ start_s: 0, px_per_s: 1e9, width: 800 }, 20).px_per_s).toBeLessThan(1e4);
});

test("zooming keeps what is under the pointer", () => {
  const closer = zoomed(view, 2, 300, 60);
  expect(toTime(closer, 300)).toBeCloseTo(toTime(view, 300), 9);
  expect(closer.px_per_s).toBe(200);
});

test("the view follows the playhead by a page", () => {
  expect(following(view, 5, 60)).toBe(view);
  const next = following(view, 9.99, 60);
  expect(next.start_s).toBeCloseTo(9.99 - 0.64, 6);
  expect(following(view, 0.5, 60).start_s).toBe(0);
});

test("marks of the ruler are apart enough to read, whole steps, and end with the recording", () => {
  for (const px_per_s of [0.2, 3, 17, 60, 333, 800]) {
    const marks = ticks({ start_s: 1.23, px_per_s, width: 900 }, 3600);
    expect(marks.step_s * px_per_s).toBeGreaterThanOrEqual(72);
    for (const time of marks.labelled) expect(Math.abs(time / marks.step_s - Math.round(time / marks.step_s))).toBeLessThan(1e-6);
    expect(marks.labelled.length).toBeLessThan(16);
    expect(marks.labelled.length).toBeGreaterThan(1);
  }
  expect(Math.max(...ticks({ start_s: 0, px_per_s: 100, width: 800 }, 3.3).labelled)).toBeLessThanOrEqual(3.3);
});

test("ends snap to the nearest time close by", () => {
  expect(snapped(2.03, [1, 2, 2.05, 3], 0.1)).toBe(2.05);
  expect(snapped(2.5, [1, 2, 3], 0.1)).toBe(2.5);
});

test("only spans that are seen", () => {
  const spans = Array.from({ length: 1000 }, (_, i) => ({ start_s: i, end_s: i + 0.5 }));
  expect(visible(spans, 10.2, 12.1).map(([index]) => index)).toEqual([10, 11, 12]);
  expect(visible(spans, 10.6, 10.9)).toEqual([]);
});

test("how times are written", () => {
  expect(clock(75.34)).toBe("1:15.3");
  expect(clock(59.96)).toBe("1:00.0");
  expect(clock(5, 2)).toBe("0:05.00");
  expect(clock(61, 0)).toBe("1:01");
  expect(digitsOf(5)).toBe(0);
  expect(spoken(75.32)).toBe("1 minute 15.3 seconds");
  expect(spoken(2)).toBe("2 seconds");
});
