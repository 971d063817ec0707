"""A photo's face moves as its Motion says, and nothing else moves."""

import numpy as np
import pytest

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.face import PARTS
from avitalk.portrait import Canvas, Controls, Portrait
from avitalk.portrait.anchors import SKIN_POINTS
from avitalk.portrait.bend import BLINKS
from avitalk.portrait.conditions import LABELS, landmarks, maps
from avitalk.portrait.drive import limits
from avitalk.portrait.fit import fit_head
from avitalk.portrait.seen import rasterised
from avitalk.track.mesh import INNER_LOWER, INNER_UPPER
from avitalk.types import Motion
from portrait_faces import drawn, resting

FPS = 25.0


def held(weights: dict[str, float], frames: int = 1) -> Motion:
    values = np.zeros((frames, 52), np.float32)
    for name, value in weights.items():
        values[:, INDEX[name]] = value
    return Motion.still(frames, FPS).with_weights(values)


def picture(portrait: Portrait, weights: dict[str, float], **controls: object) -> np.ndarray:
    return portrait.frame(portrait.drive(held(weights), Controls(**controls)), 0)  # type: ignore[arg-type]


def test_the_fit_finds_pose_and_person() -> None:
    fit = resting().person.fit
    assert fit.residual_px < 1
    assert np.degrees(fit.angles) == pytest.approx([-6, 0, 0], abs=0.8)
    # About half of what is true: a single photo is trusted so far (ridge).
    found = fit.identity.coefficients
    assert found["width"] > 0.3
    assert found["chin"] < -0.5
    assert found["lips"] > 0.3
    assert found["nose_length"] > 0.25


def test_the_bent_mesh_meets_the_points() -> None:
    portrait = resting()
    found = landmarks(portrait, portrait.person.photographed())
    away = np.linalg.norm(found - portrait.canvas.points[:SKIN_POINTS, :2], axis=1)
    assert away.mean() < 0.7
    assert np.percentile(away, 99) < 3


def test_lips_meet_at_rest_and_lids_in_a_blink() -> None:
    for canvas in (drawn(), drawn({"jawOpen": 0.3, "mouthSmileLeft": 0.6, "mouthSmileRight": 0.6})):
        portrait = Portrait.of(canvas)
        head = portrait.person.head
        rest = portrait.person.pose(np.zeros(52, np.float32), parted=0.0)
        gap = np.linalg.norm(rest[head.lip_upper] - rest[head.lip_lower], axis=1)
        assert gap.max() < 3e-4
        weights = np.zeros(52, np.float32)
        weights[list(BLINKS)] = 1.0
        shut = portrait.person.pose(weights, parted=0.0)
        lids = np.linalg.norm(shut[head.lid_upper] - shut[head.lid_lower], axis=2)
        assert np.median(lids) < 1.2e-3


def test_at_rest_the_photo_is_as_it_was() -> None:
    portrait = resting()
    change = np.abs(picture(portrait, {}, motion="relative").astype(int) - portrait.canvas.pixels)
    assert change.mean() < 0.2
    assert (change.max(axis=2) > 20).sum() < 150


def test_nothing_changes_outside_the_zone() -> None:
    portrait = resting()
    turned = Motion(
        held({"jawOpen": 0.6}).weights, np.full((1, 3), 0.3, np.float32),
        np.zeros((1, 2, 3), np.float32), FPS,
    )  # fmt: skip
    frame = portrait.frame(portrait.drive(turned), 0)
    still = portrait.around.still()
    assert 0.02 < still.mean() < 0.9
    assert np.array_equal(frame[still], portrait.canvas.pixels[still])
    assert np.abs(frame.astype(int) - portrait.canvas.pixels)[~still].mean() > 1


def test_an_open_jaw_opens_the_mouth_and_leaves_the_eyes() -> None:
    portrait = resting()
    points = portrait.canvas.points
    closed, opened = picture(portrait, {}), picture(portrait, {"jawOpen": 0.6})
    change = np.abs(closed.astype(int) - opened).sum(axis=2)
    x, y = points[14, :2].astype(int)
    assert change[y : y + 12, x - 8 : x + 8].mean() > 60
    x, y = points[159, :2].astype(int)
    assert change[y - 6 : y + 6, x - 6 : x + 6].mean() < 12
    driven = portrait.drive(held({"jawOpen": 0.6}))
    seen = landmarks(portrait, portrait.posed(driven, 0))
    gap = seen[list(INNER_LOWER[4:7]), 1] - seen[list(INNER_UPPER[4:7]), 1]
    assert gap.min() > 6


def test_a_blink_covers_the_iris_with_skin() -> None:
    portrait = resting()
    shut = picture(portrait, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
    for iris, cheek in ((468, 101), (473, 330)):
        x, y = portrait.canvas.points[iris, :2].astype(int)
        u, v = portrait.canvas.points[cheek, :2].astype(int)
        lid = shut[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1))
        skin = portrait.canvas.pixels[v - 2 : v + 3, u - 2 : u + 3].mean(axis=(0, 1))
        assert np.abs(lid - skin).max() < 75
    assert np.abs(shut.astype(int) - portrait.canvas.pixels).mean() < 3


def test_a_photos_smile_gives_way_to_sadness_and_anger() -> None:
    portrait = Portrait.of(drawn({"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}))
    smile = [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]

    def worn(frown: float, **controls: object) -> float:
        moved = held({"mouthFrownLeft": frown, "mouthFrownRight": frown})
        return float(portrait.drive(moved, Controls(**controls)).weights[0, smile].mean())  # type: ignore[arg-type]

    assert worn(0.0) > 0.3
    assert worn(0.2) == pytest.approx(0.5 * worn(0.0), rel=0.05)
    assert worn(0.5) < 0.01
    angry = portrait.drive(held({"browDownLeft": 0.8, "browDownRight": 0.8}))
    assert angry.weights[0, smile].max() < 0.01
    assert worn(0.5, motion="relative") == pytest.approx(worn(0.0, motion="relative"))


def test_heads_turn_no_further_than_the_photo_bears() -> None:
    portrait = resting()
    bounds = limits(portrait.person.fit)
    wild = Motion(
        np.zeros((2, 52), np.float32), np.array([[2, 1, -1], [-2, -1, 1]], np.float32),
        np.zeros((2, 2, 3), np.float32), FPS,
    )  # fmt: skip
    head = portrait.drive(wild).head
    assert (head >= bounds[:, 0] - 1e-9).all()
    assert (head <= bounds[:, 1] + 1e-9).all()
    assert not portrait.drive(wild, Controls(still=True)).head.any()
    posed = portrait.drive(wild, Controls(still=True, pose=(3.0, 0.0, 0.0))).head
    assert np.degrees(posed[:, 0]) == pytest.approx(3, abs=0.6)


def test_controls_scale_what_they_name() -> None:
    portrait = resting()
    motion = held({"jawOpen": 0.5, "browInnerUp": 0.5, "eyeBlinkLeft": 1.0})
    plain = portrait.drive(motion, Controls(motion="absolute")).weights[0]
    halved = Controls(motion="absolute", strength={"mouth": 0.5}, blink=0.0)
    less = portrait.drive(motion, halved).weights[0]
    assert less[INDEX["jawOpen"]] == pytest.approx(0.5 * plain[INDEX["jawOpen"]])
    assert less[INDEX["browInnerUp"]] == pytest.approx(plain[INDEX["browInnerUp"]])
    assert less[INDEX["eyeBlinkLeft"]] == 0
    none = portrait.drive(motion, Controls(motion="absolute", expression=0.0, blink=0.0))
    assert not none.weights.any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"motion": "wild"}, {"expression": 3.0}, {"blink": -1.0}, {"strength": {"ears": 1.0}},
        {"strength": {"mouth": float("nan")}}, {"pose": (90.0, 0.0, 0.0)},
    ],
)  # fmt: skip
def test_controls_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"allowed|available"):
        Controls(**wrong)  # type: ignore[arg-type]


def test_profiles_are_refused() -> None:
    with pytest.raises(InputError, match="degrees to the side; at most"):
        fit_head(drawn(yaw_deg=55))


def test_maps_lie_over_the_face() -> None:
    portrait = resting()
    found = maps(portrait, portrait.person.photographed())
    x, y = portrait.canvas.points[4, :2].astype(int)  # the tip of the nose
    assert found["mask"][y, x] == LABELS["skin"]
    assert found["normals"][y, x, 2] > 200
    nearest = found["depth"][found["depth"] > 0].min()
    assert found["depth"][y, x] < nearest + 400
    x, y = portrait.canvas.points[473, :2].astype(int)
    assert found["mask"][y, x] == LABELS["eye_left"]
    assert found["mask"][2, 2] == LABELS["nothing"]


def parts_seen(portrait: Portrait, weights: dict[str, float]) -> dict[str, int]:
    """Samples of each part of the head in a picture."""
    posed = portrait.posed(portrait.drive(held(weights)), 0)
    triangles, part = portrait.seen.triangles, portrait.person.head.part
    samples = rasterised(portrait.person.project(posed), triangles, portrait.canvas.size)[1]
    count = np.bincount(part[triangles[samples[samples >= 0], 0]], minlength=len(PARTS))
    return dict(zip(PARTS, count.tolist(), strict=True))


@pytest.mark.parametrize(("yaw_deg", "above_deg"), [(0, 0), (0, 17), (20, 15), (-30, 5)])
def test_speech_shows_upper_teeth_from_wherever_one_looks(yaw_deg: float, above_deg: float) -> None:
    portrait = Portrait.of(drawn(yaw_deg=yaw_deg, above_deg=above_deg))
    seen = parts_seen(
        portrait, {"jawOpen": 0.25, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2}
    )
    assert seen["teeth_upper"] > 40
    assert seen["teeth_upper"] > 1.5 * seen["teeth_lower"]
    assert seen["gums"] < 0.2 * seen["teeth_upper"]


def test_a_photos_teeth_stay_its_own_and_red_is_no_teeth() -> None:
    smile = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7, "jawOpen": 0.15}
    smile |= {"mouthUpperUpLeft": 0.6, "mouthUpperUpRight": 0.6}
    canvas = drawn(smile)
    portrait = Portrait.of(canvas)
    assert portrait.mouth.own.teeth[..., 3].any()
    assert parts_seen(portrait, smile)["teeth_upper"] == 0
    lips = canvas.points[[*INNER_UPPER, *INNER_LOWER], :2]
    (left, top), (right, bottom) = lips.min(axis=0).astype(int), lips.max(axis=0).astype(int)
    red = canvas.pixels.copy()
    red[top:bottom, left:right] = (220, 110, 100)
    painted = Portrait.of(Canvas(red, canvas.points, canvas.scores, "painted red"))
    assert not painted.mouth.own.teeth[..., 3].any()
    assert parts_seen(painted, smile)["teeth_upper"] > 40


def test_an_open_mouth_at_rest_is_the_photos_whatever_it_shows() -> None:
    canvas = drawn({"jawOpen": 0.3, "mouthFunnel": 0.2})
    x, y = canvas.points[[*INNER_UPPER, *INNER_LOWER], :2].mean(axis=0).astype(int)
    pixels = canvas.pixels.copy()
    pixels[y - 2 : y + 3, x - 8 : x + 8] = (40, 200, 60)  # what no mouth of ours would show
    portrait = Portrait.of(Canvas(pixels, canvas.points, canvas.scores, "sweet"))
    window = slice(y - 1, y + 2), slice(x - 6, x + 6)
    still = picture(portrait, {}, motion="relative").astype(int)
    assert np.abs(still[window] - pixels[window]).max() < 12
    moved = picture(portrait, {"jawOpen": 0.7}).astype(int)
    assert np.abs(moved[window] - pixels[window]).mean() > 40


def test_black_and_white_stays_so() -> None:
    canvas = drawn()
    grey = np.repeat(canvas.pixels.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    portrait = Portrait.of(Canvas(grey, canvas.points, canvas.scores, "grey"))
    frame = picture(portrait, {"jawOpen": 0.5, "eyeBlinkLeft": 0.6, "eyeBlinkRight": 0.6})
    assert np.ptp(frame.astype(int), axis=2).max() <= 3


def test_a_closed_lid_ends_in_dark_lashes() -> None:
    portrait = resting()
    driven = portrait.drive(held({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}))
    shut = portrait.frame(driven, 0).astype(int)
    screen = portrait.person.project(portrait.posed(driven, 0))
    for edge in portrait.person.head.lid_upper:
        middle = screen[edge[len(edge) // 4 : -len(edge) // 4], :2].astype(int)
        lashes = shut[middle[:, 1], middle[:, 0]].mean()
        lid = shut[middle[:, 1] - 5, middle[:, 0]]
        assert lashes < 0.85 * lid.mean()
        assert lid.mean(axis=1).std() < 12
