"""A feed that was read before -> only its new entries are read, and they are what a full reading gives."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FetchError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.documents.slices import found_at, survey
from feeds.ingest.documents.wellness import prepare
from feeds.model import Channel, Document, Fetched, Known
from tests.builders import item, lorem, rss

URL = "https://site.example/feed.xml"


def fetched(body: bytes) -> Fetched:
    return Fetched(url=URL, status=200, body=body, content_type="application/xml")


def known(document: Document, *, but: int | None = None) -> Known:
    assert document.frame is not None
    return Known(
        document.frame, frozenset(mark for number, mark in enumerate(document.marks) if number != but)
    )


def feed(*titles: str, channel: str = "<language>en</language>") -> bytes:
    items = [item(str(number), title, description=lorem(number)) for number, title in enumerate(titles)]
    return rss(*items).replace(b"<item>", channel.encode() + b"<item>", 1)


def test_only_what_is_new_is_read() -> None:
    before = parse_feed(fetched(feed(*map(str, range(50)))))
    changed = feed(*map(str, range(49)), "new")
    after = parse_feed(fetched(changed), known(before))
    assert (after.way, len(after.skipped)) == ("delta", 49)
    assert list(after.entries) == [parse_feed(fetched(changed)).entries[49]]
    assert after.channel == before.channel
    assert parse_feed(fetched(changed), known(parse_feed(fetched(changed)))).entries == ()


@pytest.mark.parametrize(
    ("body", "way"),
    [
        (feed("a", "b", channel="<language>de</language>"), "frame"),
        (feed("a", "b").replace(b"<rss ", b'<rss xml:base="https://else.example/" '), "frame"),
        (feed("a", "b").replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY e "x">]><rss'), "entities"),
        (feed("a", "b")[:-30], "cut"),
        (feed("a", "b", "<![CDATA[</item>]]>").replace(b"&lt;", b"<").replace(b"]]&gt;", b"]]>"), "delta"),
        (feed("a", "b").replace(b"<language>", b"<lastBuildDate>now</lastBuildDate><language>"), "frame"),
    ],
)
def test_what_cannot_be_read_in_part_is_read_whole(body: bytes, way: str) -> None:
    before = parse_feed(fetched(feed("a", "b")))
    after = parse_feed(fetched(body), known(before))
    assert after.way == way
    assert len(after.entries) + len(after.skipped) == body.count(b"</item>") - body.count(b"[</item>]")


def test_dates_of_the_channel_change_with_every_poll_and_cost_nothing() -> None:
    one, two = (feed("a", "b", channel=f"<lastBuildDate>{day} Jan 2026</lastBuildDate>") for day in (5, 6))
    after = parse_feed(fetched(two), known(parse_feed(fetched(one))))
    assert (after.way, after.entries) == ("delta", ())


def test_an_ill_feed_is_never_read_in_part() -> None:
    document = parse_feed(fetched(feed("a", "b").replace(b"<title>b", b"<title>&nosuch; b")))
    assert (document.frame, document.way, len(document.entries)) == (None, "ill-formed", 2)


@given(st.lists(st.sampled_from([b"]", b"]]>", b"--", b"-->", b"x"])).map(b"".join), st.integers(0, 9))
def test_a_mark_is_found_however_common_its_beginning_is(body: bytes, at: int) -> None:
    for mark in (b"]]>", b"-->"):
        assert found_at(body, mark, at) == body.find(mark, at)


@pytest.mark.slow
def test_in_part_or_whole_every_feed_of_the_corpus_gives_the_same(corpus: Path) -> None:
    """Each feed whole, then with one, with a third and with none of its entries unseen."""
    ways: Counter[str] = Counter()
    wrong: list[str] = []
    entries = 0
    for path in sorted((corpus / "feeds").rglob("*")):
        if path.suffix not in {".xml", ".rss", ".atom", ".rdf"}:
            continue
        answer = fetched(path.read_bytes())
        try:
            whole = parse_feed(answer)
        except FetchError:
            continue
        if not whole.entries or not survey(prepare(answer).body).well_formed:
            continue
        if whole.frame is None:
            ways["whole"] += 1
            continue
        ways["delta"] += 1
        count = len(whole.entries)
        for unseen in ({0}, {count - 1}, set(range(0, count, 3))):
            seen = Known(
                whole.frame, frozenset(m for number, m in enumerate(whole.marks) if number not in unseen)
            )
            part = parse_feed(answer, seen)
            expected = [
                one for one, mark in zip(whole.entries, whole.marks, strict=True) if mark not in seen.marks
            ]
            entries += len(expected)
            channel = whole.channel if expected else Channel(url=URL)  # For no entry it is not read.
            if part.way == "delta" and (list(part.entries) != expected or part.channel != channel):
                wrong.append(str(path.relative_to(corpus)))
            ways["fell back"] += part.way != "delta"
    print(f"{dict(ways)}, {entries} entries compared, {len(wrong)} feeds differ: {wrong[:9]}")
    assert wrong == []
    assert ways["delta"] >= 0.9 * (ways["delta"] + ways["whole"])
    assert ways["fell back"] <= 0.02 * ways["delta"]
