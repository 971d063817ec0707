"""How well the grammar of instructions writes: parsed, read back, varied, repeated.

    python benchmarks/words.py [--draws 2000] [--held-out]

Needs Debian's link-grammar and link-grammar-dictionaries-en; 2,000 draws parse in some minutes.
"""

import argparse
import re
from itertools import pairwise

import numpy as np

from avitalk.data.instructions import parsing
from avitalk.data.instructions.facts import draw_facts
from avitalk.data.instructions.grammar import phrase
from avitalk.facs.reading import read

EMODB = {
    "anger": 127, "boredom": 81, "disgust": 46, "fear": 69, "happiness": 71, "sadness": 62,
    "neutral": 79,
}  # fmt: skip
"""Recordings by emotion, in whose proportions distinct-2 is measured."""


def distinct_2(texts: list[str]) -> float:
    """Distinct pairs of neighbouring words over all."""
    words = [re.findall(r"[a-z0-9'-]+", text.lower()) for text in texts]
    pairs = [pair for each in words for pair in pairwise(each)]
    return len(set(pairs)) / len(pairs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=2000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--held-out", action="store_true")
    given = options.parse_args()
    rng = np.random.default_rng(given.seed)
    facts = [draw_facts(rng) for _ in range(given.draws)]
    texts = [phrase(each, rng, held_out=given.held_out) for each in facts]
    readings = [read(text) for text in texts]
    right = np.mean([f.emotion == r.emotion for f, r in zip(facts, readings, strict=True)])
    missed = [abs(f.strength - r.strength) for f, r in zip(facts, readings, strict=True)]
    print(f"emotion read back {right:.4f}, strength missed by {np.mean(missed):.3f}")
    pool = tuple(name for name, count in EMODB.items() for _ in range(count))
    shares = [
        distinct_2(
            [
                phrase(draw_facts(rng, emotions=pool), rng, held_out=given.held_out)
                for _ in range(200)
            ]
        )
        for _ in range(5)
    ]
    print(f"distinct-2 of 200 draws, five times: {', '.join(f'{s:.3f}' for s in shares)}")
    many = [phrase(draw_facts(rng), rng, held_out=given.held_out) for _ in range(10 * given.draws)]
    print(f"repeated among {len(many)}: {1 - len(set(many)) / len(many):.5f}")
    whole = parsing.parsed(texts)
    print(f"parsed whole {np.mean(whole):.4f}")
    for text in (text for text, good in zip(texts, whole, strict=True) if not good):
        print("  not:", text)


if __name__ == "__main__":
    main()
