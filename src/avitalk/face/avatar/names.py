"""Names of morph targets as people and programs spell them in, ARKit shapes or visemes out."""

import re
from typing import Final, NamedTuple

from avitalk.arkit import ARKIT_52

VISEMES: Final[tuple[str, ...]] = (
    "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U",
)  # fmt: skip
"""The 15 Oculus visemes, in Ready Player Me's spelling."""

SIDES: Final = {"l": "Left", "left": "Left", "r": "Right", "right": "Right"}
VISEME_SPELLINGS: Final = {
    **{name.lower(): name for name in VISEMES},
    "ih": "I", "oh": "O", "ou": "U", "ee": "E", "silence": "sil",
}  # fmt: skip
VROID_VOWELS: Final = {"a": "aa", "i": "I", "u": "U", "e": "E", "o": "O"}
"""Of targets such as 'Fcl_MTH_A', as VRoid Studio has them."""
# What some avatars call shapes that ARKit has under another name.
ALIASES: Final = {
    "blink": "eyeBlink", "eyesclosed": "eyeBlink", "eyeclosed": "eyeBlink",
    "eyeclose": "eyeBlink", "eyesclose": "eyeBlink", "eyesblink": "eyeBlink",
    "eyeslookup": "eyeLookUp", "eyeslookdown": "eyeLookDown",
    "mouthopen": "mouthOpen",
}  # fmt: skip


class Spelled(NamedTuple):
    """What a name says."""

    base: str
    """An ARKit name without Left or Right, or 'mouthOpen'."""
    side: str
    """'Left', 'Right', or '' for a shape of both sides."""


def _bases() -> dict[str, str]:
    names = (name.removesuffix("Left").removesuffix("Right") for name in ARKIT_52)
    return {name.lower(): name for name in names}


BASES: Final = _bases()
"""Lower-case ARKit name without its side -> the same as ARKit spells it."""
ALWAYS_SIDED: Final = ("jaw", "mouth")  # jawLeft, mouthRight: alone these words name a place


def spelled_shape(name: str) -> Spelled | None:
    """The ARKit shape that a morph target's name means; None if it is none.

    Understood are camelCase, PascalCase, snake_case and spaces; Left, L or l at the beginning, in
    the middle or at the end; a path before the last '.', ':', '|' or '/', and words before
    an '_'. A name of two shapes (a corrective one) is none.
    """
    chunks = [chunk for chunk in re.split(r"[_\s-]+", _last_part(name)) if chunk]
    for start in range(len(chunks)):
        found = _whole_match([word for chunk in chunks[start:] for word in _words(chunk)])
        if found is not None:
            before = [word for chunk in chunks[:start] for word in _words(chunk)]
            other = start and any(_whole_match(_words(chunk)) for chunk in chunks[:start])
            return None if other or any(word in SIDES for word in before) else found
    return None


def spelled_viseme(name: str) -> tuple[str, bool] | None:
    """The viseme that a name means, and whether it says so ('viseme_PP', 'v_pp') or not ('PP')."""
    part = _last_part(name).strip()
    match = re.fullmatch(r"(?i)(?:.*[_\s-])?(viseme|vis|v|mth)[_\s-]?([a-z]+)", part)
    if match is not None:
        spellings = VROID_VOWELS if match[1].lower() == "mth" else VISEME_SPELLINGS
        if match[2].lower() in spellings:
            return spellings[match[2].lower()], True
    if part.lower() in VISEME_SPELLINGS:
        return VISEME_SPELLINGS[part.lower()], False
    return None


def _whole_match(words: list[str]) -> Spelled | None:
    joined = "".join(words)
    for ending, side in (("left", "Left"), ("right", "Right"), ("", "")):
        base = joined.removesuffix(ending)
        if joined.endswith(ending) and (side or base not in ALWAYS_SIDED):
            known = BASES.get(base) or ALIASES.get(base)
            if known:
                return Spelled(known, side)
    sides = [word for word in words if word in SIDES]
    if len(sides) == 1:
        base = "".join(word for word in words if word not in SIDES)
        known = BASES.get(base) or ALIASES.get(base)
        if known:
            return Spelled(known, SIDES[sides[0]])
    return None


def _last_part(name: str) -> str:
    """'blendShape1.mouthSmile.L' to 'mouthSmile_L': a path goes, a side and what it is of stay."""
    last = re.split(r"[:|/]", name.strip())[-1]
    parts = [part for part in last.split(".") if part and not part.isdigit()]
    if len(parts) > 1 and parts[-1].lower() in SIDES:
        return f"{parts[-2]}_{parts[-1]}"
    return parts[-1] if parts else ""


def _words(chunk: str) -> list[str]:
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+", chunk)
    return [word.lower() for word in found]
