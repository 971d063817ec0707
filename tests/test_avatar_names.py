"""Names of morph targets: how people spell ARKit shapes and visemes, and what must not match."""

import pytest

from avitalk.arkit import ARKIT_52
from avitalk.face.avatar.controls import Control
from avitalk.face.avatar.names import VISEMES, spelled_shape, spelled_viseme
from avitalk.face.avatar.wiring import Link, automatic_wiring


def controls(*names: str, mesh: int = 0) -> list[Control]:
    return [Control(name, ((mesh, index, 1.0),)) for index, name in enumerate(names)]


def wired(*names: str) -> dict[str, tuple[Link, ...]]:
    return automatic_wiring(controls(*names)).shapes


def halves(name: str) -> tuple[str, str]:
    for side in ("Left", "Right"):
        if name.endswith(side):
            return name.removesuffix(side), side
    return name, ""


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


SPELLINGS = {
    "as Apple does": str,
    "PascalCase": lambda name: name[0].upper() + name[1:],
    "snake_case": snake,
    "lower case": str.lower,
    "_L _R": lambda name: name.replace("Left", "_L").replace("Right", "_R"),
    "L R": lambda name: name.replace("Left", "L").replace("Right", "R"),
    ".L .R": lambda name: name.replace("Left", ".L").replace("Right", ".R"),
    "_left _right": lambda name: name.replace("Left", "_left").replace("Right", "_right"),
    "side first": lambda n: halves(n)[1] + halves(n)[0][0].upper() + halves(n)[0][1:],
    "a path": lambda name: f"blendShape1.{name}",
    "a Maya path": lambda name: f"|group|head_geo:{name}",
    "a prefix": lambda name: f"head_geo_{name}",
    "a Unity path": lambda name: f"Face.M_F00_000.{snake(name)}",
    "spaces": lambda name: snake(name).replace("_", " ").title(),
    "a path and .L": lambda n: "bs." + n.replace("Left", ".L").replace("Right", ".R"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_all_52_is_understood(spelling: str) -> None:
    spelled = [SPELLINGS[spelling](name) for name in ARKIT_52]
    shapes = wired(*spelled)
    assert shapes == {name: (Link(target),) for name, target in zip(ARKIT_52, spelled, strict=True)}


@pytest.mark.parametrize(
    "name",
    ["mouthSmileLeft_jawOpen", "mouthFunnel_mouthPucker", "browDown_L_eyeBlink_L", "Basis", "",
     "upperJawOpener", "left", "jaw", "mouth", "Mouth", "eye_L", "CTRL_expressions_jawOpenExtreme",
     "...", "hair_long", "body_fat", "jawOpening", "tongueUp", "mouthSmileLeftRight"],
)  # fmt: skip
def test_other_names_are_left_alone(name: str) -> None:
    assert spelled_shape(name) is None


def test_one_shape_for_both_sides_gets_their_mean() -> None:
    shapes = wired("mouthSmile", "jawOpen", "eyesClosed")
    assert shapes["mouthSmileLeft"] == shapes["mouthSmileRight"] == (Link("mouthSmile", 0.5),)
    assert shapes["eyeBlinkLeft"] == (Link("eyesClosed", 0.5),)


def test_a_shape_split_in_halves_is_driven_whole() -> None:
    shapes = wired("browInnerUp_L", "browInnerUp_R", "cheekPuff_L", "cheekPuff_R", "jawOpen")
    assert shapes["browInnerUp"] == (Link("browInnerUp_L"), Link("browInnerUp_R"))
    assert len(shapes["cheekPuff"]) == 2


def test_sides_go_before_one_shape_for_both() -> None:
    shapes = wired("mouthSmile", "mouthSmile_L", "mouthSmile_R", "jawOpen")
    assert shapes["mouthSmileLeft"] == (Link("mouthSmile_L"),)
    assert "mouthSmile" not in {link.target for links in shapes.values() for link in links}


def test_one_mesh_gets_one_target_and_every_mesh_its_own() -> None:
    twice = [*controls("old_jawOpen", "jawOpen"), Control("teeth_geo.jawOpen", ((1, 0, 1.0),))]
    assert automatic_wiring(twice).shapes["jawOpen"] == (
        Link("jawOpen"), Link("teeth_geo.jawOpen"),
    )  # fmt: skip


@pytest.mark.parametrize("prefix", ["viseme_", "v_", "vrc.v_", "Viseme-", "Face_viseme_", ""])
def test_visemes_in_all_their_spellings(prefix: str) -> None:
    oculus = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh",
              "ou")  # fmt: skip
    for names in (VISEMES, oculus):
        wiring = automatic_wiring(controls(*(prefix + name for name in names)))
        assert [links[0].target for links in wiring.visemes.values()] == [prefix + n for n in names]
        assert wiring.speaks


def test_vroid_targets_without_their_vrm() -> None:
    prefix = "Face.M_F00_000_00_Fcl_"
    wiring = automatic_wiring(
        controls(*(prefix + name for name in (
            "MTH_A", "MTH_I", "MTH_U", "MTH_E", "MTH_O", "MTH_Up", "EYE_Close_L", "EYE_Close_R",
            "EYE_Joy_L", "BRW_Angry",
        )))
    )  # fmt: skip
    assert list(wiring.visemes) == ["aa", "E", "I", "O", "U"]
    assert wiring.shapes == {
        "eyeBlinkLeft": (Link(prefix + "EYE_Close_L"),),
        "eyeBlinkRight": (Link(prefix + "EYE_Close_R"),),
    }


def test_a_few_bare_letters_are_no_visemes() -> None:
    assert not automatic_wiring(controls("A", "E", "I", "O", "U")).visemes
    assert spelled_viseme("viseme_XX") is None
    assert spelled_viseme("E") == ("E", False)


def test_visemes_and_arkit_never_drive_one_mouth_together() -> None:
    ready_player_me = [*(f"viseme_{name}" for name in VISEMES), *ARKIT_52]
    wiring = automatic_wiring(controls(*ready_player_me))
    assert not wiring.visemes
    assert not wiring.missing
    plain = [*(f"viseme_{name}" for name in VISEMES), "mouthOpen", "mouthSmile", "eyesClosed"]
    wiring = automatic_wiring(controls(*plain))
    assert len(wiring.visemes) == 15
    assert set(wiring.shapes) == {
        "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight",
    }  # fmt: skip
    assert wiring.beside == ("mouthSmileLeft", "mouthSmileRight")


def test_mouth_open_stands_in_for_a_missing_jaw() -> None:
    wiring = automatic_wiring(controls("mouthOpen", "mouthSmile"))
    assert wiring.shapes["jawOpen"] == (Link("mouthOpen"),)
    assert wiring.speaks
    assert "mouthOpen" not in {
        link.target for links in wired("mouthOpen", "jawOpen").values() for link in links
    }
    assert not automatic_wiring(controls("mouthSmile", "browDownLeft")).speaks


def test_vrm_expressions_stand_in_where_targets_have_no_names() -> None:
    wiring = automatic_wiring(
        controls("vrm:a", "vrm:i", "vrm:u", "vrm:e", "vrm:o", "vrm:blink", "vrm:joy", "vrm:lookup")
    )
    assert set(wiring.visemes) == {"aa", "I", "U", "E", "O"}
    assert wiring.shapes["eyeBlinkLeft"] == (Link("vrm:blink", 0.5),)
    assert wiring.shapes["eyeLookUpRight"] == (Link("vrm:lookup", 0.5),)
    sided = automatic_wiring(controls("vrm:blink", "vrm:blink_l", "vrm:blink_r", "vrm:lookup"),
                             eye_bones=True)  # fmt: skip
    assert sided.shapes["eyeBlinkLeft"] == (Link("vrm:blink_l"),)
    assert "eyeLookUpRight" not in sided.shapes
