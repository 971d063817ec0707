"""Model card of the sync expert: its network and what was measured in, the fields out."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from avitalk.evaluate.sync_expert import SyncExpert
from avitalk.train.card_fields import Fields, card, interval
from avitalk.train.sync.report import UNSEEN


def sync_expert_card(path: Path, results: Mapping[str, Any]) -> Fields:
    """Card of the sync expert at `path`; `results` is what `train.sync.measure` wrote."""
    expert = SyncExpert.load(path)
    sets = {name: row for name, row in results["held out"].items() if "mean face" not in name}
    sets |= {UNSEEN[name]: row for name, row in results["unseen speaker"].items()}
    sets["in the wild (evaluation only), moved with the sound"] = results["wild"]["found"]
    metrics = {
        f"{name}, {length}: offset within 40 ms": interval(found)
        for name, row in sets.items()
        for length, found in row.items()
        if length != "1 s"
    }
    sizes = {
        **asdict(expert.config),
        "parameters": sum(p.numel() for p in expert.network.parameters()),
    }
    return card(
        "sync-expert",
        "0.2 s of log-mel and 0.2 s of lip contours at 25 fps to two embeddings that lie close "
        "where sound and lips belong together, after SyncNet: a metric, used in no animation.",
        "docs/results/sync_expert.md: avitalk.train.sync",
        ("grid_s1", "facegood"),
        sizes,
        {"chance": round(results["chance"], 3), **metrics},
        (
            "An in-domain metric: neither LSE-D nor LSE-C, and comparable with no other system's "
            "numbers.",
            "Two speakers, one filmed, one animated; everything else is augmentation.",
            "Blind to how large the movements of a clip are: that is taken out before judging.",
        ),
    )
