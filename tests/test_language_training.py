"""Pretraining of the language model: text, rows, steps, resuming, bad input."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from avitalk.data.instructions.describing import REQUESTS
from avitalk.errors import InputError
from avitalk.facs.table import emotion
from avitalk.instruct.language import LanguageModel
from avitalk.instruct.llama import Llama, LlamaConfig
from avitalk.instruct.tokens import ASK, BOS, EOS, SAY, Tokens
from avitalk.train.instruct.language import (
    Recipe,
    Trainer,
    batch_loss,
    embedded,
    perplexity,
    unigram_perplexity,
)
from avitalk.train.instruct.text import (
    Document,
    instructions,
    namings,
    parted,
    read_documents,
    thinned,
    wordnet,
    write_documents,
)
from avitalk.train.instruct.text_rows import PLAIN, Softening, batches_of, row_of

CONFIG = LlamaConfig.tiny()
DATA = """  1 This licence stands before the data.
00001740 29 v 02 smile 0 grin(a) 0 001 ~ 00001930 v 0000 01 + 02 00 | change one's face by \
spreading the lips; "he smiled at the child across the room"; "too short"
00001741 05 n 01 wombat 0 000 | a burrowing animal of the far south
00001742 18 n 01 Darwin 0 000 | a man with a beard who thought of it
00001743 18 n 01 oaf 0 000 | offensive term for one who is slow of mind
"""


def documents() -> list[Document]:
    faces = [
        Document("instruction", f"{mood}, loud, fast", "Say how.", f"The lips {act} and stay so.")
        for mood, act in (("glad", "rise"), ("sad", "fall"), ("angry", "press"), ("calm", "rest"))
    ]
    return [*faces, Document("gloss", "smile", "What is it?", "Spreading of the lips.")]


def tokens() -> Tokens:
    return Tokens.train([d.text for d in documents()], CONFIG.vocabulary)


def test_wordnet_gives_sentences_without_names_species_and_insults(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text(DATA if part == "verb" else "")
    assert list(wordnet(tmp_path)) == [
        Document(
            "gloss", "smile, grin", "What does this word mean?",
            "Change one's face by spreading the lips.",
        ),
        Document(
            "example", "smile, grin", "Use this word in a sentence.",
            "He smiled at the child across the room.",
        ),
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"data.noun: not found; give WordNet's dict folder"):
        list(wordnet(tmp_path / "nowhere"))


def test_namings_are_of_the_feeling_described() -> None:
    found = list(namings(40, seed=3))
    assert found == list(namings(40, seed=3))
    named = [document for document in found if document.kind == "naming"]
    assert 10 < len(named) < 30
    for document in named:
        name, words = document.text.rstrip(".").split(": ")
        assert set(words.split(", ")) <= set(emotion(name.lower()).adjectives)
    assert all(d.text != d.description for d in found if d.kind == "again")


def test_instructions_are_the_grammars() -> None:
    found = list(instructions(20, seed=3))
    assert found == list(instructions(20, seed=3))
    assert {document.request for document in found} <= set(REQUESTS)
    assert len({document.text for document in found}) == 20


def test_curves_are_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    recipe = Recipe(documents=2, max_steps=1, tensorboard=True)
    Trainer(CONFIG, recipe, tokens(), documents(), tmp_path).run()
    assert len(list(tmp_path.glob("events.*"))) == 1


def test_documents_come_back_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "text.jsonl"
    assert write_documents(path, documents()) == 5
    assert read_documents(path) == documents()
    path.write_text('{"kind": "gloss"}\n')
    with pytest.raises(InputError, match=r"text.jsonl:1: not a document"):
        read_documents(path)
    learn, kept = parted(documents() * 50, 0.2, seed=1)
    assert len(learn) + len(kept) == 250
    assert 20 < len(kept) < 80


def test_thinned_keeps_some_parts_in_order() -> None:
    rng = np.random.default_rng(0)
    kept = {thinned("angry, very loud; fast.", rng) for _ in range(100)}
    assert {"", "angry", "angry, fast", "angry, very loud, fast"} <= kept
    assert len(kept) == 8


def test_a_row_holds_the_document() -> None:
    words, document = tokens(), documents()[0]
    row = row_of(document, words, PLAIN, np.random.default_rng(0))
    said, asked, text = map(words.encode, (document.description, document.request, document.text))
    flat = [place[0] for place in row.places]
    assert flat == [BOS, *said, ASK, *asked, SAY, *text]
    assert flat[row.start] == SAY
    assert row.targets == (*text, EOS)
    always = replace(PLAIN, squeezed=1.0, groups=(3, 3), noisy=1.0)
    squeezed = row_of(document, words, always, np.random.default_rng(0))
    assert [token for place in squeezed.places[1:4] for token in place] == said
    assert squeezed.places[4] == (ASK,)
    assert 0 < squeezed.noise <= 0.5
    empty = row_of(document, words, replace(PLAIN, emptied=1.0), np.random.default_rng(0))
    assert empty.places[:2] == ((BOS,), (ASK,))


def test_softening_grows() -> None:
    half = Softening().scaled(0.5)
    assert half.squeezed == Softening().squeezed / 2
    assert half.groups == Softening().groups
    assert Softening().scaled(0) == replace(PLAIN, noise=half.noise)


def test_batches_give_the_likelihood_of_the_model() -> None:
    torch.manual_seed(0)
    words, network = tokens(), Llama(CONFIG).eval()
    model = LanguageModel(network, words)
    rows = [row_of(d, words, PLAIN, np.random.default_rng(0)) for d in documents()]
    batches = batches_of(rows, 96)
    assert len(batches) > 1
    assert all(batch.shape[0] * batch.shape[1] <= 96 for batch in batches)
    assert sum(batch.predicted for batch in batches) == sum(len(row.targets) for row in rows)
    found = sum(float(batch_loss(network, batch)[0]) for batch in batches)
    prompt = model.ask(
        [d.request for d in documents()], descriptions=[d.description for d in documents()]
    )
    wanted = -float(model.log_prob(prompt, [d.text for d in documents()]).total.sum())
    assert found == pytest.approx(wanted, rel=1e-4)


def test_squeezed_places_hold_means_and_noise_falls_on_descriptions() -> None:
    torch.manual_seed(0)
    words, network = tokens(), Llama(CONFIG)
    always = Softening(emptied=0, thinned=0, squeezed=1, groups=(2, 2), noisy=1)
    row = row_of(documents()[0], words, always, np.random.default_rng(0))
    (batch,) = batches_of([row], 1000)
    plain = embedded(network, batch, None)[0]
    table = network.model.embed_tokens.weight
    torch.testing.assert_close(plain[1], table[list(row.places[1])].mean(dim=0))
    noisy = embedded(network, batch, torch.Generator().manual_seed(0))[0]
    changed = (noisy != plain).any(dim=-1).nonzero()[:, 0].tolist()
    assert changed[:2] == [1, 2]
    assert max(changed) < row.start + 1


def test_it_learns_and_resumes_exactly(tmp_path: Path) -> None:
    recipe = Recipe(documents=6, places=200, max_steps=8, other=0.3, warm_up_steps=2)
    words = tokens()

    def trainer(folder: str, steps: int) -> Trainer:
        given = replace(recipe, max_steps=steps)
        return Trainer(CONFIG, given, words, documents(), tmp_path / folder, clock=lambda: 0.0)

    whole = trainer("whole", 8)
    before = perplexity(whole.network, words, documents())
    whole.run()
    assert perplexity(whole.network, words, documents()) < 0.8 * before
    trainer("parts", 3).run()
    rest = trainer("parts", 8)
    assert rest.resume()
    assert rest.step == 3
    rest.run()
    assert rest.seen == whole.seen
    for name, tensor in whole.averaged.state_dict().items():
        assert torch.equal(tensor, rest.averaged.state_dict()[name]), name
    assert LanguageModel.load(tmp_path / "parts" / "language.safetensors").width == CONFIG.width
    assert not trainer("new", 1).resume()
    other = Trainer(CONFIG, recipe, Tokens.train(["x"], 300), documents(), tmp_path / "parts")
    with pytest.raises(InputError, match="another tokenizer"):
        other.resume()


def test_the_last_part_is_mostly_instructions(tmp_path: Path) -> None:
    recipe = Recipe(documents=200, minutes=1, other=0.5, other_last=0.0)
    run = Trainer(CONFIG, recipe, tokens(), documents(), tmp_path)
    run.rows(np.random.default_rng(0))
    assert 60 < run.decks[1].drawn < 140
    run.elapsed_s = 50.0
    early = run.decks[1].drawn
    run.rows(np.random.default_rng(0))
    assert run.decks[1].drawn == early
    assert run.decks[0].drawn == 400 - early
    assert run.rate() < 0.2


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 instructions and 1 other"):
        Trainer(CONFIG, Recipe(), tokens(), documents()[4:], tmp_path)
    Trainer(CONFIG, Recipe(other=0, other_last=0), tokens(), documents()[:4], tmp_path)


def test_unigrams_are_the_baseline() -> None:
    words = tokens()
    far = unigram_perplexity(words, documents(), documents())
    assert 1 < far < CONFIG.vocabulary
    assert far < unigram_perplexity(words, documents()[:1], documents())
