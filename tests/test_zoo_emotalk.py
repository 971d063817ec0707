"""EmoTalk: pairs for cross-reconstruction, the guided decoder, smoothing, sizes, use."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.signal import savgol_filter

from avitalk import weights
from avitalk.arkit import INDEX, REGIONS
from avitalk.errors import InputError
from avitalk.face.patch import face_patch
from avitalk.speech import SpeechEncoder
from avitalk.speech.encoder import EncoderConfig
from avitalk.train.zoo.acted_file import Acted, read_acted, write_acted
from avitalk.train.zoo.acted_stage import performed
from avitalk.train.zoo.emotalk_pairs import Stage
from avitalk.types import Speech, SpeechFeatures
from avitalk.zoo.emotalk import EmoTalk, EmoTalkConfig
from avitalk.zoo.emotalk.network import EmoTalkNetwork, periodic_bias
from avitalk.zoo.emotalk.smoothing import smoothed
from avitalk.zoo.emotalk.voice import WIDTH, VoiceEar
from avitalk.zoo.emotalk.xlsr import XlsrEar
from zoo_emotalk_voices import D, E, content, sequences

VOICES = [one for one in sequences() if isinstance(one, Acted)]
CONTENTS = [one for one in sequences() if not isinstance(one, Acted)]


def stage(seed: int = 0) -> Stage:
    config = EmoTalkConfig.tiny(D, E)
    return Stage(CONTENTS, VOICES, config, np.random.default_rng(seed), frames=14, takes=3)


class TestCrossReconstruction:
    def test_truth_is_the_voices_emotion_over_the_contents_lips(self) -> None:
        made = stage()
        pairs = made.crossed(24)
        names = made.config.emotions
        for row in range(24):
            said, truth = pairs.content[row].numpy(), pairs.truth[row].numpy()
            emotion, level = names[int(pairs.emotion[row])], int(pairs.level[row])
            heard = pairs.voice[row].numpy().mean()
            assert round(float(heard)) == ("neutral", "anger", "happiness").index(emotion)
            assert pairs.window[row].shape == (1, E)
            one = next(o for o in (*CONTENTS, *VOICES) if _holds(o.values, said))
            person = made.config.persons[int(pairs.person[row])]
            assert person == one.speaker
            lips = one.lips if isinstance(one, Acted) else one.weights
            face = performed(lips, one.values, person, emotion, level, one.name)
            known = pairs.known[row].numpy().astype(bool)
            first = _where(one.values, said)
            assert np.allclose(truth[known], face[first : first + known.sum()], atol=2e-3)

    def test_another_emotion_changes_the_brows_and_leaves_what_is_said(self) -> None:
        one = content("c", 60, 1)
        faces = [
            performed(one.weights, one.values, "grid_s1", emotion, 1, "c").astype(float)
            for emotion in ("anger", "happiness")
        ]
        upper = [*REGIONS["brows"], *REGIONS["cheeks"]]
        assert np.abs(faces[0] - faces[1])[:, upper].max() > 0.25
        gaps = [face_patch().gap_mm(face_patch().moved(face)) for face in faces]
        assert np.corrcoef(gaps[0], gaps[1])[0, 1] > 0.8

    def test_own_pairs_share_their_frames(self) -> None:
        pairs = stage().own(20)
        assert set(pairs.emotion.tolist()) == {0, 1, 5}
        for said, heard in zip(pairs.content.numpy(), pairs.voice.numpy(), strict=True):
            one = next(o for o in VOICES if _holds(o.values, said))
            first = _where(one.values, said)
            assert np.array_equal(heard[0], one.voice[first].astype(np.float32))

    def test_no_voices_or_strange_emotions(self) -> None:
        config, rng = EmoTalkConfig.tiny(D, E), np.random.default_rng(0)
        with pytest.raises(InputError, match="emotional speech"):
            Stage(CONTENTS, [], config, rng, frames=4, takes=1)
        few = EmoTalkConfig(emotions=("neutral", "anger"))
        with pytest.raises(InputError, match="unknown emotion 'happiness'"):
            Stage(CONTENTS, VOICES, few, rng, frames=4, takes=1)


def _where(values: np.ndarray, said: np.ndarray) -> int:
    return int(np.flatnonzero(_same(values, said))[0])


def _holds(values: np.ndarray, said: np.ndarray) -> bool:
    return bool(_same(values, said).any())


def _same(values: np.ndarray, said: np.ndarray) -> np.ndarray:
    """(F,) whether a frame of the features is the first of those said."""
    return (values.astype(np.float32).reshape(len(values) // 2, -1) == said[0]).all(axis=1)


def test_files_of_voices(tmp_path: Path) -> None:
    path = tmp_path / "voices.npz"
    write_acted(path, VOICES)
    for given, kept in zip(VOICES, read_acted(path), strict=True):
        assert (kept.name, kept.emotion, kept.actor) == (given.name, given.emotion, given.actor)
        for track in ("values", "weights", "lips", "voice"):
            assert np.array_equal(getattr(kept, track), getattr(given, track))
    with pytest.raises(InputError, match="not found"):
        read_acted(tmp_path / "none.npz")
    path.write_bytes(b"PK")
    with pytest.raises(InputError, match="not a file of acted sequences"):
        read_acted(path)
    with pytest.raises(InputError, match="no acted sequences"):
        write_acted(path, [])


@pytest.mark.parametrize("frames", [5, 6, 23])
def test_smoothing_is_savitzky_golay(frames: int) -> None:
    track = np.random.default_rng(frames).normal(size=(frames, 3))
    assert np.allclose(smoothed(track), savgol_filter(track, 5, 2, axis=0), atol=1e-6)
    assert np.array_equal(smoothed(track[:4]), track[:4].astype(np.float32))


class TestNetwork:
    def test_bias_looks_back_and_stays_the_same_over_a_period(self) -> None:
        bias = periodic_bias(4, 9, 3)
        assert bool(torch.isinf(bias[0].triu(1)[0, 1:]).all())
        assert bias[:, 8, 8].tolist() == bias[:, 8, 6].tolist() == [0.0] * 4
        assert bias[:, 8, 5].tolist() == [-0.25, -0.0625, -0.015625, -0.00390625]
        assert float(bias[0, 8, 0]) == -0.5
        with pytest.raises(ValueError, match="power of two"):
            periodic_bias(3, 4, 2)

    def test_each_frame_is_guided_by_the_emotion_of_its_own_time(self) -> None:
        network = _moving(EmoTalkConfig.tiny(D, E))
        rng = torch.Generator().manual_seed(0)
        said = torch.randn(1, 12, 2 * D, generator=rng)
        heard = torch.randn(1, 12, E, generator=rng)
        told = torch.tensor([1]), torch.tensor([0])
        other = heard.clone()
        other[:, 7] += 1
        with torch.inference_mode():
            moved = [network(said, each, *told)[0] for each in (heard, other)]
        changed = (moved[0] - moved[1]).abs().amax(dim=1)
        assert float(changed[:7].max()) < 1e-6
        assert float(changed[7]) > 1e-3
        assert float(changed[7]) > 2 * float(changed[8:].max())

    def test_silence_is_the_usual_voice(self) -> None:
        network = _moving(EmoTalkConfig.tiny(D, E))
        network.usual.fill_(3.0)
        with torch.inference_mode():
            told = [
                network.told(network.felt(torch.full((1, 2, E), value))) for value in (0.0, 3.0)
            ]
        assert torch.allclose(*told)

    def test_published_sizes(self) -> None:
        config = EmoTalkConfig.published()
        assert (config.width, config.period, config.fps, config.outputs) == (832, 30, 30.0, 52)
        with torch.device("meta"):
            network = EmoTalkNetwork(config)
        # maps 1.6 M, decoder layer 6.9 M, classifier of the emotion ear 1.1 M
        assert 9.4e6 < sum(p.numel() for p in network.parameters()) < 9.8e6
        assert network.decoder.self_attn.num_heads == 4
        assert network.decoder.linear1.out_features == 832

    def test_small_is_small(self) -> None:
        network = EmoTalkNetwork(EmoTalkConfig.small(110, WIDTH))
        assert sum(p.numel() for p in network.parameters()) < 3e6
        assert network.config.width == 208


def _moving(config: EmoTalkConfig, seed: int = 0) -> EmoTalkNetwork:
    """Untrained but for its last layer, which does not give zero."""
    torch.manual_seed(seed)
    network = EmoTalkNetwork(config).eval()
    torch.nn.init.normal_(network.leave.weight, std=0.1)
    return network


def _speech(seconds: float, seed: int = 0) -> Speech:
    rng = np.random.default_rng(seed)
    return Speech((0.1 * rng.normal(size=round(16000 * seconds))).astype(np.float32))


def _model() -> EmoTalk:
    ears = SpeechEncoder.untrained(EncoderConfig.tiny())
    config = EmoTalkConfig.tiny(ears.width, WIDTH)
    return EmoTalk(config, _moving(config), ears=ears)


class TestUse:
    def test_animate(self) -> None:
        model = _model()
        motion = model.animate(_speech(1.0), seed=3)
        assert (motion.frames, motion.fps) == (25, 25.0)
        assert np.isfinite(motion.weights).all()
        assert motion.weights.max() > 0
        assert motion.same_as(model.animate(_speech(1.0), seed=3))
        assert model.animate(_speech(0.01)).frames == 1

    def test_conditions_count_and_are_checked(self) -> None:
        model = _model()
        made = [
            model.outputs(_speech(1.0), level=level, person=person)
            for level, person in ((0, "nobody"), (1, "nobody"), (1, "grid_s1"))
        ]
        assert np.abs(made[0] - made[1]).max() > 1e-4
        assert np.abs(made[1] - made[2]).max() > 1e-4
        with pytest.raises(InputError, match="unknown person 'me'; available: nobody, grid_s1"):
            model.outputs(_speech(0.2), person="me")
        with pytest.raises(InputError, match="level 2; allowed: 0 to 1"):
            model.outputs(_speech(0.2), level=2)

    def test_ears_of_another_width(self) -> None:
        ears = SpeechEncoder.untrained(EncoderConfig.tiny())
        model = EmoTalk.untrained(EmoTalkConfig.tiny(D, WIDTH), ears=ears)
        with pytest.raises(InputError, match="hears with width 12"):
            model.animate(_speech(0.2))

    def test_ears_of_another_rate(self) -> None:
        model = _model()
        slow = SpeechFeatures(
            np.zeros((25, model.config.features), np.float32), np.empty((25, 0), np.float32), 25.0
        )
        with pytest.raises(InputError, match="takes 2 rows a frame at 25 frames/s"):
            model.driven(slow, slow, 25)

    def test_published_way_over_miniature_ears(self) -> None:
        transformers = pytest.importorskip("transformers")
        sizes = transformers.Wav2Vec2Config(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            conv_dim=(4,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        )  # fmt: skip
        torch.manual_seed(0)
        ears = [XlsrEar(transformers.Wav2Vec2Model(sizes), 30.0) for _ in range(2)]
        assert ears[0].encode(_speech(1.0)).values.shape == (30, 16)
        config = EmoTalkConfig(features=16, voice=16, content=8, emotion=4, condition=2)
        model = EmoTalk(config, _moving(config), ears=ears[0], emotion_ears=ears[1])
        assert model.outputs(_speech(1.0)).shape == (30, 52)
        motion = model.animate(_speech(1.0))
        assert (motion.frames, motion.fps) == (25, 25.0)
        assert np.isfinite(motion.weights).all()
        assert model.animate(_speech(0.02)).frames == 1

    def test_save_and_load(self, tmp_path: Path) -> None:
        model = _model()
        model.save(tmp_path / "it.safetensors")
        again = EmoTalk.load(tmp_path / "it.safetensors")
        assert again.config == model.config
        again._ears = model.ears
        near = np.abs(again.outputs(_speech(0.6)) - model.outputs(_speech(0.6)))
        assert near.max() < 5e-3

    def test_seeds_of_untrained_models(self) -> None:
        made = [EmoTalk.untrained(EmoTalkConfig.tiny(), seed).network for seed in (0, 0, 1)]
        values = [network.content_map.weight for network in made]
        assert torch.equal(values[0], values[1])
        assert not torch.equal(values[0], values[2])

    def test_chunks_join(self) -> None:
        model = _model()  # 40 frames at once, 20 of them new
        rng = np.random.default_rng(1)
        said, heard = (
            SpeechFeatures(rng.normal(size=(200, width)).astype(np.float32), np.empty((200, 0)))
            for width in (model.config.features, WIDTH)
        )
        moved = model.driven(said, heard, 100)
        assert moved.shape == (100, 52)
        steps = np.abs(np.diff(moved, axis=0)).max(axis=1)
        assert steps[16:20].max() < 2 * steps.max()
        shorter = SpeechFeatures(said.values[:40], said.phone_log_probs[:40])
        heard = SpeechFeatures(heard.values[:40], heard.phone_log_probs[:40])
        assert np.allclose(model.driven(shorter, heard, 20)[:12], moved[:12], atol=0.05)

    def test_voice_is_heard_whatever_its_level(self) -> None:
        t = np.arange(32000) / 16000
        tone = sum(np.sin(2 * np.pi * 140 * k * t + k) / k for k in range(1, 20))
        wave = (0.02 * tone * (1 + 0.5 * np.sin(2 * np.pi * 4 * t))).astype(np.float32)
        heard = [VoiceEar().encode(Speech(gain * wave)).values for gain in (np.float32(1), 4)]
        assert heard[0].shape == (100, WIDTH)
        assert np.abs(heard[0] - heard[1]).max() < 1e-2 * np.abs(heard[0]).max()
        silence = Speech(np.zeros(8000, np.float32))
        assert not VoiceEar().encode(silence).values.any()


class TestWhatShips:
    def test_another_voice_moves_the_upper_face_and_leaves_the_words(self) -> None:
        model = EmoTalk.load(weights.find("zoo-emotalk").path)
        said = model.ears.encode(_syllables())
        network = model.network
        usual, spread = network.usual.numpy(), network.spread.numpy()
        rng = np.random.default_rng(0)
        voices = usual + spread * rng.normal(size=(60, WIDTH)).astype(np.float32)
        with torch.inference_mode():
            told = network.told(network.felt(torch.from_numpy(voices)[:, None])).softmax(dim=1)
        names = model.config.emotions
        faces = {}
        for emotion in ("anger", "sadness"):
            row = int(told[:, names.index(emotion)].argmax())
            heard = np.tile(voices[row], (len(said.values), 1))
            none = np.empty((len(heard), 0), np.float32)
            faces[emotion] = model.driven(said, SpeechFeatures(heard, none), 50)
        change = (faces["sadness"] - faces["anger"]).mean(axis=0)
        assert change[INDEX["browInnerUp"]] > 0.2
        patch = face_patch()
        gaps = [patch.gap_mm(patch.moved(face)) for face in faces.values()]
        assert gaps[0].std() > 0.3
        assert np.corrcoef(*gaps)[0, 1] > 0.9


def _syllables() -> Speech:
    """A voice of 120 Hz that swells four times a second between a dull and a bright timbre."""
    t = np.arange(32000) / 16000
    swell = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1)
    tone = sum(
        np.sin(2 * np.pi * 120 * k * t + k) * (np.exp(-((120 * k - 750) ** 2) / 4e5) * swell)
        for k in range(1, 25)
    )
    return Speech((0.1 * tone).astype(np.float32))
