"""Facts in, words about the voice and its course out."""

from typing import Final

import numpy as np

from avitalk.data.instructions.facts import Facts
from avitalk.data.instructions.wording import joined, pick

ADJECTIVES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "pitch": (("low", "deep", "low-pitched", "dark"), ("high", "high-pitched", "raised", "shrill")),
    "liveliness": (
        ("dull", "flat", "unvarying", "toneless"),
        ("animated", "tuneful", "sing-song", "melodious"),
    ),
    "loudness": (
        ("quiet", "hushed", "muted", "soft-spoken"),
        ("loud", "ringing", "booming", "big"),
    ),
    "rate": (
        ("slow", "unhurried", "drawn-out", "leisurely"),
        ("fast", "quick", "rapid", "hurried"),
    ),
    "breath": (("breathy", "airy", "husky"), ("strained", "pressed", "squeezed", "tight")),
}  # fmt: skip
"""Low end, high end; each fits both before 'voice' and after 'the voice is'."""

PARTICIPLES: Final = frozenset(
    {
        "raised",
        "hushed",
        "muted",
        "ringing",
        "booming",
        "hurried",
        "pressed",
        "squeezed",
    }
)
"""Adjectives that stand last before the noun."""

ADVERBS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "pitch": (
        ("in a low voice", "in a deep register", "low in the chest"),
        ("in a high voice", "in a high register", "at a raised pitch"),
    ),
    "liveliness": (
        ("in a monotone", "on one note", "without much melody"),
        ("with plenty of melody", "with wide swings of pitch", "in a sing-song tone"),
    ),
    "loudness": (("quietly", "in a hushed tone", "at low volume"), ("loudly", "at high volume",
                                                                   "in a loud voice")),
    "rate": (
        ("slowly", "at a slow pace", "without hurry"),
        ("quickly", "rapidly", "at a fast pace"),
    ),
    "breath": (("with a breathy tone", "with a lot of air"), ("through a tight throat",
                                                        "with a pressed tone")),
}  # fmt: skip

AS_VOICE: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("pitch", "rising"): (
        "as the voice climbs", "as the pitch rises", "as the pitch goes up",
        "while the voice climbs toward the end", "as the voice lifts toward the last words",
        "while the pitch creeps up", "as the tone of the voice rises",
    ),
    ("pitch", "falling"): (
        "as the voice drops", "as the pitch falls", "as the voice drops toward the end",
        "while the pitch sinks", "as the voice comes down", "as the pitch slides down",
        "while the voice sinks toward the last words",
    ),
    ("pitch", "peaking"): (
        "at the top of the pitch", "as the pitch reaches its top",
        "when the voice is at its highest", "as the voice arches in the middle",
        "on the highest note of the phrase",
    ),
    ("pitch", "bursts"): (
        "with each jump of the pitch", "whenever the pitch leaps", "each time the voice jumps up",
        "on every leap of the voice", "with every swing of the pitch",
    ),
    ("energy", "rising"): (
        "as the voice swells", "as the voice gets louder", "as the volume climbs",
        "while the voice gains in volume", "as the words come out louder",
        "as the volume rises toward the end", "while the sound of the voice grows",
    ),
    ("energy", "falling"): (
        "as the voice dies away", "as the voice grows quieter", "as the volume drops",
        "while the voice fades out", "as the breath runs out", "as the volume falls toward the end",
        "while the words trail off",
    ),
    ("energy", "peaking"): (
        "at the loudest moment", "on the loudest word", "when the voice swells in the middle",
        "as the volume reaches its top", "at the loudest point of the phrase",
    ),
    ("energy", "bursts"): (
        "with each burst of the voice", "on every stressed word", "with every push of the voice",
        "each time the voice flares up", "whenever the volume jumps", "on each loud syllable",
    ),
    ("pitch", "steady"): (
        "from the first word to the last", "throughout the phrase", "while the pitch stays level",
        "right to the end", "for the whole phrase", "as the voice holds its note",
    ),
    ("energy", "steady"): (
        "from the first word to the last", "throughout the line", "while the volume stays even",
        "from beginning to end", "for the whole of the line", "as the voice keeps its level",
    ),
}  # fmt: skip

CHANGING: Final[dict[str, tuple[str, ...]]] = {
    "rising": ("building", "growing", "mounting", "growing stronger", "building up",
               "getting stronger", "gathering strength", "spreading"),
    "falling": ("easing", "fading", "easing off", "letting go", "softening", "getting weaker",
                "loosening", "dying down"),
    "peaking": ("peaking", "coming to a peak", "flaring up", "reaching its height",
                "cresting"),
    "bursts": ("flaring and fading", "coming and going", "pulsing", "coming in waves",
               "flickering"),
    "steady": ("lasting", "staying the same", "holding", "remaining in place",
               "keeping its strength"),
}  # fmt: skip

CHANGES: Final[dict[str, tuple[str, ...]]] = {
    "rising": ("builds", "grows", "mounts", "gets stronger", "gathers strength", "spreads",
               "builds up"),
    "falling": ("eases", "fades", "eases off", "softens", "gets weaker", "ebbs away", "lets go"),
    "peaking": ("peaks", "comes to a peak", "flares up", "is at its height", "crests"),
    "bursts": ("flares and fades", "comes and goes", "pulses", "comes in waves", "flickers"),
    "steady": ("stays firm", "stays the same", "holds", "remains the same", "keeps its strength"),
}  # fmt: skip

CHANGE: Final[dict[str, tuple[str, ...]]] = {
    "rising": ("build", "grow", "mount", "get stronger", "gather strength", "spread", "build up"),
    "falling": ("ease", "fade", "ease off", "soften", "get weaker", "ebb away", "loosen"),
    "peaking": ("peak", "come to a peak", "flare up", "reach its height", "crest"),
    "bursts": ("flare and fade", "come and go", "pulse", "come in waves", "flicker"),
    "steady": ("hold", "stay the same", "remain in place", "keep its strength", "stay as it is"),
}  # fmt: skip


def voice_adjectives(rng: np.random.Generator, facts: Facts, count: int, held_out: bool) -> str:
    """'low and quiet', or '' where nothing is worth saying."""
    return joined(_ordered(_words(rng, facts, ADJECTIVES, count, held_out)))


def voice_before_noun(rng: np.random.Generator, facts: Facts, count: int, held_out: bool) -> str:
    """'low, quiet', or ''; one participle at most."""
    words = _words(rng, facts, ADJECTIVES, count, held_out)
    while sum(word in PARTICIPLES for word in words) > 1:
        words.pop()
    return ", ".join(_ordered(words))


def voice_adverbs(rng: np.random.Generator, facts: Facts, count: int, held_out: bool) -> str:
    """'slowly and in a low voice', or ''."""
    words = _words(rng, facts, ADVERBS, count, held_out)
    single = [word for word in words if " " not in word]
    phrases = [word for word in words if " " in word]
    return " ".join([joined(single), *phrases[:1]]).strip()


def _ordered(words: list[str]) -> list[str]:
    return sorted(words, key=lambda word: word in PARTICIPLES)


def _words(
    rng: np.random.Generator,
    facts: Facts,
    words: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
    count: int,
    held_out: bool,
) -> list[str]:
    told = list(facts.told().items())[: count + 1]
    order = rng.permutation(len(told))[:count]
    chosen = [told[i] for i in order]
    return [pick(rng, words[name][int(level > 0)], held_out) for name, level in chosen]


def course(rng: np.random.Generator, facts: Facts) -> tuple[str, str]:
    """The measure to speak of, 'pitch' or 'energy', and how it moves; one that moves, if any."""
    both = (("energy", facts.energy_course), ("pitch", facts.pitch_course))
    moving = [entry for entry in both if entry[1] != "steady"] or list(both)
    return moving[rng.integers(len(moving))]
