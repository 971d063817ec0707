"""Written words in, the ways to say them out: numbers, abbreviations and letters, English only.

What is written has often more than one reading ("1999", "St.", "USA"): all are given, and the
aligner takes the one that fits the voice.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from avitalk.errors import InputError

Reading = tuple[str, ...]
"""Words, lower case, that a dictionary or the rules of spelling pronounce."""

_ONES: Final = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS: Final = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SCALES: Final = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_UNITS: Final = {
    "$": "dollars", "£": "pounds", "€": "euros", "%": "percent", "°": "degrees",
    "kg": "kilograms", "km": "kilometers", "cm": "centimeters", "mm": "millimeters",
    "am": "a m", "pm": "p m",
}  # fmt: skip
_SIGNS: Final = {"&": "and", "@": "at", "+": "plus", "=": "equals", "#": "number", "%": "percent"}
_SHORT: Final[dict[str, tuple[str, ...]]] = {
    "dr": ("doctor", "drive"), "st": ("saint", "street"), "prof": ("professor",),
    "vs": ("versus",), "no": ("no", "number"), "jr": ("junior",), "sr": ("senior",),
    "etc": ("et cetera",), "approx": ("approximately",), "dept": ("department",),
    "ave": ("avenue",), "vol": ("volume",), "capt": ("captain",), "col": ("colonel",),
    "gen": ("general",), "sen": ("senator",), "gov": ("governor",), "rev": ("reverend",),
    "lt": ("lieutenant",), "sgt": ("sergeant",), "mt": ("mount",), "ft": ("feet", "fort"),
    "inc": ("incorporated", "inc"), "ltd": ("limited",), "co": ("company",),
    "jan": ("january",), "feb": ("february",), "aug": ("august",), "sept": ("september",),
    "oct": ("october",), "nov": ("november",), "dec": ("december",),
}  # fmt: skip
"""Abbreviations; those that are words too count only before a full stop."""
_ALSO_WORDS: Final = frozenset({"no", "co", "col", "gen", "rev", "jan", "inc", "dec", "mt", "ft"})
_MOST_DIGITS: Final = 12
_TOKEN: Final = re.compile(
    r"[$£€]?\d+(?:,\d{3})*(?:\.\d+)?(?:st|nd|rd|th|s|%|°|kg|km|cm|mm|am|pm)?(?![a-z])"
    r"|\d+|(?:[a-z]\.){2,}|[a-z']+\.?|[&@+=#%]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """One word as written, with all its readings."""

    text: str
    """As written, lower case."""
    readings: tuple[Reading, ...]
    """Ways to say it, most likely first."""


def written_words(text: str) -> list[Written]:
    """The words, numbers and signs of a text. Raises InputError if there is none."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ß", "ss"))
    plain = "".join(c for c in plain if c.isascii() or c in "£€°")
    words = [word for token in _TOKEN.findall(plain) if (word := _written(token)) is not None]
    if not words:
        raise InputError(f"transcript '{text.strip()[:40]}' holds no words in Latin letters")
    return words


def _written(token: str) -> Written | None:
    if token in _SIGNS:
        return Written(token, ((_SIGNS[token],),))
    low = token.lower()
    if any(c.isdigit() for c in token):
        return Written(low, tuple(dict.fromkeys(_number(low))))
    word = low.rstrip(".").strip("'")
    if "." in word:  # u.s.a.
        return Written(low, (tuple(word.replace(".", "")),))
    if word in _SHORT and (low.endswith(".") or word not in _ALSO_WORDS):
        return Written(low, tuple(tuple(said.split()) for said in _SHORT[word]))
    spell = token.isupper() and 2 <= len(word) <= 5 and word.isalpha()
    readings = ((word,), tuple(word)) if spell else ((word,),)
    return Written(low if spell else word, readings) if word else None


def _number(token: str) -> list[Reading]:
    """Readings of digits with their sign, fraction and ending."""
    found = re.fullmatch(r"([$£€]?)(\d+)(?:\.(\d+))?([a-z%°]*)", token.replace(",", ""))
    if found is None or len(found[2]) > _MOST_DIGITS:
        return [tuple(_ONES[int(c)] for c in token if c.isdigit())]
    sign, digits, fraction, ending = found.groups()
    said = _whole(digits)
    if fraction:
        tail = ("point", *(_ONES[int(c)] for c in fraction))
        said = [reading + tail for reading in said]
        if sign:
            said = [(*_cardinal(int(digits)), *_cardinal(int(fraction))), *said]
    if ending in ("st", "nd", "rd", "th"):
        return [(*reading[:-1], _ordinal(reading[-1])) for reading in said]
    if ending == "s":
        return [(*reading[:-1], _plural(reading[-1])) for reading in said]
    unit = _UNITS.get(sign or ending, ending)
    if sign and fraction:
        head = _cardinal(int(digits))
        return [(*head, unit, *said[0][len(head) :]), *((*reading, unit) for reading in said[1:])]
    return [(*reading, *unit.split()) for reading in said]


def _whole(digits: str) -> list[Reading]:
    """Readings of a row of digits: as a number, as a year, one by one."""
    value = int(digits)
    said = []
    if digits[0] != "0" or digits == "0":
        if len(digits) == 4:
            said += _year(value)
        said.append(_cardinal(value))
        if value > 100 and value % 100:
            head, tail = _cardinal(value - value % 100), _cardinal(value % 100)
            said.append((*head, "and", *tail))
    one_by_one = tuple(_ONES[int(c)] for c in digits)
    said.append(one_by_one)
    if "0" in digits and len(digits) > 1:
        said.append(tuple("oh" if word == "zero" else word for word in one_by_one))
    return said


def _year(value: int) -> list[Reading]:
    """'nineteen ninety nine', 'nineteen oh five', 'nineteen hundred'."""
    century, rest = divmod(value, 100)
    if century % 10 == 0:
        return [] if rest < 10 else [(*_cardinal(century), *_cardinal(rest))]
    if rest == 0:
        return [(*_cardinal(century), "hundred")]
    return [(*_cardinal(century), *(("oh",) if rest < 10 else ()), *_cardinal(rest))]


def _cardinal(value: int) -> Reading:
    if value < 20:
        return (_ONES[value],)
    if value < 100:
        tens, ones = divmod(value, 10)
        return (_TENS[tens], *((_ONES[ones],) if ones else ()))
    size, name = next(pair for pair in _SCALES if value >= pair[0])
    head, rest = divmod(value, size)
    return (*_cardinal(head), name, *(_cardinal(rest) if rest else ()))


def _ordinal(word: str) -> str:
    if word in _ORDINALS:
        return _ORDINALS[word]
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"


def _plural(word: str) -> str:
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("x") else "s")
