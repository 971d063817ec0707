"""The stages of stage 2's training: a recipe and a folder of data in, files of a run out.

prepare ─> motion ─┐
           distil ─┴─> words

The folder is then one that `avitalk.talker.performer`, `avitalk.style.encoder` and
`avitalk.style.writer` read; with a filmed corpus, `avitalk.talker.performer_flame`.
"""

from collections.abc import Callable
from typing import Final

from avitalk.train.staging import Order
from avitalk.train.style.job import Job
from avitalk.train.style.stages_motion import corpus_names, make_motion, prepare
from avitalk.train.style.stages_words import make_tower, make_words

HEARD: Final = ("encoder", "layer", "rate", "prosody", "expressions", "held_out")
SEEN: Final = ("predicted", "apart", "references", "flame")
ORDER: Final = Order(
    {"prepare": (), "motion": ("prepare",), "distil": (), "words": ("motion", "distil")},
    {
        "prepare": ("corpus", *(f"filmed.{name}" for name in HEARD)),
        "motion": ("style_width", "performer", "encoder", "motion", "computing.precision",
                   *(f"filmed.{name}" for name in SEEN)),
        "distil": ("style_width", "text", "tower", "distil", "computing.precision"),
        "words": ("words", "prior", "teach", "computing.precision"),
    },
    together=("motion",),
)  # fmt: skip
STAGES: Final = ORDER.stages
_RUN: Final[dict[str, Callable[[Job], str]]] = {
    "prepare": prepare, "motion": make_motion, "distil": make_tower, "words": make_words,
}  # fmt: skip


def train(job: Job, stage: str) -> str:
    """Run one stage, or what is left of it; returns what there is to say of it.

    Raises InputError for an unknown stage, bad input, one that was not run before, or settings
    other than those of the files that are there.
    """
    ORDER.check(stage)
    names = corpus_names(job) if stage == "prepare" else ()
    mark = ORDER.mark(job.recipe, job.out, stage, names)
    return ORDER.carry_out(
        stage, lambda: _RUN[stage](job), mark=mark, out=job.out,
        device=job.recipe.computing.device, fresh=job.fresh,
    )  # fmt: skip
