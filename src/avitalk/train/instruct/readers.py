"""Calm readers of English, heard as neutral: corpora of read speech in, neutral recordings out.

EmoDB's neutral clips are those of ten German actors; an ear that knows no other neutral speech
takes calm readers of English for bored or sad. These readers stand beside them, each with one
short recording (kathleen, a single voice, with many), all of one language, so that the ear learns
from them how wide neutral is. Folders are those that `avitalk.data.prepared` reads.

python -m avitalk.train.instruct.readers --data DIR --out heard_readers.npz [--part held-out]
"""

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from avitalk import weights
from avitalk.data.clips import Clip
from avitalk.data.instructions.corpus import Instructed, write_instructions
from avitalk.data.instructions.labels import Labelled
from avitalk.data.instructions.voices import EMODB, Reference
from avitalk.data.prepared import read_prepared
from avitalk.data.split import BY_SENTENCE, part_of
from avitalk.errors import InputError
from avitalk.speech import SpeechEncoder
from avitalk.speech.statistics import VoiceSummary
from avitalk.train.instruct.hearing import hear

READERS: Final = {"librispeech": 40, "speechocean762": 20, "kathleen": 20}
"""Recordings of each corpus: of as many speakers, but all of one in kathleen."""
HELD_OUT: Final = {"librispeech": 44, "speechocean762": 19, "kathleen": 20}
"""At most; these are all there are of the first two."""
PARTS: Final = ("train", "choose", "held-out")
"""Learned from; other speakers of the same part of the split, to choose by; to report, whom the
speech encoder has not heard either."""
SHORTEST_S: Final = 2.0
LONGEST_S: Final = 5.0
"""Of a recording, from its middle: about what EmoDB's have."""
EMOTION: Final = "neutral"
CALMER: Final = 0.7
"""Share of a reader's measured strength that counts: it goes by how bright a voice is, and so are
microphones. By this the middle reader is as strong as EmoDB's calmer neutral clips."""
WOMEN: Final = frozenset({"kathleen"})
HIGHER: Final = np.log2(160.0)
"""A voice above is taken for a woman's where the corpus does not say whose it is."""


def read_readers(root: Path, part: str = "train") -> list[Labelled]:
    """The readers of a part, a member of PARTS, in a fixed order; sex is '' where unknown.

    Raises InputError for an unknown part, and for a corpus that is missing or too small.
    """
    if part not in PARTS:
        raise InputError(f"unknown part '{part}'; available: {', '.join(PARTS)}")
    found: list[Labelled] = []
    for corpus, count in READERS.items():
        clips = list(_one_each(corpus, read_prepared(root, corpus), held=part == "held-out"))
        if part == "train" and len(clips) < count:
            raise InputError(f"{root / corpus}: {len(clips)} readers; {count} are needed")
        first, last = {
            "train": (0, count), "choose": (count, 2 * count), "held-out": (0, HELD_OUT[corpus]),
        }[part]  # fmt: skip
        found += [_labelled(clip) for clip in clips[first:last]]
    return found


def _one_each(corpus: str, clips: Sequence[Clip], *, held: bool) -> Iterator[Clip]:
    """A recording of each speaker of one half of the split (train, or the rest), in the order of
    hashes; of each sentence where the corpus has one speaker.
    """
    known = set()
    ordered = sorted(clips, key=lambda clip: _hash(clip.corpus, clip.speaker, clip.id))
    for clip in sorted(ordered, key=lambda clip: _hash(clip.corpus, clip.speaker)):
        who = clip.id if corpus in BY_SENTENCE else clip.speaker
        trains = part_of(corpus, clip.speaker, clip.id) == "train"
        if who in known or trains == held or soundfile.info(clip.audio).duration < SHORTEST_S:
            continue
        known.add(who)
        yield clip


def _hash(*names: str) -> str:
    return hashlib.sha256("/".join(names).encode()).hexdigest()


def _labelled(clip: Clip) -> Labelled:
    sex = "female" if clip.speaker in WOMEN else ""
    speaker = f"{clip.corpus}-{clip.speaker}"
    return Labelled(f"{clip.corpus}-{clip.id}", clip.audio, speaker, sex, EMOTION)


def with_sex(clips: Sequence[Labelled], summaries: NDArray[np.float32]) -> list[Labelled]:
    """Clips whose sex no corpus states get the one that their median pitch is usual for."""
    found = []
    for clip, row in zip(clips, summaries, strict=True):
        high = VoiceSummary(*map(float, row)).pitch > HIGHER
        found.append(replace(clip, sex=clip.sex or ("female" if high else "male")))
    return found


class Calm(Reference):
    """Levels as in EmoDB, but CALMER."""

    def strength(self, emotion_name: str, summary: VoiceSummary, sex: str) -> float:
        """0 to CALMER."""
        return CALMER * super().strength(emotion_name, summary, sex)


CALM: Final = Calm(EMODB.both, EMODB.male, EMODB.female, EMODB.arousal)


def is_reader(speaker: str) -> bool:
    """Whether a name is that of one of the readers."""
    return speaker.split("-", maxsplit=1)[0] in READERS


def write_with_readers(
    clips: Sequence[Labelled],
    summaries: NDArray[np.float32],
    *,
    seed: int,
    texts: int,
    held_out: int,
    augmented: float,
) -> list[Instructed]:
    """Instructions of recordings by the grammar, readers CALM; `summaries` (clips, 10) are fields
    of VoiceSummary. In the order given; readers come last.
    """
    voices = [VoiceSummary(*map(float, row)) for row in summaries]
    own = sum(not is_reader(clip.speaker) for clip in clips)
    write = partial(
        write_instructions, seed=seed, texts=texts, held_out=held_out, augmented=augmented
    )
    readers = with_sex(clips[own:], summaries[own:])
    return [
        *write(clips[:own], voices[:own]), *write(readers, voices[own:], reference=CALM),
    ]  # fmt: skip


def shares(
    speakers: Sequence[str], emotion: NDArray[np.int64], share: float
) -> NDArray[np.float64] | None:
    """(clips,) weights by which `share` of the readers' emotion is drawn from readers; None where
    there are no readers, or nobody else of that emotion.
    """
    reads = np.array([is_reader(speaker) for speaker in speakers])
    if not reads.any():
        return None
    others = np.count_nonzero(~reads & (emotion == emotion[reads][0]))
    if not others:
        return None
    return np.where(reads, others / reads.sum() * share / (1 - share), 1.0)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of prepared corpora")
    parser.add_argument("--part", choices=PARTS, default="train")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    clips = read_readers(given.data, given.part)
    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    variants = 10 if given.part == "train" else 0
    paths = [clip.audio for clip in clips]
    hear(paths, encoder, variants=variants, windows=4, seed=0, longest_s=LONGEST_S).save(given.out)


if __name__ == "__main__":
    main()
