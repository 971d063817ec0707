"""SyncNet's published weights, a file that users bring -> SyncNet."""

from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from avitalk.errors import InputError
from avitalk.evaluate.syncnet.network import SyncNet

EXPECTED = "SyncNet's weights, published as syncnet_v2.model"


def load(path: Path | str) -> SyncNet:
    """Read a torch file of tensors or a safetensors file; nothing else in it is run.

    Raises InputError if the file is missing, is neither, or lacks, adds or misshapes a weight.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; {EXPECTED}, are the user's to bring")
    found = _tensors(path)
    network = SyncNet()
    wanted = network.state_dict()
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    missing = sorted(wanted.keys() - found.keys() - counters)
    extra = sorted(found.keys() - wanted.keys())
    if missing or extra:
        what = f"lacks '{missing[0]}'" if missing else f"has an unknown weight '{extra[0]}'"
        raise InputError(
            f"{path}: {what}; {len(missing)} missing, {len(extra)} unknown; needed: {EXPECTED}"
        )
    for name, tensor in found.items():
        if tensor.shape != wanted[name].shape:
            have, want = tuple(tensor.shape), tuple(wanted[name].shape)
            raise InputError(f"{path}: '{name}' has shape {have}, but {want} is needed")
    network.load_state_dict({name: found.get(name, wanted[name]) for name in wanted})
    return network


def _tensors(path: Path) -> dict[str, Tensor]:
    """Name -> tensor as float32."""
    try:
        if path.suffix == ".safetensors":
            stored = load_file(path)
        else:
            stored = torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, UnpicklingError, EOFError, ValueError, SafetensorError) as error:
        raise InputError(f"{path}: not a readable file of weights; needed: {EXPECTED}") from error
    if not isinstance(stored, dict) or not all(isinstance(t, Tensor) for t in stored.values()):
        raise InputError(f"{path}: holds no table of weights; needed: {EXPECTED}")
    return {name: t.float() if t.is_floating_point() else t for name, t in stored.items()}
