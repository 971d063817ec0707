"""Stage 1 fitted once for each left-out speaker, and once to all: a folder of model files each.

python -m avitalk.train.instruct.folds --data DIR --heard heard_emodb.npz \
    --readers heard_readers.npz --language language-model.safetensors --out DIR
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from avitalk.data.instructions.corpus import save_instructions
from avitalk.data.instructions.emodb import read_emodb
from avitalk.instruct.language import Language, LanguageModel
from avitalk.instruct.parts import EAR, PROJECTION
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.train.instruct.align import AlignRecipe, Examples, align
from avitalk.train.instruct.hearing import Heard
from avitalk.train.instruct.lessons import Course, course
from avitalk.train.instruct.project import ProjectRecipe, fitted, project
from avitalk.train.instruct.prompts import FactPrompts, PromptRecipe, teach
from avitalk.train.instruct.readers import read_readers
from avitalk.train.instruct.sentences import SentenceModel

ALL: Final = "all"
LEARNED_TOGETHER: Final = ProjectRecipe(steps=150, learning_rate=3e-3)
"""Without alignment, Q-Former and projection learn from the language model's loss alone."""


def fit(lessons: Course, left_out: str, prompts: FactPrompts, folder: Path) -> None:
    """Q-Former and projection from all speakers but `left_out` (ALL leaves nobody out)."""
    clips = np.flatnonzero(lessons.speakers != left_out)
    former = align(lessons.heard, lessons.lessons, clips)
    examples = Examples(lessons.heard, lessons.lessons, clips, former, AlignRecipe().seed)
    wanted = prompts([row.facts for row in lessons.instructed])
    recipe = ProjectRecipe()
    save(former, fitted(former, examples.draw, wanted, recipe), folder / left_out)


def fit_together(lessons: Course, left_out: str, language: Language, folder: Path) -> None:
    """The ablation without alignment: an untrained Q-Former learns with the projection."""
    clips = np.flatnonzero(lessons.speakers != left_out)
    recipe = replace(AlignRecipe(), contrast=0.0, intensity=0.0, steps=1)
    former = align(lessons.heard, lessons.lessons, clips, recipe=recipe)
    examples = Examples(lessons.heard, lessons.lessons, clips, former, recipe.seed)
    projection = project(
        former, language, examples.draw, lessons.texts, LEARNED_TOGETHER, together=True
    )
    save(former, projection, folder / left_out)


def save(former: QFormer, projection: torch.nn.Module, folder: Path) -> None:
    """Write both models of one fold."""
    folder.mkdir(parents=True, exist_ok=True)
    former.save(folder / EAR)
    projection.save(folder / PROJECTION)  # type: ignore[operator]


def _unread(sentences: Sequence[str]) -> torch.Tensor:
    """Where nothing is aligned with sentences, nobody has to read them."""
    return torch.zeros(len(sentences), QFormerConfig().sentence)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--heard", type=Path, required=True, help="what `hear` wrote of EmoDB")
    parser.add_argument("--language", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", choices=("augmentation", "alignment"), help="an ablation")
    parser.add_argument("--speakers", help="left out in turn, with commas; each one and ALL")
    parser.add_argument("--readers", type=Path, help="what `readers` wrote; beside EmoDB")
    given = parser.parse_args()
    torch.set_num_threads(1)
    language = LanguageModel.load(given.language)
    augmented = 0.0 if given.without == "augmentation" else 0.5
    clips, heard = read_emodb(given.data / "emodb"), Heard.load(given.heard)
    own = len(clips)
    if given.readers is not None:
        clips += read_readers(given.data)
        heard = heard.joined(Heard.load(given.readers))
    aligned = given.without != "alignment"
    embed = SentenceModel().embed if aligned else _unread
    lessons = course(clips, heard, embed, augmented=augmented)
    given.out.mkdir(parents=True, exist_ok=True)
    save_instructions(given.out / "corpus.jsonl", lessons.instructed[:own])
    speakers: Iterable[str] = [*sorted(set(lessons.speakers[:own])), ALL]
    if given.speakers:
        speakers = given.speakers.split(",")
    if not aligned:
        for speaker in speakers:
            fit_together(lessons, speaker, language, given.out)
        return
    recipe = PromptRecipe()
    if not augmented:
        recipe = replace(recipe, augmented=0.0)
    prompts = teach(language, QFormerConfig().emotions, recipe)
    for speaker in speakers:
        fit(lessons, speaker, prompts, given.out)


if __name__ == "__main__":
    main()
