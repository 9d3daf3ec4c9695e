"""What `make quality` counts as right."""

import gzip
import json
from pathlib import Path

import pytest

from bench import quality
from bench.quality import Found, Sample


def sample(**changes: object) -> Sample:
    facts: dict[str, object] = {
        "name": "one",
        "group": "xx/Paper",
        "html": b"",
        "body": "a b c d e",
    } | changes
    return Sample(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "found", "marks"),
    [
        ("a b c d e", "a b c d e", (1.0, 1.0)),
        ("a b c d e", "a b c d", (1.0, 0.5)),
        ("a b c d", "a b c d e", (0.5, 1.0)),
        ("a b c d", "x y z", (0.0, 0.0)),
        ("a b", "a, b!", (1.0, 1.0)),
        ("a b c d e", "", (0.0, 0.0)),
    ],
)
def test_runs_of_four_words_are_compared(expected: str, found: str, marks: tuple[float, float]) -> None:
    assert quality.precision_and_recall(quality.shares(expected, found)) == marks


def test_a_day_a_title_and_authors_are_right_or_wrong() -> None:
    one = sample(day="2026-01-05", title="Rain  in Doha", authors=("Ann Bell", "Bo Cole"))
    right = Found("", "Rain in\u00a0Doha", "2026-01-05", ("BO COLE", "Ann Bell"))
    assert quality.same_day(one, right)
    assert quality.same_title(one, right)
    assert quality.same_authors(one, right)
    wrong = Found("", "Rain in Doha | Paper", None, ("Ann Bell",))
    assert not quality.same_day(one, wrong)
    assert not quality.same_title(one, wrong)
    assert not quality.same_authors(one, wrong)


def test_a_figure_lies_within_its_interval() -> None:
    marks = [(1.0,)] * 15 + [(0.0,)] * 5
    low, high = quality.interval(marks, quality.mean)
    assert 0.5 < low < quality.mean(marks) < high < 1.0
    assert quality.f1_of_means([(1.0, 0.5), (0.5, 1.0)]) == 0.75
    assert quality.mean([(1.0, 0.5), (0.5, 1.0)]) == pytest.approx(2 / 3)


def test_a_publishers_pages_stay_in_one_half(tmp_path: Path) -> None:
    folder = tmp_path / "pages/fundus/tests/resources/parser/test_data/xx"
    folder.mkdir(parents=True)
    story = {
        "authors": ["Ann Bell"], "title": "T", "publishing_date": "2026-01-05 23:30:00-05:00",
        "body": {"summary": ["Lead."], "sections": [{"headline": ["H"], "paragraphs": ["P."]}]},
    }  # fmt: skip
    (folder / "Paper.json").write_text(json.dumps({"V2": {**story, "title": "new"}, "V1": story}))
    for day in ("2026_01_06", "2026_02_06"):
        (folder / f"Paper_{day}.html.gz").write_bytes(gzip.compress(b"<p>x"))
    first, second = quality.fundus(tmp_path / "pages/fundus")
    assert (first.title, second.title) == ("T", "new")
    assert (first.body, first.day, first.authors) == ("Lead.\nH\nP.", "2026-01-06", ("Ann Bell",))
    assert first.half == second.half


@pytest.mark.slow
def test_real_pages_are_read_as_well_as_they_were(corpus: Path) -> None:
    """The figures of `make quality` on all pages, a little below what they are: no change may lower them unseen."""
    if not (corpus / "pages/fundus").is_dir():
        pytest.skip("corpus: no pages of fundus in it")
    news = [(one, quality.newsweir(one.html)) for one in quality.fundus(corpus / "pages/fundus")]
    others = [
        (one, quality.newsweir(one.html)) for one in quality.scrapinghub(corpus / "pages/scrapinghub-aeb")
    ]
    assert quality.mean(quality.body_marks(news)) >= 0.96
    assert quality.f1_of_means(quality.body_marks(others)) >= 0.964
    for right, least in ((quality.same_day, 0.97), (quality.same_title, 0.89), (quality.same_authors, 0.91)):
        assert sum(right(*pair) for pair in news) >= least * len(news), right.__name__
