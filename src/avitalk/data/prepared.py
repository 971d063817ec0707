"""Readers of the prepared corpus folders (`clips.jsonl` and `audio/`) -> lists of Clip.

The original layouts: GRID (`s1/*.mpg`, `align/*.align` word times in 1/25000 s), speechocean762
(Kaldi `wav.scp`, `text`), CMU ARCTIC prompts, LibriSpeech (`*.trans.txt`), EmoDB (`wav/`,
`labsilb/`). The prepared folders hold the same recordings as 16 kHz mono Opus.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import soundfile

from avitalk.data.clips import Clip, PhoneTime
from avitalk.data.german import phones_from_labels
from avitalk.errors import InputError

FRAME_S = 0.01


def _timed(row: dict[str, Any], corpus: str, audio: str) -> Clip:
    phones = tuple(
        PhoneTime(phone, round(start * FRAME_S, 3), round((start + frames) * FRAME_S, 3))
        for word in row["words"]
        for phone, start, frames in word["phones"]
    )
    return Clip(corpus, row["id"], row["speaker"], audio, row["text"], phones)


def _grid(row: dict[str, Any], corpus: str, audio: str) -> Clip:
    spoken = [w["word"] for w in row["words"] if w["word"] not in ("sil", "sp")]
    text = " ".join("zed" if word == "z" else word for word in spoken)  # British speakers
    return Clip(corpus, row["id"], row["speaker"], audio, text)


def _librispeech(row: dict[str, Any], corpus: str, audio: str) -> Clip:
    return Clip(corpus, row["id"], row["speaker"], audio, row["text"])


def _emodb(row: dict[str, Any], corpus: str, audio: str) -> Clip:
    labels = row.get("phone_labels")
    phones = phones_from_labels(labels, soundfile.info(audio).duration) if labels else None
    return Clip(corpus, row["id"], row["speaker"], audio, None, phones, "de")


def _plain(row: dict[str, Any], corpus: str, audio: str) -> Clip:
    return Clip(corpus, row["id"], row.get("speaker", row["id"]), audio)


_READERS: Final[dict[str, Callable[[dict[str, Any], str, str], Clip]]] = {
    "grid_s1": _grid,
    "speechocean762": _timed,
    "kathleen": _timed,
    "librispeech": _librispeech,
    "emodb": _emodb,
    "wild_dev": _plain,
}


def read_prepared(root: Path, corpus: str) -> list[Clip]:
    """Clips of the corpus folder `root / corpus`; phone times where the corpus states them.

    Raises InputError for an unknown corpus or a missing folder.
    """
    if corpus not in _READERS:
        raise InputError(f"unknown corpus '{corpus}'; available: {sorted(_READERS)}")
    listing = root / corpus / "clips.jsonl"
    if not listing.is_file():
        raise InputError(f"{listing}: not found")
    rows = [json.loads(line) for line in listing.read_text().splitlines()]
    read = _READERS[corpus]
    return [read(row, corpus, str(root / corpus / row["audio"])) for row in rows]
