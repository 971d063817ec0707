"""The skin: our points and triangles on the scan's surface, carrying all its shapes."""

import numpy as np
from scipy import sparse

from avitalk.arkit import INDEX
from avitalk.face.head import PARTS
from avitalk.train.head.half import Half
from avitalk.train.head.mesher import triangulate
from avitalk.train.head.points import Layout, eye_loops, hairline_rows, mouth_loops
from avitalk.train.head.scans import SKIN_VERTICES, Floats, Ints, Scans
from avitalk.train.head.spread import disc_places, fill_inside, fill_rim, spacing
from avitalk.train.head.surface import dense_half
from avitalk.train.head.walk import Spot


def fit_skin(scans: Scans) -> tuple[Half, Ints, Floats]:
    """Mesh and fit the skin. Returns it, each vertex's FACE_GROUPS index and smooth normal."""
    surface = dense_half(scans)
    layout = Layout()
    mouth_loops(surface, layout)
    eye_loops(surface, scans, layout)
    hairline_rows(surface, layout)
    size = spacing(surface)
    fill_rim(surface, layout, size)
    fill_inside(surface, layout, size)
    spots = Spot.join(layout.spots)
    places = spots.of(surface, surface.vertices)
    normals = spots.of(surface, surface.normals)
    triangles = triangulate(disc_places(surface, spots), places, normals)
    corners = surface.triangles[spots.triangle]
    pick = sparse.csr_matrix(
        (spots.weights.ravel(), (np.repeat(np.arange(len(spots)), 3), corners.ravel())),
        (len(spots), len(surface.vertices)),
    )
    mix = (pick @ surface.mix).tocsr()
    points = mix @ scans.vertices[: SKIN_VERTICES[1]]
    points[np.abs(points[:, 0]) < 3e-4, 0] = 0.0
    shapes = np.zeros((52, len(points), 3))
    for name, moved in scans.shapes.items():
        shapes[INDEX[name]] = mix @ moved[: SKIN_VERTICES[1]]
    modes = np.stack([mix @ moved[: SKIN_VERTICES[1]] for moved in scans.modes])
    modes[:, points[:, 0] == 0, 0] = 0.0
    part = np.full(len(points), PARTS.index("skin"), np.uint8)
    empty = np.zeros((len(points), 3))
    half = Half(
        points, triangles, shapes, part, empty, np.zeros(len(points)), layout.loops,
        len(points), mix, modes, np.zeros_like(modes),
    )  # fmt: skip
    return half, surface.group[spots.triangle], normals
