"""Emotional speech with a face: `python -m avitalk.train.zoo.acted --clips --data --out`.

Nobody filmed emotional speech that may ship. Lips of EmoDB's sentences are told by their phones,
by a table learned from GRID's film, and the face is performed over them for the emotion of the
recording (`avitalk.data.performances`). Readers of other corpora are heard as neutral, so that an
emotion ear knows more voices and languages than ten actors'.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk import weights
from avitalk.audio import SAMPLES_PER_FEATURE
from avitalk.data import augment
from avitalk.data.clips import Clip, read_clips
from avitalk.data.instructions.emodb import label
from avitalk.data.split import Part, select
from avitalk.evaluate.lip_basis import LipBasis, basis_of
from avitalk.face import load_head
from avitalk.speech import SpeechEncoder
from avitalk.speech.statistics import spoken
from avitalk.speech.voice import voice_frames
from avitalk.talker.network import LipNetwork
from avitalk.talker.shapes import expansion
from avitalk.train.talker.by_phone import applied, learn, with_effort
from avitalk.train.talker.lessons import at_speed, grid_targets
from avitalk.train.talker.measure.labels import trusted
from avitalk.train.zoo.acted_file import Acted, write_acted
from avitalk.train.zoo.acted_stage import performed
from avitalk.train.zoo.sequences import NEUTRAL
from avitalk.types import Speech
from avitalk.zoo.emotalk.voice import framed

GENTLE: Final = augment.Chances(reverb=0.3, colour=0.7, noise=0.4, narrow=0.1)
OCTAVES: Final = 0.2
"""Other voices are played this much faster or slower at most."""
EMODB: Final = "emodb"
FILMED: Final = "grid_s1"
READERS: Final[tuple[tuple[str, int], ...]] = (
    (FILMED, 60), ("librispeech", 80), ("speechocean762", 60), ("kathleen", 30),
)  # fmt: skip
"""Corpora read without emotion, and how many sentences of each."""


@dataclass(frozen=True, slots=True)
class Made:
    """How much is made."""

    copies: int = 2
    """Voices and rooms of each emotional recording, the first as it is; readers have one."""
    readers: tuple[tuple[str, int], ...] = READERS
    seed: int = 0


def acted(
    clips_folder: Path, data: Path, encoder: SpeechEncoder, part: Part, made: Made
) -> Iterator[Acted]:
    """Sequences of one part; lips of readers in GRID are the film's, all others told by phones."""
    basis = basis_of(load_head())
    grid = read_clips(clips_folder / f"{FILMED}.jsonl")
    filmed = select(grid, "train")
    targets = grid_targets(data / FILMED, filmed, basis)
    table = learn(filmed, targets, basis)
    rng = np.random.default_rng(made.seed)
    for corpus, count in ((EMODB, -1), *made.readers):
        found = trusted(select(read_clips(clips_folder / f"{corpus}.jsonl"), part))
        picks = rng.permutation(len(found))[: None if count < 0 else count]
        for clip in (found[i] for i in sorted(picks)):
            wave, _ = soundfile.read(clip.audio, dtype="float32")
            lips = _told(clip, wave, table, basis)
            if corpus == "grid_s1" and clip.id in targets:
                lips = targets[clip.id][1]
            copies = made.copies if corpus == EMODB else 1
            yield from _heard(clip, wave, lips @ expansion(), encoder, rng, copies)


def _told(
    clip: Clip, wave: augment.Wave, table: LipNetwork, basis: LipBasis
) -> NDArray[np.float64]:
    """(T, K) weights of the talker's shapes."""
    frames = -(-len(wave) // SAMPLES_PER_FEATURE)
    asked = applied(table, clip.phones or (), frames)
    return with_effort(asked, clip.phones or (), wave, basis)


def _heard(
    clip: Clip,
    wave: augment.Wave,
    lips: NDArray[np.float64],
    encoder: SpeechEncoder,
    rng: np.random.Generator,
    copies: int,
) -> Iterator[Acted]:
    """A recording in several voices, each without the silence around it: EmoDB's padding would
    tell the emotion.
    """
    emotion = label(Path(clip.audio)).emotion if clip.corpus == EMODB else NEUTRAL
    speaker = clip.corpus if clip.corpus == FILMED else "nobody"
    for copy in range(copies):
        changed, factor = _altered(rng, wave, plain=copy == 0)
        voice = voice_frames(Speech(changed))
        first, last = (edge // 4 for edge in spoken(voice))  # at 25 Hz
        values = encoder.encode(Speech(changed)).values
        last = max(first + 1, min(last, len(values) // 2))
        count = last - first
        moved = at_speed(lips, factor, len(values))[2 * first : 2 * last : 2]
        heard = framed(voice.slice(4 * first, 4 * last), 2 * count)[::2]
        content = values[2 * first : 2 * last]
        name = f"{clip.corpus}/{clip.id}/{copy}"
        face = performed(moved, content, speaker, emotion, 0, name)
        yield Acted(
            name, "acted", speaker, emotion, content.astype(np.float16), face, True,
            moved.astype(np.float16), heard.astype(np.float16), clip.speaker,
        )  # fmt: skip


def _altered(
    rng: np.random.Generator, wave: augment.Wave, *, plain: bool
) -> tuple[augment.Wave, float]:
    if plain:
        return wave, 1.0
    factor = float(2 ** rng.uniform(-OCTAVES, OCTAVES))
    played = augment.resampled(wave, factor, int(len(wave) / factor))
    played = augment.with_noise(rng, augment.room(rng, played, GENTLE), GENTLE)
    return np.asarray(played, np.float32), factor


def write(
    clips_folder: Path, data: Path, out: Path, *, part: Part = "train", made: Made | None = None
) -> Sequence[Acted]:
    """Make all of one part and write it to `out`."""
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    found = list(acted(clips_folder, data, encoder, part, made or Made()))
    write_acted(out, found)
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clip lists")
    parser.add_argument("--data", type=Path, required=True, help="holds grid_s1 and emodb")
    parser.add_argument("--out", type=Path, required=True, help=".npz file to write")
    parser.add_argument("--part", choices=("train", "validation"), default="train")
    parser.add_argument("--copies", type=int, default=Made().copies)
    given = parser.parse_args()
    write(given.clips, given.data, given.out, part=given.part, made=Made(copies=given.copies))


if __name__ == "__main__":
    main()
