"""User studies: ratings checked, scores and tests as by hand, in the layout of the paper."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from avitalk.errors import InputError
from avitalk.evaluate.study.agreement import krippendorff
from avitalk.evaluate.study.build import Study, build
from avitalk.evaluate.study.checks import conduct
from avitalk.evaluate.study.key import read_key
from avitalk.evaluate.study.paired import contrasts, holm, paired
from avitalk.evaluate.study.plan import Design
from avitalk.evaluate.study.ratings import read_ratings
from avitalk.evaluate.study.report import evaluate, export_findings
from avitalk.evaluate.study.scores import cells, mean
from avitalk.evaluate.study.tables import export_page, mos_table
from study_videos import SYSTEMS, fair, sheets, write_ratings, write_systems


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_systems(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def study(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    design = Design(raters=8, pairs=True, seed=3)
    return build([videos], tmp_path_factory.mktemp("study"), design, truth="quartztalk")


def test_scores_and_contrasts_are_those_of_the_ratings(study: Study, tmp_path: Path) -> None:
    read = read_ratings(sheets(study.key, tmp_path), study.key)
    assert not read.problems
    found = evaluate(read.ratings, study.key)
    assert found.raters == 8
    assert found.ratings == 8 * 4 * 3 * 2
    for s, system in enumerate(SYSTEMS):
        lips = found.score(system, "lip_sync_quality")
        assert (lips.value, lips.low, lips.high) == (1 + s, 1 + s, 1 + s)
        movement = found.score(system, "movement_expressiveness")
        assert movement.value == pytest.approx(1.5 + s)
        assert movement.low < 1.5 + s < movement.high
        consistency = found.score(system, "expression_consistency")
        assert consistency.value == pytest.approx(1.5 + s + 1 / 8)
    for contrast in found.contrasts:
        expected = SYSTEMS.index(contrast.one) - SYSTEMS.index(contrast.other)
        assert contrast.difference.value == pytest.approx(expected)
        assert contrast.raters.effect == -1
        assert (contrast.raters.wins, contrast.raters.losses) == (0, 8)
        assert contrast.clips.n == 4
    assert dict(found.alpha)["lip_sync_quality"] == pytest.approx(1)


def test_paired_tests_are_scipys() -> None:
    apart = np.random.default_rng(4).normal(0.4, 1, 17)
    found = paired(apart)
    assert found.wilcoxon_p == pytest.approx(stats.wilcoxon(apart).pvalue, rel=1e-6)
    wins = int((apart > 0).sum())
    assert found.sign_p == pytest.approx(stats.binomtest(wins, 17).pvalue)
    ranks = stats.rankdata(np.abs(apart))
    assert found.effect == pytest.approx((ranks[apart > 0].sum() - ranks[apart < 0].sum()) / 153)
    # Five differences, all above 0, exactly: 2 / 2 ** 5 in both tests.
    small = paired(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.0]))
    assert (small.n, small.wins) == (6, 5)
    assert small.wilcoxon_p == pytest.approx(0.0625)
    assert small.sign_p == pytest.approx(0.0625)
    assert paired(np.zeros(4)).wilcoxon_p == 1
    # Shared ranks: all 512 ways to turn the signs.
    shared = np.array([1.0, 1, 1, -1, 2, 2, -2, 3, 4])
    ways = stats.PermutationMethod(n_resamples=10**4)
    assert paired(shared).wilcoxon_p == pytest.approx(stats.wilcoxon(shared, method=ways).pvalue)
    many = np.random.default_rng(2).integers(-3, 6, 200).astype(float)
    assert paired(many).wilcoxon_p == pytest.approx(stats.wilcoxon(many).pvalue)


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert np.isnan(holm([float("nan"), 0.02])[0])
    assert holm([float("nan"), 0.02])[1] == pytest.approx(0.02)


def test_krippendorffs_alpha_of_the_textbook() -> None:
    # Krippendorff (2011): four observers, twelve units, gaps; ordinal alpha is 0.815.
    nan = float("nan")
    told = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
    assert krippendorff(np.array(told)) == pytest.approx(0.815, abs=5e-4)
    chance = np.random.default_rng(0).integers(1, 6, (4, 3000)).astype(float)
    assert abs(krippendorff(chance)) < 0.03
    assert np.isnan(krippendorff(np.full((3, 4), 2.0)))


def test_interval_covers_the_truth_and_counts_people_not_answers() -> None:
    chance = np.random.default_rng(1)
    hits = 0
    for _ in range(100):
        people = chance.normal(0, 0.5, (12, 1))
        clips = chance.normal(0, 0.5, (1, 12))
        found = mean(3 + people + clips + chance.normal(0, 0.5, (12, 12)), draws=400)
        hits += found.low <= 3 <= found.high
    assert hits >= 88
    # Twelve people who say one thing each: as wide as twelve answers, not 144.
    alone = mean(np.repeat(np.arange(12.0)[:, None], 12, axis=1))
    assert alone.high - alone.low > 3.4


def test_gaps_are_no_answers(study: Study, tmp_path: Path) -> None:
    path = sheets(study.key, tmp_path)[0]
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:9]) + "\n")
    read = read_ratings([path], study.key)
    values = cells(read.ratings, study.key).values
    assert np.isnan(values).any()
    assert np.isfinite(mean(values[:, :, 0, 0]).value)
    assert conduct(read.ratings, study.key)[0].pages == 4
    assert all(contrast.raters.n <= 1 for contrast in contrasts(cells(read.ratings, study.key)))


def test_raters_who_do_not_attend_are_left_out(study: Study, tmp_path: Path) -> None:
    chance = np.random.default_rng(7)

    def judge(rater: str, clip: str, system: str, question: int) -> int:
        if rater == "02":
            return int(chance.choice([1, 5]))
        return 3 if rater == "05" else fair(rater, clip, system, question)

    read = read_ratings(sheets(study.key, tmp_path, judge), study.key)
    found = evaluate(read.ratings, study.key)
    left_out = {one.rater: one.excluded for one in found.conduct if one.excluded}
    assert set(left_out) == {"02", "05"}
    assert "checks differ" in str(left_out["02"])
    assert left_out["05"] == "answered 3 to everything"
    assert found.raters == 6
    assert found.score(SYSTEMS[1], "lip_sync_quality").value == 2
    kept = evaluate(read.ratings, study.key, tolerance=4)
    assert kept.raters == 7


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        (5, "6", r"r\.csv:3: lip_sync_quality is '6'; allowed: 1 to 5"),
        (7, "0", r"r\.csv:3: expression_consistency is '0'"),
        (6, "3.5", r"r\.csv:3: movement_expressiveness is '3.5'"),
        (6, "", r"r\.csv:3: movement_expressiveness is ''"),
        (4, "abc", r"r\.csv:3: unknown item 'abc'"),
        (3, "2", r"r\.csv:3: panel is '2'; allowed: 0, 1"),
        (2, "zz", r"r\.csv:3: unknown page 'zz' of rater 01"),
        (1, "99", r"r\.csv:3: unknown rater '99'"),
        (0, "other", r"r\.csv:3: of study 'other'; this key is of"),
        (8, "long", r"r\.csv:3: seconds is 'long'"),
    ],
)
def test_bad_rows_are_named_by_file_and_line(
    study: Study, tmp_path: Path, column: int, value: str, match: str
) -> None:
    path = write_ratings(tmp_path / "r.csv", study.key, "01", fair)
    lines = path.read_text().splitlines()
    cells_of = lines[2].split(",")
    cells_of[column] = value
    path.write_text("\n".join([*lines[:2], ",".join(cells_of), *lines[3:]]))
    problems = read_ratings([path], study.key).problems
    assert len(problems) == 1
    with pytest.raises(InputError, match=match):
        raise problems[0]


def test_wrong_files_are_named(study: Study, tmp_path: Path) -> None:
    good = write_ratings(tmp_path / "good.csv", study.key, "01", fair)
    other = tmp_path / "other.csv"
    other.write_text("name,score\na,3\n")
    short = tmp_path / "short.csv"
    short.write_text("\n".join([*good.read_text().splitlines()[:1], "a,b"]))
    told = [str(p) for p in read_ratings([other, short, tmp_path / "no.csv"], study.key).problems]
    assert "other.csv:1: columns are name,score; allowed: study,rater" in told[0]
    assert "short.csv:2: 2 columns; allowed: 9" in told[1]
    assert "no.csv: cannot read" in told[2]
    twice = read_ratings([good, good], study.key)
    assert "rated in" in str(twice.problems[0])
    with pytest.raises(InputError, match="not a key"):
        read_key(good)


def test_report_has_the_layout_of_the_paper(study: Study, tmp_path: Path) -> None:
    found = evaluate(read_ratings(sheets(study.key, tmp_path), study.key).ratings, study.key)
    lines = mos_table(found).splitlines()
    assert lines[0] == (
        "| system | Lip Sync Quality | Movement Expressiveness | Expression Consistency |"
    )
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| basaltlips", "| graniteface", "| quartztalk (recorded face)"
    ]  # fmt: skip
    assert "**2.00** [2.00, 2.00]" in lines[3]
    assert "**" not in lines[2] + lines[4]
    page = export_page(found).decode()
    assert page.count("−") == 9
    assert json.loads(export_findings(found))["scores"][0]["mos"]["value"] == 1


def test_without_scipy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(InputError, match=r"pip install 'avitalk\[measure\]'"):
        paired(np.ones(3))
