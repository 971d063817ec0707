"""Spoken mouths for performances: `python -m avitalk.train.style.prepare --clips --data --out`.

Clips are what `python -m avitalk.train.speech.prepare` wrote, data the folder of the corpora with
GRID's face tracks and FACEGOOD's curves. All parts are written, each clip with the name of its
part. Fitting GRID's lips takes half a minute.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk import weights
from avitalk.data.clips import Clip, PhoneTime, read_clips
from avitalk.data.performances.clips import Spoken, write_spoken
from avitalk.data.split import Part, part_of
from avitalk.evaluate.lip_basis import basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.speech.phones import phone_segments
from avitalk.speech.prosody import prosody_of
from avitalk.talker.shapes import expansion
from avitalk.train.talker.animated import CORPUS, PART_FRAMES, animated_clips, mouth_weights
from avitalk.train.talker.lessons import grid_targets
from avitalk.train.talker.targets import pause_shares
from avitalk.types import Speech

LEAST_FRAMES: Final = PART_FRAMES // 3


def _spoken(
    clip_id: str,
    source: str,
    part: str,
    fitted: NDArray[np.float64],
    prosody: NDArray[np.float32],
) -> Spoken:
    """fitted: (T, K) weights of the talker's shapes."""
    lips = (fitted @ expansion()).astype(np.float32)
    return Spoken(clip_id, source, part, lips, prosody[: len(lips)])


def filmed(folder: Path, clips: list[Clip]) -> Iterator[Spoken]:
    """GRID's sentences: lips fitted to the film, prosody of its sound."""
    targets = grid_targets(folder, clips, basis_of(load_head()))
    for clip in clips:
        wave, _ = soundfile.read(clip.audio, dtype="float32")
        part = part_of(clip.corpus, clip.speaker, clip.id)
        yield _spoken(clip.id, "grid", part, targets[clip.id][1], prosody_of(Speech(wave)))


def animated(folder: Path, encoder: SpeechEncoder) -> Iterator[Spoken]:
    """FACEGOOD's recordings in parts of some seconds; lips shut in pauses, as the talker learns."""
    for part in get_args(Part):
        for clip, wave in animated_clips(folder, part):
            speech = Speech(wave)
            heard = encoder.encode(speech)
            said = [PhoneTime(s.phone, s.start_s, s.end_s) for s in phone_segments(heard)]
            frames = len(heard.values)
            fitted = mouth_weights(clip, frames) * (1 - pause_shares(said, frames))[:, None]
            prosody = prosody_of(speech)
            for start in range(0, frames - LEAST_FRAMES, PART_FRAMES):
                rows = slice(start, start + PART_FRAMES)
                name = f"{clip.clip_id}-{start // PART_FRAMES:02d}"
                yield _spoken(name, CORPUS, part, fitted[rows], prosody[rows])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="holds grid_s1 and facegood")
    parser.add_argument("--encoder", type=Path, help="safetensors; default: as shipped")
    parser.add_argument("--out", type=Path, required=True, help=".npz file to write")
    given = parser.parse_args()
    grid = read_clips(given.clips / "grid_s1.jsonl")
    spoken = list(filmed(given.data / "grid_s1", grid))
    spoken += animated(
        given.data / CORPUS,
        SpeechEncoder.load(given.encoder or weights.find("speech-encoder").path),
    )
    write_spoken(given.out, spoken)


if __name__ == "__main__":
    main()
