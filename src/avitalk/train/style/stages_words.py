"""The text tower distilled; texts aligned with styles, and the prior that draws styles for them."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from avitalk.data.performances.clips import read_spoken
from avitalk.files import write_bytes
from avitalk.style.encoder import StyleEncoder
from avitalk.style.parts import ENCODER, PRIOR
from avitalk.style.tower import HuggingFaceTower, TextTower, Tower
from avitalk.style.words import Vocabulary, pieces
from avitalk.style.writer import StyleWriter, WriterNetwork
from avitalk.train.instruct.text import instructions
from avitalk.train.style import teach, text_main
from avitalk.train.style.filmed_words import filmed_words, found_first, teach_filmed
from avitalk.train.style.job import Job
from avitalk.train.style.recipe import TextPart
from avitalk.train.style.stages_motion import SPOKEN, TEACHER
from avitalk.train.style.teach_lessons import Lessons, read_lessons
from avitalk.train.style.teach_seen import Seen, law_of, pairs
from avitalk.train.style.text import Distilling

WRITER: Final = f"{PRIOR}.safetensors"


def make_tower(job: Job) -> str:
    """Distil our text tower; one of transformers is ready."""
    recipe, part, folder = job.recipe, job.recipe.text, job.folder("distil")
    if part.backbone is not None:
        return f"{part.backbone} is trained"
    if part.wordnet is None:
        _grammar_words(folder, part)
    text_main.prepare(
        folder, Path(part.wordnet or ""), (), part.sentences, words=part.words, told=part.told,
        phrases=part.phrases, asked=part.asked,
    )  # fmt: skip
    config = replace(recipe.tower, style=recipe.style_width)
    run = job.run("distil", recipe.distil.steps)
    text_main.distil(folder, config, recipe.distil, recipe.computing, run.told)
    return f"{recipe.distil.steps} steps -> {folder / text_main.TOWER}"


def _grammar_words(folder: Path, part: TextPart) -> None:
    """Words and lines of the grammar, where there is no WordNet."""
    told = [document.text for document in instructions(part.asked, 0)]
    counted = Counter(piece for text in told for piece in pieces(text))
    words = Vocabulary.of([word for word, _ in counted.most_common()], part.words).words
    plain = [word for word in words if word.isalpha()]
    for name, rows in (("words", words), ("lines", list(dict.fromkeys((*plain, *told))))):
        if not (folder / f"{name}.txt").exists():
            write_bytes(folder / f"{name}.txt", "\n".join(rows).encode())


def make_words(job: Job) -> str:
    """Train alignment and prior."""
    torch.manual_seed(job.recipe.teach.seed)
    network = _writer(job)
    said = _filmed_words(job, network) if job.filmed else _spoken_words(job, network)
    shutil.copyfile(job.folder("words") / WRITER, job.out / WRITER)
    return f"{job.recipe.teach.steps} steps{said} -> {job.out / WRITER}"


def _writer(job: Job) -> WriterNetwork:
    """The writer to train, new but for its tower."""
    recipe, part = job.recipe, job.recipe.text
    tower: Tower
    if part.backbone is not None:
        tower = HuggingFaceTower(part.backbone, style=recipe.style_width, frozen=part.frozen)
    else:
        with job.readable("distil"):
            tower = text_main.load_tower(job.folder("distil"))
    config = replace(recipe.prior, text=tower.width, style=recipe.style_width)
    return WriterNetwork(tower, config).to(job.workers.device)


def _before(job: Job, network: WriterNetwork) -> Distilling | None:
    """What keeps our tower to what it learned before."""
    if not isinstance(network.tower, TextTower) or not job.recipe.teach.distilled:
        return None
    folder, seed = job.folder("distil"), job.recipe.teach.seed
    batch = min(teach.REVISED, job.recipe.distil.batch)
    recipe = replace(job.recipe.distil, batch=batch, seed=seed)
    with job.readable("distil"):
        lines, vectors = text_main.read_numbers(folder), text_main.read_vectors(folder)
    before = Distilling(network.tower, lines, vectors, recipe)
    before.fit_head()
    before.head.to(job.workers.device)
    return before


def _spoken_words(job: Job, network: WriterNetwork) -> str:
    recipe, folder = job.recipe, job.folder("words")
    wordnet = None if recipe.text.wordnet is None else Path(recipe.text.wordnet)
    teach.prepare(
        folder, wordnet, recipe.words.lessons, recipe.teach.seed, checked=recipe.words.checked
    )
    with job.readable("words"):
        lessons, checked = (read_lessons(folder / f"{n}.npz") for n in ("lessons", "checked"))
    styles_of = teach.read_styles(job.out / TEACHER)
    run = job.run("words", recipe.teach.steps)
    teach.teach(
        folder, network, lessons, checked, styles_of, recipe.teach, _before(job, network),
        recipe.computing, run.told, seen=_seen(job, lessons),
    )  # fmt: skip
    return ""


def _seen(job: Job, lessons: Lessons) -> Seen | None:
    """What the run's style encoder makes of performances."""
    words = job.recipe.words
    if not words.seen:
        return None
    with job.readable("prepare"):
        clips = read_spoken(job.folder("prepare") / SPOKEN, "train")
    encoder = StyleEncoder.load(job.out / f"{ENCODER}.safetensors").network
    return law_of(*pairs(encoder, clips, lessons, words.seen, job.recipe.teach.seed))


def _filmed_words(job: Job, network: WriterNetwork) -> str:
    recipe, filmed = job.recipe, job.read_filmed()
    encoder = StyleEncoder.load(job.out / f"{ENCODER}.safetensors")
    references, seed = recipe.filmed.references, recipe.teach.seed
    lessons = filmed_words(filmed, ("train",), encoder, references, seed)
    teach_filmed(network, lessons, recipe.teach, job.run("words", recipe.teach.steps))
    StyleWriter(network).save(job.folder("words") / WRITER)
    others = filmed_words(filmed, ("validation", "test"), encoder, references, seed)
    if not len(others):
        return ""
    first = found_first(network, others)
    return f", R@1 {first:.2f} among {len(others)} texts of other people"
