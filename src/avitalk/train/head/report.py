"""How well a head fits the scans: surface distance, error of each shape and identity mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.face.head import PARTS, Array, Head
from avitalk.train.head.scans import FACE_GROUPS, SKIN_VERTICES, Floats, Ints, Scans, nearest_index

SKIN_PARTS: Final = ("skin", "lips", "mouth")


@dataclass(frozen=True)
class Fit:
    """Numbers of one head against the scans."""

    median_mm: float
    """Median distance from the scan's vertices in the face region to the head's surface."""
    p95_mm: float
    """95th percentile of the same."""
    correlation: dict[str, float]
    """Shape -> correlation of the displacement with the scan's over the face region."""
    error_mm: dict[str, float]
    """Shape -> root mean square difference where the scan moves more than 0.2 mm."""
    modes: dict[str, float]
    """Identity mode -> correlation of its displacement with the scan's over the face region."""


@dataclass(frozen=True)
class Probe:
    """Where on a head the scan's vertices of the face region are."""

    region: Ints
    """(k,) scan vertices that have skin of ours near."""
    corners: Ints
    """(k, 3) vertices of the head's triangle nearest to each."""
    weights: Floats
    """(k, 3) place in that triangle."""
    distance_m: Floats
    """(k,)."""
    units_m: float

    def compare(self, wanted: Floats, given: Array) -> tuple[float, float]:
        """Correlation and error in mm of displacements: the scan's (n, 3), the head's (V, 3)."""
        scan = wanted[self.region] * self.units_m
        ours = np.einsum("kc,kcd->kd", self.weights, given[self.corners])
        correlation = float(np.corrcoef(scan.ravel(), ours.ravel())[0, 1])
        moves = np.linalg.norm(scan, axis=1) > 2e-4
        off = np.linalg.norm(scan - ours, axis=1)[moves]
        return correlation, float(1e3 * np.sqrt((off**2).mean()))


def probe_of(head: Head, scans: Scans) -> Probe:
    """Find the face region (face without scalp, neck or sockets) on the default `head`."""
    origin = scans.eye_centre * [0, 1, 1]
    first, end = FACE_GROUPS["face"]
    region = np.unique(scans.faces[first:end])
    region = region[(region >= 0) & (region < SKIN_VERTICES[1])]
    target = (scans.vertices[region] - origin) * scans.units_m
    front = (target[:, 1] > -0.12) & (target[:, 2] > -0.06)
    region, target = region[front], target[front]
    skin = np.isin(head.part, [PARTS.index(part) for part in SKIN_PARTS])
    triangles = head.triangles[skin[head.triangles].all(axis=1)].astype(np.int64)
    chosen, weights, distance = nearest_on(head.vertices.astype(np.float64), triangles, target)
    # Scan vertices under the hair have no skin of ours near them.
    kept = distance < 0.004
    return Probe(
        region[kept], triangles[chosen[kept]], weights[kept], distance[kept], scans.units_m
    )


def fit_of(head: Head, modes: Mapping[str, Array], scans: Scans) -> Fit:
    """Compare the default `head` with the scans.

    `modes` maps names of identity modes, in the order of the scans', to displacements (V, 3).
    """
    probe = probe_of(head, scans)
    correlation, error = {}, {}
    for name in ARKIT_52:
        if name in scans.shapes:
            correlation[name], error[name] = probe.compare(
                scans.shapes[name], head.shapes[INDEX[name]]
            )
    follow = {
        name: probe.compare(wanted, given)[0]
        for (name, given), wanted in zip(modes.items(), scans.modes, strict=True)
    }
    millimetres = 1e3 * probe.distance_m
    median, p95 = (float(np.percentile(millimetres, share)) for share in (50, 95))
    return Fit(median, p95, correlation, error, follow)


def nearest_on(vertices: Floats, triangles: Ints, points: Floats) -> tuple[Ints, Floats, Floats]:
    """For points (k, 3): nearest triangle (k,), barycentric weights (k, 3), distance (k,)."""
    corners = vertices[triangles]
    candidates = nearest_index(corners.mean(axis=1), points, 16)
    a, b, c = (corners[candidates][..., i, :] for i in range(3))
    u, v, w = b - a, c - a, points[:, None] - a
    uu, uv, vv = (u * u).sum(-1), (u * v).sum(-1), (v * v).sum(-1)
    wu, wv = (w * u).sum(-1), (w * v).sum(-1)
    det = np.maximum(uu * vv - uv * uv, 1e-30)
    s, t = (vv * wu - uv * wv) / det, (uu * wv - uv * wu) / det
    weights = np.clip(np.stack([1 - s - t, s, t], axis=-1), 0, None)
    weights /= weights.sum(axis=-1, keepdims=True)
    spots = np.einsum("kmc,kmcd->kmd", weights, corners[candidates])
    distance = np.linalg.norm(spots - points[:, None], axis=-1)
    best = distance.argmin(axis=1)
    rows = np.arange(len(points))
    return candidates[rows, best], weights[rows, best], distance[rows, best]


def as_table(fit: Fit) -> str:
    """The numbers as Markdown."""
    lines = [
        f"Surface distance in the face region: median {fit.median_mm:.2f} mm, "
        f"95th percentile {fit.p95_mm:.2f} mm.",
        "",
        "| shape | correlation | error where it moves, mm |",
        "|---|---|---|",
    ]
    for name, value in fit.correlation.items():
        lines.append(f"| {name} | {value:.3f} | {fit.error_mm[name]:.2f} |")
    lines += ["", "| identity mode | correlation |", "|---|---|"]
    lines += [f"| {name} | {value:.3f} |" for name, value in fit.modes.items()]
    return "\n".join(lines)
