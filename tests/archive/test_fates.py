"""Articles merged and split by hand, taken back, withheld: nothing is lost, and all comes back from the journal."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from archive import Archive, Deletion, Gone, Mention, Showing, connect, verify
from archive.knowing import naming
from archive.record.article import Alias, Tombstone
from tests.archive.test_erasing import hits
from tests.builders import TurnedClock, draft, lorem, showing
from tests.contracts.records import called

KEY = "https://feed.example/rss"
OTHER = "https://other.example/feed"
AT = "2026-01-05T09:00:00Z"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = connect(tmp_path, now=TurnedClock().now, linger=0.0)
    yield made
    made.close()


def keep(archive: Archive, *drafts: object, unchanged: tuple[Mention, ...] = ()) -> list[tuple[str, str]]:
    (kept,) = archive.keep([showing(*drafts, unchanged=unchanged)])  # type: ignore[arg-type]
    return [(one.status, one.id) for one in kept]


def two(archive: Archive, other: str = KEY) -> tuple[str, str]:
    """Two articles that have nothing in common."""
    ((_, a),) = keep(archive, draft("a", "One", lorem("one"), url="https://site.example/a"))
    ((_, b),) = keep(archive, draft("b", "Two", lorem("two"), url="https://site.example/b", source=other))
    return a, b


def facts(archive: Archive, *articles: str) -> list[object]:
    return [
        (archive.whole(one), archive.members(one), archive.decided(one), archive.tombstone(one), archive.card(one),
         archive.revisions(one), archive._ports.catalog.names_of(one))
        for one in articles
    ]  # fmt: skip


def test_what_is_merged_is_revised_as_one_and_split_lives_on_as_two(archive: Archive) -> None:
    a, b = two(archive)
    archive.unite(b, a, 7, AT)
    assert (archive.whole(b), archive.members(a), archive.members(b)) == (a, [a, b], [a, b])
    edited = draft("b", "Two", lorem("two") + " edited", url="https://site.example/b")
    assert keep(archive, edited) == [("revised", a)], "B's source revises what B is part of"
    again = draft("b", "Two", lorem("two") + " edited twice over", url="https://site.example/b")
    assert keep(archive, again) == [("revised", a)], "also by what was shown last"
    assert archive.get(a).content_text.endswith("twice over")
    assert archive.get(a).archive.of == b
    assert archive.get(b).content_text == lorem("two"), "B's own revisions are still there"
    assert keep(archive, draft("a", "One", lorem("one") + " edited")) == [("revised", a)]

    archive.unite(b, b, 8, AT)
    assert (archive.whole(b), archive.members(a), archive.members(b)) == (b, [a], [b])
    last = draft("b", "Two", lorem("two") + " at last", url="https://site.example/b")
    assert keep(archive, last) == [("revised", b)]
    assert archive.get(b).archive.rev == 2
    assert keep(archive, draft("a", "One", lorem("one") + " at last")) == [("revised", a)]


def test_entries_of_one_document_may_be_one_article_where_an_editor_said_so(archive: Archive) -> None:
    a, b = two(archive)
    archive.unite(b, a, 1, AT)
    one, other = draft("a", "One", lorem("one") + " x"), draft("b", "Two", lorem("two") + " x")
    unchanged = Mention(KEY, "a", "https://site.example/a", None)
    assert keep(archive, other, unchanged=(unchanged,)) == [("revised", a)], "beside the other, unchanged"
    assert [article for _, article in keep(archive, one, draft("b", "Two", lorem("two") + " y"))] == [a, a]
    assert archive.count() == 2, "no third article"


def test_another_sources_entry_that_was_merged_does_not_take_turns(archive: Archive) -> None:
    a, b = two(archive, OTHER)
    archive.unite(b, a, 1, AT)
    edited = draft("b", "Two", lorem("two") + " edited", url="https://site.example/b", source=OTHER)
    assert keep(archive, edited) == [("same", a)]
    fuller = draft("b", "Two", lorem("two"), source=OTHER, quality="teaser")
    assert keep(archive, fuller) == [("same", a)]


def test_a_name_met_while_merged_goes_with_the_part(archive: Archive) -> None:
    a, b = two(archive, OTHER)
    archive.unite(b, a, 1, AT)
    third = "https://third.example/feed"
    copy = draft("t", "Two", lorem("two"), url="https://site.example/b", source=third)
    assert keep(archive, copy) == [("alias", a)]
    archive.unite(b, b, 2, AT)
    assert {name.article for name in called(archive._ports.catalog, naming.guid(third, "t"))} == {b}


def test_parts_of_parts_go_with_them(archive: Archive) -> None:
    a, b = two(archive)
    ((_, c),) = keep(archive, draft("c", "Three", lorem("three")))
    archive.unite(c, b, 1, AT)
    archive.unite(b, a, 2, AT)
    assert archive.members(c) == [a, b, c]
    archive.unite(b, b, 3, AT)
    assert (archive.members(a), archive.members(c)) == ([a], [b, c])
    archive.unite(a, c, 4, AT)
    assert archive.members(a) == [b, *sorted([c]), a]


def test_the_lines_say_it_all_and_are_written_once(archive: Archive, tmp_path: Path) -> None:
    a, b = two(archive)
    keep(archive, draft("bb", "Two", lorem("two"), url="https://site.example/b", source=OTHER))
    for _ in range(2):
        archive.unite(b, a, 7, AT)
    lines = [one.record for one in archive.since(3, 100)]
    assert all(isinstance(line, Alias) for line in lines)
    told = [
        (line.id, line.archive.of, line.archive.decision, line.archive.source.guid, line.url)
        for line in lines
        if isinstance(line, Alias)
    ]
    assert told == [
        (a, b, 7, "b", "https://site.example/b"),
        (a, b, 7, "bb", "https://site.example/b"),
    ]
    archive.unite(b, a, 6, AT)
    assert len(archive.since(3, 100)) == 2, "an older decision changes nothing"
    assert verify(tmp_path).sound


def test_the_catalog_is_made_anew_from_the_articles_alone(tmp_path: Path) -> None:
    archive = connect(tmp_path / "one", now=TurnedClock().now, linger=0.0)
    a, b = two(archive)
    ((_, c),) = keep(archive, draft("c", "Three", lorem("three"), source=OTHER))
    archive.unite(b, a, 1, AT)
    keep(archive, draft("b", "Two", lorem("two") + " edited"))
    archive.unite(c, a, 2, AT)
    archive.unite(b, b, 3, AT)
    keep(archive, draft("b", "Two", lorem("two") + " edited again", at="2026-01-05T08:10:00Z"))
    archive.withhold(c, Gone(reason="withheld", at=AT, by="editor"))
    archive.keep([Showing([], deleted=[Deletion(KEY, "b", AT)])])
    before = facts(archive, a, b, c)
    archive.close()
    shutil.rmtree(tmp_path / "one" / "index")
    shutil.rmtree(tmp_path / "one" / "archive" / "decisions")
    again = connect(tmp_path / "one", now=TurnedClock().now, linger=0.0)
    assert facts(again, a, b, c) == before
    again.close()


def test_every_line_is_as_the_schema_says(archive: Archive, tmp_path: Path) -> None:
    a, b = two(archive)
    keep(archive, draft("x", "One", lorem("one"), url="https://site.example/a", source=OTHER))
    archive.unite(b, a, 1, AT)
    keep(archive, draft("b", "Two", lorem("two") + " edited"))
    archive.withhold(a, Gone(reason="withheld", at=AT, by="editor", note="a court"))
    schema = json.loads((tmp_path / "archive/schema/article-v1.json").read_text())
    lines = [
        json.loads(line) for path in (tmp_path / "archive/articles").glob("*/*.jsonl") for line in path.open()
    ]
    kinds = [line["_archive"]["kind"] for line in lines]
    assert sorted({*kinds}) == ["alias", "article", "tombstone"]
    for kind, line in zip(kinds, lines, strict=True):
        root = {} if kind == "article" else {"$ref": f"#/$defs/{kind.title()}"}
        there = schema if kind == "article" else {"$defs": schema["$defs"], **root}
        jsonschema.Draft202012Validator(there).validate(line)
        for wrong in ({**line, "id": 1}, {name: value for name, value in line.items() if name != "_archive"}):
            assert not jsonschema.Draft202012Validator(there).is_valid(wrong)


def gone_of(archive: Archive, article: str) -> str | None:
    found = archive.tombstone(article)
    return found.reason if found else None


def test_what_its_feed_takes_back_is_gone_until_the_feed_shows_it_anew(archive: Archive) -> None:
    a, b = two(archive)
    deleted = Showing([], deleted=[Deletion(KEY, "a", AT), Deletion(KEY, "unknown", AT)])
    for _ in range(2):
        archive.keep([deleted])
    assert (gone_of(archive, a), gone_of(archive, b)) == ("feed-deleted", None)
    assert sum(isinstance(one.record, Tombstone) for one in archive.since(0, 100)) == 1
    assert archive.get(a).content_text == lorem("one"), "what it said is kept"
    assert keep(archive, draft("a", "One", lorem("one"))) == [("same", a)]
    assert gone_of(archive, a) == "feed-deleted"
    assert keep(archive, draft("a", "One", lorem("one") + " again")) == [("revised", a)]
    assert gone_of(archive, a) is None


def test_another_source_takes_nothing_back(archive: Archive) -> None:
    a, _ = two(archive)
    keep(archive, draft("x", "One", lorem("one"), url="https://site.example/a", source=OTHER))
    archive.keep([Showing([], deleted=[Deletion(OTHER, "x", AT), Deletion(OTHER, "a", AT)])])
    assert gone_of(archive, a) is None


def test_a_page_that_is_gone_is_said_with_the_entry(archive: Archive) -> None:
    from dataclasses import replace

    one = replace(draft("p", "Page", lorem("p")), gone="410")
    ((status, a),) = keep(archive, one)
    assert (status, gone_of(archive, a)) == ("new", "410")
    edited = replace(draft("p", "Page", lorem("p") + " x"), gone="410")
    assert keep(archive, edited) == [("revised", a)]
    assert gone_of(archive, a) == "410", "shown anew, and gone still"
    assert keep(archive, draft("p", "Page", lorem("p") + " y")) == [("revised", a)]
    assert gone_of(archive, a) is None


def test_what_is_withheld_stays_so_with_all_that_is_one_with_it(archive: Archive) -> None:
    a, b = two(archive)
    archive.unite(b, a, 1, AT)
    gone = Gone(reason="withheld", at=AT, by="editor", note="a court said so")
    assert archive.withhold(b, gone) == [a, b]
    assert archive.withhold(a, gone) == []
    keep(archive, draft("a", "One", lorem("one") + " again"))
    archive.keep([Showing([], deleted=[Deletion(KEY, "a", AT)])])
    assert (archive.tombstone(a), archive.tombstone(b)) == (gone, gone)
    archive.unite(b, b, 2, AT)
    assert archive.tombstone(b) == gone
    ((_, c),) = keep(archive, draft("c", "Three", lorem("three")))
    archive.unite(c, a, 3, AT)
    assert archive.tombstone(c) == gone, "what is merged into it is withheld with it"


def test_after_a_split_each_says_its_own_again(archive: Archive) -> None:
    """Else the survivor's own next edit would be like nothing that it says now: a third article."""
    a, b = two(archive)
    archive.unite(b, a, 1, AT)
    assert keep(archive, draft("b", "Two", lorem("two") + " edited")) == [("revised", a)]
    archive.unite(b, b, 2, AT)
    assert [(one.archive.rev, one.title) for one in archive.revisions(a)] == [
        (1, "One"),
        (2, "Two"),
        (3, "One"),
    ]
    archive.unite(b, b, 2, AT)
    assert archive.get(a).archive.rev == 3
    assert keep(archive, draft("a", "One", lorem("one") + " edited")) == [("revised", a)]
    assert archive.count() == 2


def test_what_parts_of_a_part_gave_goes_with_it(archive: Archive) -> None:
    a, b = two(archive)
    ((_, c),) = keep(archive, draft("c", "Three", lorem("three"), url="https://site.example/c"))
    archive.unite(c, b, 1, AT)
    archive.unite(b, a, 2, AT)
    assert keep(archive, draft("c", "Three", lorem("three") + " edited")) == [("revised", a)]
    archive.unite(c, c, 3, AT)
    assert (archive.get(a).title, archive.get(b).title) == ("One", "Two")
    archive.unite(c, b, 4, AT)
    assert keep(archive, draft("c", "Three", lorem("three") + " edited twice")) == [("revised", a)]
    archive.unite(b, b, 5, AT)
    assert (archive.get(a).title, archive.get(b).title) == ("One", "Two")


def test_an_erasure_takes_what_a_part_that_was_split_off_gave_the_whole(
    archive: Archive, tmp_path: Path
) -> None:
    a, b = two(archive)
    keep(archive, draft("a", "One", lorem("one") + " own"))
    archive.unite(b, a, 1, AT)
    given = draft("b", "Two quaggawombat", lorem("two") + " quaggawombat", raw=b"<p>quaggawombat</p>")
    assert keep(archive, given) == [("revised", a)]
    archive.unite(b, b, 2, AT)
    done = archive.erase(b, AT)
    assert (done.revisions, done.given) == (2, ((a, 3),))
    assert hits(tmp_path, "quaggawombat") == hits(tmp_path, "Two") == []
    for again in range(2):
        assert [(one.archive.rev, one.title) for one in archive.revisions(a)] == [
            (1, "One"), (2, "One"), (4, "One")
        ]  # fmt: skip
        assert archive.get(a).content_text == lorem("one") + " own", "what it said itself, under a new number"
        assert archive.get(a).archive.cause == "split"
        assert keep(archive, given) == [("erased", b)]
        if not again:
            shutil.rmtree(tmp_path / "index")
            archive.reopen()
    assert keep(archive, draft("a", "One", lorem("one") + " edited")) == [("revised", a)]
    assert archive.get(a).archive.rev == 5
    assert archive.erase(b, AT).given == ((a, 3),), "asked again it says the same"
    archive.close()
    assert verify(tmp_path).flaws == []


def test_a_revision_that_a_part_gave_and_another_followed_leaves_a_gap(
    archive: Archive, tmp_path: Path
) -> None:
    a, b = two(archive)
    archive.unite(b, a, 1, AT)
    keep(archive, draft("b", "Two", lorem("two") + " quaggawombat"))
    archive.unite(b, b, 2, AT)
    keep(archive, draft("a", "One", lorem("one") + " edited"))
    archive.erase(b, AT)
    assert hits(tmp_path, "quaggawombat") == []
    assert [one.archive.rev for one in archive.revisions(a)] == [1, 3, 4]
    assert archive.get(a).content_text == lorem("one") + " edited"


def test_erasing_the_survivor_of_a_split_shuts_out_nobody_else(archive: Archive, tmp_path: Path) -> None:
    a, b = two(archive, OTHER)
    third = "https://third.example/feed"
    archive.unite(b, a, 1, AT)
    copy = draft("t", "Two", lorem("two"), url="https://site.example/b", source=third, raw=b"the copy")
    assert keep(archive, copy) == [("alias", a)]
    archive.unite(b, b, 2, AT)
    names = archive._ports.catalog.names_of(b)
    archive.erase(a, AT)
    assert archive._ports.catalog.names_of(b) == names
    assert archive.blob(hashlib.sha256(b"the copy").hexdigest()) == b"the copy", "of what came under its name"
    shutil.rmtree(tmp_path / "index")
    archive.reopen()
    assert archive._ports.catalog.names_of(b) == names
    same = draft("b", "Two", lorem("two"), url="https://site.example/b", source=OTHER)
    assert keep(archive, same) == [("same", b)]
    edited = draft("b", "Two", lorem("two") + " edited", url="https://site.example/b", source=OTHER)
    assert keep(archive, edited) == [("revised", b)]
    assert keep(archive, same) == [("revised", b)], "also what it said before"
    assert keep(archive, draft("a", "One", lorem("one"))) == [("erased", a)]
