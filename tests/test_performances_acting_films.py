"""Folders of filmed actors as published, and films that become motions."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from avitalk.data.performances.films import Film, filmed
from avitalk.errors import InputError
from avitalk.export.formats import read_motion
from avitalk.track import Landmarks
from avitalk.train.style import films as films_command
from avitalk.train.style.films import LISTING, track_films
from avitalk.types import Motion


def made(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_mead_as_published(tmp_path: Path) -> None:
    folder = made(
        tmp_path,
        "M003/video/front/angry/level_3/014.mp4", "M003/audio/angry/level_3/014.m4a",
        "M003/video/left_30/angry/level_3/014.mp4",
        "W009/video/front/neutral/level_1/001.mp4", "W009/audio/neutral/level_1/001.m4a",
    )  # fmt: skip
    angry, neutral = filmed(folder)
    assert angry == Film(
        "M003-angry-3-014",
        folder / "M003/audio/angry/level_3/014.m4a",
        folder / "M003/video/front/angry/level_3/014.mp4",
        "anger", 0.9, "M003",
    )  # fmt: skip
    assert (neutral.emotion, neutral.intensity, neutral.actor) == ("neutral", 0.3, "W009")
    assert [clip.video.parts[-4] for clip in filmed(folder, view="left_30")] == ["left_30"]


def test_ravdess_as_published(tmp_path: Path) -> None:
    folder = made(
        tmp_path,
        "Actor_12/01-01-05-02-01-01-12.mp4", "Actor_12/02-01-05-02-01-01-12.mp4",
        "Actor_12/02-01-04-01-02-01-12.mp4", "Actor_12/03-01-04-01-02-01-12.wav",
        "Actor_12/01-02-04-01-02-01-12.mp4",
    )  # fmt: skip
    angry, sad = filmed(folder)
    assert (angry.clip_id, angry.emotion, angry.intensity) == (
        "01-01-05-02-01-01-12", "anger", 0.9,
    )  # fmt: skip
    assert angry.audio == angry.video, "a film with sound of its own"
    assert sad.audio.name == "03-01-04-01-02-01-12.wav"
    assert (sad.emotion, sad.intensity, sad.actor) == ("sadness", 0.5, "12")


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ((), "not a folder"),
        (("a/b.mp4",), "no videos of MEAD"),
        (("M003/video/front/angry/level_3/014.mp4",), r"014\.m4a: not found"),
        (("M003/video/front/furious/level_3/014.mp4",), "unknown emotion 'furious'"),
        (("M003/video/front/angry/level_7/014.mp4",), "level '7'"),
        (("M003/video/top/angry/level_3/014.mp4",), "from 'front'"),
        (("Actor_1/02-01-05-02-01-01-12.mp4",), r"03-01-05-02-01-01-12\.m4a: not found"),
        (("Actor_1/01-01-09-02-01-01-12.mp4",), "not a name of RAVDESS"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, names: tuple[str, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        list(filmed(made(tmp_path / "films", *names)))


def test_films_become_motions_and_a_listing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracking itself has tests of its own, and takes a while."""
    landmarks = Landmarks(np.zeros((40, 478, 3)), np.arange(478), np.ones(40, bool), (64, 64), 25.0)
    still = SimpleNamespace(motion=Motion.still(40, 25.0))
    rests: list[object] = []
    monkeypatch.setattr(films_command, "resting_face", lambda clips: f"rest of {len(clips)}")
    monkeypatch.setattr(
        films_command, "track", lambda _, neutral: (rests.append(neutral), still)[1]
    )
    seen: list[str] = []

    def see(video: Path) -> Landmarks:
        seen.append(video.stem)
        if video.stem == "broken":
            raise InputError(f"{video}: no face found")
        return landmarks

    films = [
        Film(name, Path(f"{name}.wav"), Path(f"{name}.mp4"), emotion, 0.9, "M003")
        for name, emotion in (("rest", "neutral"), ("cross", "anger"), ("broken", "anger"))
    ]
    rows = track_films(films, tmp_path, see)
    assert rows == [json.loads(line) for line in (tmp_path / LISTING).read_text().splitlines()]
    found = {row["id"]: row for row in rows}
    assert "no face" in found["broken"]["error"] and "motion" not in found["broken"]
    motion = read_motion(tmp_path / found["cross"]["motion"])
    assert motion.frames == landmarks.frames and np.isfinite(motion.weights).all()
    assert rests == ["rest of 1", "rest of 1"]
    seen.clear()
    assert track_films(films, tmp_path, see) == rows
    assert seen == ["rest", "broken"], "what is there is not tracked again"
    with pytest.raises(InputError, match="no films"):
        track_films([], tmp_path, see)
