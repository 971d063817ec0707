"""Small videos and made ratings for tests of user studies."""

import csv
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from avitalk.evaluate.study.key import Key, Page
from avitalk.evaluate.study.questions import COLUMNS

SYSTEMS = ("basaltlips", "graniteface", "quartztalk")
CLIPS = ("angry_one", "glad_two", "sad_three", "calm_four")
Judge = Callable[[str, str, str, int], int]
"""(rater, clip, system, question) -> a score."""


def write_video(
    path: Path, shade: int, *, codec: str = "libx264", pixels: str = "yuv420p",
    sound: bool = True, seconds: float = 0.4, title: str = ""
) -> None:  # fmt: skip
    """A grey picture of 64 x 64 at 25 fps, and a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as out:
        out.metadata["title"] = title
        picture = out.add_stream(codec, rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, pixels
        picture.metadata["handler_name"] = title
        track = out.add_stream("aac", rate=16000) if sound else None
        for at in range(round(25 * seconds)):
            image = np.full((64, 64, 3), (shade + at) % 256, np.uint8)
            for packet in picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")):
                out.mux(packet)
        for packet in picture.encode():
            out.mux(packet)
        if track is not None:
            wave = np.sin(np.arange(round(16000 * seconds)) * (shade + 1) / 500)
            frame = av.AudioFrame.from_ndarray(wave[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate, frame.time_base, frame.pts = 16000, Fraction(1, 16000), 0
            for packet in [*track.encode(frame), *track.encode()]:
                out.mux(packet)


def write_systems(folder: Path, systems: tuple[str, ...] = SYSTEMS,
                  clips: tuple[str, ...] = CLIPS) -> Path:  # fmt: skip
    """One subfolder for each system with its name in its files, too."""
    for s, system in enumerate(systems):
        for c, clip in enumerate(clips):
            write_video(folder / system / f"{clip}.mp4", 40 * s + 9 * c, title=system)
    return folder


def write_ratings(path: Path, key: Key, rater: str, judge: Judge) -> Path:
    """The file that a rater saves who rates as `judge` says."""
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(
            row for page in key.raters[rater] for row in page_rows(key, rater, page, judge)
        )
    return path


def page_rows(key: Key, rater: str, page: Page, judge: Judge) -> list[list[object]]:
    """The rows of one page."""
    rows: list[list[object]] = []
    for panel, name in enumerate(page.panels):
        video = key.videos[name]
        scores = [judge(rater, video.clip, video.system, question) for question in range(3)]
        rows.append([key.study, rater, page.id, panel, name, *scores, 20])
    return rows


def fair(rater: str, clip: str, system: str, question: int) -> int:
    """Steady: systems differ by one, half of the raters are a point kinder in two questions."""
    kind = int(rater) % 2 if question else 0
    return 1 + SYSTEMS.index(system) + kind + (clip == CLIPS[0] and question == 2 and kind == 0)


def sheets(key: Key, folder: Path, judge: Judge = fair) -> list[Path]:
    """The files of all raters."""
    return [
        write_ratings(folder / f"ratings-{rater}.csv", key, rater, judge) for rater in key.raters
    ]
