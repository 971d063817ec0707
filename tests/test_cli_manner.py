"""--text as words or a file, and the manners of speaking in preview."""

import sys
from pathlib import Path

import pytest

from avitalk import audio
from avitalk.cli.manner import read_text
from avitalk.cli.preview import _Performance
from avitalk.errors import InputError
from avitalk.pipeline import Animator
from avitalk.talker import Controls, Idle
from avitalk.types import Motion

pytest.importorskip("pocketsphinx")

EXAMPLE = Path(__file__).parents[1] / "examples" / "dashwood.wav"


@pytest.mark.parametrize(
    "words",
    ["hello", "Mr. Smith", "and so on...", "yes/no or maybe", "one.\ntwo.txt", "3.5", "a" * 300],
)
def test_words_are_words(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello world").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_text(words) == words


def test_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("words.txt", "what is said", "Wörter 声.TXT"):
        Path(name).write_bytes("\ufeffHello Zoë\r\n".encode())
        assert read_text(name).strip() == "Hello Zoë"
    assert read_text(str(tmp_path / "words.txt")).strip() == "Hello Zoë"


@pytest.mark.parametrize(
    "name", ["words.txt", "my words.txt", "../texts/words", "C:\\texts\\a.md", "said.srt", "/a/b"]
)
def test_a_missing_file_is_not_taken_for_words(name: str) -> None:
    with pytest.raises(InputError) as refused:
        read_text(name)
    assert str(refused.value) == f"{name}: no such text file"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    for content, expected in (
        ("Grüße".encode("latin-1"), "words.txt: not text in UTF-8"),
        ("hello".encode("utf-16"), "words.txt: not text in UTF-8"),
        (b"", "words.txt: transcript '' holds no words in Latin letters"),
        ("你好".encode(), "words.txt: transcript '你好' holds no words"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=expected):
            read_text(str(path))
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_text(f"{tmp_path}/")
    for empty in ("", "  ", "..."):
        with pytest.raises(InputError, match="holds no words"):
            read_text(empty)


def test_without_the_aligner_the_command_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(InputError, match=r"needs pocketsphinx: pip install 'avitalk\[text\]'"):
        read_text("hello")


def test_a_saved_motion_takes_controls_but_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.motion.npz"
    still = Motion.still(20, 50.0)
    weights = still.weights.copy()
    weights[:, 17] = 0.4
    still.with_weights(weights).save(path)
    half = _Performance(0, Idle(), Controls(articulation=0.5), None)
    _, motion, phones, notes = half.of(path, "default", None)
    assert motion.weights[:, 17] == pytest.approx(0.2, abs=1e-6)
    assert (phones, notes) == ((), ())
    for performance in (
        _Performance(0, Idle(), Controls(), "hello"),
        _Performance(0, Idle(head=0), Controls(), None),
        _Performance(0, Idle(), Controls(), None, "facegood"),
    ):
        with pytest.raises(InputError, match="holds motion; --text, --speaker, --blinks"):
            performance.of(path, "default", None)


def test_speakers_move_their_lips_in_their_own_way() -> None:
    animator, speech = Animator(), audio.load(EXAMPLE)
    neutral, other = (animator.animate(speech, speaker=who).motion for who in (None, "facegood"))
    assert not neutral.same_as(other, 0.01)
    with pytest.raises(InputError, match=r"unknown speaker style 'me'; available: .*'facegood'"):
        animator.animate(speech, speaker="me")
