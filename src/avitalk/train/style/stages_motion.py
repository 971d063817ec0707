"""The corpus read into a run, and the motion prior trained on it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from avitalk import weights
from avitalk.data.clips import Clip, read_clips
from avitalk.data.performances.clips import Spoken, read_spoken, write_spoken
from avitalk.errors import InputError
from avitalk.facs.channels import CHANNELS
from avitalk.facs.expression import WIDTH
from avitalk.files import atomic_path
from avitalk.speech import SpeechEncoder
from avitalk.speech.pretrained import PretrainedEncoder
from avitalk.style.encoder import StyleEncoder
from avitalk.style.encoder_network import FRAME
from avitalk.style.parts import ENCODER
from avitalk.talker.performer import Performer
from avitalk.talker.performer_flame import PERFORMER, FlameParts
from avitalk.talker.performer_network import INPUTS
from avitalk.train.style.filmed import filmed_clips, parts_by_speaker
from avitalk.train.style.filmed_heard import write_filmed
from avitalk.train.style.filmed_lessons import FilmedLessons, flame_space
from avitalk.train.style.job import Job
from avitalk.train.style.perform import MotionPrior, train_motion, train_prior

SPOKEN: Final = "spoken.npz"
LISTS: Final = "grid_s1.jsonl"
TEACHER: Final = "teacher.npz"


def corpus_names(job: Job) -> Sequence[str]:
    """What the corpus holds, so that another one is noticed."""
    if job.filmed:
        return [clip.clip_id for clip in filmed_clips(job.given)]
    if job.given.is_file():
        return [clip.clip_id for clip in read_spoken(job.given)]
    return [clip.id for clip in _grid(job)]


def prepare(job: Job) -> str:
    """Read the corpus into the run."""
    folder = job.folder("prepare")
    if job.filmed:
        return _prepare_filmed(job, folder)
    clips = read_spoken(job.given) if job.given.is_file() else _spoken(job)
    write_spoken(folder / SPOKEN, clips)
    return f"{len(clips)} spoken clips -> {folder / SPOKEN}"


def _grid(job: Job) -> list[Clip]:
    path = job.given / job.recipe.corpus.clips / LISTS
    if not path.is_file():
        raise InputError(
            f"{path}: not found; `python -m avitalk.train.speech.prepare` writes it, or give a file"
            " of `python -m avitalk.train.style.prepare` as --data"
        )
    return read_clips(path)


def _spoken(job: Job) -> list[Spoken]:
    """Lips of the corpora, fitted, and the prosody of their voices."""
    # Need scipy, an extra.
    from avitalk.train.style import prepare as corpora  # noqa: PLC0415
    from avitalk.train.talker.animated import CORPUS  # noqa: PLC0415

    encoder = SpeechEncoder.load(weights.find("speech-encoder").path)
    found = list(corpora.filmed(job.given / "grid_s1", _grid(job)))
    return [*found, *corpora.animated(job.given / CORPUS, encoder)]


def _prepare_filmed(job: Job, folder: Path) -> str:
    """Listen to filmed clips."""
    recipe, clips = job.recipe.filmed, filmed_clips(job.given)
    parts = parts_by_speaker([clip.speaker for clip in clips], recipe.held_out)
    encoder = _parts(job, ()).listener()
    if isinstance(encoder, PretrainedEncoder):
        encoder.network.to(job.workers.device)
    filmed = write_filmed(folder, clips, parts, encoder, recipe)
    frames = len(filmed.content)
    return f"{frames} frames of {len(clips)} filmed clips, {len(parts)} people -> {folder}"


def make_motion(job: Job) -> str:
    """Train generator, teacher and style encoder."""
    prior = _filmed_motion(job) if job.filmed else _spoken_motion(job)
    if job.workers.rank == 0:
        _finish(job, prior)
    steps = job.recipe.motion.steps
    return f"{steps} steps -> {job.out / PERFORMER}, {job.out / ENCODER}.safetensors"


def _spoken_motion(job: Job) -> MotionPrior:
    recipe = job.recipe
    with job.readable("prepare"):
        clips = read_spoken(job.folder("prepare") / SPOKEN, "train")
    if not clips:
        raise InputError(f"{job.out}: no spoken clips to train on")
    return train_motion(
        clips, recipe.motion, performer=recipe.performer_for(INPUTS, CHANNELS, WIDTH),
        encoder=recipe.encoder_for(FRAME), run=job.run("motion", recipe.motion.steps),
    )  # fmt: skip


def _filmed_motion(job: Job) -> MotionPrior:
    recipe, filmed = job.recipe, job.read_filmed()
    part, width = recipe.filmed, filmed.content.shape[1]
    performer = recipe.performer_for(width, part.channels, len(filmed.labels))
    torch.manual_seed(recipe.motion.seed)
    prior = MotionPrior(performer, recipe.encoder_for(part.channels), flame_space(part))
    lessons = FilmedLessons(filmed, part, performer.reach_frames)
    return train_prior(
        prior, lessons.draw, recipe.motion, run=job.run("motion", recipe.motion.steps)
    )


def _finish(job: Job, prior: MotionPrior) -> None:
    """Write what performs, and what sees styles."""
    performer, encoder = prior.sizes
    Performer(performer, prior.performer).save(job.out / PERFORMER)
    StyleEncoder(encoder, prior.encoder).save(job.out / f"{ENCODER}.safetensors")
    with atomic_path(job.out / TEACHER) as partial, partial.open("wb") as file:
        np.savez(file, W=prior.performer.teacher.weight.detach().numpy())
    if job.filmed:
        _parts(job, job.read_filmed().labels).save(job.out)


def _parts(job: Job, labels: tuple[str, ...]) -> FlameParts:
    part = job.recipe.filmed
    return FlameParts(part.encoder, part.layer, part.rate, part.prosody, labels)
