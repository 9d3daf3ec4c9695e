"""What became of articles: the clauses of the Catalog port on merges, splits and tombstones."""

from pathlib import Path

import pytest

from archive.cards import Line
from archive.disk.catalog import DiskCatalog
from archive.knowing import naming
from archive.memory.catalog import MemoryCatalog
from archive.ports import Catalog
from archive.record.article import Alias, AliasOf, Source, Tombstone, TombstoneOf, encode
from archive.record.provenance import Gone
from tests.contracts.records import KEY, article, called

AT = "2026-01-05T08:00:00Z"


@pytest.fixture(params=["disk", "memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Catalog:
    return DiskCatalog(tmp_path / "catalog.sqlite") if request.param == "disk" else MemoryCatalog()


def name(number: int) -> str:
    return f"urn:uuid:{number:08d}-0000-8000-8000-000000000000"


def decided(part: int, whole: int, decision: int, guid: str | None = None) -> Alias:
    source = Source(key=KEY, via="feed", guid=guid or f"guid{part}", entry_sha256=f"{part:064x}")
    about = AliasOf(at=AT, source=source, of=name(part), decision=decision)
    return Alias(id=name(whole), archive=about)


def gone(number: int, reason: str = "410") -> Tombstone:
    return Tombstone(id=name(number), archive=TombstoneOf(gone=Gone(reason=reason, at=AT, by=KEY)))  # type: ignore[arg-type]


def take(catalog: Catalog, *records: object) -> None:
    first = catalog.position + 1
    catalog.apply([Line(first + n, f"p{first + n}", encode(one)) for n, one in enumerate(records)])  # type: ignore[arg-type]


def test_nothing_is_part_of_anything_until_it_is_said(catalog: Catalog) -> None:
    take(catalog, article(1))
    assert (catalog.whole(name(1)), catalog.members(name(1))) == (name(1), [name(1)])
    assert (catalog.whole("unknown"), catalog.members("unknown")) == ("unknown", ["unknown"])
    assert (catalog.decided(name(1)), catalog.tombstone(name(1))) == (None, None)


def test_parts_lead_to_what_survives_and_keep_their_own_names(catalog: Catalog) -> None:
    take(catalog, article(1), article(2), article(3), decided(3, 2, 5), decided(2, 1, 6))
    assert [catalog.whole(name(n)) for n in (1, 2, 3)] == [name(1)] * 3
    assert catalog.members(name(3)) == [name(1), name(2), name(3)]
    assert {one.article for one in called(catalog, naming.guid(KEY, "guid3"))} == {name(3)}
    assert {one.article for one in catalog.names_of(name(1))} == {name(1)}
    card = catalog.card(name(3))
    assert card is not None
    assert card.title == "Title 3"


def test_the_later_decision_counts_however_often_lines_are_taken_in(catalog: Catalog) -> None:
    merged, split = decided(2, 1, 5), decided(2, 2, 6)
    take(catalog, article(1), article(2), merged, split)
    assert catalog.whole(name(2)) == name(2)
    take(catalog, merged)
    assert (catalog.whole(name(2)), catalog.decided(name(2))) == (name(2), (name(2), 6))
    take(catalog, decided(2, 1, 9))
    assert (catalog.members(name(2)), catalog.decided(name(2))) == ([name(1), name(2)], (name(1), 9))


def test_lines_that_lead_round_in_a_circle_stop_nobody(catalog: Catalog) -> None:
    """A split was lost to rot between two merges."""
    take(catalog, article(1), article(2), decided(2, 1, 1), decided(1, 2, 3))
    assert {*catalog.members(name(1))} == {name(1), name(2)}


def test_a_name_met_under_a_part_is_the_parts(catalog: Catalog) -> None:
    other = Source(key="https://other.example/", via="feed", guid="copy")
    copy = Alias(id=name(1), archive=AliasOf(at=AT, source=other, of=name(2)))
    take(catalog, article(1), article(2), decided(2, 1, 1), copy)
    assert [one.article for one in called(catalog, naming.guid(other.key, "copy"))] == [name(2)]
    assert catalog.decided(name(2)) == (name(1), 1), "what decides nothing moves nothing"


def test_a_tombstone_ends_with_the_next_revision(catalog: Catalog) -> None:
    take(catalog, article(1), gone(1))
    assert catalog.tombstone(name(1)) == gone(1).archive.gone
    take(catalog, article(1, rev=2))
    assert catalog.tombstone(name(1)) is None
    catalog.apply([Line(2, "p2", encode(gone(1)))])
    assert catalog.tombstone(name(1)) is None, "taken in twice it changes nothing"


def test_what_is_withheld_stays_so(catalog: Catalog) -> None:
    take(catalog, article(1), gone(1, "withheld"), article(1, rev=2), gone(1))
    found = catalog.tombstone(name(1))
    assert found is not None
    assert found.withheld
