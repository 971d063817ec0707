"""Measure stage 2: `python -m avitalk.train.style.measure masks|follow|film|...|report`.

Each part reads models and held-out recordings and puts its numbers into `docs/results/style.json`;
`report` makes the page of it. Models are the shipped ones unless given; `--oracle` measures the
performances that the models learn from instead, which needs no model.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from avitalk import weights
from avitalk.data.clips import Clip, read_clips
from avitalk.data.performances.scripts import draw_script
from avitalk.data.split import select
from avitalk.errors import InputError
from avitalk.evaluate.lines import FELT, Line, held_out, plain
from avitalk.face import load_head
from avitalk.files import write_bytes
from avitalk.instruct.writing import load_writer
from avitalk.style.encoder import StyleEncoder
from avitalk.style.parts import ENCODER, PRIOR
from avitalk.style.writer import StyleWriter
from avitalk.train.style.measure import (
    ablation,
    examples,
    following,
    free,
    lips,
    masks,
    realism,
    report,
    retrieval,
    sheets,
    sight,
    swap,
)
from avitalk.train.style.measure.filming import Studio
from avitalk.train.style.measure.troupe import Oracle, Ours, Taught, Troupe
from avitalk.train.style.measure.voices import Voice, ears
from avitalk.train.talker.measure.chain import Mouth
from avitalk.train.talker.measure.elsewhere import hear_wild
from avitalk.train.talker.measure.filmed import Film
from avitalk.types import Style

Floats = NDArray[np.float64]

PARTS: Final = (
    "masks", "follow", "film", "ablation", "retrieval", "lips", "wild", "realism", "swap",
    "examples", "free", "sheets",
)  # fmt: skip
INSTRUCTIONS: Final = 200
PIECE_S: Final = 2.0
PIECES: Final = 40
"""Voices of PIECE_S that texts are performed on."""
WHOLE: Final = 60
"""Whole sentences that lips are measured on."""
SPEECHES: Final = 16
LONG_S: Final = 8.0
"""Longer recordings, in which variation is measured within windows of 4 s, as in captures."""
REAL: Final = 6
"""Performances of each emotion that judges of filmed faces see."""
SHOWN: Final = (
    "She is trying not to laugh.", "furious, but holding it in", "Raise only the left eyebrow.",
)  # fmt: skip


class Measures:
    """One run on given files."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given

    @cached_property
    def oracle(self) -> Oracle:
        """What the models learn from."""
        return Oracle()

    @cached_property
    def troupe(self) -> Troupe:
        """Who is measured."""
        if self.given.oracle:
            return self.oracle
        return Ours.load(self.given.writer, self.given.performer)

    @cached_property
    def encoder(self) -> StyleEncoder:
        """Sees styles."""
        return StyleEncoder.load(self.given.encoder or weights.find(ENCODER).path)

    @cached_property
    def clips(self) -> list[Clip]:
        """GRID's held-out sentences with phone times, spread over all of them."""
        path = self.given.clips / "grid_s1.jsonl"
        if not path.is_file():
            raise InputError(f"{path}: not found; train.speech.prepare writes clip lists")
        return select(read_clips(path), "test")

    @cached_property
    def pieces(self) -> list[Voice]:
        """Two seconds each."""
        return ears().hear_all(_spread(self.clips, PIECES), PIECE_S)

    @cached_property
    def sentences(self) -> list[Voice]:
        """Whole recordings."""
        return ears().hear_all(_spread(self.clips, WHOLE))

    @cached_property
    def speeches(self) -> list[Voice]:
        """Longer ones, of people whom nothing was trained on."""
        path = self.given.clips / "librispeech.jsonl"
        clips = select(read_clips(path), "test")
        voices = ears().hear_all(_spread(clips, 2 * SPEECHES), LONG_S)
        return [v for v in voices if v.duration_s >= 0.99 * LONG_S][:SPEECHES]

    @cached_property
    def mouth(self) -> Mouth:
        """The default head's."""
        return Mouth(ears().talker, load_head())

    @cached_property
    def grid(self) -> Film:
        """GRID as filmed."""
        return Film.read(self.given.data / "grid_s1", load_head())

    @cached_property
    def lines(self) -> list[Line]:
        """The held-out instructions."""
        return held_out(INSTRUCTIONS, seed=11)

    def truth(self, voices: Sequence[Voice]) -> list[Floats]:
        """(F,) mm of lip opening as filmed, of each whole recording."""
        return [self.grid.filmed(voice.heard).target.tracked_gap for voice in voices]

    def studio(self, index: NDArray[np.int64] | None = None) -> Studio:
        """Where motions are filmed."""
        return Studio(self.given.landmarker, self.given.films, index=index)

    def masks(self) -> Mapping[str, Any]:
        """No expression is a mask."""
        return masks.measure(self.troupe, self.speeches, self.given.data / "arkit_captures")

    def follow(self) -> Mapping[str, Any]:
        """On the Motion."""
        found = following.measure(self.troupe, self.lines, self.pieces)
        rows, alone = found["rows"], following.ALONE
        unread = held_out(INSTRUCTIONS, seed=12, unread=True)
        rows[following.UNREAD] = following.row_of(self.troupe, unread, self.pieces)
        if isinstance(self.troupe, Ours):
            taught = Taught(self.troupe.performer)
            rows[following.TOLD] = following.row_of(taught, self.lines, self.pieces, alone)
            rows[following.CORPUS] = following.row_of(self.oracle, self.lines, self.pieces, alone)
        return found

    def film(self) -> Mapping[str, Any]:
        """After rendering and tracking."""
        with self.studio() as studio:
            still = [self.troupe.neutral(v, seed=i) for i, v in enumerate(self.pieces)]
            studio.learn_face(still)
            seen = sight.measure(studio)
            performed = following.takes(self.troupe, self.lines, self.pieces)
            found = following.filmed(studio, performed, sight.seen_shares(seen))
        return {"sight": seen, **found}

    def ablation(self) -> Mapping[str, Any]:
        """Table 4."""
        rng = np.random.default_rng(23)
        scripts = [draw_script(rng, held_out=True) for _ in range(INSTRUCTIONS)]
        lines = [Line(script.text, script) for script in scripts]
        troupes: dict[str, Callable[[], Troupe]] = {"shipped": lambda: self.troupe}
        for name, path in _named(self.given.ablation).items():
            troupes[name] = partial(Ours.load, path, self.given.performer)
        voices = self.sentences[:PIECES]
        return ablation.measure(troupes, self.oracle, lines, voices, self.truth(voices), self.mouth)

    def retrieval(self) -> Mapping[str, Any]:
        """R@1."""
        writer = StyleWriter.load(self.given.writer or weights.find(PRIOR).path)

        def embed(texts: Sequence[str]) -> Floats:
            return np.asarray(writer.embed(texts), np.float64)

        def place(styles: Floats) -> Floats:
            vectors = [Style(np.asarray(style, np.float32)) for style in styles]
            return np.asarray(writer.place(vectors), np.float64)

        return retrieval.measure(embed, place, self.encoder, self.oracle, self.pieces)

    def lips(self) -> Mapping[str, Any]:
        """GRID."""
        voices = self.sentences
        neutral = [self.troupe.neutral(v, seed=i) for i, v in enumerate(voices)]
        shown = {name: lips.acted(self.troupe, voices, name) for name in FELT}
        if isinstance(self.troupe, Ours):
            shown[lips.WRITTEN] = lips.as_written(self.troupe, load_writer(), voices)
        limit_mm = self.grid.limit_mm()
        return lips.measure(self.mouth, voices, self.truth(voices), shown, neutral, limit_mm)

    def wild(self) -> Mapping[str, Any]:
        """In the wild, for evaluation only."""
        filmed = hear_wild(ears().encoder, self.given.data / "wild_dev")
        voices = ears().hear_all([item.heard.clip for item in filmed])
        neutral = [self.troupe.neutral(v, seed=i) for i, v in enumerate(voices)]
        shown = {name: lips.acted(self.troupe, voices, name) for name in FELT}
        return lips.wild(self.mouth, [item.gap for item in filmed], shown, neutral)

    def realism(self) -> Mapping[str, Any]:
        """MEAD, for evaluation only."""
        mead, index = realism.filmed_faces(self.given.data / "mead_style")
        voices = self.pieces[: 2 * REAL]
        lines = {name: [plain(name)] * REAL for name in realism.NAMES}
        with self.studio(index) as studio:
            filmed = realism.our_faces(self.troupe, voices, lines, studio)
        ours = {
            "ours, rendered and tracked": filmed,
            "ours, as Motion": realism.our_faces(self.troupe, voices, lines, None),
        }
        return realism.measure(mead, ours)

    def swap(self) -> Mapping[str, Any]:
        """Figure 4."""
        voices = self.sentences[:PIECES]
        lines = held_out(len(voices), seed=31, most=1)
        return swap.measure(self.troupe, self.encoder, self.mouth, lines, voices)

    def examples(self) -> Mapping[str, Any]:
        """Captures as examples."""
        middles = examples.centroids(self.troupe, self.encoder, self.sentences)
        folder = self.given.data / "arkit_captures"
        return examples.measure(folder, self.encoder, middles, self.troupe, self.sentences)

    def free(self) -> Mapping[str, Any]:
        """Sixty texts."""
        return free.measure(self.troupe, self.oracle, self.pieces)

    def sheets(self) -> Mapping[str, Any]:
        """Pictures."""
        folder: Path = self.given.images
        voice = self.sentences[0]
        made = {
            "emotions.png": sheets.emotions(self.troupe, voice),
            "takes.png": sheets.takes(self.troupe, voice, [Line(text) for text in SHOWN]),
        }
        sizes = {}
        for name, image in made.items():
            data = sheets.small_png(image)
            write_bytes(folder / name, data)
            sizes[name] = len(data)
        return {"clip": voice.name, "bytes": sizes}


def _spread(clips: Sequence[Clip], count: int) -> list[Clip]:
    """As many, evenly over all."""
    at = np.linspace(0, len(clips) - 1, min(count, len(clips))).round().astype(int)
    return [clips[i] for i in at]


def _named(given: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for text in given:
        name, separator, file = text.partition("=")
        if not (name and separator and file):
            raise InputError(f"--ablation '{text}': give NAME=FILE")
        files[name] = Path(file)
    return files


def add(path: Path, name: str, part: Mapping[str, Any]) -> None:
    """Put one part into the JSON file."""
    saved = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    saved[name] = part
    write_bytes(path, (json.dumps(saved, indent=1) + "\n").encode())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="+", choices=(*PARTS, "report"))
    parser.add_argument("--data", type=Path, help="folder of the prepared corpora")
    parser.add_argument("--clips", type=Path, help="folder of clip lists with phone times")
    parser.add_argument("--landmarker", type=Path, help="face_landmarker.task")
    parser.add_argument("--films", type=Path, help="folder to keep what was seen of films")
    parser.add_argument("--writer", type=Path, help="style-prior, if not the shipped one")
    parser.add_argument("--performer", type=Path, help="performer, likewise")
    parser.add_argument("--encoder", type=Path, help="style-encoder, likewise")
    parser.add_argument("--ablation", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--oracle", action="store_true", help="measure what is learnt from")
    parser.add_argument("--out", type=Path, default=Path("docs/results/style.json"))
    parser.add_argument("--images", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    measures = Measures(given)
    for part in given.part:
        if part == "report":
            saved = json.loads(given.out.read_text(encoding="utf-8"))
            notes = given.out.with_name(f"{given.out.stem}_notes.md")
            text = notes.read_text(encoding="utf-8") if notes.is_file() else ""
            write_bytes(given.out.with_suffix(".md"), report.page(saved, text).encode())
        else:
            add(given.out, part, getattr(measures, part)())


if __name__ == "__main__":
    main()
