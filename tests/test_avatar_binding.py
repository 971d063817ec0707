"""Bindings: matrices, visemes from ARKit weights, and the remap-and-gain file."""

import numpy as np
import pytest

from avitalk.arkit import ARKIT_52, INDEX
from avitalk.errors import InputError
from avitalk.face import load_head
from avitalk.face.avatar.controls import Control
from avitalk.face.avatar.names import VISEMES
from avitalk.face.avatar.remap import parse_remap, read_remap, write_remap
from avitalk.face.avatar.visemes import POSES, VisemeFit, pose_weights
from avitalk.face.avatar.wiring import Link, automatic_wiring

HEADER = "format: avitalk-binding-1\n"


def controls(*names: str) -> list[Control]:
    return [Control(name, ((0, index, 1.0),)) for index, name in enumerate(names)]


def weights(**some: float) -> np.ndarray:
    row = np.zeros(52, np.float32)
    for name, value in some.items():
        row[INDEX[name]] = value
    return row


def test_gains_and_offsets_add_up() -> None:
    avatar = controls("open", "smile", "browInnerUp")
    text = (
        HEADER
        + """weights:
  jawOpen: {target: open, gain: 0.5, offset: 0.1}
  mouthFunnel: {target: open, gain: -0.25}
  mouthSmileLeft: [{target: smile, gain: 2}]
"""
    )
    wiring = parse_remap(text, "b.yaml").applied(automatic_wiring(avatar), avatar)
    binding = wiring.binding(avatar)
    assert binding.targets == ("open", "smile", "browInnerUp")
    some = weights(jawOpen=0.8, mouthFunnel=0.4, mouthSmileLeft=0.3, browInnerUp=1)
    assert np.allclose(binding.apply(some), [0.4, 0.6, 1])
    assert np.allclose(binding.apply(np.zeros((3, 52))), [[0.1, 0, 0]] * 3)


def test_null_leaves_a_shape_alone_and_silence_keeps_what_was_found() -> None:
    avatar = controls("jawOpen", "cheekPuff", "browInnerUp")
    text = HEADER + "weights: {cheekPuff: null}\n"
    wiring = parse_remap(text, "b.yaml").applied(automatic_wiring(avatar), avatar)
    assert set(wiring.shapes) == {"jawOpen", "browInnerUp"}


def test_what_is_written_reads_back_the_same() -> None:
    for names in (
        ["jawOpen", "mouthSmile", "browInnerUp_L", "browInnerUp_R", "extra"],
        [*(f"viseme_{name}" for name in VISEMES), "mouthSmile", "Blink_L", "Blink_R"],
    ):
        avatar = controls(*names)
        wiring = automatic_wiring(avatar)
        nodes = {"head": "Kopf Ü", "left eye": None, "right eye": "on"}
        text = write_remap(wiring, nodes, avatar="me: it.glb").decode()
        remap = parse_remap(text, "b.yaml")
        assert remap.applied(automatic_wiring(avatar), avatar) == wiring
        assert remap.nodes == nodes


def test_visemes_can_be_named_or_switched_off() -> None:
    avatar = controls("jawOpen", "closed", "ah", "fv", "mouthSmileLeft", "mouthSmileRight")
    text = HEADER + "visemes:\n  PP: {target: closed}\n  aa: {target: ah}\n  FF: {target: fv}\n"
    wiring = parse_remap(text, "b.yaml").applied(automatic_wiring(avatar), avatar)
    assert list(wiring.visemes) == ["PP", "aa", "FF"]
    assert "jawOpen" not in wiring.shapes
    spoken = controls(*(f"viseme_{name}" for name in VISEMES), "jawOpen")
    text = HEADER + "visemes: null\nweights: {jawOpen: {target: jawOpen}}\n"
    plain = parse_remap(text, "b.yaml").applied(automatic_wiring(spoken), spoken)
    assert not plain.visemes
    assert plain.shapes == {"jawOpen": (Link("jawOpen"),)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weights: {}", "format 'None'; readable: avitalk-binding-1"),
        ("format: avitalk-binding-2", "readable: avitalk-binding-1"),
        ("- a list", "must be a table"),
        (HEADER + "wieghts: {}", "unknown name 'wieghts'; did you mean 'weights'"),
        (HEADER + "weights: {jawopen: null}", "weights: unknown name 'jawopen'; did you mean"),
        (HEADER + "weights: {jawOpen: {target: Jaw_Opn}}", "no target 'Jaw_Opn'; did you mean"),
        (HEADER + "weights: {jawOpen: {tagret: x}}", "unknown name 'tagret'"),
        (HEADER + "weights: {jawOpen: {gain: 1}}", "'target' must name"),
        (HEADER + "weights: {jawOpen: {target: Jaw_Open, gain: much}}", "gain 'much'"),
        (HEADER + "weights: {jawOpen: {target: Jaw_Open, gain: .nan}}", "gain 'nan'"),
        (HEADER + "weights: {jawOpen: {target: Jaw_Open, offset: 1000}}", "allowed: -100 to 100"),
        (HEADER + "weights: {jawOpen: Jaw_Open}", "weights.jawOpen must be a table"),
        (HEADER + "visemes: {QQ: {target: Jaw_Open}}", "visemes: unknown name 'QQ'"),
        (HEADER + "eyes: LeftEye", "'eyes' must be"),
        (HEADER + "head: 3", "name of a node"),
        (HEADER + "weights: {jawOpen: null, jawOpen: null}", "'jawOpen' stands twice"),
        (HEADER + "weights: {jawOpen: [", "not YAML"),
        (HEADER + "weights: !!python/object/apply:os.system [x]", "not YAML"),
        (HEADER + "x: &a [*a]", "unknown name 'x'"),
    ],
)
def test_mistakes_in_a_binding_are_named(text: str, said: str) -> None:
    avatar = controls("Jaw_Open", "closed")
    with pytest.raises(InputError) as caught:
        parse_remap(text, "my.yaml").applied(automatic_wiring(avatar), avatar)
    assert str(caught.value).startswith("my.yaml: ")
    assert said in str(caught.value)


def test_a_binding_that_is_not_there_is_an_input_error(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot read this binding"):
        read_remap(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot read this binding"):
        read_remap(tmp_path / "b.yaml")


def test_poses_name_known_shapes_and_visemes() -> None:
    assert tuple(POSES) == VISEMES
    for viseme in POSES:
        assert (pose_weights(viseme) > 0).sum() >= len(POSES[viseme])


def test_a_viseme_pose_comes_back_as_that_viseme() -> None:
    fit, jaw = VisemeFit(VISEMES), INDEX["jawOpen"]
    lips = load_head().lip_basis()[1].reshape(52, -1, 3)
    for viseme in VISEMES:
        visemes, _ = fit.solve(pose_weights(viseme))
        if viseme not in ("DD", "kk", "nn", "RR"):  # these lie between others
            assert VISEMES[int(np.argmax(visemes))] == viseme or viseme in ("TH", "E")
        made = sum(v * pose_weights(n) for v, n in zip(visemes, VISEMES, strict=True))
        apart = np.tensordot(made - pose_weights(viseme), lips, 1)
        assert np.sqrt((apart**2).sum(axis=1).mean()) < 0.8e-3, viseme  # metres, over the lips
        upper, lower = np.split(apart[:, 1], 2)
        assert abs((upper - lower).mean()) < 0.2e-3, viseme  # their gap counts more
        assert abs(made[jaw] - pose_weights(viseme)[jaw]) < 0.05


def test_visemes_are_bounded_continuous_and_frame_by_frame() -> None:
    fit = VisemeFit(VISEMES, ("mouthSmileLeft", "mouthSmileRight"))
    rng = np.random.default_rng(0)
    motion = np.clip(np.cumsum(rng.normal(0, 0.03, (80, 52)), axis=0), -0.2, 1.2)
    visemes, beside = fit.solve(motion)
    assert visemes.shape == (80, 15)
    assert visemes.min() >= 0
    assert visemes.max() <= 1
    single, _ = fit.solve(motion[7])
    assert np.allclose(single, visemes[7], atol=1e-12)
    near, _ = fit.solve(motion + 1e-3)
    assert np.abs(near - visemes).max() < 0.05
    blink, jaw, smile = (INDEX[n] for n in ("eyeBlinkLeft", "jawOpen", "mouthSmileLeft"))
    assert np.array_equal(beside[:, blink], motion[:, blink])
    assert not beside[:, jaw].any()
    assert beside[:, smile].max() > 0


def test_silence_is_sil_and_opening_is_aa() -> None:
    fit = VisemeFit(VISEMES)
    still, _ = fit.solve(np.zeros(52))
    assert still[VISEMES.index("sil")] == 1
    assert still.sum() == 1
    wide, _ = fit.solve(weights(jawOpen=0.45, mouthLowerDownLeft=0.2, mouthLowerDownRight=0.2))
    assert VISEMES[int(np.argmax(wide))] == "aa"
    assert wide[VISEMES.index("sil")] < 0.3


def test_five_vowels_close_by_themselves() -> None:
    vowels = ("aa", "E", "I", "O", "U")
    fit = VisemeFit(vowels)
    shut, _ = fit.solve(weights(mouthPressLeft=0.5, mouthPressRight=0.5))
    assert shut.max() < 0.2
    rounded, _ = fit.solve(weights(mouthPucker=0.6, mouthFunnel=0.25))
    assert vowels[int(np.argmax(rounded))] == "U"


def test_missing_names_are_told() -> None:
    wiring = automatic_wiring(controls("jawOpen"))
    assert set(wiring.missing) == set(ARKIT_52) - {"jawOpen"}
