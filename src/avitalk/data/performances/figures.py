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
BUDGETS: Final = {"brows": 0.0477, "lids": 0.0442, "cheeks": 0.0241, "mouth": 0.02}
"""Deviation of a region's shapes within windows of 4 s, mean over its shapes and the nine captures;
the mouth's, which speaks, is a choice. By actor: brows 0.055 angry, 0.049 fearful, 0.038 sad; lids
0.044, 0.040, 0.049; cheeks 0.053, 0.004, 0.014. What is shown there is held for 1.7 to 2.8 s (lag
at which its autocorrelation falls below 1/e) and changes at up to 0.5 to 0.9 a second (95th
percentile): hence holds and quick changes in acting, not a steady swaying."""
SURGES: Final = (0.74, 0.45)
"""Share of the budget that manner 'surge' 0 moves, and what 1 adds; accents come on top."""
HEAD_SWAY_RAD: Final = (0.019, 0.014, 0.01)
"""Yaw, pitch, roll of acting's sway at manner 0.5: half of what GRID's head differs from sentence
to sentence (0.037, 0.028, 0.020); within one of 3 s it moves by 0.007, 0.009, 0.004, with speeds up
to 0.08, 0.16, 0.05 a second (95th percentile). Idle sway comes on top."""
