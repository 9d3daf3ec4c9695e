"""What is fuzzed: each target takes what a stranger may have written, and raises only what is ours."""

import json
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from archive.knowing.identity import article_id, fragment, guid_key, loose_guid, site, title_identity, url_key
from feeds.errors import FeedsError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.normalize import Coming, to_draft
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Fetched
from tests.feeds.test_text import assert_harmless
from tests.payloads import PAYLOADS

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
_TAGS = (
    "rss channel item title link description guid pubDate author category enclosure content:encoded dc:creator dc:date "
    "feed entry id updated published summary content source rdf:RDF media:group media:content media:title itunes:author "
    "image url textInput ttl skipHours atom:link georss:point thr:in-reply-to xhtml:div script b a p"
).split()
_ATTRIBUTES = (
    "href rel type isPermaLink url length xml:base xml:lang xmlns xmlns:media version term scheme rdf:about src domain "
    "medium duration ref onload"
).split()
_HEADS = (
    b"", b"<?xml version='1.0'?>", b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml version='1.0' encoding='koi8-r'?>",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"<!DOCTYPE html>", b"\x1f\x8b", b"\0",
)  # fmt: skip
_WORDS = st.one_of(
    st.sampled_from([*PAYLOADS[:60], "1", "-1", "&amp;", "&x;", "&#0;", "&#x110000;", "]]>", "<![CDATA[", "-->", "http://[", "//",
                     "Mon, 05 Jan 2026 08:00:00 GMT", "2026-13-45T99:99:99Z", "text/html", "xhtml", "base64", "true", "\ud7ff", "\x85"]),
    st.text(max_size=30),
)  # fmt: skip


@st.composite
def _elements(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from(_TAGS))
    attributes = "".join(
        f" {draw(st.sampled_from(_ATTRIBUTES))}={draw(st.sampled_from(['', chr(34)]))}{draw(_WORDS)}{draw(st.sampled_from([chr(34), chr(34), chr(39), '']))}"
        for _ in range(draw(st.integers(0, 3)))
    )
    body = "".join(draw(st.lists(inner, max_size=5)))
    return f"<{tag}{attributes}>{body}{draw(st.sampled_from([f'</{tag}>', f'</{tag}>', f'</{tag}>', '', '</', '/>']))}"


_XML = st.recursive(_WORDS, _elements, max_leaves=25).map(lambda text: text.encode("utf-8", "replace"))
_FEED = st.tuples(
    st.sampled_from(_HEADS), st.sampled_from([b"<rss version='2.0'><channel>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<rdf:RDF>", b""]),
    st.lists(_XML, max_size=4).map(b"".join), st.sampled_from([b"</channel></rss>", b"</feed>", b""]),
).map(b"".join)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "version title items id url external_url content_html content_text summary image banner_image date_published "
                "date_modified author authors name tags language attachments mime_type size_in_bytes duration_in_seconds "
                "next_url _x hubs expired".split()
            ),
            inner,
            max_size=8,
        )
    ),
    max_leaves=25,
)


def _as_json(value: Any) -> bytes:

    items = value if isinstance(value, list) else [value]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items}).encode(
        "utf-8", "replace"
    )


_REPEATED = st.tuples(st.binary(min_size=1, max_size=12) | _XML, st.integers(1, 20_000)).map(
    lambda pair: (pair[0] * pair[1])[:300_000]
)
DOCUMENTS = st.one_of(
    _FEED, _FEED, _JSON.map(_as_json), st.binary(max_size=500),
    st.tuples(_FEED, _REPEATED, st.sampled_from(_HEADS)).map(b"".join),
    st.tuples(st.sampled_from(_HEADS), _FEED.map(lambda body: body.decode("utf-8", "replace").encode("utf-16"))).map(b"".join),
)  # fmt: skip
TYPES = st.sampled_from(
    [
        "",
        "text/xml",
        "application/rss+xml; charset=utf-8",
        "application/feed+json",
        "text/html; charset=shift_jis",
        "a;charset=x",
    ]
)
_DATE_BITS = st.sampled_from(
    [*"0123456789-:/.,+ TZ", "Mon", "Jan", "января", "1月", "5日", "PM", "GMT", "EST", "99", "2026", "29", "Feb", "\u0660", "+9999", "W53", "-0", "e9"]
)  # fmt: skip
DATES = st.one_of(
    st.text(max_size=60),
    st.lists(_DATE_BITS, max_size=25).map("".join),
    _DATE_BITS.map(lambda bit: bit * 5000),
)
_SOUP = st.lists(
    st.one_of(st.sampled_from([*PAYLOADS, *"<>/\"'=& -!"]), st.text(max_size=8)), max_size=30
).map("".join)
HTML = st.one_of(
    _SOUP, st.tuples(_SOUP, st.integers(1, 2000)).map(lambda pair: (pair[0] * pair[1])[:200_000])
)
_URL = st.text(alphabet=string.printable + "①。\u200b\u202e\xad\xdf", max_size=60)
NAMES = st.one_of(
    st.text(max_size=200), _URL.map("http://".__add__), st.tuples(_URL, _URL).map(lambda pair: f"https://{pair[0]}?{pair[1]}"),
    st.text(min_size=1, max_size=5).map(lambda text: text * 20_000),
)  # fmt: skip


def parse(value: tuple[bytes, str]) -> None:
    """A document of a stranger's, all the way to what is kept."""
    body, kind = value
    fetched = Fetched(url="https://site.example/feed", status=200, body=body, content_type=kind)
    document = parse_feed(fetched)
    coming = Coming(
        key="k", name="n", via="feed", at=NOW, channel=document.channel, fetched=fetched, doubtful=False
    )
    for entry in document.entries[:50]:
        draft = to_draft(entry, None, coming)
        assert_harmless(draft.content.content_html or "")


def dates(text: str) -> None:
    """A date as somebody wrote it."""
    found = read_date(text)
    assert found is None or found.tzinfo is not None


def clean(text: str) -> None:
    """HTML as somebody wrote it."""
    once = sanitize(text, "https://site.example/a")
    assert_harmless(once)
    assert sanitize(once, "https://site.example/a") == once


def identity(text: str) -> None:
    """A guid or an address, of which an id is made."""
    assert article_id(guid_key("k", text)) == article_id(guid_key("k", text))
    assert article_id(title_identity("k", text, None)).startswith("urn:uuid:")
    key = url_key(text)
    doubled = key is not None and key.partition("?")[0].endswith("/")  # Of two slashes at the end one stays.
    if key is not None and not doubled and re.match(r"//[a-z0-9.-]+(/|\?|$)", key):
        assert url_key(f"http:{key}") == key, "said again it is the same"
    fragment(text)
    site(text)
    loose_guid(text)


def entries_in(value: tuple[bytes, str]) -> int:
    """How many entries a document has at most."""
    return value[0].count(b"<item") + value[0].count(b"<entry") + value[0].count(b"{")


@dataclass(frozen=True)
class Target:
    """One thing that is fuzzed.

    due   CPU seconds beside the one that any value may take: 20,000 empty entries are read in two
    """

    run: Callable[[Any], None]
    values: st.SearchStrategy[Any]
    due: Callable[[Any], float] = lambda _: 0.0


TARGETS = {
    "parse": Target(parse, st.tuples(DOCUMENTS, TYPES), lambda value: entries_in(value) / 10_000),
    "dates": Target(dates, DATES),
    "sanitise": Target(clean, HTML),
    "identity": Target(identity, NAMES),
}
OURS = (FeedsError,)
