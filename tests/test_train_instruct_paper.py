"""The paper's scale on tiny random checkpoints: HuBERT, LLaMA, MEAD with text; the decoder."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.audio import load
from avitalk.errors import InputError
from avitalk.instruct.frames import MOST_FRAMES, WINDOW_FRAMES, FrameEar
from avitalk.instruct.huggingface import HuggingFaceLanguage
from avitalk.instruct.instructor import Instructor
from avitalk.instruct.llama import LlamaConfig
from avitalk.instruct.qformer import QFormer, QFormerConfig
from avitalk.instruct.tokens import Tokens
from avitalk.speech import SpeechEncoder
from avitalk.speech.load import load_encoder
from avitalk.train.instruct.decoder import DecoderRecipe, train_decoder
from avitalk.train.instruct.frames import HeardFrames
from avitalk.train.instruct.recipe import Recipe, find_recipe
from avitalk.train.instruct.stages import STAGES, Job, train
from avitalk.train.loop import Run
from avitalk.types import Speech
from avitalk.weights import find
from instruct_recordings import emodb, hubert, llama, mead, sentence_model, voice

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "dashwood.wav"
SMALLER = (
    "former.queries=2", "former.width=16", "former.heads=2", "former.layers=1", "former.shared=8",
    "align.steps=2", "align.batch=4", "project.steps=2", "project.batch=2", "language.four_bit=no",
    "computing.tensorboard=no", "hear.variants=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Checkpoints and recordings."""
    made = tmp_path_factory.mktemp("paper")
    sentence_model(made / "sentences")
    hubert(made / "hubert")
    llama(made / "llama")
    mead(made / "mead")
    emodb(made / "emodb")
    return made


def recipe(folder: Path, *changes: str) -> Recipe:
    names = {"hear.encoder": "hubert", "language.name": "llama", "words.sentences": "sentences"}
    found = [f"{key}={folder / name}" for key, name in names.items()]
    return find_recipe("paper", (*SMALLER, *found, *changes))


def trained(job: Job) -> Path:
    for stage in STAGES:
        train(job, stage)
    return job.out


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """All stages."""
    return trained(Job(recipe(folder), folder / "run", folder / "mead"))


def test_frames_and_llama_make_an_instructor(run: Path) -> None:
    encoder = SpeechEncoder.load(find("speech-encoder").path)
    instructor = Instructor.load(run, encoder=encoder)
    assert instructor.former.config.source == "frames"
    assert instructor.former.config.statistics == 24
    assert "contempt" in instructor.former.config.emotions
    assert isinstance(instructor.language, HuggingFaceLanguage)
    assert not instructor.language.adapters()
    assert not instructor.projection.config.joint
    speech = Speech(load(EXAMPLE).samples[: 2 * 16_000])
    words = instructor.write(speech, candidates=1, seed=3)
    assert words.segments and len(words.segments[0].emotion) == 8
    assert words == instructor.write(speech, candidates=1, seed=3)


def test_adapters_learn_and_are_kept(run: Path, folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    shutil.copytree(run, tmp_path / "run")
    adapted = recipe(folder, "language.lora_rank=2")
    for stage in ("language", "project"):
        train(Job(adapted, tmp_path / "run", fresh=True), stage)
    language = Instructor.load(tmp_path / "run").language
    assert isinstance(language, HuggingFaceLanguage)
    names = [n for n, _ in language.model.named_parameters() if "lora_B" in n]
    values = dict(language.model.named_parameters())
    assert names and all(values[name].abs().max() > 0 for name in names)  # they start at 0
    assert not any(p.requires_grad for n, p in values.items() if "lora_" not in n)


def test_texts_of_people_are_the_words(run: Path) -> None:
    lines = (run / "corpus.jsonl").read_text().splitlines()
    assert len(lines) == 4 and "M003/front/angry" in lines[0]
    assert "contempt" in lines[3]


def test_without_the_encoder_frames_are_refused(run: Path) -> None:
    whole = Instructor.load(run)
    with pytest.raises(InputError, match="frames 24 wide; the encoder given as `hearing` has none"):
        Instructor(whole.former, whole.projection, whole.language)


def test_unreadable_parts_are_refused(run: Path, tmp_path: Path) -> None:
    for path in run.glob("*.safetensors"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "instructor.json").write_text('{"ears": 2}')
    with pytest.raises(InputError, match=r"instructor\.json: not an instructor's parts"):
        Instructor.load(tmp_path)


def test_frames_go_with_labels_and_our_language_model(folder: Path) -> None:
    tiny = find_recipe("tiny", (
        f"words.sentences={folder / 'sentences'}", "former.tokens=1", "align.steps=2",
        f"hear={{source: frames, encoder: {folder / 'hubert'}, layer: 1, variants: 1}}",
    ))  # fmt: skip
    out = trained(Job(tiny, folder / "tiny", folder / "emodb"))
    heard = HeardFrames.load(out / "heard")
    assert heard.values.shape[1] == 24 and len(heard.first) == 16
    assert (heard.first[1:] == heard.first[:-1] + heard.count[:-1]).all()
    assert np.abs(heard.summary).max() > 0  # the grammar asked how the voices sound
    assert Instructor.load(out).hearing is not None


def test_missing_recordings_of_annotations_are_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "annotations.tsv").write_text("M003/front/angry/level_3/099\tHe is angry.\n")
    with pytest.raises(InputError, match="no recording of M003/front/angry/level_3/099; looked"):
        train(Job(recipe(folder), folder / "none", tmp_path), "hear")


def test_frame_ear_leaves_silence_out_and_thins_what_is_long(folder: Path) -> None:
    encoder = load_encoder(folder / "hubert")
    ear = FrameEar.listen(Speech(voice(0)), encoder)
    heard = ear.heard()
    assert 0.6 * 65 < len(heard) < len(ear.features) == 75
    assert len(ear.heard(0.2, 0.25)) == 0
    long = FrameEar(ear.frames, np.tile(ear.features, (30, 1)))
    assert len(long.heard()) <= MOST_FRAMES == 10 * WINDOW_FRAMES


def test_decoder_learns_texts_from_queries_alone() -> None:
    texts = [["The lips rise."], ["The brows fall."]]
    tokens = Tokens.train([text for row in texts for text in row], 300)
    torch.manual_seed(0)
    former = QFormer(QFormerConfig.tiny()).eval().requires_grad_(False)
    rng = np.random.default_rng(0)
    voices = torch.randn(2, 1, former.config.statistics)

    def draw(size: int, several: float) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
        clips = rng.integers(0, 2, size)
        return voices[clips], torch.ones(size, dtype=torch.long), clips

    losses: list[float] = []
    before = {name: value.clone() for name, value in former.state_dict().items()}
    decoder = train_decoder(
        former, draw, texts, tokens, 60,
        recipe=DecoderRecipe(sizes=LlamaConfig.tiny(), batch=8, learning_rate=2e-2),
        run=Run(told=lambda _, loss: losses.append(loss)),
    )  # fmt: skip
    assert losses[-1] < 0.2 < losses[0]
    queries = former(voices, torch.ones(2, dtype=torch.long)).queries
    assert decoder.write(queries, seed=0, temperature=0.0) == [row[0] for row in texts]
    assert all(torch.equal(value, before[name]) for name, value in former.state_dict().items())
