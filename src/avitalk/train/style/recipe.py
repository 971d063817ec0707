"""Recipes of stage 2: everything that `avitalk train style` goes by, section by section."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.style.encoder_network import EncoderConfig
from avitalk.style.parts import STYLE_WIDTH
from avitalk.style.prior import PriorConfig
from avitalk.style.tower import TowerConfig
from avitalk.talker.performer_network import PerformerConfig
from avitalk.train.instruct.sentences import PACKAGE
from avitalk.train.loop import Computing
from avitalk.train.recipes import Shelf, among
from avitalk.train.style.filmed_heard import FilmedPart
from avitalk.train.style.perform import PerformRecipe
from avitalk.train.style.teach import CHECKED, LESSONS, SEEN
from avitalk.train.style.teach_loss import TeachRecipe
from avitalk.train.style.text import DistilRecipe
from avitalk.train.style.text_main import ASKED, PHRASES, TOLD, WORDS

SPOKEN, FILMED = "spoken", "filmed"


@dataclass(frozen=True, slots=True)
class CorpusPart:
    """What is learned from."""

    kind: str = SPOKEN
    """'spoken': lips of GRID and FACEGOOD under performances that are drawn; 'filmed': a folder
    laid out as MEAD with FLAME's parameters (`avitalk.train.style.filmed`)."""
    clips: str = "clips"
    """For 'spoken': folder of what `python -m avitalk.train.speech.prepare` wrote, in the data
    folder or anywhere."""

    def __post_init__(self) -> None:
        among("corpus", self.kind, (SPOKEN, FILMED))


@dataclass(frozen=True, slots=True)
class TextPart:
    """What the text tower is, and learns from."""

    backbone: str | None = None
    """A text encoder of transformers in the place of ours, by name or folder; it is not distilled,
    and has to be there whenever styles are written."""
    frozen: bool = True
    """Whether such a one stays as it is."""
    sentences: str = PACKAGE
    """Sentence model that ours is distilled from: the package, or a name or folder."""
    wordnet: str | None = "/usr/share/wordnet"
    """WordNet's dict folder (Debian: wordnet-base); null takes the grammar's words alone."""
    words: int = WORDS
    """Words known."""
    told: int = TOLD
    """Lines of WordNet's glosses and examples."""
    phrases: int = PHRASES
    """Short phrases."""
    asked: int = ASKED
    """Instructions of the grammar."""

    def __post_init__(self) -> None:
        for name in ("words", "told", "phrases", "asked"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)}; allowed: 1 and more")


@dataclass(frozen=True, slots=True)
class WordsPart:
    """Texts with performances of them, drawn for 'spoken'; filmed clips bring their own."""

    lessons: int = LESSONS
    """Scripts to draw."""
    checked: int = CHECKED
    """Others to measure with."""
    seen: int = SEEN
    """Performances in which the style encoder's view is learned; 0 leaves that out."""

    def __post_init__(self) -> None:
        if self.lessons < 8 or self.checked < 8:
            raise InputError(
                f"lessons {self.lessons}, checked {self.checked}; allowed: 8 of each and more"
            )
        if self.seen < 0 or self.seen == 1:
            raise InputError(f"seen {self.seen}; allowed: 0, or 2 and more")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that `avitalk train style` does, stage by stage."""

    corpus: CorpusPart = field(default_factory=CorpusPart)
    filmed: FilmedPart = field(default_factory=FilmedPart)
    """How filmed clips are heard, seen and drawn."""
    style_width: int = STYLE_WIDTH
    """E."""
    performer: PerformerConfig = field(default_factory=PerformerConfig)
    """Sizes of the generator."""
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    """Sizes of the style encoder."""
    motion: PerformRecipe = field(default_factory=PerformRecipe)
    """How both learn."""
    text: TextPart = field(default_factory=TextPart)
    tower: TowerConfig = field(default_factory=TowerConfig)
    """Sizes of our text tower."""
    distil: DistilRecipe = field(default_factory=DistilRecipe)
    """How it is distilled."""
    words: WordsPart = field(default_factory=WordsPart)
    prior: PriorConfig = field(default_factory=PriorConfig)
    """Sizes of the diffusion prior."""
    teach: TeachRecipe = field(default_factory=TeachRecipe)
    """How alignment and prior are learned."""
    computing: Computing = field(default_factory=Computing)

    def __post_init__(self) -> None:
        for name in ("motion", "distil", "teach"):
            part = getattr(self, name)
            if part.steps < 1 or part.batch < 2:
                raise InputError(f"{name}: {part.steps} steps of {part.batch}; need 1 of 2 or more")
        if self.style_width < 1:
            raise InputError(f"style_width {self.style_width}; allowed: 1 and more")
        if self.encoder.width % self.encoder.heads:
            raise InputError(
                f"encoder: width {self.encoder.width} does not part into {self.encoder.heads} heads"
            )
        if self.corpus.kind == FILMED and self.teach.twins:
            raise InputError(
                f"teach.twins {self.teach.twins:g} with corpus 'filmed'; faces that were filmed"
                " have no mirror images, allowed: 0"
            )

    def performer_for(self, inputs: int, outputs: int, labels: int) -> PerformerConfig:
        """Sizes of the generator, those that follow from the corpus filled in."""
        return replace(
            self.performer, style_width=self.style_width, inputs=inputs, outputs=outputs,
            labels=labels,
        )  # fmt: skip

    def encoder_for(self, frame: int) -> EncoderConfig:
        """Sizes of the style encoder, likewise."""
        return replace(self.encoder, style_width=self.style_width, frame=frame)


SHELF: Final = Shelf(
    Path(__file__).parent / "recipes",
    Recipe(),
    "motion.steps=300",
    {
        "performer": ("style_width", "inputs", "outputs", "labels"),
        "encoder": ("style_width", "frame"),
        "tower": ("vocabulary", "style"),
        "prior": ("text", "style"),
    },
)


def available() -> list[str]:
    """Names of the recipes that come with the package."""
    return SHELF.available()


def find_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """A recipe of the package by name, or a YAML file, with changes of the form `key=value`.

    Raises InputError for a name or file that is not there, and for what does not fit.
    """
    return SHELF.find(name, changes)


def read_recipe(text: str, where: str = "recipe", changes: Sequence[str] = ()) -> Recipe:
    """The recipe in a YAML text. Raises InputError with the line of what does not fit."""
    return SHELF.read(text, where, changes)
