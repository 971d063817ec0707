"""User studies: blind and balanced pages, ratings checked, scores and tests as by hand."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from avitalk.errors import InputError
from avitalk.evaluate.study.build import Study, build
from avitalk.evaluate.study.design import balanced_rows
from avitalk.evaluate.study.key import read_key
from avitalk.evaluate.study.plan import Design, plan
from study_videos import CLIPS, SYSTEMS, fair, write_ratings, write_systems, write_video

NAMES = {(clip, system): f"{clip}.{system}" for clip in range(6) for system in range(4)}


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_systems(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def study(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    design = Design(raters=8, pairs=True, seed=3)
    return build([videos], tmp_path_factory.mktemp("study"), design, truth="quartztalk")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 9])
def test_rows_balance_place_and_what_precedes(count: int) -> None:
    rows = balanced_rows(count)
    for column in zip(*rows, strict=True):
        assert Counter(column) == dict.fromkeys(range(count), len(rows) // count)
    follows = Counter(pair for row in rows for pair in pairwise(row))
    assert len(follows) == count * (count - 1)
    assert len(set(follows.values())) <= 1


@pytest.mark.parametrize("pairs", [True, False])
def test_pages_and_places_are_balanced_over_raters(pairs: bool) -> None:
    count = 36 if pairs else 6
    pages = plan("s", NAMES, 6, 4, Design(raters=count, pairs=pairs, checks=0, seed=1))
    orders = [[frozenset(page.panels) for page in mine] for mine in pages.values()]
    assert all(len(set(order)) == count for order in orders)
    for column in zip(*orders, strict=True):
        assert len(set(column)) == count
    assert max(Counter(pair for order in orders for pair in pairwise(order)).values()) == 1
    places = Counter(
        (name, at)
        for mine in list(pages.values())[: 4 if not pairs else 36]
        for page in mine
        for at, name in enumerate(page.panels)
    )
    assert len(set(places.values())) == 1
    if pairs:
        for mine in pages.values():
            left = Counter(page.panels[0].split(".")[1] for page in mine)
            assert set(left.values()) == {9}


def test_fewer_pages_each_are_seen_equally_often() -> None:
    pages = plan("s", NAMES, 6, 4, Design(raters=9, pairs=True, pages=8, checks=0))
    seen = Counter(frozenset(page.panels) for mine in pages.values() for page in mine)
    assert all(len(mine) == 8 for mine in pages.values())
    assert set(seen.values()) == {2}
    assert len(seen) == 36


def test_checks_repeat_an_earlier_page_and_double_a_video() -> None:
    pages = plan("s", NAMES, 6, 4, Design(raters=20, pairs=False, checks=2))
    for mine in pages.values():
        ids = [page.id for page in mine]
        assert len(set(ids)) == len(mine) == 10
        assert Counter(page.kind for page in mine) == {"rated": 6, "again": 2, "twin": 2}
        for at, page in enumerate(mine):
            if page.kind == "again":
                first = ids.index(page.first)
                assert first < at
                assert mine[first].panels == page.panels[::-1]
            elif page.kind == "twin":
                assert len(set(page.panels)) == len(page.panels) - 1


def test_nothing_handed_out_names_a_system_or_a_clip(study: Study) -> None:
    files = [path for path in study.pages.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".html"]) == 8
    assert len([path for path in files if path.suffix == ".mp4"]) == len(CLIPS) * len(SYSTEMS)
    for path in files:
        told = (str(path.relative_to(study.pages)).encode() + path.read_bytes()).lower()
        for name in (*SYSTEMS, *CLIPS):
            assert name.encode() not in told, f"{path} says {name}"
    assert study.key_path.parent == study.pages.parent
    assert not list(study.pages.rglob("*.json"))


def test_page_loads_only_videos_beside_it(study: Study) -> None:
    html = (study.pages / "rater-01.html").read_text()
    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "https://" not in html
    assert not any(mark in html for mark in ("/*STYLE*/", "/*PLAYER*/", "/*APP*/", "/*DATA*/"))
    told = html.split('id="data">')[1].split("</script>")[0]
    data = json.loads(told)
    assert [page["id"] for page in data["pages"]] == [page.id for page in study.key.raters["01"]]
    for page in data["pages"]:
        assert set(page) == {"id", "videos"}
        assert all((study.pages / "videos" / f"{name}.mp4").exists() for name in page["videos"])


def test_same_seed_same_bytes_other_seed_other_order(videos: Path, tmp_path: Path) -> None:
    made = [
        build([videos], tmp_path / str(at), Design(raters=2, pairs=False, seed=seed))
        for at, seed in enumerate((5, 5, 6))
    ]
    told = [
        {path.name: path.read_bytes() for path in (tmp_path / str(at)).rglob("*") if path.is_file()}
        for at in range(3)
    ]
    assert told[0] == told[1]
    assert made[0].key.study != made[2].key.study
    assert not set(made[0].key.videos) & set(made[2].key.videos)
    assert read_key(made[0].key_path) == made[0].key


def test_folders_may_be_the_systems_themselves(videos: Path, tmp_path: Path) -> None:
    made = build(
        [videos / "quartztalk", videos / "basaltlips"], tmp_path, Design(raters=1, pairs=True)
    )
    assert made.key.systems == ("basaltlips", "quartztalk")


def test_videos_that_cannot_be_compared_are_named(tmp_path: Path) -> None:
    def refused(match: str, **facts: object) -> None:
        with pytest.raises(InputError, match=match):
            build([tmp_path / "v"], tmp_path / "out", Design(raters=1, pairs=True), **facts)
        assert not (tmp_path / "out" / "pages").exists()
        assert not list(tmp_path.glob("out/.avitalk*"))

    write_systems(tmp_path / "v", ("one",), ("a", "b"))
    refused("only 'one' found")
    write_video(tmp_path / "v" / "two" / "a.mp4", 90)
    refused(r"system 'two' lacks b\.mp4, which 'one' has")
    write_video(tmp_path / "v" / "two" / "b.mp4", 95, sound=False)
    refused(r"two/b\.mp4: has no sound")
    write_video(tmp_path / "v" / "two" / "b.mp4", 95, codec="mpeg4")
    refused(r"two/b\.mp4: mpeg4 in yuv420p, which not every browser plays")
    write_video(tmp_path / "v" / "two" / "b.mp4", 95, pixels="yuv444p")
    refused(r"two/b\.mp4: h264 in yuv444p")
    write_video(tmp_path / "v" / "two" / "b.mp4", 95, seconds=2)
    refused(r"one/b\.mp4: 0\.4.* s, but 'two' has 2.* s of b")
    (tmp_path / "v" / "two" / "b.mp4").write_bytes(b"no video")
    refused(r"two/b\.mp4: cannot be read")
    one = (tmp_path / "v" / "one" / "b.mp4").read_bytes()
    (tmp_path / "v" / "two" / "b.mp4").write_bytes(one)
    refused(r"two/b\.mp4: is the same video as .*one/b\.mp4")
    refused("truth 'three' is none of the systems; there are: one, two", truth="three")


def test_a_study_is_not_written_over(videos: Path, study: Study) -> None:
    with pytest.raises(InputError, match="holds a study already"):
        build([videos], study.pages.parent, Design(raters=1, pairs=True))


def test_command_line_from_videos_to_report(videos: Path, tmp_path: Path) -> None:
    def avitalk(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from avitalk.cli import main; main()", *map(str, words)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    out = tmp_path / "study"
    made = avitalk("study", "build", videos, "--out", out, "--raters", 6, "--mode", "grid",
                   "--json")  # fmt: skip
    assert made.returncode == 0, made.stderr
    facts = json.loads(made.stdout)["results"][0]
    assert facts["pages_each"] == 6
    key = read_key(Path(facts["key"]))
    paths = [write_ratings(tmp_path / f"{r}.csv", key, r, fair) for r in key.raters]
    done = avitalk("study", "report", *paths, "--key", out / "key.json", "--out", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert "| quartztalk | **3.00** [3.00, 3.00] |" in done.stdout
    assert json.loads((tmp_path / "r" / "study.json").read_text())["raters"] == 6
    paths[0].write_text(paths[0].read_text().replace(",20", ",soon", 2))
    bad = avitalk("study", "report", *paths, "--key", out / "key.json", "--out", tmp_path / "b")
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 2
    assert f"{paths[0]}:2: seconds is 'soon'" in bad.stderr
    assert not (tmp_path / "b").exists()
    wrong = avitalk("study", "build", videos, "--out", out, "--mode", "rows")
    assert wrong.returncode == 2
    assert "unknown mode 'rows'; available: pairs, grid" in wrong.stderr
