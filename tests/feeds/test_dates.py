"""Dates as they are written -> moments, the same today and tomorrow, here and elsewhere; or none."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.pages.read import read_page
from feeds.ingest.text.dates import read_date
from feeds.model import Fetched, Page
from feeds.times import rfc3339
from tests.builders import item, rss

DATES = {
    "Thu, 14 Nov 2024 08:42:36 GMT": "2024-11-14T08:42:36Z",
    "Thu, 1 Aug 2019 16:15 EDT": "2019-08-01T20:15:00Z",
    "Tue 11 Jan 2011 01:30:00 -0700": "2011-01-11T08:30:00Z",
    "07 November 2015 12:00:00 CET": "2015-11-07T11:00:00Z",
    "Thu, 09 Feb 06 23:59:45 +0000": "2006-02-09T23:59:45Z",
    "Sunday, 06-Nov-94 08:49:37 GMT": "1994-11-06T08:49:37Z",
    "mer, 16 nov 2022 00:38:15 +0100": "2022-11-15T23:38:15Z",
    "Thu (a day), 9 Feb 2006 23:59 Z (noted)": "2006-02-09T23:59:00Z",
    "Sat, Dec 16 2023 02:02:33 PM": "2023-12-16T14:02:33Z",
    "March 5, 2020": "2020-03-05T00:00:00Z",
    "Sun Nov  6 08:49:37 1994": "1994-11-06T08:49:37Z",
    "Thu Jan 01 10:00:00 EST 2004": "2004-01-01T15:00:00Z",
    "Mon Jan 05 2026 08:00:00 GMT+0200 (CEST)": "2026-01-05T06:00:00Z",
    "Mon, 05 Jan 2026 08:00:00 UTC-05:30": "2026-01-05T13:30:00Z",
    "Mon, 05 Jan 2026 08:00:00 GMT+2": "2026-01-05T06:00:00Z",
    "2020-08-07T11:44:36-05:00": "2020-08-07T16:44:36Z",
    "2020-08-07 11:44:36 +0530": "2020-08-07T06:14:36Z",
    "2003-07-01 T 01:55:07-05:00": "2003-07-01T06:55:07Z",
    "2003-07-01t01:55:07.25z": "2003-07-01T01:55:07.250Z",
    "2002-12-31T192030+01:00": "2002-12-31T18:20:30Z",
    "20230312T02:30:00Z": "2023-03-12T02:30:00Z",
    "20230312": "2023-03-12T00:00:00Z",
    "2023-12-16": "2023-12-16T00:00:00Z",
    "2002-12": "2002-12-01T00:00:00Z",
    "1998-12-31T23:59:60Z": "1998-12-31T23:59:59Z",
    "2023-03-12T24:00:00Z": "2023-03-13T00:00:00Z",
    "Fri, 11 Mar 2016 01:15:00 +3000": "2016-03-11T01:15:00Z",
    "01 Jan 2004 10:00 XYZ": "2004-01-01T10:00:00Z",
}
NONE = [
    "", "10:30", "10:30 PM", "03:15 yesterday", "today", "--12-25", "-04-05", "20", "12 Jan", "17 Feb", "1700000000",
    "1104537600", "2015 Annual report", "12/03/2023", "03-04-05", "2023-13-45", "2024-02-31", "2004-02-30T10:00:00Z",
    "Thu, 31 Feb 2004 10:00:00 GMT", "Thu, 01 Jan 2004 25:00:00 GMT", "2003-07-01T01:55:61Z", "0001-01-01T00:00:00Z",
    "0000-00-00", "5 Foo 2020", "Fri, 2006/99/15 08:19:53 EDT", "9" * 5000, "2020-01-01" + " " * 200 + "x",
]  # fmt: skip


@pytest.fixture(params=["UTC", "America/New_York"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone, which must not matter."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
def test_whole_dates_are_read_the_same_everywhere() -> None:
    assert {text: rfc3339(moment) for text in DATES if (moment := read_date(text))} == DATES


def test_what_is_no_whole_date_is_none() -> None:
    assert [text for text in NONE if read_date(text)] == []
    assert read_date(None) is None
    assert read_date(20230312) is None


@given(st.text("0123456789-+:T ,./JanFebMGMTZ", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    moment = read_date(text)
    assert moment is None or read_date(rfc3339(moment)) == moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )


def test_dates_of_feeds_are_read_so_and_kept_as_written() -> None:
    texts = [
        "Thu, 14 Nov 2024 08:42:36 GMT",
        "10:30",
        "Fri, 2006/99/15 08:19:53 EDT",
        "2024-11-14T08:42:36.5Z",
    ]
    body = rss(*(item(str(n), "T", date=text) for n, text in enumerate(texts))).replace(
        b"<channel>", b"<channel><pubDate>Fri, 2006/99/15 08:19:53 EDT</pubDate>"
    )
    document = parse_feed(Fetched(url="https://x.example/", status=200, body=body))
    dates = [entry.published and rfc3339(entry.published) for entry in document.entries]
    assert dates == ["2024-11-14T08:42:36Z", None, None, "2024-11-14T08:42:36Z"]
    assert [entry.published_raw for entry in document.entries] == texts


PARAGRAPH = "<p>" + "Some long words of an article that is here to be read by all who come. " * 6 + "</p>"


def page(body: str, head: str = "", url: str = "https://x.example/a") -> Page:
    html = f"<html><head><title>T</title>{head}</head><body><article>{PARAGRAPH * 3}{body}</article></body></html>"
    return read_page(Fetched(url=url, status=200, body=html.encode(), content_type="text/html"))


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("", ""),
        ('<p class="date">03/04/2019</p>', ""),
        ('<div class="comments"><time datetime="2021-01-02">x</time></div>', ""),
        ("", '<meta property="article:modified_time" content="2020-02-02T00:00:00Z">'),
        ('<time itemprop="dateModified" datetime="2016-09-14T07:07:00-04:00">x</time>', ""),
        ("<p>On 12 May 2010 the war began.</p>", ""),
    ],
)
def test_a_page_that_does_not_say_its_date_has_none(body: str, head: str) -> None:
    found = page(body, head)
    assert (found.published, found.published_raw, found.date_source) == (None, None, "none")


def test_a_page_that_says_its_date_has_it() -> None:
    for found, source in (
        (page('<time datetime="2019-03-04T23:30:00-05:00">x</time>'), "htmldate"),
        (page("", url="https://x.example/2019/03/04/a"), "htmldate"),
        (page("", '<meta property="article:published_time" content="2019-03-04">'), "og"),
        (page("", '<script type="application/ld+json">{"@type":"Article","datePublished":"March 4, 2019"}</script>'),
         "jsonld"),
    ):  # fmt: skip
        assert found.published is not None
        assert (f"{found.published:%Y-%m-%d}", found.date_source) == ("2019-03-04", source)
