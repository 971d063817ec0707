"""Recipes of stage 1: everything that `avitalk train instruct` goes by, section by section."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from avitalk.errors import InputError
from avitalk.instruct.llama import LlamaConfig
from avitalk.instruct.qformer import QFormerConfig
from avitalk.train.instruct.align import AlignRecipe
from avitalk.train.instruct.language import Recipe as Pretraining
from avitalk.train.instruct.project import ProjectRecipe
from avitalk.train.instruct.prompts import PromptRecipe
from avitalk.train.instruct.sentences import PACKAGE
from avitalk.train.loop import Computing
from avitalk.train.recipes import Shelf, among

FOLDER: Final = Path(__file__).parent / "recipes"
CORPORA: Final = ("emodb", "mead-text")
SOURCES: Final = ("statistics", "frames")
EMBEDDED, SHIPPED = "embedded", "shipped"
HIDDEN: Final = {"former": ("statistics", "sentence", "source"), "prompts": ("queries",)}
"""Fields that follow from what was heard."""


@dataclass(frozen=True, slots=True)
class CorpusPart:
    """Which recordings and labels."""

    kind: str = "emodb"
    """A member of CORPORA."""
    annotations: str = "annotations.tsv"
    """Text of 'mead-text' (`avitalk.data.instructions.mead_text`), in the data folder."""
    readers: str | None = None
    """Folder of prepared corpora whose calm readers are heard as neutral beside 'emodb'; null has
    none (`avitalk.train.instruct.readers`)."""

    def __post_init__(self) -> None:
        among("corpus", self.kind, CORPORA)
        if self.readers is not None and self.kind != "emodb":
            raise InputError(f"readers with corpus '{self.kind}'; they stand beside 'emodb' only")


@dataclass(frozen=True, slots=True)
class HearPart:
    """What is heard of a recording."""

    source: str = "statistics"
    """A member of SOURCES: of our voice frames, or an encoder's frames."""
    encoder: str = EMBEDDED
    """'embedded', or a HuBERT or wav2vec 2.0 for frames, by name or folder."""
    layer: int | None = None
    """Its hidden layer; null takes the last."""
    variants: int = 10
    """Voices made of each recording."""
    windows: int = 4
    """Windows of each, for statistics."""
    seed: int = 0

    def __post_init__(self) -> None:
        among("source", self.source, SOURCES)
        if (self.source == "statistics") != (self.encoder == EMBEDDED):
            raise InputError(
                f"source '{self.source}' with encoder '{self.encoder}'; statistics are heard with"
                " 'embedded', frames with a HuBERT or wav2vec 2.0"
            )


@dataclass(frozen=True, slots=True)
class WordsPart:
    """The instruction corpus."""

    sentences: str = PACKAGE
    """Sentence model: the package, or a name or folder for transformers."""
    texts: int = 20
    """Texts of a recording to train on."""
    held_out: int = 4
    """Texts in phrasings kept for measuring."""
    augmented: float = 0.5
    """Share of texts with synonyms exchanged; 0 for the ablation without augmentation."""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.augmented <= 1:
            raise InputError(f"augmented {self.augmented:g}; allowed: 0 to 1")
        if self.texts < 1 or self.held_out < 0:
            raise InputError(f"texts {self.texts}, held_out {self.held_out}; need 1, 0 at least")


@dataclass(frozen=True, slots=True)
class LanguagePart:
    """The frozen language model."""

    name: str = EMBEDDED
    """'embedded' is pretrained here, 'shipped' is the package's; else a Hugging Face causal
    language model by name or folder."""
    four_bit: bool = False
    """Weights of 4 bits; needs bitsandbytes and a GPU."""
    lora_rank: int | None = None
    """Rank of adapters that learn with the projection; null has none."""
    spread: bool = False
    """Whether one process parts the layers among all GPUs."""
    wordnet: str | None = "/usr/share/wordnet"
    """WordNet's dict folder (Debian: wordnet-base); null pretrains without."""
    instructions: int = 70_000
    """Instructions to pretrain on."""
    config: LlamaConfig = field(default_factory=LlamaConfig)
    """Sizes of the embedded model."""
    training: Pretraining = field(default_factory=Pretraining)
    """How it is pretrained."""

    @property
    def ours(self) -> bool:
        """Whether it is a file of ours."""
        return self.name in (EMBEDDED, SHIPPED)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that `avitalk train instruct` does, stage by stage."""

    corpus: CorpusPart = field(default_factory=CorpusPart)
    hear: HearPart = field(default_factory=HearPart)
    words: WordsPart = field(default_factory=WordsPart)
    language: LanguagePart = field(default_factory=LanguagePart)
    former: QFormerConfig = field(default_factory=QFormerConfig)
    """Sizes of the Q-Former."""
    align: AlignRecipe = field(default_factory=AlignRecipe)
    prompts: PromptRecipe | None = field(default_factory=PromptRecipe)
    """Prompts of facts that the projection starts from; null starts at random."""
    project: ProjectRecipe = field(default_factory=ProjectRecipe)
    """0 steps leave the projection as it starts."""
    computing: Computing = field(default_factory=Computing)

    def __post_init__(self) -> None:
        if self.corpus.readers is not None and self.hear.source != "statistics":
            raise InputError("readers are heard as statistics only; leave corpus.readers null")
        if not 0 < self.align.readers < 1:
            raise InputError(f"align.readers {self.align.readers:g}; allowed: between 0 and 1")
        for name, least in (("align", 1), ("prompts", 1), ("project", 0)):
            part = getattr(self, name)
            if part is not None and (part.steps < least or part.batch < 1):
                raise InputError(
                    f"{name}: {part.steps} steps of {part.batch}; need at least {least} of 1"
                )
        if self.prompts is None and not self.project.steps:
            raise InputError("project: 0 steps without prompts of facts to start from; need 1")


SHELF: Final = Shelf(FOLDER, Recipe(), "align.steps=300", HIDDEN)


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
