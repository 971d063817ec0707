"""Checkpoints: a module and its sizes <-> a safetensors file of half-precision weights."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from avitalk.errors import InputError
from avitalk.files import atomic_path


def save_module(path: Path, module: nn.Module, kind: str, config: Mapping[str, Any]) -> None:
    """Write the weights as float16 with `kind` and `config` in the file's metadata."""
    tensors = {name: t.detach().half().contiguous() for name, t in module.state_dict().items()}
    with atomic_path(path) as partial:
        save_file(tensors, partial, {"kind": kind, "config": json.dumps(dict(config))})


def read_config(path: Path, kind: str) -> dict[str, Any]:
    """The sizes stored in the file; InputError if it is no checkpoint of this kind."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a readable safetensors file ({error})") from error
    found = metadata.get("kind", "nothing stated")
    if found != kind:
        raise InputError(f"{path}: holds weights of '{found}', but '{kind}' is needed")
    config: dict[str, Any] = json.loads(metadata["config"])
    return config


def fill_module(path: Path, module: nn.Module) -> None:
    """Copy the file's weights into `module` as float32.

    Raises InputError naming the first weight that is missing, unexpected or of another shape.
    """
    with safe_open(path, framework="pt") as file:
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    wanted = module.state_dict()
    missing, extra = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing or extra:
        what = f"lacks '{missing[0]}'" if missing else f"has an unknown weight '{extra[0]}'"
        raise InputError(f"{path}: {what}; {len(missing)} missing, {len(extra)} unknown")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            have, want = tuple(tensor.shape), tuple(wanted[name].shape)
            raise InputError(f"{path}: '{name}' has shape {have}, but {want} is needed")
    module.load_state_dict({name: tensor.to(torch.float32) for name, tensor in tensors.items()})


def completed(
    path: Path, stored: Mapping[str, Any], defaults: Mapping[str, Any], later: tuple[str, ...]
) -> dict[str, Any]:
    """The stored sizes, with defaults for those in `later`, which older files do not know.

    Lists become tuples where the default is one. Raises InputError if another field is missing or
    one is unknown.
    """
    full = {**{name: defaults[name] for name in later}, **stored}
    strange = sorted(set(full) ^ set(defaults))
    if strange:
        allowed = tuple(defaults)
        raise InputError(f"{path}: config field '{strange[0]}' does not fit; allowed: {allowed}")
    return {n: tuple(v) if isinstance(defaults[n], tuple) else v for n, v in full.items()}
