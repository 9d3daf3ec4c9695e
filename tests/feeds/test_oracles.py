"""What other readers' own tests expect, against what is kept here. `-s` prints the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.errors import FetchError
from tests.feeds.oracles import (
    Case,
    Pair,
    Table,
    agrees,
    beyond,
    drafted,
    feed_rs_pairs,
    feedparser_cases,
    gofeed_pairs,
    judge,
    kept,
    read,
)

INSIDE = frozenset(("sanitize", "base"))
OTHERWISE = {
    "encoding/bozo_linenoise.xml": "`<>` is text, as in browsers; feedparser drops it",
    "wellformed/rss/item_description_not_a_doctype.xml": "`<!'` begins a comment, as in browsers, and it never ends",
    "parser/rss/rss_channel_item_guid_naked_markup.json": "a guid that holds an element and no text is none",
    "atom/atom_relative.serde.json": "a relative link is joined to the document's address; there it stays relative",
}
"""Cases that do not agree, and why they shall not."""


def cases(corpus: Path, *, inside: bool) -> Iterator[Case]:
    return (case for case in feedparser_cases(corpus) if (case.group in INSIDE) == inside)


def told(table: Table) -> None:
    print(f"\n{table}")
    for case, name, expected, found in table.odd:
        print(
            f"  - {case}: {name}: {OTHERWISE.get(case) or f'expected {expected!r:.90}, found {found!r:.90}'}"
        )


def test_entries_say_what_feedparsers_cases_expect(corpus: Path) -> None:
    table, whole = Table("feedparser, comparisons outside sanitize/ and base/"), Table("feedparser, cases")
    for case in cases(corpus, inside=False):
        before = len(table.odd)
        counted = [(one, name) for one in case.expected if (name := kept(one.path)) is not None]
        for one, name in counted:
            try:
                entry, draft = drafted(
                    read(case.body, case.url, case.content_type, case.language), one.number
                )
            except (FetchError, IndexError) as error:
                table.count(case.name, name, one.value, repr(error), agree=False)
                continue
            agree, found = agrees(name, one.path, one.value, entry, draft)
            table.count(case.name, name, one.value, found, agree=agree)
        if counted:
            whole.count(case.name, case.group, "", "", agree=len(table.odd) == before)
    told(table)
    print(whole)
    assert table.right.total() > 200
    assert table.share() >= 0.98
    assert whole.share() >= 0.98


def test_html_has_nothing_that_feedparsers_sanitised_has_not(corpus: Path) -> None:
    table = Table("feedparser, sanitize/ and base/: no element, attribute or scheme beyond, links absolute")
    for case in cases(corpus, inside=True):
        for one in case.expected:
            name = kept(one.path)
            if name not in {"body", "title", "rights"} or not isinstance(one.value, str):
                continue
            _, draft = drafted(read(case.body, case.url, case.content_type, case.language), one.number)
            over = beyond(one.value, draft.content.content_html)
            table.count(case.name, case.group, one.value, over, agree=not over)
    told(table)
    assert table.right.total() > 200
    assert table.odd == []


@pytest.mark.parametrize(
    ("name", "pairs", "least"), [("gofeed", gofeed_pairs, 300), ("feed-rs", feed_rs_pairs, 200)]
)
def test_titles_links_ids_dates_and_authors_are_as_others_read_them(
    corpus: Path, name: str, pairs: type[Iterator[Pair]], least: int
) -> None:
    table = Table(name)
    for pair in pairs(corpus):
        try:
            judge(pair, table)
        except FetchError as error:
            table.count(pair.name, "entries", len(pair.items), str(error), agree=not pair.items)
    told(table)
    assert table.right.total() > least
    assert table.share() >= 0.98
