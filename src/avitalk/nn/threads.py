"""One thread for small networks: no faster with two, and the same sums in the same order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

import torch

AT_ONCE: Final = 2
"""Threads of `side_by_side`: what a laptop has to spare."""

Given = TypeVar("Given")
Found = TypeVar("Found")


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread inside, as before outside.

    These networks take 0.004 of the audio's length on one thread. Two threads that wait for each
    other on a busy machine took 0.5, and how work is parted among threads can change last digits.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(work: Callable[[Given], Found], parts: Iterable[Given]) -> list[Found]:
    """`work` on each part, AT_ONCE at a time, one thread each; results in the parts' order.

    A part's sums are the same whoever works beside it, so results do not depend on the machine.
    The first error raised is raised here.
    """
    given = list(parts)

    def alone(part: Given) -> Found:
        with one_thread():
            return work(part)

    if len(given) < 2:
        return [alone(part) for part in given]
    with one_thread(), ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(alone, given))
