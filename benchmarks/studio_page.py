"""The studio's page in a real Chromium: first paint, edits, pictures a second, drift of the sound.

    python benchmarks/studio_page.py [--write]

Software WebGL, 1280 x 720. `--write` puts the table into docs/results/studio_page.md.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import soundfile
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from studio_browser import CHROMIUM, FLAGS, PATIENCE_S, VOICE, Page, studio  # noqa: E402

OUT = ROOT / "docs" / "results" / "studio_page.md"
TEXTS = ("A broad smile.", "Deeply sad, eyes down.", "Surprised, brows up.", "She laughs.")
COUNT = """() => { window.pictures = 0;
  const next = () => { window.pictures++; requestAnimationFrame(next); };
  requestAnimationFrame(next); }"""
CLOCKS = "() => [window.avitalk.time(), performance.now() / 1000]"


def opened(browser: Browser, address: str) -> Page:
    """A new tab of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = Page(context.new_page())
    page.go(address)
    return page


def wait_until_warm(address: str) -> None:
    """Wait until the models are loaded."""
    end = time.monotonic() + PATIENCE_S
    while not httpx.get(f"{address}/api/health", timeout=PATIENCE_S).json()["ready"]:
        assert time.monotonic() < end, "the models were not ready in time"
        time.sleep(0.1)


def first_paint_ms(page: Page) -> float:
    """Of the page that was just opened."""
    told = "performance.getEntriesByType('paint').map((one) => one.startTime)"
    return float(min(page.page.evaluate(told)))


def edits_s(page: Page) -> list[float]:
    """From the last letter to the new motion, the rest after typing (0.25 s) included."""
    took = []
    page.at("segment-a-0").click()
    for text in TEXTS:
        before = page.state()["revisions"]["a"]
        page.at("segment-text").fill(text)
        began = time.monotonic()
        while page.state()["revisions"]["a"] == before:
            assert time.monotonic() - began < PATIENCE_S, page.tail()
            time.sleep(0.01)
        took.append(time.monotonic() - began)
        page.settle()
        time.sleep(1)
    return took


def pictures_a_second(page: Page) -> float:
    """While it plays."""
    page.page.evaluate(COUNT)
    page.at("play").click()
    time.sleep(5)
    n, t = page.page.evaluate("[window.pictures, performance.now()]")
    time.sleep(4)
    m, u = page.page.evaluate("[window.pictures, performance.now()]")
    return 1000 * (m - n) / (u - t)


def drift_ms(page: Page, seconds: int) -> float:
    """Largest difference between what is heard and the computer's clock."""
    page.at("play").click()
    time.sleep(1)
    heard, clock = page.page.evaluate(CLOCKS)
    worst = 0.0
    for _ in range(seconds):
        time.sleep(1)
        later, now = page.page.evaluate(CLOCKS)
        worst = max(worst, abs((later - heard) - (now - clock)))
    return 1000 * worst


def measured() -> list[tuple[str, str, str]]:
    """Rows: what, found, asked for."""
    samples, rate_hz = soundfile.read(VOICE)
    with (
        tempfile.TemporaryDirectory() as folder,
        studio() as address,
        sync_playwright() as playwright,
    ):
        ten, long = Path(folder) / "ten.wav", Path(folder) / "long.wav"
        soundfile.write(ten, np.tile(samples, 2)[: 10 * rate_hz], rate_hz)
        soundfile.write(long, np.tile(samples, 10)[: 65 * rate_hz], rate_hz)
        wait_until_warm(address)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        pages = [opened(browser, address) for _ in range(3)]
        paints = [first_paint_ms(page) for page in pages]
        for page in pages[1:]:
            page.page.context.close()
        page = pages[0]
        page.open(ten)
        page.settle()
        took = edits_s(page)
        speed = pictures_a_second(page)
        page.page.context.close()
        page = opened(browser, address)
        page.open(long)
        page.settle()
        drift = drift_ms(page, 60)
        browser.close()
    return [
        ("first paint, three tabs", ", ".join(f"{p:.0f} ms" for p in paints), "under 1 s"),
        ("edit of 10 s of sound, typing rest of 0.25 s included",
         ", ".join(f"{t:.2f} s" for t in took), "under 1 s"),
        ("pictures a second while playing", f"{speed:.0f}", "20"),
        ("drift of the sound over 60 s", f"{drift:.1f} ms", "under 40 ms"),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = "".join(f"| {' | '.join(row)} |\n" for row in measured())
    table = f"| what | found | asked for |\n|---|---|---|\n{rows}"
    print(table)
    if given.write:
        OUT.write_text(
            "# The studio's page\n\n`python benchmarks/studio_page.py --write`: Chromium with "
            "software WebGL at 1280 x 720, page and server on the same "
            f"{len(os.sched_getaffinity(0))} cores.\n\n{table}",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
