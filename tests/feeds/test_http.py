"""What a request says of itself, and what it is sent for that: codings, validators, ages, parts, news."""

import gzip
import http.client
import itertools
import re
import socket
import threading
import time
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
import feedparser
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.publish.shelf.disk import DiskShelf
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File
from feeds.publish.topic.pace import LEAST, MOST, UNKNOWN, expected
from feeds.settings import Site, Tcp
from feeds.web.answer import Answers, Past
from feeds.web.conditions import tags_in
from feeds.web.files import Request
from feeds.web.listening import address, listen
from feeds.web.negotiation import choose
from feeds.web.replies import Reply
from feeds.web.server import WebServer
from tests.builders import START, lorem

UNPACK = {"br": brotli.decompress, "zstd": zstd.decompress, "gzip": gzip.decompress, None: bytes}
SITE = Site(base_url="http://x.example/news/")


def feed(*numbers: int, words: int = 120, gone: int | None = None) -> bytes:
    """An Atom document of these entries."""
    entries = "".join(
        f"<entry><id>urn:{n}</id><title>{n}</title><content>{lorem(f'w{n}x', words)}</content></entry>"
        for n in numbers
    )
    stone = f'<d:deleted-entry xmlns:d="http://purl.org/atompub/tombstones/1.0" ref="urn:{gone}" when="2026-01-05T08:00:00Z"/>'
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:f</id>{stone if gone else ""}{entries}</feed>'
    ).encode()


FEED = File("kabul/atom.xml", feed(2, 1), START + timedelta(milliseconds=700), timedelta(minutes=7))
PAST = File("kabul/archive/1.atom.xml", feed(*range(50), words=300), START)
PAGE = File(
    "articles/00000003-0000-8000-8000-000000000000/index.html", b"<p>" + lorem("p", 300).encode(), START
)
FILES = (
    FEED, PAST, PAGE, File("kabul/index.html", b"<html>", START), File("opml.xml", b"<opml/>", START),
    File("index.html", b"front", START), File("articles/00000003-0000-8000-8000-000000000000.json", b"{}", START),
    File("static/site.0123456789ab.css", b"css " * 400, START),
)  # fmt: skip
BECAME = {"old": Past("kabul"), "removed": Past()}


@pytest.fixture(scope="module")
def shelf() -> MemoryShelf:
    made = MemoryShelf()
    for file in FILES:
        made.put(file)
    made.pack()
    return made


@pytest.fixture(scope="module")
def answers(shelf: MemoryShelf) -> Answers:
    return Answers(lambda: shelf, lambda: SITE, BECAME.get, lambda: (True, {}))


def ask(answers: Answers, path: str, method: str = "GET", **headers: str) -> Reply:
    return answers.answer(
        Request(path, {name.replace("_", "-"): value for name, value in headers.items()}, method)
    )


def content(reply: Reply) -> bytes:
    return UNPACK[reply.headers.get("Content-Encoding")](reply.body)


# -- codings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, None), ("", None), ("gzip", "gzip"), ("GZip", "gzip"), ("x-gzip", "gzip"), ("br", "br"), ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("deflate", None), ("*", "br"), ("*;q=0.1", "br"),
        ("br;q=0.5, gzip", "gzip"), ("br;q=0.5,gzip;q=0.5,zstd;q=0.5", "br"), ("gzip;q=1.0, *;q=0", "gzip"),
        ("gzip;q=0", None), ("gzip;q=0.000, br;q=0", None), ("*, br;q=0", "zstd"), ("gzip ; q = 0.3", "gzip"),
        ("identity", None), ("identity, gzip;q=0.9", None), ("identity;q=0.5, gzip", "gzip"), ("identity;q=0.5", None),
        ("identity;q=0, gzip", "gzip"), ("identity;q=0, *", "br"), ("identity;q=0", 406), ("*;q=0", 406),
        ("*;q=0, identity;q=0.1", None), ("identity;q=0, deflate", 406), ("gzip;q=nonsense", None), ("gzip;q=2", None),
        ("gzip;q=-1", None), (";;,,", None), ("gzip;level=9", None), ("\u00fc, gzip", "gzip"), (",gzip,", "gzip"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("file", [FEED, PAGE], ids=["twins", "packed when asked for"])
def test_a_reader_gets_the_coding_that_it_wants_most(
    answers: Answers, file: File, accepted: str | None, coding: object
) -> None:
    path = "/" + file.path.removesuffix("index.html")
    reply = ask(answers, path) if accepted is None else ask(answers, path, accept_encoding=accepted)
    assert reply.headers["Vary"] == "Accept-Encoding"
    if coding == 406:
        assert reply.status == 406
        assert b"br, zstd, gzip" in reply.body
        return
    assert (reply.status, reply.headers.get("Content-Encoding")) == (200, coding)
    assert content(reply) == file.body


PIECE = st.one_of(
    st.sampled_from(
        ["gzip", "br", "zstd", "identity", "*", "deflate", ";q=0", ";q=0.5", ";q=1", ",", " ", ";", "q"]
    ),
    st.text(max_size=4),
)


@given(st.lists(PIECE, max_size=9).map("".join))
def test_whatever_is_accepted_the_content_is_the_same(accepted: str) -> None:
    shelf = MemoryShelf()
    shelf.put(FEED)
    shelf.pack()
    answers = Answers(lambda: shelf, lambda: SITE, lambda _: None, lambda: (True, {}))
    reply = ask(answers, "/kabul/atom.xml", accept_encoding=accepted)
    if reply.status == 406:
        assert re.search(r"q\s*=\s*0", accepted), "only who refuses what is plain is refused"
        return
    assert content(reply) == FEED.body
    sent = reply.headers.get("Content-Encoding")
    assert sent is None or sent in accepted.lower() or "*" in accepted
    assert choose(accepted) == (sent or "identity")


def test_what_is_small_is_packed_for_nobody_who_can_do_without(answers: Answers) -> None:
    assert "Content-Encoding" not in ask(answers, "/opml.xml", accept_encoding="gzip, br").headers
    reply = ask(answers, "/opml.xml", accept_encoding="gzip, identity;q=0")
    assert (reply.headers["Content-Encoding"], content(reply)) == ("gzip", b"<opml/>")


def test_what_takes_long_to_pack_is_not_packed_while_somebody_waits(answers: Answers) -> None:
    shelf = MemoryShelf()
    shelf.put(PAST)
    late = Answers(lambda: shelf, lambda: SITE, lambda _: None, lambda: (True, {}))
    path = f"/{PAST.path}"
    assert ask(late, path, accept_encoding="br, gzip").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in ask(late, path, accept_encoding="br").headers
    shelf.pack()
    assert ask(late, path, accept_encoding="br, gzip").headers["Content-Encoding"] == "br"


def test_a_twin_has_no_address_of_its_own(answers: Answers) -> None:
    for ending in (".gz", ".br", ".zst"):
        assert ask(answers, f"/kabul/atom.xml{ending}").status == 404
    assert ask(answers, "/old/atom.xml.gz").status == 308


# -- validators -----------------------------------------------------------------------


def tag_of(answers: Answers, path: str = "/kabul/atom.xml", coding: str = "identity") -> str:
    return ask(answers, path, accept_encoding=coding).headers["ETag"]


def test_each_coding_has_a_strong_tag_of_its_own_and_two_servers_give_the_same() -> None:
    tags: list[list[str]] = []
    for _ in range(2):
        shelf = MemoryShelf()
        shelf.put(FEED)
        answers = Answers(lambda shelf=shelf: shelf, lambda: SITE, lambda _: None, lambda: (True, {}))
        before = [tag_of(answers, coding=one) for one in ("identity", "gzip", "br", "zstd")]
        shelf.pack()
        tags += [before, [tag_of(answers, coding=one) for one in ("identity", "gzip", "br", "zstd")]]
    assert tags[0] == tags[1] == tags[2] == tags[3]
    assert len(set(tags[0])) == 4
    assert all(re.fullmatch(r'"[0-9a-f]{32}(\.\w+)?"', tag) for tag in tags[0])


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("{tag}", 304), ("W/{tag}", 304), ("w/{tag}", 304), ('"x", {tag}', 304), ('"x",{tag},"y"', 304), ("*", 304),
        ("{bare}", 304), ("x, {bare}", 304), ('"{bare}-gzip"', 304), ('W/"{bare}-gzip"', 304), ('"{bare};gzip"', 304),
        ("{bare}-gzip", 304), (" {tag} ", 304),
        ('"x"', 200), ("", 200), ('"*"', 200), ('"a, *, b"', 200), ('"{bare}x"', 200), ('"{short}"', 200), ('"', 200),
    ],
)  # fmt: skip
def test_tags_are_known_however_they_come_back(answers: Answers, coding: str, said: str, status: int) -> None:
    tag = tag_of(answers, coding=coding)
    bare = tag.strip('"')
    header = said.format(tag=tag, bare=bare, short=bare[:31])
    reply = ask(answers, "/kabul/atom.xml", accept_encoding=coding, if_none_match=header)
    assert reply.status == status


def test_the_tag_of_another_coding_is_another_tag(answers: Answers) -> None:
    """A cache in between asks with the tags of all it holds, for one reader: it must not take one for another."""
    for held, wanted in itertools.permutations(("identity", "gzip", "br", "zstd"), 2):
        tag = tag_of(answers, coding=held)
        assert ask(answers, "/kabul/atom.xml", accept_encoding=wanted, if_none_match=tag).status == 200


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("Mon, 05 Jan 2026 08:00:00 GMT", 304), ("Mon, 05 Jan 2026 08:00:01 GMT", 304), ("Tue, 05 Jan 2038 08:00:00 GMT", 304),
        ("Monday, 05-Jan-26 08:00:00 GMT", 304), ("Mon Jan  5 08:00:00 2026", 304), ("Mon, 05 Jan 2026 08:00:00 +0000", 304),
        ("Mon, 5 Jan 2026 8:00:00 GMT", 304), ("Mon, 05 Jan 2026 08:00:00 GMT; length=17", 304),
        ("Mon, 05 Jan 2026 07:59:59 GMT", 200), ("0", 200), ("", 200), ("yesterday", 200), ("-1", 200),
        ("Mon, 01 Jan 2020 00:00:00 +99999999999999", 200), ("Mon, 99 Jan 2026 08:00:00 GMT", 200),
    ],
)  # fmt: skip
def test_dates_are_read_as_far_as_they_can_be(answers: Answers, said: str, status: int) -> None:
    assert ask(answers, "/kabul/atom.xml", if_modified_since=said).status == status
    assert ask(answers, "/kabul/atom.xml", if_modified_since=said, if_none_match='"x"').status == 200


def test_a_304_says_again_what_caches_need_and_nothing_of_a_body(answers: Answers) -> None:
    whole = ask(answers, "/kabul/atom.xml", accept_encoding="br")
    reply = ask(answers, "/kabul/atom.xml", accept_encoding="br", if_none_match=whole.headers["ETag"])
    assert (reply.status, reply.body) == (304, b"")
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert reply.headers[name] == whole.headers[name]
    assert not reply.headers.keys() & {"Content-Type", "Content-Encoding", "Content-Length", "Link"}


def test_what_was_changed_by_a_clock_that_was_set_back_since_has_no_date(answers: Answers) -> None:
    for moment, dated in ((START + timedelta(seconds=1), True), (START, False)):
        reply = answers.answer(Request("/kabul/atom.xml", at=moment))
        assert (reply.status, "Last-Modified" in reply.headers, "ETag" in reply.headers) == (200, dated, True)


def test_who_wants_nothing_but_what_it_has_is_told_that_there_is_another(answers: Answers) -> None:
    tag = tag_of(answers)
    for headers, status in (
        ({"if_match": tag}, 200), ({"if_match": "*"}, 200), ({"if_match": f'"x", {tag}'}, 200),
        ({"if_match": '"x"'}, 412), ({"if_match": f"W/{tag}"}, 412),
        ({"if_unmodified_since": "Mon, 05 Jan 2026 08:00:00 GMT"}, 200),
        ({"if_unmodified_since": "Mon, 05 Jan 2026 07:59:59 GMT"}, 412), ({"if_unmodified_since": "x"}, 200),
    ):  # fmt: skip
        assert ask(answers, "/kabul/atom.xml", **headers).status == status, headers


def test_a_list_of_tags_is_read_whatever_it_holds() -> None:
    assert tags_in("*") == {"*"}
    assert tags_in('"a", W/"b,c", d , "", "*"') == {"a", "b,c", "d", ""}


# -- ages -----------------------------------------------------------------------------


def test_a_topics_rhythm_says_how_long_its_feeds_are_fresh() -> None:
    def every(minutes: float, times: int = 30) -> list[Any]:
        return [START + timedelta(minutes=minutes) * number for number in range(times)]

    assert expected([]) == expected([START] * 5) == UNKNOWN
    assert expected(every(17)) == expected(reversed(every(17))) == timedelta(minutes=17)
    assert expected(every(17.9)) == timedelta(minutes=17), "whole minutes, for RSS knows no others"
    assert expected(every(0.1)) == LEAST
    assert expected(every(600)) == MOST
    assert expected([*every(10), *[START + timedelta(days=3)] * 9]) == timedelta(minutes=10), (
        "one pause is no rhythm"
    )
    assert expected(
        [*every(500, 50), *(every(500, 50)[-1] + timedelta(minutes=20) * n for n in range(21))]
    ) == timedelta(minutes=20)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/kabul/atom.xml", "max-age=420, stale-while-revalidate=420, stale-if-error=86400"),
        ("/kabul/", "max-age=60, stale-while-revalidate=60, stale-if-error=86400"),
        ("/kabul/archive/1.atom.xml", "max-age=86400, stale-while-revalidate=3600, stale-if-error=86400"),
        ("/static/site.0123456789ab.css", "max-age=31536000, immutable"),
        ("/nowhere", "no-cache"), ("/removed/", "max-age=3600"), ("/removed/rss.xml", "max-age=3600"), ("/old/", "max-age=3600"), ("/readyz", "no-store"), ("/healthz", "no-store"),
    ],
)  # fmt: skip
def test_what_is_said_of_ages(answers: Answers, path: str, said: str) -> None:
    assert ask(answers, path).headers["Cache-Control"] == said


# -- parts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)), ("bytes=100-", slice(100, None)), ("bytes=-100", slice(-100, None)),
        ("bytes=0-0", slice(0, 1)), ("BYTES = 5 - 6", slice(5, 7)), ("bytes=10-999999999", slice(10, None)),
        ("bytes=-999999999", slice(0, None)),
        ("bytes=0-1,5-6", None), ("bytes=9-5", None), ("bytes=-", None), ("lines=1-2", None), ("bytes=a-b", None), ("", None),
    ],
)  # fmt: skip
def test_a_stretch_of_a_large_archived_document_can_be_had(
    answers: Answers, asked: str, part: slice | None
) -> None:
    reply = ask(answers, f"/{PAST.path}", range=asked)
    assert reply.headers["Accept-Ranges"] == "bytes"
    if part is None:
        assert (reply.status, reply.body) == (200, PAST.body)
        return
    assert (reply.status, reply.body) == (206, PAST.body[part])
    first, last, size = map(int, re.findall(r"\d+", reply.headers["Content-Range"]))
    assert (PAST.body[first : last + 1], size) == (reply.body, len(PAST.body))


def test_a_stretch_is_only_had_of_the_version_that_is_meant(answers: Answers) -> None:
    path = f"/{PAST.path}"
    tag = tag_of(answers, path)
    date = format_datetime(START, usegmt=True)
    for guard, status in (
        (tag, 206), (date, 206), (f"W/{tag}", 200), ('"x"', 200), ("Mon, 05 Jan 2026 09:00:00 GMT", 200),
    ):  # fmt: skip
        assert ask(answers, path, range="bytes=0-9", if_range=guard).status == status, guard
    assert ask(answers, path, range="bytes=0-9", if_none_match=tag).status == 304
    assert ask(answers, path, "HEAD", range="bytes=0-9").status == 200
    beyond = ask(answers, path, range="bytes=999999999-")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(PAST.body)}")
    assert beyond.headers["Vary"] == "Accept-Encoding", "packed there is no such fault"
    assert ask(answers, path, range="bytes=0-9", accept_encoding="gzip").status == 200, (
        "only of what is not packed"
    )
    small = ask(answers, "/kabul/atom.xml", range="bytes=0-9")
    assert (small.status, "Accept-Ranges" in small.headers) == (200, False)


# -- other sites, other addresses -----------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("/kabul/atom.xml", 200), ("/kabul/archive/1.atom.xml", 200), ("/opml.xml", 200), ("/old/rss.xml", 308),
     ("/removed/feed.json", 410), ("/no/rss.xml", 404), ("/articles/00000003-0000-8000-8000-000000000000.json", 200)],
)  # fmt: skip
def test_scripts_of_other_sites_may_read_feeds_lists_and_records(
    answers: Answers, path: str, status: int
) -> None:
    reply = ask(answers, path, origin="https://reader.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (status, "*")
    assert {"ETag", "IM", "Link", "Retry-After"} <= set(
        reply.headers["Access-Control-Expose-Headers"].split(", ")
    )
    before = ask(
        answers, path, "OPTIONS", origin="https://reader.example", access_control_request_headers="a-im"
    )
    assert (before.status, before.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert {"A-IM", "If-None-Match"} <= set(before.headers["Access-Control-Allow-Headers"].split(", "))


def test_pages_are_for_their_own_site(answers: Answers) -> None:
    for path in ("/kabul/", "/", "/nowhere", "/healthz"):
        assert "Access-Control-Allow-Origin" not in ask(answers, path).headers
        before = ask(answers, path, "OPTIONS")
        assert (before.status, before.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
        assert "Access-Control-Allow-Origin" not in before.headers


@pytest.mark.parametrize(
    ("base", "path", "open_"),
    [
        ("https://x.example/", "/search.json?q=x", True), ("https://x.example/", "/operator/feed.json", False),
        ("http://127.0.0.1:8080/", "/search.json?q=x", False), ("http://[::1]/", "/operator/rss.xml", False),
        ("http://localhost/a/", "/a/search.json?q=x", False), ("http://127.0.0.1:8080/", "/kabul/atom.xml", True),
    ],
)  # fmt: skip
def test_no_page_that_an_owner_looks_at_reads_what_is_theirs_alone(
    shelf: MemoryShelf, base: str, path: str, open_: bool
) -> None:
    answers = Answers(lambda: shelf, lambda: Site(base_url=base), lambda _: None, lambda: (True, {}))
    for method in ("GET", "OPTIONS"):
        reply = ask(answers, path, method, origin="https://evil.example")
        assert ("Access-Control-Allow-Origin" in reply.headers) is open_


def test_nothing_can_be_changed_by_asking(answers: Answers) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X"):
        reply = ask(answers, "/kabul/atom.xml", method)
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_feed_says_its_own_address_and_that_of_its_page(answers: Answers) -> None:
    link = ask(answers, "/kabul/atom.xml").headers["Link"]
    assert link == (
        '<http://x.example/news/kabul/atom.xml>; rel="self", '
        '<http://x.example/news/kabul/>; rel="alternate"; type="text/html"'
    )
    assert ask(answers, f"/{PAST.path}").headers["Link"] == f'<http://x.example/news/{PAST.path}>; rel="self"'


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "rest", ["", "/", "/rss.xml", "/archive/1.rss.xml", "/archive/3.json", "/index.html", "/a/b"]
)
@pytest.mark.parametrize("query", ["", "?", "?utm=1&x=%20y"])
def test_what_a_topic_was_called_leads_on_and_what_it_was_is_gone(
    answers: Answers, method: str, rest: str, query: str
) -> None:
    moved = ask(answers, f"/old{rest}{query}", method)
    assert (moved.status, moved.headers["Location"]) == (308, f"/news/kabul{rest}{query.removesuffix('?')}")
    assert ask(answers, f"/removed{rest}{query}", method).status == 410
    assert ask(answers, f"/never{rest}{query}", method).status == 404


@pytest.mark.parametrize("written", ["новости", "%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"])
def test_a_path_of_any_letters_is_understood_and_leaves_as_headers_want_it(
    shelf: MemoryShelf, written: str
) -> None:
    site = Site(base_url=f"http://x.example/{written}/")
    answers = Answers(lambda: shelf, lambda: site, BECAME.get, lambda: (True, {}))
    sent = "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"
    reply = ask(answers, f"{sent}/kabul/atom.xml")
    assert reply.status == 200
    assert reply.headers["Link"].startswith(f'<http://x.example{sent}/kabul/atom.xml>; rel="self"')
    assert ask(answers, f"{sent}/old/rss.xml").headers["Location"] == f"{sent}/kabul/rss.xml"


# -- only what is new (RFC 3229) ------------------------------------------------------


def served_versions(*bodies: bytes, path: str = "kabul/atom.xml") -> tuple[Answers, list[str]]:
    """A feed that had these versions, the last one now; the tags it had."""
    shelf, tags = MemoryShelf(), []
    answers = Answers(lambda: shelf, lambda: SITE, lambda _: None, lambda: (True, {}))
    for number, body in enumerate(bodies):
        shelf.put(File(path, body, START + timedelta(hours=number), timedelta(minutes=7)))
        shelf.pack()
        tags.append(ask(answers, f"/{path}").headers["ETag"])
    return answers, tags


def ids(reply: Reply) -> list[str]:
    root = etree.fromstring(content(reply))
    return [one.findtext("{*}id") for one in root.iterchildren("{*}entry")]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("coding", ["identity", "br"])
def test_a_reader_that_names_a_version_gets_what_is_new_since(method: str, coding: str) -> None:
    edited = feed(4, 3, 2, 1).replace(b"<title>1</title>", b"<title>1, corrected</title>")
    answers, tags = served_versions(feed(2, 1), feed(3, 2, 1), edited)
    for tag, expected_ids in ((tags[0], ["urn:4", "urn:3", "urn:1"]), (tags[1], ["urn:4", "urn:1"])):
        reply = ask(
            answers, "/kabul/atom.xml", method, a_im="feed", if_none_match=tag, accept_encoding=coding
        )
        assert (reply.status, ids(reply)) == (226, expected_ids)
        assert (reply.headers["IM"], reply.headers["Delta-Base"]) == ("feed", tag)
        assert reply.headers["ETag"] == tag_of(answers, coding=coding), "it has all of this version now"
        assert reply.headers["Cache-Control"] == "no-store, im, max-age=420"
        assert {"A-IM", "If-None-Match", "Accept-Encoding"} == set(reply.headers["Vary"].split(", "))
        assert reply.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    for tag in (tags[2], f"W/{tags[2]}", tag_of(answers, coding="br"), f'"x", {tags[2]}, {tags[0]}'):
        assert ask(answers, "/kabul/atom.xml", a_im="feed", if_none_match=tag).status == 304


def test_where_nothing_can_be_left_out_all_of_it_is_sent() -> None:
    answers, tags = served_versions(feed(2, 1), feed(4, 3))
    for said in (
        {"if_none_match": tags[0]},
        {"if_none_match": '"unknown"'},
        {"if_none_match": f'"{"f" * 32}"'},
        {},
    ):
        reply = ask(answers, "/kabul/atom.xml", a_im="feed", **said)
        assert (reply.status, ids(reply)) == (200, ["urn:4", "urn:3"])
    answers, tags = served_versions(feed(2, 1), feed(3, 2, 1))
    for said in ({}, {"a_im": "vcdiff"}, {"a_im": "feed;q=0"}, {"a_im": ""}):
        assert ask(answers, "/kabul/atom.xml", if_none_match=tags[0], **said).status == 200
    for said in ("feed", "FEED", "vcdiff, feed;q=0.5", "feed, gzip"):
        assert ask(answers, "/kabul/atom.xml", if_none_match=tags[0], a_im=said).status == 226, said


def test_tombstones_are_always_sent_and_what_changed_at_the_top_alone_too() -> None:
    answers, tags = served_versions(
        feed(2, 1, gone=9), feed(3, 2, 1, gone=9), feed(3, 2, 1, gone=9).replace(b"urn:f", b"urn:g")
    )
    reply = ask(answers, "/kabul/atom.xml", a_im="feed", if_none_match=tags[0])
    assert (reply.status, b'ref="urn:9"' in content(reply)) == (226, True)
    reply = ask(answers, "/kabul/atom.xml", a_im="feed", if_none_match=tags[1])
    assert (reply.status, ids(reply), b"urn:g" in reply.body) == (226, [], True)


def test_what_a_new_entry_has_words_for_makes_no_other_new() -> None:
    """A vocabulary that an entry uses is declared at the top: for all, whether they use it or not."""
    declared = feed(3, 2, 1).replace(b"<feed ", b'<feed xmlns:g="http://www.georss.org/georss" ', 1)
    answers, tags = served_versions(feed(2, 1), declared)
    reply = ask(answers, "/kabul/atom.xml", a_im="feed", if_none_match=tags[0])
    assert (reply.status, ids(reply)) == (226, ["urn:3"])


def test_feedparser_gets_whole_documents_for_it_asks_for_news_unasked() -> None:
    """Of its own accord, in every request: rss2email takes a 226 for a failure, and loses what is new."""
    answers, tags = served_versions(feed(2, 1), feed(3, 2, 1))
    said = {"a_im": "feed", "if_none_match": tags[0], "accept": feedparser.http.ACCEPT_HEADER}
    reply = ask(answers, "/kabul/atom.xml", **said)
    assert (reply.status, ids(reply)) == (200, ["urn:3", "urn:2", "urn:1"])
    assert ask(answers, "/kabul/atom.xml", **{**said, "if_none_match": tags[1]}).status == 304


def test_rss_has_its_news_too_and_json_is_sent_whole() -> None:
    def document(*numbers: int) -> bytes:
        return f"<rss><channel><title>t</title>{''.join(f'<item><guid>{n}</guid></item>' for n in numbers)}</channel></rss>".encode()

    answers, tags = served_versions(document(1), document(2, 1), path="kabul/rss.xml")
    reply = ask(answers, "/kabul/rss.xml", a_im="feed", if_none_match=tags[0])
    assert (reply.status, re.findall(rb"<guid>(\d)", reply.body), reply.body.count(b"<title>")) == (
        226,
        [b"2"],
        1,
    )
    answers, tags = served_versions(b'{"items":[1]}', b'{"items":[2,1]}', path="kabul/feed.json")
    assert ask(answers, "/kabul/feed.json", a_im="feed", if_none_match=tags[0]).status == 200


# -- over the wire --------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(answers: Answers):  # type: ignore[no-untyped-def]
    sock = listen(Tcp(port=0))
    server = WebServer(answers, sock)
    server.start()
    yield urlsplit(address(sock))
    server.stop()


def raw(base: Any, request: bytes) -> bytes:
    with socket.create_connection((base.hostname, base.port), timeout=5) as sock:
        sock.sendall(request)
        sock.settimeout(5)
        found = b""
        while more := sock.recv(65536):
            found += more
    return found


def test_a_head_is_the_headers_of_a_get(base: Any) -> None:
    tag = (
        raw(base, b"HEAD /kabul/atom.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .split(b"etag: ")[1]
        .split(b"\r\n")[0]
    )
    for path in (
        "/kabul/atom.xml",
        "/kabul/",
        "/",
        "/nowhere",
        "/old/rss.xml",
        "/removed/rss.xml",
        "/healthz",
        "/opml.xml",
    ):
        for more in (
            b"",
            b"Accept-Encoding: br\r\n",
            b"Accept-Encoding: *;q=0\r\n",
            b"If-None-Match: %s\r\n" % tag,
        ):
            said = b" %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % (path.encode(), more)
            head, whole = raw(base, b"HEAD" + said), raw(base, b"GET" + said)
            headers, _, body = whole.partition(b"\r\n\r\n")
            undated = [
                re.sub(rb"\r\ndate: [^\r]+", b"", one) for one in (head.removesuffix(b"\r\n\r\n"), headers)
            ]
            assert undated[0] == undated[1]
            if b" 304 " not in headers:
                assert b"\r\ncontent-length: %d" % len(body) in headers.lower()
            else:
                assert body == b""
                assert b"content-length" not in headers.lower()


def test_tags_in_several_lines_are_one_list(base: Any) -> None:
    found = http.client.HTTPConnection(base.hostname, base.port, timeout=5)
    found.request("GET", "/kabul/atom.xml")
    tag = found.getresponse().headers["ETag"]
    for lines in (('"x"', tag), (tag, '"x"')):
        said = b"".join(b"If-None-Match: %s\r\n" % line.encode() for line in lines)
        reply = raw(base, b"GET /kabul/atom.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % said)
        assert reply.startswith(b"HTTP/1.1 304 "), lines


@pytest.mark.parametrize("said", [b"\xff\xfe", b"gzip;q=\x80", b"," * 4000, b"gzip" * 1000, b"\t", b'"'])
def test_no_header_breaks_it(base: Any, said: bytes) -> None:
    for name in (
        b"Accept-Encoding",
        b"If-None-Match",
        b"If-Modified-Since",
        b"Range",
        b"If-Range",
        b"A-IM",
        b"If-Match",
    ):
        reply = raw(
            base,
            b"GET /kabul/archive/1.atom.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s: %s\r\n\r\n"
            % (name, said),
        )
        assert re.match(rb"HTTP/1.1 (200|304|400|406|412|416) ", reply), name


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_while_it_is_published_again_and_again_each_body_is_what_its_tag_says(
    tmp_path: Path, kind: str
) -> None:
    shelf = (
        DiskShelf(tmp_path / "feeds", tmp_path / "index/shelf.sqlite") if kind == "disk" else MemoryShelf()
    )
    shelf.put(File("kabul/atom.xml", feed(0), START))
    answers = Answers(lambda: shelf, lambda: SITE, lambda _: None, lambda: (True, {}))
    sock = listen(Tcp(port=0))
    server = WebServer(answers, sock)
    server.start()
    base, done = urlsplit(address(sock)), threading.Event()

    def publish() -> None:
        for number in itertools.count(1):
            if done.is_set():
                return
            shelf.put(File("kabul/atom.xml", feed(*range(number % 9 + 1)), START + timedelta(seconds=number)))
            if number % 3:
                shelf.pack()

    publishing = threading.Thread(target=publish)
    publishing.start()
    seen: dict[str, bytes] = {}
    try:
        connection = http.client.HTTPConnection(base.hostname or "", base.port, timeout=5)
        began = time.monotonic()
        for coding in itertools.cycle(("br", "gzip", "zstd", "identity")):
            connection.request("GET", "/kabul/atom.xml", headers={"Accept-Encoding": coding})
            reply = connection.getresponse()
            body = UNPACK[reply.headers["Content-Encoding"]](reply.read())
            digest = reply.headers["ETag"].strip('"').partition(".")[0]
            assert File("", body, START).digest.startswith(digest)
            assert seen.setdefault(reply.headers["ETag"], body) == body
            if time.monotonic() - began > (0.4 if len(seen) > 4 else 20):
                break
    finally:
        done.set()
        publishing.join()
        server.stop()
    assert len(seen) > 4
