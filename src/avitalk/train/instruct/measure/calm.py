"""Calm readers of English, held out: how many of them are heard, and written, as calm.

A reader's windows are heard together. The same for the ear that is fitted without other readers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.data.instructions.labels import Labelled
from avitalk.evaluate.metrics import recall
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.facs.reading import read
from avitalk.instruct.qformer import QFormer
from avitalk.train.instruct.measure.elsewhere import together
from avitalk.train.instruct.measure.inputs import EMOTIONS, Windows
from avitalk.train.instruct.measure.recall import listened
from avitalk.train.instruct.measure.texts import Told

CALM: Final = ("neutral", "calm")
READERS, WITHOUT = "readers", "no_readers"
"""Systems: as it ships, and fitted to EmoDB alone."""


def measure(
    formers: Mapping[str, QFormer],
    windows: Windows,
    clips: Sequence[Labelled],
    told: Mapping[str, Sequence[Told]],
) -> dict[str, Any]:
    """Shares of recordings that are calm, by system and corpus; `told` are texts by system."""
    corpus = np.array([clip.speaker.partition("-")[0] for clip in clips])
    found: dict[str, Any] = {
        "recordings": len(clips), "speakers": len({clip.speaker for clip in clips}),
        "corpora": dict(Counter(corpus.tolist())), "systems": {},
    }  # fmt: skip
    for name, former in formers.items():
        heard = listened(former, together(windows)).emotion.argmax(1).numpy()
        said = {"heard": [EMOTIONS[i] for i in heard]}
        if told.get(name):
            texts = {row.clip: read(row.text).emotion for row in told[name]}
            said["text"] = [texts[number] for number in range(len(clips))]
        found["systems"][name] = {how: _shares(words, corpus) for how, words in said.items()}
    return found


def _shares(said: Sequence[str], corpus: NDArray[np.str_]) -> dict[str, Any]:
    """Shares that are calm, of all and of each corpus; what was said how often."""
    calm = np.array([name in CALM for name in said], np.float64)
    rows = {"all": recall.plain(bootstrap(calm))}
    rows |= {str(name): recall.plain(bootstrap(calm[corpus == name])) for name in np.unique(corpus)}
    return {"rows": rows, "said": dict(Counter(said).most_common())}
