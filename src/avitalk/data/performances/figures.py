"""Figures of captured performances that acting is sized by; nothing else of the captures is used.

Made by `python -m avitalk.train.style.captures --data DATA`: nine captures of an angry, a fearful
and a sad actor, 31 s each, and the heads of GRID's first 1,000 sentences.
"""

from typing import Final

from avitalk.arkit import INDEX, REGIONS

SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "brows": REGIONS["brows"],
    "lids": tuple(
        INDEX[f"eye{name}{side}"] for name in ("Blink", "Squint", "Wide")
        for side in ("Left", "Right")
    ),
    "cheeks": REGIONS["cheeks"],
    "mouth": tuple(
        INDEX[f"mouth{name}{side}"]
        for name in ("Smile", "Frown", "Stretch", "UpperUp", "LowerDown", "Press")
        for side in ("Left", "Right")
    ),
}  # fmt: skip
"""Shapes of each region whose variation is measured; lids without blinks."""
BUDGETS: Final = {"brows": 0.048, "lids": 0.05, "cheeks": 0.024, "mouth": 0.03}
"""Standard deviation of a region's shapes within 4 s, mean over its shapes and the captures."""
SURGES: Final = (0.75, 0.6)
"""Share of the budget that manner 'surge' 0 moves, and what 1 adds."""
HEAD_SWAY_RAD: Final = (0.021, 0.016, 0.011)
"""Yaw, pitch, roll: what acting's sway adds at manner 0.5."""
