"""The house itself: README's commands are those CI runs, cards are whole, every module imports."""

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import avitalk
from avitalk import weights
from avitalk.errors import InputError
from avitalk.train.card_fields import interval

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    install = "pip install -c constraints.txt ."
    tests = "pip install -c constraints.txt -e '.[dev]' && pytest -n 2"
    for text in (README, script):
        assert install in text
        assert "avitalk animate examples/dashwood.wav" in text
        assert tests in text


def test_readme_is_short_and_its_pictures_and_links_exist() -> None:
    assert len(README.splitlines()) <= 160
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    assert len(code.group(1).strip().splitlines()) <= 7
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code.group(1), "README.md", "exec"), {})
    assert list(tmp_path.rglob("*.glb"))


def test_figures_of_the_readme_are_those_measured() -> None:
    assert weights.find("talker").card["metrics"]["aperture r"] in README
    speed = json.loads((ROOT / "docs" / "results" / "speed.json").read_text(encoding="utf-8"))
    assert f"512 at 25 fps {speed['mp4']['mp4_ratio']:.2f}" in README
    assert f"motion {speed['motion']['motion_ratio']:.3f};" in README
    assert f"{speed['memory']['peak_gb']:.2f} GB" in README


def test_performances_of_the_readme_are_those_measured() -> None:
    style = json.loads((ROOT / "docs" / "results" / "style.json").read_text(encoding="utf-8"))
    rows = [style[part]["rows"]["full"] for part in ("follow", "film")]
    shares = [f"{100 * row[key]['mean']:.0f} %" for row in rows for key in ("named", "unnamed")]
    assert f"| {shares[0]}, {shares[1]}; {shares[2]}, {shares[3]} |" in README
    assert f"performing them {style['time']['stage 2']:.3f};" in README
    assert f"| {100 * style['free']['right']['mean']:.0f} % |" in README
    assert interval(style["lips"]["rows"]["all emotions"]["fall of r"]) in README
    pooled = style["masks"]["ratios"]["angry, fearful and sad"]["all"]
    assert f"{interval(pooled)} times" in README


def test_closures_of_the_readme_are_the_worst_of_all_rates() -> None:
    lips = json.loads((ROOT / "docs" / "results" / "lips.json").read_text(encoding="utf-8"))

    def rates(name: str, group: str) -> list[float]:
        rows = lips["closure"]["sets"][name]["contacts"][group]["sampled"]
        return [100 * row["mean"] for row in rows.values()]

    voices = ("GRID", "kathleen", "German, validation speakers")
    closed = ", ".join(f"{min(rates(name, 'p b m')):.0f} %" for name in voices)
    vowels = ", ".join(f"{max(rates(name, 'vowels')):.0f}" for name in voices)
    assert f"| {closed} |" in README
    assert f"(vowels, as control: {vowels} %)" in README
    unclear = min(rates("English, unheard speakers", "p b m"))
    assert f"accented voices ({unclear:.0f} % of p b m)" in README


def test_comparisons_of_the_readme_are_those_measured() -> None:
    folder = ROOT / "docs" / "results" / "evaluate"

    def mean(page: str, row: str, key: str) -> float:
        found = json.loads((folder / f"{page}.json").read_text(encoding="utf-8"))
        table = next(t for t in found["tables"] if key in t["columns"])
        return float(table["rows"][row][key]["mean"])

    zoo = ("meshtalk", "faceformer", "codetalker", "emotalk")
    voices, closed = ("lips-speechocean762", "lips-emodb"), "p b m, 25 fps"
    ours = ", ".join(f"{mean(page, 'avitalk', closed):.2f}" for page in voices)
    best = ", ".join(f"{max(mean(page, name, closed) for name in zoo):.2f}" for page in voices)
    assert f"| {ours} ({best}) |" in README
    films, error = ("lips-grid_s1", "lips-wild_dev"), "lve_l2"
    first, third = (
        ", ".join(f"{mean(page, row, error):.2f}" for page in films)
        for row in ("avitalk-neutral", "mean face")
    )
    second = ", ".join(f"{min(mean(page, name, error) for name in zoo):.2f}" for page in films)
    assert f"| {first} mm; {second}; {third} |" in README
    card = json.loads((folder / "robustness-grid_s1.json").read_text(encoding="utf-8"))
    rows = next(t for t in card["tables"] if t["title"] == "avitalk-neutral")["rows"]
    names = ("white noise, 10 dB", "room, T60 0.5 s", "telephone", "whisper", "rate x1.4")
    heard = ", ".join(f"{rows[name]['aperture r']['mean']:.2f}" for name in names)
    assert f"(clean {rows['clean']['aperture r']['mean']:.2f}) | {heard} |" in README
    speed = [
        mean("speed-grid_s1", "faceformer, published size", "time 60 s")
        / mean("speed-grid_s1", row, "time 60 s")
        for row in ("avitalk-neutral", "avitalk")
    ]
    assert f"| {speed[0]:.0f}; {speed[1]:.0f} |" in README
    assert min(speed) >= 10


def test_every_shipped_model_has_a_whole_card() -> None:
    models = weights.shipped()
    assert {"speech-encoder", "talker", "default_head"} <= set(models)
    for model in models.values():
        assert model.card["licence"]
        assert model.card["kind"]
        assert model.card["metrics"], model.name
        assert model.card["recipe"], model.name
        for source in model.card["data"]:
            assert source["name"]
            assert source["licence"]
    assert sum(model.path.stat().st_size for model in models.values()) < 60e6
    assert models["language-model"].path.stat().st_size < 20e6
    assert models["default_head"].path.stat().st_size <= 4e6
    with pytest.raises(InputError, match="available: affect-ear, default_head"):
        weights.find("nobody")


def test_every_module_imports() -> None:
    for module in pkgutil.walk_packages(avitalk.__path__, "avitalk."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_notice_names_every_source_of_every_model() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for model in weights.shipped().values():
        for source in model.card["data"]:
            assert source["name"].split(",")[0].split(" (")[0] in notice, source["name"]
