"""One call of stage 2's trainer, as its stages see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from zipfile import BadZipFile

from avitalk.errors import InputError
from avitalk.train.loop import Run, Workers
from avitalk.train.style.filmed_heard import Filmed
from avitalk.train.style.recipe import FILMED, Recipe


@dataclass(frozen=True, slots=True)
class Job:
    """A recipe, data and the folder of a run."""

    recipe: Recipe
    out: Path
    """Folder of the run."""
    data: Path | None = None
    """Folder of the corpora or of the filmed clips, or a file of prepared clips."""
    fresh: bool = False
    """Whether what is there is made anew."""
    told: Callable[[str, int, int, float], None] | None = None
    """Called with the stage, steps done, steps in all and the loss."""

    def run(self, stage: str, steps: int) -> Run:
        """How the loop is run for a stage."""
        told = self.told
        tell = None if told is None else lambda done, loss: told(stage, done, steps, loss)
        return Run(self.recipe.computing, self.folder(stage), tell)

    def folder(self, stage: str) -> Path:
        """Where a stage keeps what the next ones read."""
        return self.out / stage

    @property
    def given(self) -> Path:
        """Raises InputError where there are no data."""
        if self.data is None:
            raise InputError("this stage needs the recordings: give --data FOLDER")
        if not self.data.exists():
            raise InputError(f"{self.data}: no such folder of recordings")
        return self.data

    @property
    def filmed(self) -> bool:
        """Whether it learns from people who were filmed."""
        return self.recipe.corpus.kind == FILMED

    def read_filmed(self) -> Filmed:
        """What 'prepare' wrote of them."""
        with self.readable("prepare"):
            return Filmed.load(self.folder("prepare"))

    @property
    def workers(self) -> Workers:
        """This process among those that train together."""
        return Workers.join(self.recipe.computing.device)

    @contextmanager
    def readable(self, stage: str) -> Iterator[None]:
        """Raises InputError where a stage's files are missing or damaged."""
        try:
            yield
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, UnpicklingError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{self.out}: what stage '{stage}' wrote cannot be read ({error}); run it with"
                " --fresh"
            ) from error
