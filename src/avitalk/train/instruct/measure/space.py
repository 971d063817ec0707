"""Figure 8 of AVI-Talking: mean queries of speakers never heard, by emotion; t-SNE and silhouette.

Each fold has a Q-Former and so a space of its own. For one picture every space is rotated onto
the first (orthogonal Procrustes on windows of speakers that both were trained on; no labels).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avitalk.evaluate.metrics import recall
from avitalk.evaluate.metrics.lips import bootstrap
from avitalk.train.instruct.measure.inputs import EMOTIONS, Windows, former_of, speakers_in
from avitalk.train.instruct.measure.recall import listened

Floats = NDArray[np.float64]
COLOURS: Final = ("#d62728", "#8c6d46", "#2ca02c", "#9467bd", "#ff9f1c", "#7f7f7f", "#1f77b4")
PERPLEXITY: Final = 30


def rotation(own: Floats, other: Floats) -> tuple[Floats, Floats, Floats]:
    """Means of both and the rotation of (n, D) `own` that lies closest to `other`."""
    left, right = own.mean(0), other.mean(0)
    u, _, v = np.linalg.svd((own - left).T @ (other - right))
    return left, right, u @ v


def spaces(folds: Path, windows: Windows) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Rows (one window a recording), their mean queries in one space (n, D), and their
    statistics standardised by their fold (n, S).
    """
    rows, queries, raw = [], [], []
    names = speakers_in(folds)
    reference = former_of(folds, names[0])
    common = listened(reference, windows.values).queries.mean(1).double().numpy()
    for name in names:
        former = former_of(folds, name)
        own = listened(former, windows.values).queries.mean(1).double().numpy()
        both = ~np.isin(windows.speaker, [name, names[0]])
        left, right, turn = rotation(own[both], common[both])
        here = windows.first[windows.speaker[windows.first] == name]
        rows.append(here)
        queries.append((own[here] - left) @ turn + right)
        raw.append((windows.values[here] - former.mean.numpy()) / former.scale.numpy())
    return np.concatenate(rows), np.concatenate(queries), np.concatenate(raw).astype(np.float64)


def measure(folds: Path, windows: Windows, picture: Path) -> dict[str, Any]:
    """Silhouettes by emotion (cosine) of queries and of statistics; writes the picture."""
    from sklearn.manifold import TSNE  # noqa: PLC0415 - on use
    from sklearn.metrics import silhouette_samples  # noqa: PLC0415

    rows, queries, raw = spaces(folds, windows)
    truth = windows.truth()[rows]
    mixed = np.random.default_rng(0).permutation(truth)

    def silhouette(points: Floats, labels: NDArray[np.int64]) -> dict[str, Any]:
        centred = points - points.mean(0)
        return recall.plain(bootstrap(silhouette_samples(centred, labels, metric="cosine")))

    near = min(PERPLEXITY, (len(rows) - 1) // 3)
    flat = [
        TSNE(2, perplexity=near, metric="cosine", init="random", random_state=0).fit_transform(x)
        for x in (queries - queries.mean(0), raw - raw.mean(0))
    ]
    draw(picture, flat, truth, ("mean queries", "statistics that go in"))
    return {
        "recordings": len(rows),
        "queries": silhouette(queries, truth),
        "statistics": silhouette(raw, truth),
        "queries, shuffled labels": silhouette(queries, mixed),
        "picture": picture.name,
    }


def draw(
    path: Path, points: Sequence[Floats], truth: NDArray[np.int64], titles: Sequence[str]
) -> None:
    """Scatter plots side by side."""
    import matplotlib as mpl  # noqa: PLC0415 - on use

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(1, len(points), figsize=(9, 4.4), dpi=80)
    for axis, flat, title in zip(axes, points, titles, strict=True):
        for index, name in enumerate(EMOTIONS):
            x, y = flat[truth == index].T
            axis.scatter(x, y, s=9, color=COLOURS[index], label=name, linewidths=0)
        axis.set(title=title, xticks=[], yticks=[])
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="lower center", ncol=len(EMOTIONS), frameon=False, markerscale=2.5
    )
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
