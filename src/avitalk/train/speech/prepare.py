"""Corpora -> lists of clips with phone times, for the encoder and the talker:
`python -m avitalk.train.speech.prepare --root DIR --out DIR`.

Phone times are those of the corpus where it states them; otherwise the text is aligned, and a
recording without a text (most of LibriSpeech here) is aligned to what pocketsphinx hears in it.
`flite` is made here: the training sentences spoken by Debian's package of that name.
"""

import argparse
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from avitalk.data.align import Aligner, align_clip
from avitalk.data.clips import Clip, write_clips
from avitalk.data.prepared import read_prepared
from avitalk.train.speech import synthesis

CORPORA = ("grid_s1", "speechocean762", "kathleen", "librispeech", "emodb", synthesis.CORPUS)
"""In the order of making; flite speaks sentences of those before it."""

_aligner: list[Aligner] = []  # one per process: making one takes a second


def _aligned(clip: Clip) -> Clip | None:
    if clip.phones is not None or clip.language != "en":
        return clip if clip.phones is not None else None
    if not _aligner:
        _aligner.append(Aligner())
    return align_clip(_aligner[0], clip)


def prepare(
    root: Path,
    out: Path,
    corpora: Sequence[str],
    *,
    processes: int = 2,
    most: int | None = None,
    sentences: int = synthesis.EACH,
) -> None:
    """Write `out / corpus.jsonl` for each corpus; clips without phone times are left out.

    `most`: clips of each corpus at most; `sentences`: of each voice of flite. Raises InputError
    for a corpus that is unknown or missing, or without pocketsphinx or flite where needed.
    """
    # new processes, not forks: a fork of a process with threads can stand still for ever
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, fresh) as pool:
        for corpus in (name for name in CORPORA if name in corpora and name != synthesis.CORPUS):
            clips = read_prepared(root, corpus)[:most]
            timed = [clip for clip in pool.map(_aligned, clips, chunksize=8) if clip is not None]
            write_clips(out / f"{corpus}.jsonl", timed)
    if synthesis.CORPUS in corpora:
        synthesis.write_lessons(out, out, each=sentences)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder for the lists of clips")
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=CORPORA)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=int, help="clips of each corpus at most, for a trial")
    parser.add_argument("--sentences", type=int, default=synthesis.EACH, help="of each flite voice")
    given = parser.parse_args()
    prepare(
        given.root, given.out, given.corpora,
        processes=given.processes, most=given.most, sentences=given.sentences,
    )  # fmt: skip


if __name__ == "__main__":
    main()
