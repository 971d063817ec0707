"""One thread for small networks: no faster with two, and the same sums in the same order."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


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
