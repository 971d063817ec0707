"""Prepared corpus folders -> clips with phone times: `python -m avitalk.train.speech.prepare`."""

import argparse
import multiprocessing
from pathlib import Path

from avitalk.data.align import Aligner, align_clip
from avitalk.data.clips import Clip, write_clips
from avitalk.data.prepared import read_prepared

CORPORA = ("grid_s1", "speechocean762", "kathleen", "librispeech", "emodb")

_aligner: list[Aligner] = []  # one per process: making one takes a second


def _aligned(clip: Clip) -> Clip | None:
    if clip.phones is not None or clip.language != "en":
        return clip if clip.phones is not None else None
    if not _aligner:
        _aligner.append(Aligner())
    return align_clip(_aligner[0], clip)


def prepare(root: Path, out: Path, corpora: tuple[str, ...], processes: int) -> None:
    """Write `out / corpus.jsonl` for each corpus; clips without phone times are left out."""
    with multiprocessing.Pool(processes) as pool:
        for corpus in corpora:
            clips = read_prepared(root, corpus)
            timed = [clip for clip in pool.imap(_aligned, clips, 8) if clip is not None]
            write_clips(out / f"{corpus}.jsonl", timed)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA))
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    prepare(given.root, given.out, tuple(given.corpora), given.processes)


if __name__ == "__main__":
    main()
