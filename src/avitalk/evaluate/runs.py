"""Systems over takes: each motion and each clip's numbers on disk, so that a run goes on where it
stopped.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avitalk.errors import InputError
from avitalk.evaluate.corpus.take import Take
from avitalk.evaluate.systems import System
from avitalk.files import write_bytes
from avitalk.types import Motion, Speech

Told = Callable[[str, str], None]


@dataclass(frozen=True)
class Run:
    """Where results of one run lie."""

    folder: Path
    fresh: bool = False
    """Measure everything anew."""
    seed: int = 0
    told: Told = lambda system, take: None
    """Called before each take with the names of system and take."""

    def motion(self, system: System, take: Take, speech: Speech | None = None) -> Motion:
        """The system's face for a take: read if it was made before, else made and written.

        `speech` stands in for the take's own sound (noise added, ...); its hash tells it apart.
        """
        heard = take.speech if speech is None else speech
        mark = self.mark(system, take, heard)
        path = self.folder / "motions" / system.name / f"{take.id}.{mark}.motion.npz"
        if path.is_file() and not self.fresh:
            return Motion.load(path)
        self.told(system.name, take.id)
        motion = system.perform(heard, take.id, self.seed)
        motion.save(path)
        return motion

    def mark(self, system: System, take: Take, speech: Speech) -> str:
        """Changes whenever the motion may."""
        told = f"{system.fingerprint} {speech.sha256} {self.seed} {take.id}"
        return hashlib.sha256(told.encode()).hexdigest()[:12]

    def values(
        self, row: str, take_id: str, mark: str, measure: Callable[[], Mapping[str, float]]
    ) -> dict[str, float]:
        """A clip's numbers in a row of a table: read if measured before with this mark."""
        path = self.folder / "clips" / _safe(row) / f"{take_id}.json"
        if path.is_file() and not self.fresh:
            try:
                stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                if stored.get("mark") == mark:
                    return dict(stored["values"])
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path}: not numbers of a clip ({error}); --fresh measures anew"
                ) from error
        found = {key: float(value) for key, value in measure().items()}
        text = json.dumps({"take": take_id, "row": row, "mark": mark, "values": found}, indent=1)
        write_bytes(path, (text + "\n").encode())
        return found


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
