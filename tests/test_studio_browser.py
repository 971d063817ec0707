"""The studio in a real Chromium: the whole flow on a real recording, and what goes wrong."""

import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from avitalk.pipeline import Animator
from avitalk.studio.performance import Settings
from avitalk.types import Instruction, Motion, Segment
from studio_browser import CHROMIUM, FLAGS, VOICE, Page, studio

if os.environ.get("AVITALK_REQUIRE_BROWSER"):
    assert CHROMIUM is not None
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with studio() as found:
        yield found


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    found = Page(context.new_page())
    found.page.set_default_timeout(60_000)
    found.go(address)
    yield found
    context.close()
    assert not found.errors


def performed(document: dict[str, Any]) -> Motion:
    """What the Python API makes of a document of the page."""
    given = document["settings"]
    settings = Settings(**{**given, "regions": tuple(given["regions"].items())})
    segments = tuple(
        Segment(
            s["start_s"], s["end_s"], s["text"], s["author"], s["strength"],
            tuple(s["regions"].items()), tuple(s["features"].items()), take=s["take"],
        )
        for s in document["segments"]
    )  # fmt: skip
    return Animator().animate(
        VOICE, instruction=settings.over(Instruction(segments, document["seed"])),
        guidance=settings.guidance, idle=settings.idle, controls=settings.controls,
    ).motion  # fmt: skip


def test_hear_read_edit_and_undo(page: Page) -> None:
    page.open(VOICE)
    page.settle()
    assert page.state()["recording"]["duration_s"] == pytest.approx(7.1, abs=0.02)
    written = page.texts()
    assert written and all(written)
    times = [float(t) for t in np.arange(0, 7, 0.5)]
    before = page.weights("a", times)

    # the text is edited: the face moves otherwise, as the Python API has it
    page.at("segment-a-0").click()
    page.at("segment-text").fill("She is furious: brows drawn low, lips pressed hard.")
    page.until(lambda: page.texts()[0].startswith("She is furious"))
    page.settle()
    after = page.weights("a", times)
    assert np.abs(after - before).max() > 0.1
    expected = performed(page.state()["documents"]["a"])
    channels = expected.channels()[[round(t * expected.fps) for t in times]]
    assert np.abs(after - channels).max() < 1e-4

    # undo and redo, by keys
    page.at("timeline").focus()
    page.page.keyboard.press("Control+z")
    page.until(lambda: page.texts() == written)
    page.settle()
    assert np.abs(page.weights("a", times) - before).max() < 1e-4
    page.page.keyboard.press("Control+Shift+z")
    page.until(lambda: page.texts()[0].startswith("She is furious"))
    page.settle()
    assert np.abs(page.weights("a", times) - after).max() < 1e-4


def test_edits_on_the_timeline(page: Page) -> None:
    page.open(VOICE)
    page.settle()
    count = len(page.texts())
    page.at("segment-a-0").click()
    page.at("segment-a-0").focus()
    for _ in range(5):
        page.page.keyboard.press("Shift+ArrowRight")
    page.page.keyboard.press("s")
    page.until(lambda: len(page.texts()) == count + 1)
    page.settle()
    cut = page.state()["documents"]["a"]["segments"][0]["end_s"]
    edge = page.at("edge-a-0-end").bounding_box()
    page.page.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
    page.page.mouse.down()
    page.page.mouse.move(edge["x"] - 60, edge["y"] + edge["height"] / 2, steps=5)
    page.page.mouse.up()
    page.until(lambda: page.state()["documents"]["a"]["segments"][0]["end_s"] < cut - 0.1)
    page.settle()
    page.at("segment-a-0").focus()
    page.page.keyboard.press("m")
    page.until(lambda: len(page.texts()) == count)
    page.at("segment-a-0").focus()
    page.page.keyboard.press("Delete")
    page.until(lambda: len(page.texts()) == count - 1)
    page.settle()
    for _ in range(4):
        page.page.keyboard.press("Control+z")
    page.until(lambda: len(page.texts()) == count)
    page.settle()


@pytest.mark.slow  # a machine that does other things makes it fail; benchmarks/studio_page.py tells
def test_time_does_not_drift(page: Page, tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(VOICE)
    soundfile.write(tmp_path / "long.wav", np.tile(samples, 10), rate_hz)
    page.open(tmp_path / "long.wav")
    page.settle()
    page.at("play").click()
    page.until(lambda: page.page.evaluate("window.avitalk.time()") > 0.5)
    script = "() => [window.avitalk.time(), performance.now() / 1000]"
    heard, clock = page.page.evaluate(script)
    time.sleep(60)
    later, now = page.page.evaluate(script)
    assert abs((later - heard) - (now - clock)) < 0.04


def test_reload_during_an_export(page: Page, tmp_path: Path) -> None:
    page.open(VOICE)
    page.settle()
    page.at("export").click()
    page.at("format-mp4").click()
    page.at("export-start").click()
    page.until(lambda: [j for j in page.state()["jobs"] if j["kind"] == "export"])
    page.page.reload()
    page.until(lambda: page.ready and page.state()["recording"])
    exports = [j for j in page.state()["jobs"] if j["kind"] == "export"]
    assert exports, "the job is forgotten"

    def done() -> list[dict[str, Any]]:
        return [j for j in page.state()["jobs"] if j["kind"] == "export" and j["state"] == "done"]

    job = page.until(done, 240)[0]
    address = page.page.url.split("/#")[0].rstrip("/") + job["result"]["url"]
    video = page.page.request.get(address).body()
    assert video[4:8] == b"ftyp" and len(video) > 20_000


@pytest.mark.parametrize("kind", ["text", "empty", "huge", "bomb", "climbing"])
def test_bad_files_are_told(page: Page, tmp_path: Path, kind: str) -> None:
    sounds = {"text": "notes.wav", "empty": "empty.wav", "huge": "huge.wav"}
    bad = tmp_path / sounds.get(kind, f"{kind}.avitalk")
    if kind == "text":
        bad.write_text("this is no sound\n" * 100)
    elif kind == "empty":
        bad.write_bytes(b"")
    elif kind == "huge":
        with bad.open("wb") as file:
            file.truncate(201 * 2**20)
    else:
        with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as file:
            if kind == "bomb":
                file.writestr("manifest.json", bytes(300 * 2**20))
            else:
                file.writestr("manifest.json", "{}")
                file.writestr("../../outside.txt", "no")
    page.open(bad)
    notice = page.at("notice-bad").first
    notice.wait_for(timeout=60_000)
    told = notice.inner_text()
    assert len(told) > 10 and "Traceback" not in told
    assert page.state()["recording"] is None
    assert not (tmp_path.parent / "outside.txt").exists()
    page.open(VOICE)  # and the page still works
    page.settle()


def test_two_tabs_do_not_disturb_each_other(page: Page, browser: Any, address: str) -> None:
    other = Page(page.page.context.new_page())
    other.go(address)
    page.open(VOICE)
    page.settle()
    assert other.state()["recording"] is None
    other.open(VOICE)
    other.settle()
    other.at("segment-a-0").click()
    other.at("segment-text").fill("A wide grin.")
    other.until(lambda: other.texts()[0] == "A wide grin.")
    other.settle()
    assert page.texts()[0] != "A wide grin."
    page.page.reload()
    page.until(lambda: page.ready and page.state()["recording"])
    assert page.texts()[0] != "A wide grin."
    assert not other.errors


def test_versions_side_by_side_and_projects(page: Page, tmp_path: Path) -> None:
    page.open(VOICE)
    page.settle()
    page.at("show-b").click()
    page.until(lambda: page.state()["documents"]["b"])
    page.settle()
    page.at("segment-text").fill("A wide grin.")
    page.until(lambda: page.texts("b")[0] == "A wide grin.")
    page.settle()
    page.at("show-both").click()
    times = [1.0, 2.0, 3.0]
    a, b = page.weights("a", times), page.weights("b", times)
    assert np.abs(a - b).max() > 0.05
    page.at("export").click()
    page.at("format-avitalk").click()
    page.at("export-start").click()

    def made() -> list[dict[str, Any]]:
        return [j for j in page.state()["jobs"] if j["kind"] == "export" and j["state"] == "done"]

    job = page.until(made)[0]
    address = page.page.url.split("/#")[0].rstrip("/")
    kept = tmp_path / "kept.avitalk"
    kept.write_bytes(page.page.request.get(address + job["result"]["url"]).body())
    documents = page.state()["documents"]
    again = Page(page.page.context.new_page())
    again.go(address)
    again.open(kept)
    again.settle()
    assert again.state()["documents"] == documents
    assert np.abs(again.weights("b", times) - b).max() < 1e-4
