"""SyncNet's loader, ears, eyes and score: what users' weights are asked, and what is refused."""

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from avitalk.arkit import INDEX
from avitalk.errors import InputError
from avitalk.evaluate import syncnet
from avitalk.evaluate.syncnet import Crop, SyncNet
from avitalk.evaluate.syncnet.score import lse_from
from avitalk.face import load_head
from avitalk.render import write_mp4
from avitalk.types import Motion, Speech

SIDE = 224


def noise(seconds: float) -> Speech:
    rng = np.random.default_rng(0)
    return Speech(rng.normal(0, 0.1, round(seconds * 16000)).astype(np.float32))


@pytest.fixture(scope="module")
def network() -> SyncNet:
    torch.manual_seed(0)
    return SyncNet()


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 3), np.uint8)


@pytest.mark.parametrize("samples", [300, 400, 401, 16001])
def test_cepstra_are_those_of_the_package_syncnet_was_trained_with(samples: int) -> None:
    package = pytest.importorskip("python_speech_features")
    wave = np.random.default_rng(1).normal(0, 0.1, samples).astype(np.float32)
    wave[100:250] = 0  # digital silence has an energy of zero
    theirs = package.mfcc(np.rint(wave.astype(np.float64) * 32768).astype(np.int16), 16000)
    np.testing.assert_allclose(syncnet.mfcc(wave), theirs, rtol=1e-9, atol=1e-9)


def test_cepstra_of_a_long_recording_are_those_of_its_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wave = noise(2.0).samples
    whole = syncnet.mfcc(wave)
    monkeypatch.setattr(sys.modules["avitalk.evaluate.syncnet.mfcc"], "AT_ONCE", 7)
    np.testing.assert_allclose(syncnet.mfcc(wave), whole, rtol=1e-12)


def test_weights_have_the_published_names_and_shapes(network: SyncNet) -> None:
    shapes = {name: tuple(t.shape) for name, t in network.state_dict().items()}
    assert shapes["netcnnaud.4.weight"] == (192, 64, 3, 3)
    assert shapes["netcnnaud.18.weight"] == (512, 256, 5, 4)
    assert shapes["netcnnlip.0.weight"] == (96, 3, 5, 7, 7)
    assert shapes["netcnnlip.18.weight"] == (512, 256, 1, 6, 6)
    assert shapes["netfclip.3.weight"] == shapes["netfcaud.3.weight"] == (1024, 512)
    places = {"aud": (0, 1, 4, 5, 8, 9, 11, 12, 14, 15, 18, 19), "lip": ()}
    for branch in places:
        wanted = {f"netcnn{branch}.{i}" for i in places["aud"]}
        wanted |= {f"netfc{branch}.{i}" for i in (0, 1, 3)}
        found = {name.rsplit(".", 1)[0] for name in shapes if f"{branch}." in name.split("net")[1]}
        assert found == wanted
    assert sum(t.numel() for t in network.parameters()) * 4 == pytest.approx(54.5e6, rel=0.01)


def test_pictures_in_a_row_give_what_each_window_gives(
    network: SyncNet, pictures: np.ndarray
) -> None:
    clip = torch.from_numpy(pictures[:6, ..., ::-1].transpose(3, 0, 1, 2).astype(np.float32))
    together = network.see(clip)
    assert together.shape == (2, 1024)
    alone = torch.cat([network.see(clip[:, i : i + 5]) for i in range(2)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_score_of_a_checkpoint_read_from_either_kind_of_file(
    network: SyncNet, pictures: np.ndarray, tmp_path: Path
) -> None:
    torch.save(network.state_dict(), tmp_path / "syncnet_v2.model")
    save_file(network.state_dict(), tmp_path / "syncnet.safetensors")
    wanted = syncnet.lse(pictures, noise(1.0), network)
    assert np.isfinite(wanted.distance)
    assert wanted.confidence >= 0
    for name in ("syncnet_v2.model", "syncnet.safetensors"):
        found = syncnet.lse(iter(pictures), noise(1.0), syncnet.load(tmp_path / name))
        assert found == wanted


def test_load_names_what_is_wrong(network: SyncNet, tmp_path: Path) -> None:
    def saved(**changes: torch.Tensor | None) -> Path:
        state = {**network.state_dict(), **changes}
        path = tmp_path / "changed.model"
        torch.save({name: t for name, t in state.items() if t is not None}, path)
        return path

    with pytest.raises(InputError, match="no such file"):
        syncnet.load(tmp_path / "nowhere.model")
    (tmp_path / "text.model").write_text("not weights")
    with pytest.raises(InputError, match="not a readable file of weights"):
        syncnet.load(tmp_path / "text.model")
    (tmp_path / "text.safetensors").write_text("not weights")
    with pytest.raises(InputError, match="not a readable file of weights"):
        syncnet.load(tmp_path / "text.safetensors")
    torch.save([1, 2], tmp_path / "list.model")
    with pytest.raises(InputError, match="no table of weights"):
        syncnet.load(tmp_path / "list.model")
    torch.save(network, tmp_path / "code.model")  # a whole module would run code when read
    with pytest.raises(InputError, match="not a readable file of weights"):
        syncnet.load(tmp_path / "code.model")
    with pytest.raises(InputError, match=r"lacks 'netfcaud.3.bias'; 1 missing, 0 unknown"):
        syncnet.load(saved(**{"netfcaud.3.bias": None}))
    with pytest.raises(InputError, match="unknown weight 'other'"):
        syncnet.load(saved(other=torch.zeros(1)))
    with pytest.raises(InputError, match=r"'netfcaud.3.bias' has shape \(3,\), but \(1024,\)"):
        syncnet.load(saved(**{"netfcaud.3.bias": torch.zeros(3)}))


@pytest.mark.parametrize("late", [-4, 0, 3])
def test_offset_is_found_where_embeddings_say_it_is(late: int) -> None:
    rng = np.random.default_rng(abs(late))
    track = torch.from_numpy(rng.normal(size=(140, 16)).astype(np.float32))
    heard, seen = track[20:120], track[20 - late : 120 - late]
    found = lse_from(heard, seen)
    assert found.offset_frames == late
    assert found.distance < 1
    assert found.confidence > 3
    assert lse_from(heard, seen.flip(0)).confidence < 1


def test_bad_pictures_and_short_clips_are_refused(network: SyncNet, pictures: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"shape \(100, 100, 3\), uint8; SyncNet takes"):
        syncnet.lse(np.zeros((8, 100, 100, 3), np.uint8), noise(1.0), network)
    with pytest.raises(InputError, match="float32; SyncNet takes"):
        syncnet.lse(pictures.astype(np.float32), noise(1.0), network)
    with pytest.raises(InputError, match=r"5 frames of sound and picture; at least 6 at 25 fps"):
        syncnet.lse(pictures[:5], noise(1.0), network)
    with pytest.raises(InputError, match="less than 5 frames"):
        syncnet.lse(pictures, noise(0.1), network)
    with pytest.raises(InputError, match="8000 Hz"):
        syncnet.lse(pictures, Speech(np.zeros(8000, np.float32), 8000), network)


def test_motion_is_drawn_as_a_face_crop_in_neutral_pose() -> None:
    weights = np.zeros((4, 52), np.float32)
    weights[2:, INDEX["jawOpen"]] = 0.6
    turned = Motion(
        weights, np.full((4, 3), 0.2, np.float32), np.zeros((4, 2, 3), np.float32), 50.0
    )
    shut, opened = syncnet.crops_of_motion(turned, load_head())
    assert shut.shape == (SIDE, SIDE, 3)
    changed = np.argwhere(np.abs(shut.astype(int) - opened).max(axis=2) > 20)
    middle = changed.mean(axis=0)
    assert abs(middle[1] - SIDE / 2) < 8  # straight ahead
    assert 0.5 * SIDE < middle[0] < 0.75 * SIDE  # lips stand where SyncNet's crops have them


def test_crop_holds_the_box_at_its_top_and_may_leave_the_picture() -> None:
    crop = syncnet.around(100, 40, 180, 140)
    assert (crop.left, crop.top, crop.side) == pytest.approx((70, 40, 140))
    picture = np.zeros((100, 100, 3), np.uint8)
    made = Crop(-50, 0, 100).of(picture)
    assert made.shape == (SIDE, SIDE, 3)
    assert (made[:, : SIDE // 2 - 2] == 110).all()
    assert (made[:, SIDE // 2 + 2 :] == 0).all()


@pytest.mark.parametrize("fps", [25, 50])
def test_video_is_read_at_25_frames_a_second(tmp_path: Path, fps: int) -> None:
    def shades() -> Iterator[np.ndarray]:
        return (
            np.full((SIDE, SIDE, 3), 8 * (i * 25 // fps) + 20, np.uint8)
            for i in range(fps // 5 * 2)
        )

    path = tmp_path / "shades.mp4"
    write_mp4(path, shades(), fps=fps)
    found = [int(np.median(picture)) for picture in syncnet.crops_of_video(path)]
    assert len(found) == 10
    assert np.abs(np.array(found) - (8 * np.arange(10) + 20)).max() <= 3


def test_video_that_is_no_face_crop_is_refused(tmp_path: Path, network: SyncNet) -> None:
    path = tmp_path / "wide.mp4"
    write_mp4(path, chain(np.zeros((3, 32, 64, 3), np.uint8)), fps=25)
    with pytest.raises(InputError, match="64 x 32; a whole picture must be square"):
        syncnet.lse_of_video(path, noise(1.0), network)
    with pytest.raises(InputError, match="no such file"):
        syncnet.lse_of_video(tmp_path / "nowhere.mp4", noise(1.0), network)
    assert len(list(syncnet.crops_of_video(path, Crop(0, 0, 32)))) == 3
