"""The stages of stage 1's training: a recipe and a folder of recordings in, files of a run out.

language ──────────────────────────┐
hear ─> words ─> align ────────────┴─> project

Each leaves `<stage>.json` beside its files: what it was made with. A later call with the same
recipe goes on where this one stopped; with another one it is refused.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Final
from zipfile import BadZipFile

import numpy as np
import torch

from avitalk import weights
from avitalk.data.instructions.corpus import Instructed, load_instructions, save_instructions
from avitalk.errors import InputError
from avitalk.files import atomic_path
from avitalk.instruct.huggingface import HuggingFaceLanguage
from avitalk.instruct.language import Language, LanguageModel
from avitalk.instruct.parts import ADAPTERS, EAR, LANGUAGE, PROJECTION, Parts
from avitalk.instruct.projection import Projection
from avitalk.instruct.qformer import QFormer
from avitalk.instruct.tokens import Tokens
from avitalk.speech import SpeechEncoder
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.train.instruct.align import Lessons, align, examples_of
from avitalk.train.instruct.frames import HeardFrames, hear_frames
from avitalk.train.instruct.hearing import Heard, hear
from avitalk.train.instruct.language import Trainer
from avitalk.train.instruct.language_main import prepare
from avitalk.train.instruct.lessons import lessons_of
from avitalk.train.instruct.project import fitted, project
from avitalk.train.instruct.prompts import FactPrompts, teach
from avitalk.train.instruct.readers import LONGEST_S, is_reader
from avitalk.train.instruct.recipe import SHIPPED, HearPart, Recipe
from avitalk.train.instruct.sentences import SentenceModel
from avitalk.train.instruct.stages_corpus import Clip, clips_of, instructed, read_at_16_khz
from avitalk.train.instruct.text import read_documents
from avitalk.train.loop import Run, Workers
from avitalk.train.staging import Order

ORDER: Final = Order(
    {"language": (), "hear": (), "words": ("hear",), "align": ("words",),
     "project": ("align", "language")},
    {
        "language": ("language",), "hear": ("corpus", "hear"), "words": ("words",),
        "align": ("former", "align", "computing.precision"),
        "project": ("prompts", "project", "computing.precision"),
    },
    together=("align", "project"),
)  # fmt: skip
STAGES: Final = ORDER.stages
HEARD: Final = "heard.npz"
FRAMES, CORPUS, SENTENCES = "heard", "corpus.jsonl", "sentences.npz"


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the trainer."""

    recipe: Recipe
    out: Path
    """Folder of the run."""
    data: Path | None = None
    """Folder of the recordings."""
    fresh: bool = False
    """Whether what is there is made anew."""
    told: Callable[[str, int, int, float], None] | None = None
    """Called with the stage, steps done, steps in all and the loss."""

    def run(self, stage: str, steps: int) -> Run:
        """How the loop is run for a stage."""
        told = self.told
        tell = None if told is None else lambda done, loss: told(stage, done, steps, loss)
        return Run(self.recipe.computing, self.out / stage, tell)

    @property
    def recordings(self) -> list[Clip]:
        """Raises InputError where there is no data folder, or none of the corpus."""
        if self.data is None:
            raise InputError("this stage needs the recordings: give --data FOLDER")
        return clips_of(self.recipe.corpus, self.data)


def train(job: Job, stage: str) -> str:
    """Run one stage, or what is left of it; returns what there is to say of it.

    Raises InputError for an unknown stage, bad input, one that was not run before, or settings
    other than those of the files that are there.
    """
    ORDER.check(stage)
    clips = [Path(clip.audio).name for clip in job.recordings] if stage == "hear" else []
    mark = ORDER.mark(job.recipe, job.out, stage, clips)
    return ORDER.carry_out(
        stage, lambda: _RUN[stage](job), mark=mark, out=job.out,
        device=job.recipe.computing.device, fresh=job.fresh,
    )  # fmt: skip


def _language(job: Job) -> str:
    """Pretrain the embedded language model; others are ready."""
    part, folder = job.recipe.language, job.out / "language"
    if part.name == SHIPPED:
        shutil.copyfile(weights.find("language-model").path, job.out / LANGUAGE)
        return f"the package's -> {job.out / LANGUAGE}"
    if not part.ours:
        return f"{part.name} is pretrained"
    if not (folder / "documents.jsonl").exists() or not (folder / "tokenizer.json").exists():
        dictionary = None if part.wordnet is None else Path(part.wordnet)
        prepare(folder, dictionary, part.instructions, part.training.seed, part.config.vocabulary)
    tokens = Tokens.parse((folder / "tokenizer.json").read_text(encoding="utf-8"))
    curves = part.training.tensorboard or job.recipe.computing.tensorboard
    training = replace(part.training, tensorboard=curves)
    documents = read_documents(folder / "documents.jsonl")
    trainer = Trainer(part.config, training, tokens, documents, folder)
    trainer.resume()
    trainer.run()
    shutil.copyfile(folder / "language.safetensors", job.out / LANGUAGE)
    return f"{trainer.step} steps -> {job.out / LANGUAGE}"


def _hear(job: Job) -> str:
    """Listen to the recordings."""
    part, clips = job.recipe.hear, job.recordings
    own = SpeechEncoder.load(weights.find("speech-encoder").path)
    paths = [clip.audio for clip in clips]
    if part.source == "statistics":
        read_at_16_khz(paths)
        heard = _hear_statistics(clips, own, part)
        heard.save(job.out / HEARD)
        return f"{len(heard.values)} windows of {len(clips)} recordings -> {job.out / HEARD}"
    encoder = PretrainedEncoder.load(part.encoder, layer=part.layer)
    encoder.network.to(Workers.join(job.recipe.computing.device).device)
    told = any(clip.texts for clip in clips)
    frames = hear_frames(
        paths, encoder, job.out / FRAMES, variants=part.variants, seed=part.seed,
        summing=None if told else own,
    )  # fmt: skip
    return f"{len(frames.values)} frames of {len(clips)} recordings -> {job.out / FRAMES}"


def _hear_statistics(clips: Sequence[Clip], encoder: SpeechEncoder, part: HearPart) -> Heard:
    """The corpus, then the readers as if they were alone: neither changes what the other gives."""
    reads = [clip.label is not None and is_reader(clip.label.speaker) for clip in clips]
    own = [clip.audio for clip, reader in zip(clips, reads, strict=True) if not reader]
    readers = [clip.audio for clip, reader in zip(clips, reads, strict=True) if reader]
    listen = partial(
        hear, encoder=encoder, variants=part.variants, windows=part.windows, seed=part.seed
    )
    heard = listen(own)
    return heard.joined(listen(readers, longest_s=LONGEST_S)) if readers else heard


def _words(job: Job) -> str:
    """Write the instruction corpus and embed its sentences."""
    part, clips, heard = job.recipe.words, job.recordings, _heard(job)
    if len(clips) != len(heard.summary):
        raise InputError(f"{len(clips)} recordings in {job.data}, but {len(heard.summary)} heard")
    rows = instructed(clips, heard.summary, part)
    save_instructions(job.out / CORPUS, rows)
    sentences = SentenceModel(part.sentences).embed([text for row in rows for text in row.texts])
    with atomic_path(job.out / SENTENCES) as partial, partial.open("wb") as file:
        np.savez(file, sentences=sentences.view(len(rows), part.texts, -1).numpy())
    return f"{sum(len(row.texts) for row in rows)} texts -> {job.out / CORPUS}"


def _align(job: Job) -> str:
    """Train the Q-Former."""
    recipe, heard, rows = job.recipe, _heard(job), load_instructions(job.out / CORPUS)
    lessons = _lessons(job, rows)
    config = replace(
        recipe.former, source=recipe.hear.source, statistics=heard.values.shape[1],
        sentence=lessons.sentences.shape[2],
    )  # fmt: skip
    steps = recipe.align.steps
    run = job.run("align", steps)
    former = align(heard, lessons, np.arange(len(rows)), config, recipe.align, run=run)
    if Workers.join(recipe.computing.device).rank == 0:
        former.save(job.out / EAR)
    return f"{steps} steps -> {job.out / EAR}"


def _project(job: Job) -> str:
    """Train the projection, and what else goes with an instructor."""
    recipe, rows, former = (
        job.recipe,
        load_instructions(job.out / CORPUS),
        QFormer.load(job.out / EAR),
    )
    language = _language_model(job)
    lessons, everyone = _lessons(job, rows), np.arange(len(rows))
    examples = examples_of(_heard(job), lessons, everyone, former, recipe.project.seed)
    start = None
    if recipe.prompts is not None:
        known = _prompts(job, language, former)([row.facts for row in rows])
        start = fitted(former, examples.draw, known, recipe.project)
    projection = start
    if projection is None or recipe.project.steps:
        projection = project(
            former, language, examples.draw, [row.texts for row in rows], recipe.project,
            start=start, sources=(examples.rng,), run=job.run("project", recipe.project.steps),
        )  # fmt: skip
    if Workers.join(recipe.computing.device).rank == 0:
        _finish(job, projection, language)
    return f"{recipe.project.steps} steps -> {job.out / PROJECTION}"


def _finish(job: Job, projection: Projection, language: Language) -> None:
    """Write what `Instructor.load` reads from the folder."""
    hear, words = job.recipe.hear, job.recipe.language
    adapters = isinstance(language, HuggingFaceLanguage) and bool(language.adapters())
    if adapters and isinstance(language, HuggingFaceLanguage):
        language.model.save_pretrained(str(job.out / ADAPTERS))
    framed = hear.source == "frames"
    Parts(
        hear.encoder if framed else None, hear.layer if framed else None,
        None if words.ours else words.name, words.four_bit, adapters,
    ).save(job.out)  # fmt: skip
    projection.save(job.out / PROJECTION)


def _prompts(job: Job, language: Language, former: QFormer) -> FactPrompts:
    """Prompts of facts, taught once for a run."""
    assert job.recipe.prompts is not None
    path, queries = job.out / "project" / "prompts.pt", former.config.queries
    if path.exists():
        with _readable(job.out, "project"):
            stored = torch.load(path, weights_only=True)
            return FactPrompts(stored["weight"], stored["bias"], queries)
    recipe = replace(job.recipe.prompts, queries=queries)
    found = teach(language, former.config.emotions, recipe)
    with atomic_path(path) as partial:
        torch.save({"weight": found.weight, "bias": found.bias}, partial)
    return found


def _language_model(job: Job) -> Language:
    part, device = job.recipe.language, Workers.join(job.recipe.computing.device).device
    if part.ours:
        return LanguageModel.load(job.out / LANGUAGE, device=device)
    return HuggingFaceLanguage.load(
        part.name, device=str(device), four_bit=part.four_bit, lora_rank=part.lora_rank,
        spread=part.spread, local=True,
    )  # fmt: skip


def _heard(job: Job) -> Heard | HeardFrames:
    with _readable(job.out, "hear"):
        if job.recipe.hear.source == "statistics":
            return Heard.load(job.out / HEARD)
        return HeardFrames.load(job.out / FRAMES)


@contextmanager
def _readable(out: Path, stage: str) -> Iterator[None]:
    """Raises InputError where a stage's files are missing or damaged."""
    try:
        yield
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, UnpicklingError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{out}: what stage '{stage}' wrote cannot be read ({error}); run it with --fresh"
        ) from error


def _lessons(job: Job, rows: list[Instructed]) -> Lessons:
    """What the voices are aligned with. Raises InputError for emotions the head does not know."""
    with _readable(job.out, "words"), np.load(job.out / SENTENCES) as stored:
        sentences = torch.from_numpy(stored["sentences"])
    return lessons_of(rows, sentences, job.recipe.former.emotions, job.recipe.align.readers)


_RUN: Final[dict[str, Callable[[Job], str]]] = {
    "language": _language, "hear": _hear, "words": _words, "align": _align, "project": _project,
}  # fmt: skip
