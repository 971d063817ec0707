"""What a command says: lines and progress for people on stderr, or one JSON object on stdout."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Report:
    """Collects results and errors of one command and says them in the form asked for."""

    as_json: bool = False
    """Print one JSON object on stdout at the end instead of lines."""
    quiet: bool = False
    """Say errors only."""
    results: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def done(self, line: str, **facts: Any) -> None:
        """Record one result; `line` is for people, `facts` for --json."""
        self.results.append(facts)
        if not (self.as_json or self.quiet):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def failed(self, error: Exception) -> None:
        """Record an error as one line."""
        line = " ".join(str(error).split())
        self.errors.append(line)
        if not self.as_json:
            sys.stderr.write(f"avitalk: {line}\n")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar on stderr while a terminal watches; yields a function that takes the count done."""
        if self.as_json or self.quiet or not sys.stderr.isatty():
            yield lambda done: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(),
                   TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())  # fmt: skip
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)

    def finish(self) -> int:
        """Print the JSON object if asked; return the exit code: 0, or 2 if anything failed."""
        if self.as_json:
            answer = {"results": self.results, "errors": self.errors}
            sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
        return 2 if self.errors else 0
