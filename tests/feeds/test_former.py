"""What earlier versions kept of a feed is known again, and nothing of it is looked at anew."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from feedparser.urls import resolve_relative_uris

from archive import Showing, connect
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.former import former_guid, formerly
from feeds.ingest.normalize import Coming, entry_digest, to_draft
from feeds.intake.missed import Missed
from feeds.intake.sorting import sorted_out
from feeds.model import Document, Entry, Fetched
from tests.builders import START, rss

NOTHING = Missed(frozenset(), START.date())

URL = "https://site.example/dir/feed.xml"
ITEMS = (
    "<item><guid>17</guid><link>https://site.example/17</link><title>A</title><description>plain</description></item>",
    (
        "<item><guid isPermaLink='false'>18</guid><link>https://site.example/18</link><title>B</title>"
        "<description>&lt;p>one&lt;br>two &lt;a href='x'>three&lt;/a>&lt;/p></description></item>"
    ),
    "<item><guid>https://site.example/19</guid><title>C</title><description>&lt;IMG SRC=a.png></description></item>",
    "<item><title>D</title><description>&lt;p>Neither guid nor link.&lt;br>&lt;/p></description></item>",
)
DIGESTS = (
    "81838d0b8be559841540d9d575c146a6bcc9553984f2b24e039464fe6c20505b",
    "f25317bd3bff139790fca2f9744e13e234ee2b3da7dfe6368c6e64bc2ad448b5",
    "b49bbae86bde77b048e5690e6536258c2addd1fc3dc26b3bd12094a7981f0543",
    "1c5eb6d2e75f8156ac4cedde43ede7f98e683fece2468af0644d56b2b6f087d6",
)
"""As the version before wrote them into `entry_sha256`."""


def read(*items: str) -> Document:
    return parse_feed(Fetched(url=URL, status=200, body=rss(*items), content_type="application/xml"))


def as_kept(entry: Entry) -> Entry:
    """Return an entry as the version before read it."""
    former = replace(entry, guid=former_guid(entry)) if entry.guid == "17" else entry
    return next((one for one in formerly(former) if entry_digest(one) in DIGESTS), former)


def test_the_digests_of_the_version_before_are_found_again() -> None:
    assert tuple(entry_digest(as_kept(entry)) for entry in read(*ITEMS).entries) == DIGESTS


def test_a_guid_is_kept_as_it_was_received() -> None:
    assert [entry.guid for entry in read(*ITEMS).entries] == ["17", "18", "https://site.example/19", None]


@pytest.mark.parametrize("remembered", [False, True])
def test_nothing_that_was_kept_before_is_fresh_and_an_edit_is(tmp_path: Path, remembered: bool) -> None:
    document = read(*ITEMS)
    coming = Coming(key="k", name="n", via="feed", at=START)
    with closing(connect(tmp_path / "data")) as archive:
        kept = archive.keep([Showing([to_draft(as_kept(entry), None, coming) for entry in document.entries])])
        assert [one.status for one in kept[0]] == ["new"] * 4
        fresh, unchanged, marks, *_ = sorted_out(archive, "k", document, NOTHING)
        assert (fresh, len(unchanged), len(marks)) == ([], 4, 4)
        last = frozenset(entry_digest(as_kept(entry)) for entry in document.entries)
        fresh, *_ = sorted_out(archive, "k", document, NOTHING, last=last)
        assert [one.title for one in fresh] == ["B", "C"], (
            "had they been read as today, they would have changed"
        )
        seen = marks if remembered else frozenset()
        edited = read(*(one.replace("plain", "edited").replace("three", "four") for one in ITEMS))
        fresh, unchanged, *_ = sorted_out(archive, "k", edited, Missed(seen, START.date()))
        assert [entry.title for entry in fresh] == ["A", "B"]
        assert fresh[0].guid == "https://site.example/dir/17", "its name stays what it was"
        again = archive.keep([Showing([to_draft(entry, None, coming) for entry in fresh], unchanged)])
        assert [one.status for one in again[0]] == ["revised", "revised"]
        assert {one.id for one in again[0]} <= {one.id for one in kept[0]}


def test_an_entry_that_is_called_as_another_once_was_is_not_taken_for_it(tmp_path: Path) -> None:
    other = "<item><guid>https://site.example/dir/17</guid><title>O</title><description>other</description></item>"
    coming = Coming(key="k", name="n", via="feed", at=START)
    with closing(connect(tmp_path / "data")) as archive:
        archive.keep([Showing([to_draft(entry, None, coming) for entry in read(other).entries])])
        fresh, unchanged, *_ = sorted_out(archive, "k", read(other, ITEMS[0]), NOTHING)
        assert ([entry.guid for entry in fresh], len(unchanged)) == (["17"], 1)


def test_what_was_erased_under_its_former_name_stays_away(tmp_path: Path) -> None:
    document = read(*ITEMS)
    coming = Coming(key="k", name="n", via="feed", at=START)
    with closing(connect(tmp_path / "data")) as archive:
        kept = archive.keep([Showing([to_draft(as_kept(entry), None, coming) for entry in document.entries])])
        for one in kept[0]:
            archive.erase(one.id, "2026-11-22T09:00:00Z")
        fresh, unchanged, *_ = sorted_out(archive, "k", document, NOTHING)
        assert (fresh, unchanged) == ([], [])


def test_html_is_joined_as_it_was_before() -> None:
    (entry,) = read(ITEMS[1]).entries
    (former,) = {one.html for one in formerly(entry)}
    assert former == resolve_relative_uris(entry.html, urljoin(URL, "."), "utf-8", "text/html")
    assert 'href="https://site.example/dir/x"' in former
