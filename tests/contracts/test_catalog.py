"""The clauses of the Catalog, Search and Blobs ports, over the disk and over memory."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Alias, AliasOf, Archival, Article, Extract, Raw, Source, content_sha256, encode
from archive.disk.blobs import DiskBlobs
from archive.disk.catalog import DiskCatalog
from archive.disk.search import DiskSearch
from archive.errors import Damaged, ReadOnly
from archive.identity import url_key
from archive.memory.blobs import MemoryBlobs
from archive.memory.catalog import MemoryCatalog
from archive.memory.search import MemorySearch
from archive.ports import MOST, Blobs, Catalog, Line, Search
from archive.wanted import Both, Either, Every, Run
from archive.words import plain
from tests.builders import START

KEY = "https://feed.example/rss"


def article(number: int, rev: int = 1, **changes: object) -> Article:
    facts: dict[str, object] = {
        "guid": f"guid{number}",
        "url": f"https://site.example/{number}",
        "title": f"Title {number}",
        "text": f"Text of {number} in revision {rev}",
        "source": KEY,
        "date": None,
    } | changes
    text, url = str(facts["text"]), facts["url"]
    return Article(
        id=f"urn:uuid:{number:08d}-0000-8000-8000-000000000000",
        url=url if isinstance(url, str) else None,
        title=str(facts["title"]),
        content_text=text,
        date_published=facts["date"],  # type: ignore[arg-type]
        archive=Archival(
            rev=rev,
            content_sha256=content_sha256(str(facts["title"]), text),
            first_seen="2026-01-05T08:00:00Z",
            fetched=f"2026-01-05T08:0{rev}:00Z",
            url_key=url_key(url) if isinstance(url, str) else None,
            cause="new",
            source=Source(
                key=str(facts["source"]), via="file", guid=facts["guid"], entry_sha256=f"{number:064x}"
            ),  # type: ignore[arg-type]
            raw=Raw(sha256=hashlib.sha256(text.encode()).hexdigest(), bytes=1, mime_type="text/plain"),
            extract=Extract(name="t", version="0", quality="full", words=len(text.split())),
        ),
    )


def alias(number: int, guid: str, source: str = "https://other.example/") -> Alias:
    about = AliasOf(at="2026-01-05T08:00:00Z", source=Source(key=source, via="feed", guid=guid))
    return Alias(id=f"urn:uuid:{number:08d}-0000-8000-8000-000000000000", archive=about)


def lines(*records: Article | Alias, start: int = 1) -> list[Line]:
    return [Line(start + n, f"place {start + n}", encode(record)) for n, record in enumerate(records)]


@pytest.fixture(params=["disk", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Catalog:
    return DiskCatalog(tmp_path / "catalog.sqlite") if request.param == "disk" else MemoryCatalog()


def test_an_empty_catalog_knows_nothing(catalog: Catalog) -> None:
    assert (catalog.position, catalog.count(), catalog.packs()) == (0, 0, {})
    assert catalog.card("urn:uuid:00000001-0000-8000-8000-000000000000") is None
    assert catalog.card("nonsense") is None
    assert catalog.by_guid(KEY, "x") == []
    assert catalog.newest(5) == []
    assert catalog.blob("0" * 64) is None


def test_a_card_tells_the_newest_revision_and_the_first_source(catalog: Catalog) -> None:
    catalog.apply(lines(article(1), article(2), article(1, 2, source="https://other.example/", title="New")))
    card = catalog.card(article(1).id)
    assert card is not None
    assert (card.rev, card.seq, card.first_seq, card.place) == (2, 3, 1, "place 3")
    assert (card.source, card.title, card.title_key) == (KEY, "New", "new")
    assert catalog.revisions(article(1).id) == [(1, 1, "place 1"), (2, 3, "place 3")]
    assert [one.id for one in catalog.newest(5)] == [article(1).id, article(2).id]
    assert [one.seq for one in catalog.newest(5, before=3)] == [2]
    assert catalog.articles_at([1, 3, 2, 9]) == [article(1).id, article(2).id], "1 is no newest revision"
    assert (catalog.position, catalog.count()) == (3, 2)


def test_an_entry_without_a_name_is_found_by_its_digest(catalog: Catalog) -> None:
    front = "https://site.example/"
    catalog.apply(lines(article(1, guid=None, url=None), article(2, guid=None, url=front), article(3)))
    assert [one.article for one in catalog.by_digest(KEY, f"{1:064x}")] == [article(1).id]
    assert [one.article for one in catalog.by_digest(KEY, f"{2:064x}")] == [article(2).id]
    assert catalog.by_digest(KEY, f"{3:064x}") == [], "a guid is a name"
    assert catalog.by_digest("https://other.example/", f"{1:064x}") == []


def test_a_title_leads_to_its_newest_articles_only(catalog: Catalog) -> None:
    many = [article(n, title="Daily briefing", guid=f"g{n}") for n in range(1, MOST + 3)]
    catalog.apply(lines(*many))
    assert catalog.by_title(KEY, "daily briefing", None) == [one.id for one in many[-MOST:]]


def test_the_name_said_last_stands_last(catalog: Catalog) -> None:
    moved = "https://site.example/moved"
    catalog.apply(lines(article(1), article(1, 2, url=moved), article(1, 3)))
    assert [one.url_key for one in catalog.names_of(article(1).id)] == [url_key(moved), "//site.example/1"]
    assert catalog.by_guid(KEY, "guid1") == catalog.names_of(article(1).id)


def test_taking_a_line_in_twice_changes_nothing(catalog: Catalog) -> None:
    given_lines = lines(article(1), alias(1, "elsewhere"), article(1, 2))
    catalog.apply(given_lines)
    facts = (catalog.card(article(1).id), catalog.names_of(article(1).id), catalog.revisions(article(1).id))
    catalog.apply(given_lines[:2])
    catalog.apply(given_lines)
    assert (catalog.card(article(1).id), catalog.revisions(article(1).id)) == (facts[0], facts[2])
    assert set(catalog.names_of(article(1).id)) == set(facts[1])
    assert catalog.position == 3


def test_a_catalog_refuses_lines_that_leave_a_gap(catalog: Catalog) -> None:
    catalog.apply(lines(article(1)))
    with pytest.raises(ReadOnly):
        catalog.apply(lines(article(3), start=3))
    assert (catalog.position, catalog.count()) == (1, 1)
    catalog.apply(lines(article(3), start=3), behind=1)  # The journal has no line 2 that can be read.
    assert (catalog.position, catalog.count()) == (3, 2)
    with pytest.raises(ReadOnly):
        catalog.apply([], behind=4)


def test_every_key_finds_its_article_and_no_other(catalog: Catalog) -> None:
    catalog.apply(
        lines(
            article(1, guid="https://a.example/p#1", date="2026-01-04T00:00:00Z"),
            article(2),
            alias(1, "their name"),
        )
    )
    first = article(1).id
    assert [name.article for name in catalog.by_guid(KEY, "https://a.example/p#1")] == [first]
    assert [name.article for name in catalog.by_guid("https://other.example/", "their name")] == [first]
    assert catalog.by_guid(KEY, "their name") == []
    assert [name.article for name in catalog.by_loose(KEY, "/p")] == [first]
    assert [name.article for name in catalog.by_url("//site.example/1")] == [first]
    assert catalog.by_title(KEY, plain("title 1"), "2026-01-04T00:00:00Z") == [first]
    assert catalog.by_title(KEY, plain("title 1"), None) == []
    text = "Text of 2 in revision 1"
    assert catalog.by_content(content_sha256("Title 2", text), "site.example", "2026-01-05T00:00:00Z") == [
        article(2).id
    ]
    assert catalog.by_content(content_sha256("Title 2", text), "site.example", "2026-01-06T00:00:00Z") == []
    assert catalog.by_content(content_sha256("Title 2", text), "else.example", "2026-01-05T00:00:00Z") == []
    assert catalog.by_bytes(hashlib.sha256(text.encode()).hexdigest()) == [article(2).id]
    assert len(catalog.names_of(first)) == 2


def test_ids_are_found_by_their_beginning(catalog: Catalog) -> None:
    catalog.apply(lines(*(article(n) for n in range(1, 13))))
    assert catalog.matching_ids("urn:uuid:00000007") == [article(7).id]
    assert catalog.matching_ids("00000007-0000") == [article(7).id]
    assert len(catalog.matching_ids("0000")) == 10
    assert catalog.matching_ids("xyz") == []
    assert catalog.matching_ids("") == []


def test_lines_of_unknown_kinds_are_passed_over(catalog: Catalog) -> None:
    catalog.apply(
        [Line(1, "p", b'{"_archive":{"kind":"hole"}}'), Line(2, "p", b'{"_archive":{"kind":"later"}}')]
    )
    assert (catalog.position, catalog.count()) == (2, 0)


@pytest.fixture(params=["disk", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Blobs]:
    one = MemoryBlobs()
    return (lambda: DiskBlobs(tmp_path / "blobs")) if request.param == "disk" else (lambda: one)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_blobs_come_back_and_are_found_by_a_scan(blobs: Callable[[], Blobs], tmp_path: Path) -> None:
    items = [(digest(data), data) for data in (b"one", b"", b"three" * 1000)]
    kept = blobs()
    places = kept.put(items, START)
    assert [kept.get(place) for place in places] == [data for _, data in items]
    assert kept.put([], START) == []
    again = blobs()
    assert sorted(place.sha256 for place in again.scan({})) == sorted(key for key, _ in items)
    catalog = MemoryCatalog()
    catalog.apply((), places)
    more = again.put([(digest(b"four"), b"four")], START)
    assert [place.sha256 for place in again.scan(catalog.packs())] == [digest(b"four")]
    assert again.get(more[0]) == b"four"


def test_wrong_bytes_are_refused(blobs: Callable[[], Blobs]) -> None:
    from dataclasses import replace

    kept = blobs()
    (place,) = kept.put([(digest(b"one"), b"one")], START)
    with pytest.raises(Damaged):
        kept.get(replace(place, sha256=digest(b"two")))


@pytest.fixture(params=["disk", "memory"])
def search(request: pytest.FixtureRequest, tmp_path: Path) -> Search:
    return DiskSearch(tmp_path / "search.sqlite") if request.param == "disk" else MemorySearch()


def test_an_index_finds_at_least_what_matches_newest_first(search: Search) -> None:
    texts = [
        "Kabul and Moscow",
        "Moscow alone",
        "the united states",
        "states united",
        "Kabul’s envoy",
        "北京大学",
    ]
    search.apply(lines(*(article(n, title="T", text=text) for n, text in enumerate(texts, 1))))
    assert search.candidates(Run(("kabul",)), 10) == [5, 1]
    assert search.candidates(Run(("mos",), prefix=True), 10) == [2, 1]
    assert search.candidates(Run(("united", "states")), 10) == [3]
    assert search.candidates(Both((Run(("kabul",)), Run(("moscow",)))), 10) == [1]
    assert search.candidates(Either((Run(("kabul",)), Run(("states",)))), 10) == [5, 4, 3, 1]
    assert search.candidates(Both((Every(), Run(("kabul",)))), 10) == [5, 1]
    assert search.candidates(Either((Every(), Run(("kabul",)))), 10) == [6, 5, 4, 3, 2, 1]
    assert search.candidates(Run(("京大",)), 10) == [6]
    assert search.candidates(Every(), 2) == [6, 5]
    assert search.candidates(Every(), 2, before=5) == [4, 3]
    assert search.position == 6


def test_an_index_takes_lines_in_once(search: Search) -> None:
    search.apply(lines(article(1)))
    search.apply(lines(article(1), article(2)))
    assert search.candidates(Run(("text",)), 10) == [2, 1]


def test_an_index_refuses_lines_that_leave_a_gap(search: Search) -> None:
    search.apply(lines(article(1)))
    with pytest.raises(ReadOnly):
        search.apply(lines(article(3), start=3))
    assert search.position == 1
    search.apply(lines(article(3), start=3), behind=1)
    assert search.candidates(Run(("text",)), 10) == [3, 1]


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=5), st.text(min_size=1, max_size=10), st.booleans()
)
def test_the_index_on_disk_never_finds_less_than_looking_through_everything(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], wanted: str, prefix: bool
) -> None:
    words = tuple(plain(wanted).split())
    if not words:
        return
    disk = DiskSearch(tmp_path_factory.mktemp("search") / "s.sqlite")
    memory = MemorySearch()
    given_lines = lines(*(article(n, title="T", text=text) for n, text in enumerate([*texts, wanted], 1)))
    disk.apply(given_lines)
    memory.apply(given_lines)
    run = Run(words, prefix)
    assert set(memory.candidates(run, 100)) <= set(disk.candidates(run, 100))
    disk.close()
