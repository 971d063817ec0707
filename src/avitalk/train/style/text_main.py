"""Distil the text tower: `python -m avitalk.train.style.text_main --out FOLDER --wordnet DICT`.

The folder gets the vocabulary, the lines, the teacher's vectors of them, a checkpoint and
`tower.safetensors`. A second call continues with whatever is there.
"""

import argparse
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from avitalk.errors import InputError
from avitalk.files import atomic_path, write_bytes
from avitalk.nn.checkpoint import fill_module, read_config, save_module
from avitalk.style.tower import TextTower, TowerConfig
from avitalk.style.words import Vocabulary
from avitalk.train.instruct.sentences import PACKAGE, SentenceModel
from avitalk.train.instruct.text import instructions
from avitalk.train.loop import Computing, Run, learn
from avitalk.train.style.lines import lines, ranked
from avitalk.train.style.text import Distilling, DistilRecipe

KIND = "style-text"
TOWER = "tower.safetensors"
WORDS, TOLD, PHRASES, ASKED = 22_000, 40_000, 40_000, 6_000
CHUNK = 2048


def prepare(
    folder: Path, wordnet: Path, transcripts: Sequence[Path], sentences: str, *,
    words: int = WORDS, told: int = TOLD, phrases: int = PHRASES, asked: int = ASKED,
) -> None:  # fmt: skip
    """Write what is missing of `words.txt`, `lines.txt` and `vectors.npz`: so many words at most,
    and lines of each kind (`avitalk.train.style.lines`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "words.txt").exists():
        more = [document.text for document in instructions(3000, 5)]
        more += [text for path in transcripts for text in _texts(path)]
        known = Vocabulary.of(ranked(wordnet, more), words).words
        write_bytes(folder / "words.txt", "\n".join(known).encode())
    if not (folder / "lines.txt").exists():
        plain = [word for word in vocabulary(folder).words if word.isalpha()]
        found = lines(wordnet, plain, told=told, phrases=phrases, asked=asked)
        write_bytes(folder / "lines.txt", "\n".join(found).encode())
    if not (folder / "vectors.npz").exists():
        vectors = taught(read_lines(folder), SentenceModel(sentences))
        with atomic_path(folder / "vectors.npz") as partial, partial.open("wb") as file:
            np.savez(file, vectors=vectors)


def _texts(path: Path) -> list[str]:
    """Transcripts of a prepared corpus' `clips.jsonl`."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [row["text"] for row in rows if row.get("text")]


def taught(texts: Sequence[str], teacher: SentenceModel) -> np.ndarray:
    """(lines, W) float16 of length 1; lines of like length are read together."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    found = None
    for first in range(0, len(texts), CHUNK):
        rows = order[first : first + CHUNK]
        with torch.autocast("cpu", torch.bfloat16):
            vectors = teacher.embed([texts[row] for row in rows]).float().numpy()
        if found is None:
            found = np.zeros((len(texts), vectors.shape[1]), np.float16)
        found[rows] = vectors
    if found is None:
        raise InputError("no lines to learn from")
    return found


def vocabulary(folder: Path) -> Vocabulary:
    """The words of a folder that `prepare` filled. Raises InputError if there are none."""
    path = folder / "words.txt"
    if not path.exists():
        raise InputError(f"{path}: not found; avitalk.train.style.text_main writes it")
    return Vocabulary(path.read_text(encoding="utf-8").split("\n"))


def read_lines(folder: Path) -> list[str]:
    """The lines of a folder that `prepare` filled."""
    return (folder / "lines.txt").read_text(encoding="utf-8").split("\n")


def read_numbers(folder: Path) -> list[list[int]]:
    """The lines as word numbers, kept in `numbers.npz` since spelling takes a minute."""
    path, known = folder / "numbers.npz", vocabulary(folder)
    if not path.exists():
        rows = [known.encode(line) for line in read_lines(folder)]
        with atomic_path(path) as partial, partial.open("wb") as file:
            flat = np.array([number for row in rows for number in row], np.int32)
            np.savez_compressed(file, flat=flat, lengths=np.array([len(row) for row in rows]))
        return rows
    with np.load(path) as file:
        ends = np.cumsum(file["lengths"])
        return [part.tolist() for part in np.split(file["flat"], ends[:-1])]


def read_vectors(folder: Path) -> np.ndarray:
    """Vectors of the lines. Raises InputError for a file that is none."""
    path = folder / "vectors.npz"
    try:
        with np.load(path) as file:
            return np.asarray(file["vectors"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not vectors of lines ({error}); delete it to begin") from error


def load_tower(folder: Path) -> TextTower:
    """The distilled tower of a folder, as it was saved last."""
    config = TowerConfig(**read_config(folder / TOWER, KIND))
    tower = TextTower(config, vocabulary(folder))
    fill_module(folder / TOWER, tower)
    return tower


def distil(
    folder: Path, config: TowerConfig, recipe: DistilRecipe, computing: Computing,
    tell: Callable[[int, float], None] | None = None,
) -> None:  # fmt: skip
    """Train, and save the tower with each checkpoint; what was measured goes to the log."""
    torch.manual_seed(recipe.seed)
    known = vocabulary(folder)
    tower = TextTower(replace(config, vocabulary=len(known)), known)
    course = Distilling(tower, read_numbers(folder), read_vectors(folder), recipe)
    course.start_words()
    for part in (tower, course.head):
        part.to(Run(computing).device)
    log = folder / "log.jsonl"

    def told(step: int, loss: float) -> None:
        if tell is not None:
            tell(step, loss)
        if step % computing.save_every == 0 or step == recipe.steps:
            row = {"step": step, "loss": round(loss, 4), **course.measure()}
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            save_module(folder / TOWER, tower, KIND, asdict(tower.config))

    learn(
        [*tower.parameters(), *course.head.parameters()], course.loss, [course.draws],
        steps=recipe.steps, learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay, run=Run(computing, folder, told),
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--transcripts", type=Path, nargs="*", default=(), help="clips.jsonl files")
    parser.add_argument("--sentences", default=PACKAGE, help="the teacher")
    parser.add_argument("--steps", type=int, default=DistilRecipe().steps)
    parser.add_argument("--batch", type=int, default=DistilRecipe().batch)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tensorboard", action="store_true")
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    prepare(given.out, given.wordnet, given.transcripts, given.sentences)
    recipe = DistilRecipe(steps=given.steps, batch=given.batch)
    computing = Computing(save_every=200, tensorboard=given.tensorboard)
    distil(given.out, TowerConfig(), recipe, computing)


if __name__ == "__main__":
    main()
