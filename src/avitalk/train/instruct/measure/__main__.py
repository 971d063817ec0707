"""Measure stage 1: `python -m avitalk.train.instruct.measure write|recall|ravdess|words|...`.

`write` lets every system write of what it never heard (minutes; each fold and system is kept in a
file of its own and left alone where it exists). The others read those files and put their part
into `docs/results/instruct.json`; `report` makes the page of it.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from avitalk import weights
from avitalk.data.instructions import parsing
from avitalk.data.instructions.corpus import Instructed, load_instructions
from avitalk.files import write_bytes
from avitalk.instruct.instructor import Instructor
from avitalk.instruct.language import LanguageModel
from avitalk.instruct.writing import CANDIDATES
from avitalk.speech import SpeechEncoder
from avitalk.train.instruct.align import Examples, Lessons
from avitalk.train.instruct.decoder import train_decoder
from avitalk.train.instruct.hearing import Heard
from avitalk.train.instruct.measure import (
    calm,
    elsewhere,
    generations,
    recall,
    report,
    space,
    texts,
    words,
)
from avitalk.train.instruct.measure.inputs import (
    EMOTIONS,
    EVERYBODY,
    Windows,
    emodb_windows,
    former_of,
    projection_of,
    ravdess_clips,
    speakers_in,
    windows_of,
)
from avitalk.train.instruct.readers import read_readers
from avitalk.train.instruct.sentences import SentenceModel

PARTS: Final = ("write", "recall", "ravdess", "readers", "words", "generations", "space", "report")
SCALED: Final = 5  # recordings whose level is changed


class Measures:
    """One run on given files."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given

    def emodb(self) -> tuple[list[Instructed], Windows]:
        """Instructions and windows of EmoDB."""
        rows = load_instructions(self.given.corpus)
        return rows, emodb_windows(Heard.load(self.given.heard), rows)

    def ravdess_windows(self) -> tuple[list[Any], Windows]:
        """Labels and windows of RAVDESS."""
        clips = ravdess_clips(self.given.ravdess)
        heard = Heard.load(self.given.ravdess_heard)
        return clips, windows_of(heard, [c.emotion for c in clips], [c.speaker for c in clips])

    def reader_windows(self) -> tuple[list[Any], Windows]:
        """Labels and windows of held-out readers."""
        clips = read_readers(self.given.readers, "held-out")
        heard = Heard.load(self.given.readers_heard)
        return clips, windows_of(heard, [c.emotion for c in clips], [c.speaker for c in clips])

    def write(self) -> None:
        """Texts of all systems asked for."""
        language = LanguageModel.load(self.given.language)
        for system in self.given.systems:
            if system in (elsewhere.RAW, elsewhere.NORMALISED):
                self._write_ravdess(system, language)
            elif system in (calm.READERS, calm.WITHOUT):
                self._write_readers(system, language)
            elif system == words.NO_LANGUAGE:
                self._write_decoders(language)
            else:
                self._write_folds(system, language)

    def _write_folds(self, system: str, language: LanguageModel) -> None:
        _, windows = self.emodb()
        whole = system == texts.FULL and not self.given.first
        rows = np.arange(len(windows.clip)) if whole else windows.first
        ours = system in (texts.FULL, texts.SINGLE)
        folds = self.given.folds if ours else self.given.folds / system
        candidates = 1 if system == texts.SINGLE else CANDIDATES
        for speaker in self.given.speakers or speakers_in(folds):
            path = texts.file_of(self.given.texts, system, speaker)
            if path.exists():
                continue
            here = [int(row) for row in rows if windows.speaker[row] == speaker]
            writer = Instructor(former_of(folds, speaker), projection_of(folds, speaker), language)
            heard = [windows.values[row][None] for row in here]
            clips = windows.clip[here].tolist()
            texts.save(path, texts.tell(writer, heard, here, clips, candidates=candidates))

    def _write_decoders(self, language: LanguageModel) -> None:
        """Trains a decoder for each speaker left out, a minute each."""
        rows, windows = self.emodb()
        heard = Heard.load(self.given.heard)
        emotion = np.array([EMOTIONS.index(row.facts.emotion) for row in rows])
        nothing = torch.zeros(len(rows), 1, 1)
        lessons = Lessons(emotion, np.zeros(len(rows), np.float32), [], nothing)
        for speaker in self.given.speakers or speakers_in(self.given.folds):
            path = texts.file_of(self.given.texts, words.NO_LANGUAGE, speaker)
            if path.exists():
                continue
            former = former_of(self.given.folds, speaker)
            others = np.flatnonzero([row.speaker != speaker for row in rows])
            draw = Examples(heard, lessons, others, former, 0, fit=False).draw
            decoder = train_decoder(former, draw, [row.texts for row in rows], language.tokens)
            here = [int(row) for row in windows.first if windows.speaker[row] == speaker]
            queries = recall.listened(former, windows.values[here]).queries
            written = decoder.write(queries.clone(), 0)
            clips = windows.clip[here].tolist()
            told = [texts.Told(*row) for row in zip(here, clips, written, strict=True)]
            texts.save(path, told)

    def _write_ravdess(self, system: str, language: LanguageModel) -> None:
        path = texts.file_of(self.given.texts, system, EVERYBODY)
        if path.exists():
            return
        clips, windows = self.ravdess_windows()
        former = former_of(self.given.folds, EVERYBODY)
        if system == elsewhere.NORMALISED:
            former = elsewhere.normalised(former, windows.values)
        writer = Instructor(former, projection_of(self.given.folds, EVERYBODY), language)
        numbers = [i for i, clip in enumerate(clips) if clip.emotion in elsewhere.SHARED]
        heard = list(elsewhere.together(windows)[numbers])
        texts.save(path, texts.tell(writer, heard, numbers, numbers))

    def _write_readers(self, system: str, language: LanguageModel) -> None:
        path = texts.file_of(self.given.texts, system, EVERYBODY)
        if path.exists():
            return
        folds, (clips, windows) = self._folds_of(system), self.reader_windows()
        writer = Instructor(former_of(folds, EVERYBODY), projection_of(folds, EVERYBODY), language)
        numbers = list(range(len(clips)))
        texts.save(path, texts.tell(writer, list(elsewhere.together(windows)), numbers, numbers))

    def _folds_of(self, system: str) -> Path:
        """Where the models are that heard readers, or none."""
        folds: Path = self.given.folds
        return folds / system if system == calm.WITHOUT else folds

    def readers(self) -> Mapping[str, Any]:
        """Calm readers of English."""
        clips, windows = self.reader_windows()
        systems = [calm.READERS, calm.WITHOUT]
        if not (self._folds_of(calm.WITHOUT) / EVERYBODY).is_dir():
            systems.pop()
        formers = {name: former_of(self._folds_of(name), EVERYBODY) for name in systems}
        told = {name: texts.load(self.given.texts, name) for name in systems}
        return calm.measure(formers, windows, clips, told)

    def recall(self) -> Mapping[str, Any]:
        """EmoDB."""
        rows, windows = self.emodb()
        told = texts.load(self.given.texts, texts.FULL)
        single = texts.load(self.given.texts, texts.SINGLE)
        embed = SentenceModel().embed if told else None
        return recall.measure(self.given.folds, windows, rows, told, single, embed)

    def ravdess(self) -> Mapping[str, Any]:
        """RAVDESS."""
        clips, windows = self.ravdess_windows()
        _, emodb = self.emodb()
        former = former_of(self.given.folds, EVERYBODY)
        told = {
            name: texts.load(self.given.texts, name)
            for name in (elsewhere.RAW, elsewhere.NORMALISED)
        }
        found = elsewhere.measure(former, emodb, windows, clips, told)
        encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
        some = clips[:: len(clips) // SCALED][:SCALED]
        return found | {"level change": elsewhere.level_change(former, encoder, some)}

    def words(self) -> Mapping[str, Any]:
        """Table 3."""
        rows, windows = self.emodb()
        told = {name: texts.load(self.given.texts, name) for name in words.SYSTEMS}
        return words.measure(rows, windows.first.tolist(), told)

    def generations(self) -> Mapping[str, Any]:
        """200 texts."""
        rows = load_instructions(self.given.corpus)
        known = list(generations.learnt(self.given.documents, rows))
        told = texts.load(self.given.texts, texts.FULL)
        return generations.measure(told, known, rows, parsing.parsed)

    def space(self) -> Mapping[str, Any]:
        """Figure 8."""
        _, windows = self.emodb()
        return space.measure(self.given.folds, windows, self.given.picture)


def add(path: Path, name: str, part: Mapping[str, Any]) -> None:
    """Put one part into the JSON file."""
    saved = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    saved[name] = part
    write_bytes(path, (json.dumps(saved, indent=1) + "\n").encode())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--folds", type=Path, help="folders of left-out speakers, and 'all'")
    parser.add_argument("--language", type=Path, help="the language model")
    parser.add_argument("--heard", type=Path, help="what was heard of EmoDB")
    parser.add_argument("--corpus", type=Path, help="instructions of EmoDB, JSON lines")
    parser.add_argument("--ravdess-heard", type=Path, help="what was heard of RAVDESS")
    parser.add_argument("--ravdess", type=Path, help="RAVDESS, prepared")
    parser.add_argument("--readers-heard", type=Path, help="what was heard of held-out readers")
    parser.add_argument("--readers", type=Path, help="folder of the readers' prepared corpora")
    parser.add_argument("--documents", type=Path, nargs="+", help="what the language model learnt")
    parser.add_argument("--texts", type=Path, help="folder of texts written")
    parser.add_argument("--systems", nargs="+", default=["full"])
    parser.add_argument("--speakers", nargs="+", help="only these folds")
    parser.add_argument("--first", action="store_true", help="one window a recording, not four")
    parser.add_argument("--out", type=Path, default=Path("docs/results/instruct.json"))
    parser.add_argument("--picture", type=Path, default=Path("docs/images/instruct-space.png"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    measures = Measures(given)
    if given.part == "report":
        saved = json.loads(given.out.read_text(encoding="utf-8"))
        notes = given.out.with_name("instruct_notes.md")
        text = notes.read_text(encoding="utf-8") if notes.is_file() else ""
        write_bytes(given.out.with_suffix(".md"), report.page(saved, text).encode())
    elif given.part == "write":
        measures.write()
    else:
        add(given.out, given.part, getattr(measures, given.part)())


if __name__ == "__main__":
    main()
