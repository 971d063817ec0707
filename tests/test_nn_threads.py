"""Work side by side: order, one thread each, errors, settings as before."""

import threading
import time

import pytest
import torch

from avitalk.errors import InputError
from avitalk.nn.threads import AT_ONCE, side_by_side


def test_results_keep_the_order_of_the_parts() -> None:
    def slower_first(part: int) -> int:
        time.sleep(0.02 / (part + 1))
        return part * part

    assert side_by_side(slower_first, range(6)) == [0, 1, 4, 9, 16, 25]
    assert side_by_side(slower_first, []) == []


def test_each_has_one_thread_and_all_is_as_before() -> None:
    before = torch.get_num_threads()
    seen: set[str] = set()

    def look(_: int) -> int:
        seen.add(threading.current_thread().name)
        time.sleep(0.01)
        return torch.get_num_threads()

    assert side_by_side(look, range(8)) == [1] * 8
    assert len(seen) == AT_ONCE
    assert torch.get_num_threads() == before


def test_an_error_comes_out_and_settings_stay() -> None:
    before = torch.get_num_threads()

    def refuse(part: int) -> int:
        raise InputError(f"part {part}")

    with pytest.raises(InputError, match="part 0"):
        side_by_side(refuse, range(3))
    assert torch.get_num_threads() == before
