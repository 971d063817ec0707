"""Single movements in everyday words: '{p}' is the owner, '{side}' left or right, '~' a degree."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Said:
    """Ways to say one movement, beside those of the table."""

    units: tuple[tuple[int, float | None], ...]
    """FACS number -> level; None where a degree may be said."""
    do: tuple[str, ...]
    """What to do: 'raise {p} eyebrows'."""
    state: tuple[str, ...] = ()
    """How it is: 'eyebrows raised'."""
    thing: tuple[str, ...] = ()
    """What one sees: 'a ~ smile'."""
    slack: bool = False
    """Whether words of force do not suit."""


def _one(
    number: int,
    do: tuple[str, ...],
    state: tuple[str, ...] = (),
    thing: tuple[str, ...] = (),
    *,
    slack: bool = False,
) -> Said:
    return Said(((number, None),), do, state, thing, slack)


WHOLE: Final = (
    Said(((1, None), (2, None)),
         ("raise {p} eyebrows", "lift {p} eyebrows", "raise {p} brows", "pull {p} eyebrows up"),
         ("eyebrows raised", "brows up", "eyebrows lifted", "brows raised"),
         ("~ raised eyebrows", "~ lifted brows")),
    _one(1, ("raise {p} inner brows", "tilt {p} inner brows up", "slant {p} eyebrows"),
         ("inner brows raised", "inner brows up"), ("~ raised inner brows",)),
    _one(2, ("raise {p} outer brows", "arch {p} eyebrows", "arch {p} brows"),
         ("outer brows raised", "eyebrows arched"), ("~ arched eyebrows",)),
    _one(4, ("frown", "furrow {p} brow", "knit {p} brows", "lower {p} brows",
             "draw {p} eyebrows together"),
         ("brows lowered", "brow furrowed", "brows knitted", "eyebrows drawn together"),
         ("a ~ frown", "a ~ furrowed brow", "~ lowered brows")),
    _one(5, ("widen {p} eyes", "open {p} eyes wide", "stare", "raise {p} upper lids"),
         ("eyes wide", "eyes wide open", "eyes widened"), ("~ wide eyes", "a ~ stare")),
    _one(6, ("raise {p} cheeks", "lift {p} cheeks", "push {p} cheeks up"),
         ("cheeks raised", "cheeks lifted"), ("~ raised cheeks", "~ crow's feet")),
    _one(7, ("squint", "narrow {p} eyes", "tighten {p} eyelids", "glare"),
         ("eyes narrowed", "eyelids tightened"), ("a ~ squint", "~ narrowed eyes", "a ~ glare")),
    _one(9, ("wrinkle {p} nose", "scrunch up {p} nose", "crinkle {p} nose"),
         ("nose wrinkled", "nose scrunched up"), ("a ~ wrinkled nose",)),
    _one(10, ("raise {p} upper lip", "curl {p} upper lip", "lift {p} upper lip"),
         ("upper lip raised", "upper lip curled"), ("a ~ raised upper lip", "a ~ sneer")),
    _one(12, ("smile", "grin", "raise the corners of {p} mouth", "lift {p} lip corners"),
         ("lip corners raised", "mouth corners up"), ("a ~ smile", "a ~ grin")),
    _one(14, ("tuck in the corners of {p} mouth", "dimple {p} cheeks"),
         ("mouth corners tucked in",), ("~ dimples",)),
    _one(15, ("turn down the corners of {p} mouth", "pull {p} lip corners down",
              "let the corners of {p} mouth droop"),
         ("mouth corners down", "lip corners turned down", "corners of the mouth lowered"),
         ("a ~ downturned mouth",), slack=True),
    _one(16, ("pull {p} lower lip down", "lower {p} bottom lip"), ("lower lip pulled down",),
         ("a ~ lowered bottom lip",), slack=True),
    _one(17, ("push {p} chin up", "push {p} lower lip up", "wrinkle {p} chin"),
         ("chin bunched up", "chin wrinkled"), ("a ~ wrinkled chin",)),
    _one(18, ("pucker {p} lips", "purse {p} lips"), ("lips pursed", "lips puckered"),
         ("~ pursed lips",)),
    _one(20, ("stretch {p} lips sideways", "pull {p} lips back", "stretch {p} mouth sideways"),
         ("lips stretched sideways", "lips drawn back"), ("~ stretched lips",)),
    _one(22, ("push {p} lips forward", "flare {p} lips"), ("lips pushed forward",),
         ("~ funneled lips",)),
    _one(23, ("tighten {p} lips", "thin {p} lips"), ("lips tightened", "lips thinned"),
         ("~ tightened lips",)),
    _one(24, ("press {p} lips together", "clamp {p} lips together", "press {p} lips shut"),
         ("lips pressed together", "lips clamped shut"), ("~ pressed lips",)),
    _one(25, ("part {p} lips", "open {p} lips"), ("lips parted", "lips apart"),
         ("~ parted lips",), slack=True),
    _one(26, ("drop {p} jaw", "open {p} mouth", "let {p} jaw drop"), ("jaw dropped", "mouth open"),
         ("a ~ dropped jaw", "a ~ open mouth"), slack=True),
    _one(27, ("open {p} mouth wide", "stretch {p} mouth wide open"), ("mouth wide open",),
         ("a ~ gaping mouth",)),
    _one(29, ("push {p} jaw forward", "jut {p} jaw out"), ("jaw thrust forward",),
         ("a ~ jutting jaw",)),
    _one(43, ("lower {p} eyelids", "let {p} eyelids droop"),
         ("eyelids lowered", "eyelids drooping"),
         ("~ lowered eyelids", "~ heavy lids"), slack=True),
    Said(((43, 1.0),), ("close {p} eyes", "shut {p} eyes"), ("eyes closed", "eyes shut"),
         ("closed eyes",)),
    Said(((43, 0.5),), ("keep {p} eyes half closed",), ("eyes half closed", "half-closed eyes")),
    Said(((17, 0.6), (18, 0.5)), ("pout",), (), ("a pout",)),
    Said(((5, 0.8),), ("go wide-eyed",), ("wide-eyed",)),
    Said(((12, 0.85),), ("smile from ear to ear", "grin widely", "smile widely"), (),
         ("a wide smile", "a wide grin", "a toothy smile")),
    Said(((10, 0.6), (16, 0.6), (25, 0.6)), ("bare {p} teeth", "show {p} teeth"), ("teeth bared",)),
    Said(((6, 0.6), (7, 0.25)), (), ("smiling eyes",)),
    _one(51, ("turn {p} head to the left", "turn {p} head left"), ("head turned to the left",),
         ("a ~ turn of the head to the left",)),
    _one(52, ("turn {p} head to the right", "turn {p} head right"), ("head turned to the right",),
         ("a ~ turn of the head to the right",)),
    _one(53, ("lift {p} chin", "raise {p} head", "tilt {p} head back"),
         ("chin up", "head tilted back"), ("a ~ raised chin",)),
    _one(54, ("lower {p} head", "bow {p} head", "hang {p} head"), ("head lowered", "head down"),
         ("a ~ lowered head",), slack=True),
    _one(55, ("tilt {p} head to the left", "cock {p} head"), ("head tilted to the left",),
         ("a ~ tilt of the head to the left",)),
    _one(56, ("tilt {p} head to the right",), ("head tilted to the right",),
         ("a ~ tilt of the head to the right",)),
    _one(57, ("lean in", "push {p} head forward"), ("head pushed forward",)),
    _one(58, ("lean back", "pull {p} head back"), ("head pulled back",)),
    _one(61, ("look to the left", "look left", "turn {p} eyes to the left"),
         ("eyes turned to the left", "gaze to the left"), ("a ~ glance to the left",)),
    _one(62, ("look to the right", "look right", "turn {p} eyes to the right"),
         ("eyes turned to the right", "gaze to the right"), ("a ~ glance to the right",)),
    _one(63, ("look up", "roll {p} eyes", "roll {p} eyes upward"), ("gaze upward",),
         ("a ~ roll of the eyes",)),
    _one(64, ("look down", "lower {p} gaze", "look at the floor"),
         ("gaze lowered", "eyes cast down"),
         ("a ~ lowered gaze",), slack=True),
)  # fmt: skip
"""Movements of both sides, and of head and gaze."""

SIDED: Final = (
    _one(2, ("raise {p} {side} eyebrow", "lift {p} {side} brow", "cock {p} {side} eyebrow",
             "arch {p} {side} eyebrow"),
         ("{side} eyebrow raised", "{side} brow up", "{side} eyebrow cocked"),
         ("a ~ raised {side} eyebrow", "a ~ arched {side} brow")),
    _one(4, ("lower {p} {side} eyebrow", "pull {p} {side} brow down"),
         ("{side} eyebrow lowered", "{side} brow pulled down"), ("a ~ lowered {side} eyebrow",)),
    _one(5, ("widen {p} {side} eye", "open {p} {side} eye wide"), ("{side} eye wide open",),
         ("a ~ widened {side} eye",)),
    _one(6, ("raise {p} {side} cheek", "lift {p} {side} cheek", "push {p} {side} cheek up"),
         ("{side} cheek raised", "{side} cheek lifted"), ("a ~ raised {side} cheek",)),
    _one(7, ("narrow {p} {side} eye", "squint with {p} {side} eye"), ("{side} eye narrowed",),
         ("a ~ squint of the {side} eye",)),
    _one(9, ("wrinkle the {side} side of {p} nose", "scrunch up the {side} side of {p} nose"),
         ("{side} side of the nose wrinkled",)),
    _one(10, ("raise the {side} side of {p} upper lip", "curl the {side} side of {p} upper lip"),
         ("{side} side of the upper lip raised",), ("a ~ sneer on the {side} side",)),
    _one(12, ("lift the {side} corner of {p} mouth", "raise {p} {side} lip corner",
              "smile with the {side} corner of {p} mouth", "smile on the {side} side"),
         ("{side} mouth corner up", "{side} corner of the mouth lifted"),
         ("a ~ smile on the {side} side",)),
    _one(14, ("tuck in the {side} corner of {p} mouth", "dimple {p} {side} cheek"),
         ("{side} corner of the mouth tucked in",), ("a ~ dimple in the {side} cheek",)),
    _one(15, ("turn down the {side} corner of {p} mouth", "pull {p} {side} lip corner down"),
         ("{side} mouth corner down", "{side} corner of the mouth turned down"), slack=True),
    _one(20, ("pull the {side} corner of {p} mouth back",),
         ("{side} corner of the mouth pulled back",)),
    Said(((43, 1.0),), ("close {p} {side} eye", "shut {p} {side} eye", "wink with {p} {side} eye"),
         ("{side} eye closed", "{side} eye shut")),
)  # fmt: skip
"""Movements of one side."""

DENIALS: Final[dict[int, tuple[str, str, str]]] = {
    1: ("raise {p} inner brows", "raising {p} inner brows", "raised inner brows"),
    4: ("frown", "frowning", "frown"),
    5: ("widen {p} eyes", "widening {p} eyes", "wide eyes"),
    6: ("raise {p} cheeks", "raising {p} cheeks", "raised cheeks"),
    7: ("squint", "squinting", "squint"),
    9: ("wrinkle {p} nose", "wrinkling {p} nose", "wrinkled nose"),
    10: ("raise {p} upper lip", "raising {p} upper lip", "raised upper lip"),
    12: ("smile", "smiling", "smile"),
    15: ("turn down the corners of {p} mouth", "turning down the corners of {p} mouth",
         "downturned mouth"),
    24: ("press {p} lips together", "pressing {p} lips together", "pressed lips"),
    25: ("part {p} lips", "parting {p} lips", "parted lips"),
    26: ("open {p} mouth", "opening {p} mouth", "open mouth"),
    43: ("close {p} eyes", "closing {p} eyes", "closed eyes"),
    54: ("lower {p} head", "lowering {p} head", "lowered head"),
    64: ("look down", "looking down", "lowered gaze"),
}  # fmt: skip
"""What a face is asked not to do: base form, gerund, noun."""
