"""The clauses of the Catalog port, over the disk and over memory."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from archive import Gone, Tombstone, faults
from archive.cards import BlobPlace, Line, Named
from archive.disk.catalog import DiskCatalog
from archive.errors import ReadOnly
from archive.knowing import naming
from archive.knowing.identity import url_key
from archive.memory.adversary import Adversary
from archive.memory.catalog import MemoryCatalog
from archive.memory.index import IndexStorage, StoredCatalog
from archive.ports import MOST, Catalog
from archive.record.article import Record, TombstoneOf, content_sha256
from archive.text.words import plain
from tests.contracts.records import KEY, alias, article, called, digest, lines
from tests.properties import runs


@pytest.fixture(params=["disk", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Catalog:
    return DiskCatalog(tmp_path / "catalog.sqlite") if request.param == "disk" else StoredCatalog()


def test_an_empty_catalog_knows_nothing(catalog: Catalog) -> None:
    assert (catalog.position, catalog.count(), catalog.packs()) == (0, 0, {})
    assert catalog.card("urn:uuid:00000001-0000-8000-8000-000000000000") is None
    assert catalog.card("nonsense") is None
    assert called(catalog, naming.guid(KEY, "x")) == []
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
    assert [one.article for one in called(catalog, naming.digest(KEY, f"{1:064x}"))] == [article(1).id]
    assert [one.article for one in called(catalog, naming.digest(KEY, f"{2:064x}"))] == [article(2).id]
    assert called(catalog, naming.digest(KEY, f"{3:064x}")) == [], "a guid is a name"
    assert called(catalog, naming.digest("https://other.example/", f"{1:064x}")) == []


def test_a_title_leads_to_its_newest_articles_only(catalog: Catalog) -> None:
    many = [article(n, title="Daily briefing", guid=f"g{n}") for n in range(1, MOST + 3)]
    catalog.apply(lines(*many))
    assert catalog.by_title(KEY, "daily briefing", None) == [one.id for one in many[-MOST:]]


def test_the_name_said_last_stands_last(catalog: Catalog) -> None:
    moved = "https://site.example/moved"
    catalog.apply(lines(article(1), article(1, 2, url=moved), article(1, 3)))
    assert [one.url_key for one in catalog.names_of(article(1).id)] == [url_key(moved), "//site.example/1"]
    assert called(catalog, naming.guid(KEY, "guid1")) == catalog.names_of(article(1).id)


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
    assert [name.article for name in called(catalog, naming.guid(KEY, "https://a.example/p#1"))] == [first]
    assert [
        name.article for name in called(catalog, naming.guid("https://other.example/", "their name"))
    ] == [first]
    assert called(catalog, naming.guid(KEY, "their name")) == []
    assert [name.article for name in called(catalog, naming.loose(KEY, "/p"))] == [first]
    assert [name.article for name in called(catalog, naming.address("//site.example/1"))] == [first]
    assert catalog.by_title(KEY, plain("title 1"), "2026-01-04T00:00:00Z") == [first]
    assert catalog.by_title(KEY, plain("title 1"), None) == []
    text = "Text of 2 in revision 1"
    assert catalog.by_content(content_sha256("Title 2", text), "site.example", "2026-01-05T00:00:00Z") == [
        article(2).id
    ]
    assert catalog.by_content(content_sha256("Title 2", text), "site.example", "2026-01-06T00:00:00Z") == []
    assert catalog.by_content(content_sha256("Title 2", text), "else.example", "2026-01-05T00:00:00Z") == []
    assert catalog.by_bytes(digest(text.encode())) == [article(2).id]
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


Open = Callable[[], Catalog]


@pytest.fixture(params=["disk", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    storage: IndexStorage[MemoryCatalog] = IndexStorage()
    made: list[Catalog] = []

    def opened() -> Catalog:
        on_disk = request.param == "disk"
        made.append(DiskCatalog(tmp_path / "catalog.sqlite") if on_disk else StoredCatalog(storage))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def answers(catalog: Catalog) -> dict[str, object]:
    """All that a catalog can be asked of what `records` may have told it."""
    found: dict[str, object] = {
        "position": catalog.position,
        "count": catalog.count(),
        "newest": catalog.newest(100),
        "below": catalog.newest(2, before=4),
        "at": catalog.articles_at(range(20)),
        "ids": catalog.matching_ids("0000"),
    }
    texts = [f"Text of {n} in revision {rev}" for n in range(5) for rev in range(4)]
    for n in range(5):
        one = article(n)
        found |= {f"card {n}": catalog.card(one.id), f"revisions {n}": catalog.revisions(one.id)}
        found |= {f"gone {n}": catalog.tombstone(one.id), f"members {n}": catalog.members(one.id)}
        found |= {f"names {n}": catalog.names_of(one.id)}
        for source in (KEY, OTHER):
            found |= {f"title {n} {source}": catalog.by_title(source, f"title {n}", None)}
    found["called"] = _all_called(catalog)
    for text in texts:
        title = f"Title {text.split()[2]}"
        found[f"content {text}"] = catalog.by_content(content_sha256(title, text), "site.example", "2026")
        found[f"bytes {text}"] = catalog.by_bytes(digest(text.encode()))
    return found


def _all_called(catalog: Catalog) -> dict[str, list[Named]]:
    """Return all that goes by any name, asked one by one; and see that it is the same asked at once."""
    names = [naming.address(f"//site.example/{n}") for n in range(5)]
    for source in (KEY, OTHER):
        for n in range(5):
            names += [naming.guid(source, f"guid{n}"), naming.loose(source, f"/loose{n}")]
            names += [naming.digest(source, f"{n:064x}")]
    one_by_one = {name: found for name in names if (found := called(catalog, name))}
    assert catalog.called(names) == one_by_one
    return one_by_one


OTHER = "https://other.example/"
_numbers = st.integers(0, 4)
_articles = st.builds(
    dict,
    number=_numbers,
    source=st.sampled_from([KEY, OTHER]),
    guid=st.one_of(
        st.none(), _numbers.map("guid{}".format), _numbers.map("https://a.example/loose{}#1".format)
    ),
    url=st.one_of(st.none(), _numbers.map("https://site.example/{}".format)),
)
_tombstones = st.builds(
    lambda number, reason: Tombstone(
        id=article(number).id,
        archive=TombstoneOf(gone=Gone(reason=reason, at="2026-01-05T08:00:00Z", by=KEY)),
    ),
    _numbers,
    st.sampled_from(["feed-deleted", "withheld"]),
)
_merges = st.builds(
    lambda part, whole, decision: replace(
        alias(whole, f"guid{part}", KEY),
        archive=replace(alias(whole, f"guid{part}", KEY).archive, of=article(part).id, decision=decision),
    ),
    _numbers,
    _numbers,
    st.integers(1, 9),
)
_aliases = st.builds(alias, _numbers, _numbers.map("guid{}".format), st.sampled_from([KEY, OTHER]))
_said = st.lists(st.one_of(_articles, _articles, _aliases, _tombstones, _merges), min_size=1, max_size=12)


def records(said: list[Any]) -> list[Record]:
    """Count the revisions of each article."""
    revs: Counter[int] = Counter()
    found: list[Record] = []
    for one in said:
        if isinstance(one, dict):
            revs[one["number"]] += 1
            found.append(article(**one, rev=revs[one["number"]]))
        else:
            found.append(one)
    return found


@runs(15)
@given(_said.map(records), st.lists(st.integers(1, 5), min_size=12, max_size=12))
def test_disk_and_memory_answer_the_same_however_they_were_told(
    tmp_path_factory: pytest.TempPathFactory, said: list[Record], steps: list[int]
) -> None:
    """At once, in steps, told twice, or opened anew: what an index says is in its journal."""
    folder = tmp_path_factory.mktemp("catalog")
    given_lines = lines(*said)
    whole, storage = DiskCatalog(folder / "whole.sqlite"), IndexStorage[MemoryCatalog]()
    whole.apply(given_lines)
    told: list[Catalog] = [DiskCatalog(folder / "steps.sqlite"), StoredCatalog(storage)]
    for one in told:
        at = 0
        for step in steps:
            if at < len(given_lines):
                one.apply(given_lines[at : at + step])
            at += step
    expected = answers(whole)
    for one in (*told, DiskCatalog(folder / "whole.sqlite"), StoredCatalog(storage)):
        assert answers(one) == expected
        one.close()
    whole.close()


def test_what_it_has_taken_in_is_there_when_it_is_opened_anew(reopen: Open) -> None:
    place = BlobPlace(sha256=digest(b"one"), pack="a pack", offset=7, size=5)
    catalog = reopen()
    catalog.apply(lines(article(1)), [place])
    catalog.close()
    again = reopen()
    assert (again.position, again.count(), again.packs()) == (1, 1, {"a pack": 12})
    assert again.blob(place.sha256) == place
    again.apply(lines(article(2), start=2))
    assert again.count() == 2


def test_the_place_a_blob_was_first_put_at_is_the_one_that_counts(reopen: Open) -> None:
    first = BlobPlace(sha256=digest(b"one"), pack="a pack", offset=0, size=5)
    again = BlobPlace(sha256=digest(b"one"), pack="a pack", offset=5, size=5)
    catalog = reopen()
    catalog.apply((), [first, again])
    assert catalog.blob(first.sha256) == first
    assert catalog.lacking([digest(b"two"), first.sha256, digest(b"three")]) == [
        digest(b"two"),
        digest(b"three"),
    ]


def test_an_alias_of_what_was_lost_says_nothing(reopen: Open) -> None:
    """The article's own line is a hole: a crash took it before it was acknowledged."""
    catalog = reopen()
    catalog.apply([Line(1, "p", b'{"_archive":{"kind":"hole"}}'), *lines(alias(1, "theirs"), start=2)])
    assert (catalog.position, catalog.count()) == (2, 0)
    assert called(catalog, naming.guid(OTHER, "theirs")) == []
    assert catalog.names_of(article(1).id) == []
    catalog.apply(lines(article(1), start=3))
    assert called(catalog, naming.guid(OTHER, "theirs")) == []


def test_an_index_that_was_taken_away_says_so(tmp_path: Path) -> None:
    disk = DiskCatalog(tmp_path / "catalog.sqlite")
    assert not disk.gone()
    (tmp_path / "catalog.sqlite").unlink()
    storage: IndexStorage[MemoryCatalog] = IndexStorage()
    memory = StoredCatalog(storage)
    memory.apply(lines(article(1)))
    storage.take_away()
    assert disk.gone()
    assert memory.gone()
    memory.apply(lines(article(2), start=2))  # Nobody reads that again.
    assert StoredCatalog(storage).position == 0
    disk.close()


@pytest.mark.parametrize("fate", ["before", "part", "after"])
def test_an_apply_that_failed_leaves_the_index_where_it_says(tmp_path: Path, fate: str) -> None:
    """It need not be opened anew, unless its bytes are broken: it refuses what would leave a gap."""
    adversary = Adversary(3)
    for catalog in (StoredCatalog(adversary=adversary), DiskCatalog(tmp_path / "catalog.sqlite")):
        catalog.apply(lines(article(1)))
        adversary.plan("catalog.apply", fate)  # type: ignore[arg-type]
        faults.plan("catalog.before:1:eio")
        with pytest.raises(ReadOnly):
            catalog.apply(lines(article(2), article(3), start=2))
        faults.plan("")
        assert catalog.count() == catalog.position
        if catalog.position < 3:
            with pytest.raises(ReadOnly):
                catalog.apply(lines(article(4), start=4))
        seen = catalog.position
        catalog.apply(lines(article(1), article(2), article(3), article(4))[seen:], behind=seen)
        assert (catalog.count(), catalog.position) == (4, 4)
        catalog.close()


def test_lines_that_moved_are_found_at_their_new_places(reopen: Open) -> None:
    catalog = reopen()
    given_lines = lines(article(1), article(2), article(1, 2))
    catalog.apply(given_lines)
    catalog.move([Line(3, "elsewhere", given_lines[2].body), Line(1, "too", given_lines[0].body)])
    for one in (catalog, reopen()):
        assert one.revisions(article(1).id) == [(1, 1, "too"), (2, 3, "elsewhere")]
        card = one.card(article(1).id)
        assert card is not None
        assert card.place == "elsewhere"
        assert one.revisions(article(2).id) == [(1, 2, "place 2")]
        assert one.position == 3


def test_of_a_pack_that_is_no_more_nothing_is_known(reopen: Open) -> None:
    gone, stays = (
        BlobPlace(sha256=digest(name.encode()), pack=name, offset=0, size=5) for name in ("gone", "stays")
    )
    catalog = reopen()
    catalog.apply((), [gone, stays])
    catalog.forget_packs(["gone", "never known"])
    for one in (catalog, reopen()):
        assert (one.blob(gone.sha256), one.blob(stays.sha256)) == (None, stays)
        assert one.packs() == {"stays": 5}
    assert (list(catalog.digests()), catalog.places([gone.sha256, stays.sha256])) == ([stays.sha256], [stays])
    moved = BlobPlace(sha256=gone.sha256, pack="its place", offset=3, size=5)
    catalog.apply((), [moved])
    assert catalog.blob(gone.sha256) == moved


def test_bytes_that_were_written_twice_are_known_at_both_places(reopen: Open) -> None:
    first, second, other = (
        BlobPlace(sha256=digest(data), pack="p", offset=at, size=5)
        for data, at in ((b"one", 0), (b"one", 5), (b"other", 10))
    )
    catalog = reopen()
    catalog.apply((), [first, second])
    catalog.apply((), [second, other, first])
    for one in (catalog, reopen()):
        assert sorted(one.places([first.sha256]), key=str) == sorted([first, second], key=str)
        assert one.blob(first.sha256) in {first, second}
        assert one.lacking([first.sha256, other.sha256, "00" * 32]) == ["00" * 32]
        assert set(one.digests()) == {first.sha256, other.sha256}


def test_of_an_erased_article_only_what_keeps_it_out_is_known(reopen: Open) -> None:
    name = "a name of it"
    catalog = reopen()
    catalog.apply(lines(article(1), alias(1, "theirs"), article(1, 2), article(2)))
    assert catalog.erased([name]) == {}
    catalog.erase(article(1).id, [digest(name.encode())])
    catalog.erase(article(1).id, [digest(name.encode())])
    for one in (catalog, reopen()):
        assert one.erased([name, "another"]) == {name: article(1).id}
        assert (one.card(article(1).id), one.names_of(article(1).id), one.revisions(article(1).id)) == (
            None, [], []
        )  # fmt: skip
        names = [naming.guid(KEY, "guid1"), naming.guid(OTHER, "theirs"), naming.address("//site.example/1")]
        assert one.called(names) == {}
        assert one.by_title(KEY, "title 1", None) == []
        assert [card.id for card in one.newest(9)] == [article(2).id]
        assert (one.count(), one.position) == (1, 4)
