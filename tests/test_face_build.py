"""The steps that build a head, on surfaces small enough to know the answer."""

import numpy as np
import pytest

from avitalk.errors import InputError
from avitalk.face.store import quantise

pytest.importorskip("scipy", reason="building heads needs the train extra")

from avitalk.face.complexion import linear
from avitalk.face.lids import lift_moves
from avitalk.train.head.closing import meet, spread
from avitalk.train.head.mesher import triangulate
from avitalk.train.head.occlusion import bake
from avitalk.train.head.paint import smooth
from avitalk.train.head.report import nearest_on
from avitalk.train.head.scans import load_scans
from avitalk.train.head.solids import eyeball, fan_and_strips
from avitalk.train.head.surface import Surface, triangle_neighbours, vertex_normals
from avitalk.train.head.walk import Spot, closest, walk


def sheet(side: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """A unit square in the plane z = 0, x to the right, y up."""
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    vertices = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + side], axis=1)
    upper = np.stack([corner + 1, corner + side + 1, corner + side], axis=1)
    return vertices, np.concatenate([lower, upper])


def as_surface(vertices: np.ndarray, triangles: np.ndarray) -> Surface:
    return Surface(
        vertices, triangles, np.zeros(len(triangles), int), vertices[:, :2], np.array([0]),
        None, vertex_normals(vertices, triangles), triangle_neighbours(triangles),
    )  # fmt: skip


def test_a_walk_goes_straight_and_keeps_its_arc_lengths():
    surface = as_surface(*sheet())
    start = closest(surface, np.array([[0.11, 0.52, 0.0]]), np.array([37]))
    arcs = np.array([0.1, 0.25, 0.7])
    spots = walk(surface, start, np.array([0, 1.0, 0]), np.array([1.0, 0, 0]), arcs)
    points = spots.of(surface, surface.vertices)
    np.testing.assert_allclose(points[:, 0], 0.11 + arcs, atol=1e-6)
    np.testing.assert_allclose(points[:, 1], 0.52, atol=1e-5)


def test_a_walk_over_the_border_is_an_error():
    surface = as_surface(*sheet())
    start = Spot(np.array([20]), np.full((1, 3), 1 / 3))
    with pytest.raises(ValueError, match="met the border"):
        walk(surface, start, np.array([0, 1.0, 0]), np.array([1.0, 0, 0]), np.array([5.0]))


def test_triangles_follow_the_surface_not_the_flat_map():
    rng = np.random.default_rng(0)
    flat = np.vstack([[[0, 0], [1, 0], [0, 1], [1, 1]], rng.uniform(0.05, 0.95, (150, 2))])
    stretched = np.column_stack([flat[:, 0] * 6, flat[:, 1], np.zeros(len(flat))])
    normals = np.tile([0.0, 0, 1], (len(flat), 1))
    triangles = triangulate(flat, stretched, normals)
    a, b, c = (flat[triangles[:, k]] for k in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (area > 0).all()
    assert area.sum() == pytest.approx(2.0)
    edges = stretched[triangles] - stretched[np.roll(triangles, 1, axis=1)]
    unflipped = triangulate(flat, stretched, normals, rounds=0)
    before = stretched[unflipped] - stretched[np.roll(unflipped, 1, axis=1)]
    assert np.linalg.norm(edges, axis=-1).sum() < np.linalg.norm(before, axis=-1).sum()


def test_spread_moves_sources_exactly_and_fades():
    vertices, triangles = sheet()
    moves = np.array([[0, 0, 0.1]])
    result = spread(vertices, triangles, np.array([40]), moves, 0.2)
    assert result[40] == pytest.approx(moves[0])
    assert 0 < result[41, 2] < 0.1
    assert result[0, 2] < 1e-4


def test_meeting_pairs_leave_shared_corners_alone():
    points = np.array([[0, 0, 0], [1, 1, 0], [1, -1, 0.0]])
    sources, moves = meet(points, np.array([0, 1]), np.array([0, 2]), 0.7)
    assert sources.tolist() == [1, 2]
    np.testing.assert_allclose(points[1] + moves[0], points[2] + moves[1])


def test_lift_keeps_a_path_out_of_a_sphere():
    rest, moves = np.array([[0.0, 0.8, 0.7]]), np.array([[[0.0, -1.6, 0.0]]])
    stages = np.array([[0.25], [0.5], [0.75], [1.0]])
    lift_moves(rest, moves, stages, np.zeros(3), 1.0)
    for share in stages[:, 0]:
        assert np.linalg.norm(rest + share * moves[0]) > 0.999


def test_occlusion_is_open_outside_and_closed_inside():
    ball = eyeball(np.zeros(3), 1.0, 0.01)
    shell = np.vstack([ball.vertices * 2, ball.vertices])
    triangles = np.vstack([ball.triangles, ball.triangles + len(ball.vertices)])
    openness = bake(shell, triangles, shell / np.linalg.norm(shell, axis=1, keepdims=True))
    assert openness[0] > 0.95
    assert openness[len(ball.vertices)] < 0.05


def test_nearest_on_finds_the_foot_of_the_perpendicular():
    vertices, triangles = sheet()
    _, weights, distance = nearest_on(vertices, triangles, np.array([[0.3, 0.4, 0.25]]))
    assert distance[0] == pytest.approx(0.25)
    assert weights.sum() == pytest.approx(1)


def test_a_fan_with_two_poles_is_closed():
    triangles = fan_and_strips(3, 6, closed_end=True)
    assert (triangle_neighbours(triangles) >= 0).all()


def test_quantised_shapes_come_back_within_a_step():
    shapes = np.random.default_rng(1).normal(size=(52, 30, 3)) * 0.01
    whole, step = quantise(shapes)
    assert np.abs(whole * step[:, None, None] - shapes).max() <= step.max() * 0.51


def test_colours_are_linear_and_steps_are_smooth():
    assert linear("#ffffff") == (1, 1, 1)
    assert linear("#808080")[0] == pytest.approx(0.2158, abs=1e-3)
    assert smooth(0, 1, np.array([-1, 0.5, 2])).tolist() == [0, 0.5, 1]


def test_a_folder_without_scans_is_refused(tmp_path):
    with pytest.raises(InputError, match="neither an ICT-FaceKit checkout nor"):
        load_scans(tmp_path)
