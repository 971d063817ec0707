"""The models, loaded once for all sessions; they are got ready before anybody asks."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from avitalk.pipeline import Animator

WARM_S: Final = 1.0  # of made-up sound, so that nothing is compiled in somebody's first minute

log = logging.getLogger(__name__)


class Models:
    """Loads an Animator on first use; whoever else asks meanwhile waits for it."""

    def __init__(self, make: "Callable[[], Animator] | None" = None) -> None:
        """`make` makes the Animator; None makes the usual one."""
        self._make = make
        self._lock = threading.Lock()
        self._animator: Animator | None = None
        self._warm, self._ended = threading.Event(), threading.Event()

    @property
    def ready(self) -> bool:
        """Whether everything is loaded and has run once."""
        return self._warm.is_set()

    @property
    def animator(self) -> "Animator":
        """The models. Raises InputError if a weight file is missing."""
        with self._lock:
            if self._animator is None:
                self._animator = self._made()
            return self._animator

    def end(self) -> None:
        """Have `warm` stop at its next step."""
        self._ended.set()

    def warm(self) -> None:
        """Load everything, and perform a moment of noise; in a thread of its own."""
        from avitalk.studio.warming import rehearsal  # noqa: PLC0415  torch, numba

        started = time.monotonic()
        try:
            for step in rehearsal(lambda: self.animator, WARM_S):
                if self._ended.is_set():
                    return
                step()
        except Exception:  # the first recording will say what is wrong
            log.exception("the models could not be got ready")
        self._warm.set()
        log.info("models ready after %.1f s", time.monotonic() - started)

    def _made(self) -> "Animator":
        if self._make is not None:
            return self._make()
        from avitalk.pipeline import Animator  # noqa: PLC0415  torch: the page comes first

        animator = Animator()
        _ = animator.instructor, animator.writer, animator.performer
        return animator
