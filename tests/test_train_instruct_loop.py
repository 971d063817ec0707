"""The loop: what a plain loop does, precisions, checkpoints, curves, what is missing, processes."""

import builtins
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from avitalk.errors import InputError
from avitalk.instruct.ear import WIDTH
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.train.instruct import align as module
from avitalk.train.instruct.align import AlignRecipe, Examples, Lessons, align
from avitalk.train.instruct.hearing import Heard
from avitalk.train.loop import CHECKPOINT, Computing, Run, learn

CLIPS = 10


def heard() -> Heard:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6 * CLIPS, WIDTH)).astype(np.float32)
    clip, variant = np.repeat(np.arange(CLIPS), 6), np.tile([0, 0, 0, 1, 1, 1], CLIPS)
    ones = np.ones(len(values), np.float32)
    return Heard(values, clip, variant, ones, ones, np.zeros((CLIPS, 10), np.float32))


def lessons() -> Lessons:
    sentences = torch.randn(CLIPS, 4, 384, generator=torch.Generator().manual_seed(0))
    strengths = np.linspace(0, 1, CLIPS).astype(np.float32)
    return Lessons(np.arange(CLIPS) % 7, strengths, [i // 2 for i in range(CLIPS)], sentences)


def plain(recipe: AlignRecipe) -> QFormer:
    """Alignment in a loop without anything around it."""
    torch.manual_seed(recipe.seed)
    former = QFormer(QFormerConfig.tiny())
    told = lessons()
    examples = Examples(heard(), told, np.arange(CLIPS), former, recipe.seed)
    optimizer = torch.optim.AdamW(
        former.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=recipe.steps
    )
    generator = torch.Generator().manual_seed(recipe.seed)
    fact = torch.tensor(list(told.key))
    former.train()
    for _ in range(recipe.steps):
        values, count, clip = examples.draw(recipe.batch, recipe.several)
        values = values + recipe.noise * torch.randn(values.shape, generator=generator)
        loss = module._loss(former, recipe, told, values, count, clip, fact, examples.rng)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(former.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return former


RECIPE = AlignRecipe(steps=8, batch=16)


def aligned(run: Run | None = None, recipe: AlignRecipe = RECIPE) -> dict[str, Tensor]:
    former = align(heard(), lessons(), np.arange(CLIPS), QFormerConfig.tiny(), recipe, run=run)
    return former.state_dict()


def test_alignment_is_what_a_plain_loop_gives_to_the_last_bit() -> None:
    found, wanted = aligned(), plain(RECIPE).state_dict()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_bfloat16_comes_near_float32() -> None:
    losses: dict[str, list[float]] = {}
    for precision in ("float32", "bfloat16", "auto"):
        tell = losses.setdefault(precision, [])
        aligned(
            Run(Computing(precision=precision), told=lambda _, loss, tell=tell: tell.append(loss))
        )
    assert losses["auto"] == losses["float32"]  # a CPU's auto
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.05)


def test_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    run = Run(Computing(save_every=3), tmp_path)
    aligned(run)
    with pytest.raises(InputError, match="is of a network of other sizes; --fresh"):
        wider = QFormerConfig(tokens=2, width=32, queries=2, heads=2, shared=8)
        align(heard(), lessons(), np.arange(CLIPS), wider, RECIPE, run=run)
    stored = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    torch.save(stored | {"sources": 2 * stored["sources"]}, tmp_path / CHECKPOINT)
    with pytest.raises(InputError, match="written by 2 processes, continued by 1"):
        aligned(run)


def test_curves_are_written_where_tensorboard_is(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    aligned(Run(Computing(tensorboard=True), tmp_path))
    (events,) = tmp_path.glob("events.out.tfevents.*")
    assert b"learning rate" in events.read_bytes()


def hide(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As if a package were not installed."""
    real = builtins.__import__

    def missing(wanted: str, *rest: Any) -> Any:
        if wanted == name or wanted.startswith(f"{name}."):
            raise ImportError(wanted)
        return real(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)


def test_missing_extras_name_their_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, "torch.utils.tensorboard")
    with pytest.raises(InputError, match=r"TensorBoard: pip install 'avitalk\[train\]'"):
        aligned(Run(Computing(tensorboard=True), tmp_path))
    hide(monkeypatch, "accelerate")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match=r"accelerate: pip install 'avitalk\[train\]'"):
        aligned()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="device 'cuda', but torch finds no GPU here"):
        aligned(Run(Computing(device="cuda")))


@pytest.mark.parametrize("bad", [{"device": "gpu"}, {"precision": "int8"}, {"save_every": 0}])
def test_unknown_ways_to_compute_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed: "):
        Computing(**bad)


SHARED = """
import sys
import torch
from avitalk.train.loop import Run, Workers, learn

weight = torch.nn.Parameter(torch.zeros(3))
source = torch.Generator().manual_seed(0)
drawn = []

def loss():
    drawn.append(torch.randn(3, generator=source))
    return ((weight - drawn[-1]) ** 2).sum()

learn([weight], loss, (source,), steps=4, learning_rate=0.1, weight_decay=0.0, run=Run())
workers = Workers.join("cpu")
lines = workers.gathered(f"{weight.tolist()} | {drawn[0].tolist()}")
if workers.rank == 0:
    print("\\n".join(lines))
"""


@pytest.mark.slow
def test_processes_draw_apart_and_learn_the_same(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    (tmp_path / "shared.py").write_text(SHARED)
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launch, str(tmp_path / "shared.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = (line.split(" | ") for line in done.stdout.strip().splitlines())
    assert first[0] == second[0]  # the same weights
    assert first[1] != second[1]  # from other draws


def test_learning_reaches_its_target() -> None:
    layer = nn.Linear(2, 1)
    losses: list[float] = []
    learn(
        list(layer.parameters()), lambda: (layer(torch.ones(1, 2)) - 3).square().sum(), (),
        steps=60, learning_rate=0.2, weight_decay=0.0, run=Run(told=lambda _, x: losses.append(x)),
    )  # fmt: skip
    assert len(losses) == 60 and losses[-1] < 1e-2 < losses[0]
