"""Which moments of a motion to look at: phones and lip opening in, captioned times out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avitalk.errors import InputError
from avitalk.face.head import Head
from avitalk.face.lips import lip_gap
from avitalk.speech.phones import BILABIAL, LABIODENTAL, OPEN_VOWELS, PhoneSegment
from avitalk.types import Motion

CLOSED_MM: Final = 0.93  # a gap that counts as closed, see docs/results/lips.md
MOST_MOMENTS: Final = 400
CONTEXT: Final = 2  # phones on either side of the one that is shown
ROUNDED: Final = frozenset({"UW", "UH", "OW", "OY", "W"})


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame worth a look."""

    time_s: float
    """When, in seconds from the start of the motion."""
    caption: str
    """What to write below it, one or two lines."""
    wrong: bool = False
    """Whether something measured is not as it should be: lips apart in p, b or m."""
    rank: int = 3
    """Which moments to keep if there are too many: 0 first."""


@dataclass(frozen=True, slots=True)
class Closure:
    """A p, b or m, and how far the lips came together in it."""

    phone: PhoneSegment
    """What was heard."""
    time_s: float
    """When the lips are closest during the phone."""
    gap_mm: float
    """How far apart they are then."""

    @property
    def closed(self) -> bool:
        """Whether the lips meet."""
        return self.gap_mm <= CLOSED_MM


def lip_gaps_mm(head: Head, motion: Motion) -> NDArray[np.float64] | None:
    """(F,) opening of the inner lips in millimetres; None for a head whose lips are not known."""
    if not len(head.lip_upper) or not len(head.lip_lower):
        return None
    lips = _lips_alone(head)
    gaps = [float(lip_gap(lips.pose_frame(weights), lips)) for weights in motion.weights]
    return 1000 * np.array(gaps)


def _lips_alone(head: Head) -> Head:
    """The head without any other vertex: poses in a moment."""
    rows = np.concatenate([head.lip_upper, head.lip_lower])
    count = len(head.lip_upper)
    nowhere = np.zeros((2, 0), np.int32)
    return replace(
        head,
        vertices=head.vertices[rows],
        triangles=np.zeros((0, 3), np.int32),
        part=head.part[rows],
        shapes=np.ascontiguousarray(head.shapes[:, rows]),
        head_weight=head.head_weight[rows],
        lip_upper=np.arange(count, dtype=np.int32),
        lip_lower=np.arange(count, len(rows), dtype=np.int32),
        lid_upper=nowhere,
        lid_lower=nowhere,
        landmarks={},
    )


def closures(
    phones: Sequence[PhoneSegment], gaps_mm: NDArray[np.float64], fps: float
) -> list[Closure]:
    """Each p, b and m with the frame, of those shown during it, in which the lips are closest."""
    found = []
    for phone in phones:
        if phone.phone in BILABIAL:
            first = min(int(phone.start_s * fps + 1e-6), len(gaps_mm) - 1)
            last = max(first + 1, int(np.ceil(phone.end_s * fps - 1e-6)))
            frame = first + int(gaps_mm[first:last].argmin())
            found.append(Closure(phone, frame / fps, float(gaps_mm[frame])))
    return found


def speech_moments(
    phones: Sequence[PhoneSegment],
    closed: Sequence[Closure],
    gaps_mm: NDArray[np.float64],
    fps: float,
) -> list[Moment]:
    """A moment for each phone: p b m where the lips are closest, others at their middle."""
    nearest = {closure.phone.start_s: closure for closure in closed}
    moments = []
    for i, phone in enumerate(phones):
        closure = nearest.get(phone.start_s)
        time_s = closure.time_s if closure else (phone.start_s + phone.end_s) / 2
        wrong = closure is not None and not closure.closed
        caption = f"{clock(time_s)}  {phone.phone} ({phone.viseme})"
        if len(gaps_mm):
            gap = gaps_mm[min(round(time_s * fps), len(gaps_mm) - 1)]
            caption += f"  {max(gap, 0):.1f} mm"
        caption += "\n" + _context(phones, i)
        moments.append(Moment(time_s, caption, wrong, 0 if wrong else _rank(phone.phone)))
    return moments


def _context(phones: Sequence[PhoneSegment], i: int) -> str:
    names = [phone.phone.lower().replace("sil", "-") for phone in phones]
    before, after = names[max(0, i - CONTEXT) : i], names[i + 1 : i + 1 + CONTEXT]
    return " ".join([*before, f"[{names[i]}]", *after])


def _rank(phone: str) -> int:
    if phone in BILABIAL or phone in LABIODENTAL:
        return 1
    return 2 if phone in ROUNDED or phone in OPEN_VOWELS else 3


def even_moments(start_s: float, end_s: float, every_s: float) -> list[Moment]:
    """A moment each `every_s` seconds from `start_s`; InputError if that is not some to many."""
    if not every_s > 0:
        raise InputError(f"a picture every {every_s:g} s; it must be more than 0")
    count = int((end_s - start_s) / every_s + 1e-9) + 1
    if count > MOST_MOMENTS:
        raise InputError(f"{count} pictures; at most {MOST_MOMENTS}: show less or less often")
    times = [min(start_s + i * every_s, end_s) for i in range(count)]
    return [Moment(time_s, clock(time_s)) for time_s in times]


def kept(moments: Sequence[Moment], most: int) -> list[Moment]:
    """At most `most` of the moments in order of time: all that are wrong, if they fit, then of each
    rank as many as fill half of what is left, spread evenly.
    """
    ranks = sorted({moment.rank for moment in moments})
    alike = {rank: [moment for moment in moments if moment.rank == rank] for rank in ranks}
    room = most
    quota = dict.fromkeys(ranks, 0)
    for share in (2, 1):  # the second time round what is left over is given away
        for rank in ranks:
            more = min(len(alike[rank]) - quota[rank], -(-room // (share if rank else 1)))
            quota[rank] += more
            room -= more
    chosen = []
    for rank in ranks:
        picks = np.linspace(0, len(alike[rank]) - 1, quota[rank]).round().astype(int)
        chosen += [alike[rank][pick] for pick in picks]
    return sorted(chosen, key=lambda moment: moment.time_s)


def clock(time_s: float, digits: int = 2) -> str:
    """'7.25 s', or '9:07.25' from a hundred seconds on."""
    if time_s < 100:
        return f"{time_s:.{digits}f} s"
    minutes, seconds = divmod(round(time_s, digits), 60)
    return f"{minutes:.0f}:{seconds:0{digits + 3 if digits else 2}.{digits}f}"
