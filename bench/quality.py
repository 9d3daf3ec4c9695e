"""Real news pages -> how much of each is kept right: body, date, title, authors.

The pages and what is expected of them lie in NEWSWEIR_CORPUS; nothing of them is
here. A publisher's pages stand together in one half: the rules are tuned on one
half and the figures of the other are the ones to quote.
"""

import gzip
import hashlib
import json
import os
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from feeds.errors import FetchError
from feeds.ingest.normalize import Coming, to_draft
from feeds.ingest.pages.read import read_page
from feeds.model import Entry, Fetched, Page

GRAM = 4
ROUNDS = 2000
NOWHERE = "https://page.example/story"
"""Where every page is said to lie: what is read stands in the page, not in its address."""
TUNING, REPORTING = "tuning", "reporting"


@dataclass(frozen=True, slots=True)
class Sample:
    """A page and what people found in it.

    group   what may not be parted between the halves: its publisher
    """

    name: str
    group: str
    html: bytes
    body: str
    title: str | None = None
    day: str | None = None
    authors: tuple[str, ...] | None = None

    @property
    def half(self) -> str:
        """The half it belongs to: by the first bit of its group's SHA-256."""
        return TUNING if hashlib.sha256(self.group.encode()).digest()[0] < 128 else REPORTING


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from a page, as the archive would keep it."""

    body: str = ""
    title: str | None = None
    day: str | None = None
    authors: tuple[str, ...] = ()


Reader = Callable[[bytes], Found]


def fundus(folder: Path) -> Iterator[Sample]:
    """Yield the pages of 80 publishers: the newest layout is the last version."""
    for gold in sorted((folder / "tests/resources/parser/test_data").glob("*/*.json")):
        versions = sorted(json.loads(gold.read_text()).items(), key=lambda one: _numbers(one[0]))
        pages = [
            path
            for path in sorted(gold.parent.glob(f"{gold.stem}_*.html.gz"))
            if re.fullmatch(r"\d{4}_\d\d_\d\d", path.name[len(gold.stem) + 1 : -len(".html.gz")])
        ]
        for path, (_, expected) in zip(pages, versions, strict=True):
            yield _fundus_sample(path, f"{gold.parent.name}/{gold.stem}", expected)


def _fundus_sample(path: Path, group: str, expected: dict[str, Any]) -> Sample:
    body = expected.get("body") or {}
    parts = [*body.get("summary", ())]
    for section in body.get("sections", ()):
        parts += [*section["headline"], *section["paragraphs"]]
    when = expected.get("publishing_date")
    return Sample(
        name=f"{group.partition('/')[0]}/{path.name}",
        group=group,
        html=gzip.decompress(path.read_bytes()),
        body="\n".join(parts),
        title=expected.get("title"),
        day=_day(datetime.fromisoformat(when)) if when else None,
        authors=tuple(expected.get("authors") or ()),
    )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def scrapinghub(folder: Path) -> Iterator[Sample]:
    """Yield the pages of scrapinghub's benchmark; of these only the body is known."""
    for name, expected in sorted(json.loads((folder / "ground-truth.json").read_text()).items()):
        path = folder / "html" / f"{name}.html.gz"
        if path.exists():
            yield Sample(name, expected["url"], gzip.decompress(path.read_bytes()), expected["articleBody"])


def newsweir(html: bytes) -> Found:
    """Read a page the way an entry's page is read."""
    try:
        page = read_page(Fetched(url=NOWHERE, status=200, body=html, content_type="text/html"))
    except FetchError:
        return Found()
    return as_kept(page)


def as_kept(page: Page) -> Found:
    """Return what the archive would keep of a page whose entry has no more than a link."""
    content = to_draft(
        Entry(link=NOWHERE), page, Coming(key="", name="", via="feed", at=datetime.now(UTC))
    ).content
    return Found(
        body=content.content_text or "",
        title=content.title,
        day=content.date_published[:10] if content.date_published else None,
        authors=tuple(one.name for one in content.authors if one.name),
    )


def trafilatura_alone(html: bytes) -> Found:
    """Read a page with nothing but the extractor: the floor that the figures are measured against."""
    import trafilatura  # noqa: PLC0415

    found: Any = trafilatura.bare_extraction(html, with_metadata=True, fast=True, include_comments=False)
    if found is None:
        return Found()
    authors = tuple(one.strip() for one in (found.author or "").split(";") if one.strip())
    return Found(found.text or "", found.title, found.date, authors)


# -- what is right -------------------------------------------------------------------


def shares(expected: str, found: str) -> tuple[float, float, float]:
    """Return what is right, too much and missing among the runs of four words, as shares of their sum."""
    wanted, had = _grams(expected), _grams(found)
    right = sum((wanted & had).values())
    too_much, missing = had.total() - right, wanted.total() - right
    whole = right + too_much + missing
    return (right / whole, too_much / whole, missing / whole) if whole else (0.0, 0.0, 0.0)


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text))
    return Counter(tuple(words[at : at + GRAM]) for at in range(max(1, len(words) - GRAM + 1)))


def precision_and_recall(part: tuple[float, float, float]) -> tuple[float, float]:
    """Return both; 1 where there was nothing to find and nothing was found."""
    right, too_much, missing = part
    precision = right / (right + too_much) if right else float(too_much == 0)
    recall = right / (right + missing) if right else float(missing == 0)
    return precision, recall


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of both."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def same_day(sample: Sample, found: Found) -> bool:
    """Say whether the day is right; both are days in UTC."""
    return sample.day == found.day


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d}"


def same_title(sample: Sample, found: Found) -> bool:
    """Say whether the title is exactly right, but for how its spaces are written."""
    return _plain(sample.title) == _plain(found.title)


def same_authors(sample: Sample, found: Found) -> bool:
    """Say whether exactly the authors that are named were found, in any order."""
    return {_plain(one).casefold() for one in sample.authors or ()} == {
        _plain(one).casefold() for one in found.authors
    }


def _plain(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", text or "").split())


# -- the table -----------------------------------------------------------------------

Marks = Sequence[tuple[float, ...]]
"""What each page got: one number, or its precision and recall."""
Pairs = Sequence[tuple[Sample, Found]]


def body_marks(pairs: Pairs) -> list[tuple[float, ...]]:
    """Return precision and recall of each page's body."""
    return [precision_and_recall(shares(one.body, found.body)) for one, found in pairs]


def mean(marks: Marks) -> float:
    """Return the mean; of precision and recall, of each page's F1."""
    return fmean(f1(*one) if len(one) > 1 else one[0] for one in marks)


def f1_of_means(marks: Marks) -> float:
    """Return the F1 of the mean precision and the mean recall, as scrapinghub's benchmark has it."""
    return f1(fmean(one[0] for one in marks), fmean(one[1] for one in marks))


def interval(marks: Marks, figure: Callable[[Marks], float], seed: int = 5) -> tuple[float, float]:
    """Return between what the figure lies in 95 of 100 draws from the same pages (bootstrap)."""
    chance = random.Random(seed)
    draws = sorted(figure(chance.choices(marks, k=len(marks))) for _ in range(ROUNDS))
    return draws[int(0.025 * ROUNDS)], draws[int(0.975 * ROUNDS) - 1]


def row(
    name: str, pairs: Pairs, marks: Marks, goal: float | None, figure: Callable[[Marks], float] = mean
) -> str:
    """Return a line of the table: the figure of each half and of all, with its interval."""
    cells: list[str] = []
    for half in (TUNING, REPORTING, None):
        some = [mark for (one, _), mark in zip(pairs, marks, strict=True) if half in {None, one.half}]
        if some:
            low, high = interval(some, figure)
            cells.append(f"{figure(some):.3f} [{low:.3f}, {high:.3f}] {len(some):>3}")
    return f"{name:<40}{f'{goal:.3f}' if goal else '':>6}  {'  '.join(f'{cell:<25}' for cell in cells)}"


def rows(reader: Reader, news: Sequence[Sample], others: Sequence[Sample]) -> Iterator[str]:
    """Yield the lines of one way to read pages."""
    pairs = [(one, reader(one.html)) for one in news]
    yield row("  fundus: mean 4-gram F1 of the body", pairs, body_marks(pairs), 0.95)
    rules = {
        "date right": (same_day, 0.97),
        "title exact": (same_title, 0.85),
        "authors exact": (same_authors, 0.92),
    }
    for name, (right, goal) in rules.items():
        yield row(f"  fundus: {name}", pairs, [(float(right(*pair)),) for pair in pairs], goal)
    named = [pair for pair in pairs if pair[0].authors]
    yield row(
        "  fundus: authors exact, where there are",
        named,
        [(float(same_authors(*pair)),) for pair in named],
        None,
    )
    pairs = [(one, reader(one.html)) for one in others]
    yield row("  scrapinghub: 4-gram F1 of the body", pairs, body_marks(pairs), 0.962, f1_of_means)


def report(corpus: Path) -> None:
    """Print the table."""
    collections = {
        "fundus": list(fundus(corpus / "pages/fundus")),
        "scrapinghub": list(scrapinghub(corpus / "pages/scrapinghub-aeb")),
    }
    groups = sorted({f"{one.half} {one.group}" for some in collections.values() for one in some})
    split = hashlib.sha256("\n".join(groups).encode()).hexdigest()[:16]
    print("halves by the first bit of the SHA-256 of a page's publisher (fundus) or address (scrapinghub);")
    print(
        f"the split of all {len(groups)} has the hash {split}; figures in [] hold 95 of 100 draws (bootstrap)"
    )
    print(f"{'':<40}{'goal':>6}  {TUNING:<25}  {REPORTING:<25}  {'all':<25}")
    for name, reader in {"trafilatura alone": trafilatura_alone, "newsweir": newsweir}.items():
        print(name)
        for text in rows(reader, collections["fundus"], collections["scrapinghub"]):
            print(text)


def main() -> None:
    """Print the table, where the pages are."""
    corpus = os.environ.get("NEWSWEIR_CORPUS")
    if not corpus or not Path(corpus, "pages").is_dir():
        print("no pages to read: set NEWSWEIR_CORPUS to the folder that has them")
        return
    report(Path(corpus))
