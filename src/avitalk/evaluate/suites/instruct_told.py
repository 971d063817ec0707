"""A system that takes words, under given ones: a system of its own, so that runs keep its faces."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from avitalk.evaluate.acting import NO_WORDS, Directed
from avitalk.evaluate.corpus.take import Take
from avitalk.evaluate.runs import Run
from avitalk.evaluate.systems import System
from avitalk.types import Motion, Speech

Direct = Callable[[Speech, str, int, str], Motion]


@dataclass(frozen=True)
class Told:
    """Performs everything under the same words."""

    name: str
    fingerprint: str
    words: str
    direct: Direct

    def perform(self, speech: Speech, take_id: str, seed: int) -> Motion:
        """The face for a recording under these words."""
        return self.direct(speech, take_id, seed, self.words)


@dataclass(frozen=True)
class Director:
    """Tells a system what to do, and keeps what it does."""

    system: System
    run: Run

    @property
    def takes_words(self) -> bool:
        """Whether it can be told."""
        return isinstance(self.system, Directed)

    def told(self, take: Take, speech: Speech, words: str = NO_WORDS) -> Motion:
        """The take under words; raises TypeError for a system that takes none."""
        if not isinstance(self.system, Directed):
            raise TypeError(f"{self.system.name} takes no words")
        key = f"{self.system.fingerprint} {words}".encode()
        mark = hashlib.sha256(key).hexdigest()[:16]
        told = Told(f"{self.system.name}-told", mark, words, self.system.direct)
        return self.run.motion(told, take, speech)

    def anyway(self, take: Take, speech: Speech) -> Motion:
        """What it does when nobody says anything."""
        return self.run.motion(self.system, take, speech)
