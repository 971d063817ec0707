"""Recipes of stage 1: YAML in, frozen dataclasses out, every key checked against their fields.

What a recipe does not name has the default of its dataclass, and that is what ships.
"""

import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from avitalk.errors import InputError
from avitalk.instruct.llama import LlamaConfig
from avitalk.instruct.qformer import QFormerConfig
from avitalk.train.instruct.align import AlignRecipe
from avitalk.train.instruct.language import Recipe as Pretraining
from avitalk.train.instruct.loop import Computing
from avitalk.train.instruct.project import ProjectRecipe
from avitalk.train.instruct.prompts import PromptRecipe
from avitalk.train.instruct.sentences import PACKAGE

FOLDER: Final = Path(__file__).parent / "recipes"
CORPORA: Final = ("emodb", "mead-text")
SOURCES: Final = ("statistics", "frames")
EMBEDDED, SHIPPED = "embedded", "shipped"
HIDDEN: Final = {"former": ("statistics", "sentence", "source"), "prompts": ("queries",)}
"""Fields that follow from what was heard."""

T = TypeVar("T")


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
        _among("corpus", self.kind, CORPORA)
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
        _among("source", self.source, SOURCES)
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


def available() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def find_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """A recipe of the package by name, or a YAML file, with changes of the form `key=value`.

    Raises InputError for a name or file that is not there, and as `read_recipe` does.
    """
    if name in available():
        path = FOLDER / f"{name}.yaml"
    elif Path(name).suffix in (".yaml", ".yml"):
        path = Path(name)
    else:
        names = ", ".join(available())
        raise InputError(f"unknown recipe '{name}'; available: {names}, or a .yaml file")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable recipe ({error})") from error
    return read_recipe(text, path.name if path.parent == FOLDER else str(path), changes)


def read_recipe(text: str, where: str = "recipe", changes: Sequence[str] = ()) -> Recipe:
    """The recipe in a YAML text. Raises InputError with the line of what does not fit."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise InputError(f"{where}{line}: not YAML ({getattr(error, 'problem', error)})") from error
    recipe = Recipe() if node is None else _filled(Recipe(), node, where, ())
    for change in changes:
        recipe = _changed(recipe, change)
    return recipe


def _changed(recipe: Recipe, change: str) -> Recipe:
    """The recipe with one `key=value`; the key has its sections before it: align.steps."""
    key, equals, value = change.partition("=")
    if not equals or not key.strip():
        raise InputError(f"--set {change}: give key=value, such as align.steps=300")
    try:
        node = yaml.compose(value or "''", yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise InputError(f"--set {change}: the value is not YAML") from error
    for name in reversed(key.strip().split(".")):
        head = yaml.ScalarNode("tag:yaml.org,2002:str", name)
        node = yaml.MappingNode("tag:yaml.org,2002:map", [(head, node)])
    return _filled(recipe, node, f"--set {change}", ())


def _filled(part: T, node: Any, where: str, path: tuple[str, ...]) -> T:
    """A dataclass with what a mapping names in place of its own values."""
    whole: Any = part
    place, name = _place(where, node), ".".join(path) or "a recipe"
    if not isinstance(node, yaml.MappingNode):
        raise InputError(f"{place}: '{name}' is a section; keys and values belong into it")
    hidden = HIDDEN.get(path[-1], ()) if path else ()
    allowed = [entry.name for entry in fields(whole) if entry.name not in hidden]
    kinds, found = typing.get_type_hints(type(part)), {}
    for key, value in node.value:
        full = ".".join((*path, str(key.value)))
        at = _place(where, key)
        if key.value not in allowed:
            raise InputError(f"{at}: unknown key '{full}'; allowed: {', '.join(allowed)}")
        if key.value in found:
            raise InputError(f"{at}: '{full}' stands here twice")
        now = getattr(part, key.value)
        found[key.value] = _value(kinds[key.value], now, value, where, (*path, key.value))
    try:
        changed: T = replace(whole, **found)
    except InputError as error:
        raise InputError(f"{place}: {error}") from error
    return changed


def _value(kind: Any, now: Any, node: Any, where: str, path: tuple[str, ...]) -> Any:
    """What a node says, if that is of the kind wanted."""
    if isinstance(kind, types.UnionType):
        kinds = [each for each in typing.get_args(kind) if each is not type(None)]
        if node.tag == "tag:yaml.org,2002:null":
            return None
        kind = kinds[0]
    if is_dataclass(kind):
        default: Any = kind
        return _filled(default() if now is None else now, node, where, path)
    given = yaml.SafeLoader("").construct_object(node, deep=True)
    if typing.get_origin(kind) is tuple and isinstance(given, list):
        inner = typing.get_args(kind)[0]
        if all(isinstance(each, inner) for each in given):
            return tuple(given)
    elif kind is float and isinstance(given, int | float | str) and not isinstance(given, bool):
        try:  # YAML 1.1 takes 1e-4 for text
            return float(given)
        except ValueError:
            pass
    elif isinstance(given, kind) and isinstance(given, bool) == (kind is bool):
        return given
    wanted = getattr(kind, "__name__", "list")
    raise InputError(
        f"{_place(where, node)}: '{'.'.join(path)}' is {given!r}; a value of type {wanted} is"
        " needed"
    )


def _place(where: str, node: Any) -> str:
    """The source, and the line where it is a file."""
    mark = node.start_mark
    return where if mark is None or where.startswith("--set") else f"{where}:{mark.line + 1}"


def _among(what: str, given: str, allowed: Sequence[str]) -> None:
    if given not in allowed:
        raise InputError(f"unknown {what} '{given}'; available: {', '.join(allowed)}")
