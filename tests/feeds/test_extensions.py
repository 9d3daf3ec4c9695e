"""What an entry says beside its members is kept as it is written; and when there is too much of it, that is said."""

import itertools
import json
import time
from xml.sax.saxutils import escape, quoteattr

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Element, json_schema
from archive.record.article import Origin
from feeds.ingest.documents.extensions import (
    DEEPEST,
    MOST_CHARACTERS,
    MOST_ELEMENTS,
    Extensions,
    Scope,
    extensions,
    scope_of,
)
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.normalize import Coming, to_draft
from feeds.model import Entry, Fetched
from tests.builders import START, item, rss

URL = "https://site.example/feed.xml"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
MEDIA = "http://search.yahoo.com/mrss/"
THR = "http://purl.org/syndication/thread/1.0"
ATOM = "http://www.w3.org/2005/Atom"


def read(body: bytes | str, content_type: str = "application/xml") -> list[Entry]:
    sent = body if isinstance(body, bytes) else body.encode()
    return list(parse_feed(Fetched(url=URL, status=200, body=sent, content_type=content_type)).entries)


def podcast(within: str) -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0" xmlns:itunes="{ITUNES}" xmlns:media=\'{MEDIA}\' xmlns:x="urn:x">'
        f"<channel><title>C</title><item><guid>1</guid><title>T</title>{within}</item></channel></rss>"
    )


def test_a_podcasts_item_keeps_everything_in_its_order() -> None:
    (entry,) = read(
        podcast(
            "<itunes:duration>1:01:01</itunes:duration><itunes:explicit>yes</itunes:explicit>"
            "<enclosure url='/a.mp3' length='7'/><comments>https://site.example/c</comments>"
            "<media:group><media:content url='b.mp4' type='video/mp4' duration='9'/><media:credit role='author'>Ann"
            "</media:credit></media:group><source url='https://else.example/'>Else</source>"
            "<x:unknown x:of='1' xml:lang='en'>a <x:b/> c</x:unknown><description>d</description>"
        )
    )
    assert entry.extensions == (
        Element(name="itunes:duration", ns=ITUNES, text="1:01:01"),
        Element(name="itunes:explicit", ns=ITUNES, text="yes"),
        Element(name="comments", text="https://site.example/c"),
        Element(
            name="media:group",
            ns=MEDIA,
            children=(
                Element(
                    name="media:content",
                    ns=MEDIA,
                    attributes={"url": "b.mp4", "type": "video/mp4", "duration": "9"},
                ),
                Element(name="media:credit", ns=MEDIA, attributes={"role": "author"}, text="Ann"),
            ),
        ),
        Element(name="source", attributes={"url": "https://else.example/"}, text="Else"),
        Element(
            name="x:unknown",
            ns="urn:x",
            attributes={"x:of": "1", "xml:lang": "en"},
            children=("a ", Element(name="x:b", ns="urn:x"), " c"),
        ),
    )
    assert [(one.url, one.mime_type, one.duration_in_seconds) for one in entry.attachments] == [
        ("https://site.example/a.mp3", "audio/mpeg", None),
        ("https://site.example/b.mp4", "video/mp4", 9.0),
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("61", 61), ("1:01", 61), ("1:00:01.5", 3601.5), ("soon", None), ("0", None), ("9" * 9, None)],
)
def test_how_long_the_only_file_plays(written: str, seconds: float | None) -> None:
    (entry,) = read(
        podcast(
            f"<enclosure url='https://site.example/a.mp3' type='audio/mpeg'/><itunes:duration>{written}</itunes:duration>"
        )
    )
    assert entry.attachments[0].duration_in_seconds == seconds


def test_an_atom_entry_keeps_what_its_members_do_not_say() -> None:
    (entry,) = read(
        f"""<feed xmlns="{ATOM}" xmlns:thr="{THR}" xmlns:georss="http://www.georss.org/georss"><id>f</id><title>F</title>
        <entry><id>tag:1</id><title>T</title><updated>2020-01-01T00:00:00Z</updated>
        <link href="https://site.example/1"/><link rel="license" href="https://free.example/"/>
        <link rel="alternate" hreflang="fr" href="https://site.example/1.fr"/>
        <author><name>Ann</name></author><author><name>Bob</name><email>bob@site.example</email></author>
        <contributor><name>Cy</name></contributor><category term="a" scheme="u:1"/><category term="a" scheme="u:2"/><category term="b" label="Bee"/>
        <thr:in-reply-to ref="tag:0"/><georss:point>1 2</georss:point><rights>Ours</rights>
        <source><id>s</id><title>S</title></source><content>c</content></entry></feed>"""
    )
    assert [(one.name, one.ns) for one in entry.extensions] == [
        ("link", ATOM),
        ("link", ATOM),
        ("author", ATOM),
        ("contributor", ATOM),
        ("category", ATOM),
        ("category", ATOM),
        ("thr:in-reply-to", THR),
        ("georss:point", "http://www.georss.org/georss"),
        ("rights", ATOM),
        ("source", ATOM),
    ]
    assert entry.extensions[6].attributes == {"ref": "tag:0"}
    assert entry.tags == ("a", "b")
    assert [author.name for author in entry.authors] == ["Ann", "Bob"]


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r", "utf-16"])
def test_elements_are_read_in_the_encoding_of_their_document(encoding: str) -> None:
    text = podcast("<x:word>Привет</x:word>").replace("?>", f' encoding="{encoding}"?>', 1)
    (entry,) = read(text.encode(encoding))
    assert entry.extensions == (Element(name="x:word", ns="urn:x", text="Привет"),)


def test_an_ill_formed_feed_keeps_them_too() -> None:
    (entry,) = read(
        podcast("<x:a>1 &nbsp;&eacute;&amp;lt;</x:a><loose:b c='&d'>2</loose:b>").replace(
            "</channel>", "<oops"
        )
    )
    assert entry.extensions == (
        Element(name="x:a", ns="urn:x", text="1 \u00a0é&lt;"),
        Element(name="loose:b", attributes={"c": entry.extensions[1].attributes["c"]}, text="2"),
    )


def test_what_is_too_much_is_left_out_whole_and_counted() -> None:
    huge = f"<x:huge>{'w' * (MOST_CHARACTERS + 1)}</x:huge>"
    deep = "<x:d>" * (DEEPEST + 1) + "</x:d>" * (DEEPEST + 1)
    many = "<x:n/>" * (MOST_ELEMENTS + 5)
    (entry,) = read(podcast(f"{huge}{deep}<x:kept>k</x:kept>{many}"))
    assert entry.extensions[0] == Element(name="x:kept", ns="urn:x", text="k")
    assert (len(entry.extensions), entry.extensions_cut) == (MOST_ELEMENTS, 2 + 6)
    draft = to_draft(entry, None, Coming(key="k", name="n", via="feed", at=START))
    assert draft.origin.extensions_cut == 8


def test_a_json_feeds_own_members_are_kept_as_they_are() -> None:
    own = {
        "_podcast": {"season": 2, "parts": [1.5, None, True]},
        "comment_url": "https://site.example/c",
        "_none": None,
    }
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": "1",
                "content_text": "t",
                "image": "i.png",
                "banner_image": "b.png",
                **own,
                "attachments": [{"url": "a.mp3"}],
            }
        ],
    }
    (entry,) = read(json.dumps(feed).encode(), "application/feed+json")
    assert entry.extensions == (
        Element(name="banner_image", value="b.png"),
        Element(name="_podcast", value=own["_podcast"]),
        Element(name="comment_url", value="https://site.example/c"),
    )
    assert [(one.url, one.mime_type) for one in entry.attachments] == [
        ("https://site.example/a.mp3", "application/octet-stream")
    ]
    deep: list[object] = []
    for _ in range(200):
        deep = [deep]
    feed["items"][0] |= {"_huge": "w" * MOST_CHARACTERS, "_deep": deep}
    (entry,) = read(json.dumps(feed).encode(), "application/feed+json")
    assert (len(entry.extensions), entry.extensions_cut) == (3, 2)
    assert to_draft(entry, None, Coming(key="k", name="n", via="feed", at=START)).origin.extensions_cut == 2


def test_the_schema_knows_them_and_they_come_back_as_they_were() -> None:
    (entry,) = read(podcast("<x:a b='c'>d<x:e/>f</x:a>"))
    draft = to_draft(entry, None, Coming(key="k", name="n", via="feed", at=START))
    sent = msgspec.json.encode(draft.origin)
    assert msgspec.json.decode(sent, type=Origin) == draft.origin
    schema = json_schema()
    element = {"$defs": schema["$defs"], "type": "array", "items": {"$ref": "#/$defs/Element"}}
    jsonschema.validate(json.loads(sent)["extensions"], element)


def test_an_item_without_any_has_no_such_member() -> None:
    (entry,) = read(rss(item("1", "T", description="d", link="https://site.example/1")))
    draft = to_draft(entry, None, Coming(key="k", name="n", via="feed", at=START))
    assert b"extensions" not in msgspec.json.encode(draft.origin)


names = st.sampled_from(["x:a", "x:b", "y:c"])
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() != "")
attributes = st.dictionaries(st.sampled_from(["p", "q", "x:r"]), texts, max_size=3)
leaves = st.builds(
    lambda name, attributes, text: Element(name=name, ns=f"urn:{name[0]}", attributes=attributes, text=text),
    names,
    attributes,
    st.none() | texts,
)


def alternate(parts: list[Element | str]) -> bool:
    pairs = itertools.pairwise(parts)
    return any(isinstance(one, Element) for one in parts) and not any(
        isinstance(a, str) and isinstance(b, str) for a, b in pairs
    )


elements = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda name, attributes, parts: Element(
            name=name, ns=f"urn:{name[0]}", attributes=attributes, children=tuple(parts)
        ),
        names,
        attributes,
        st.lists(inner | texts, min_size=1, max_size=4).filter(alternate),
    ),
    max_leaves=8,
)


def written(element: Element | str) -> str:
    if isinstance(element, str):
        return escape(element)
    given = "".join(
        f" {name}={quoteattr(value, {chr(9): '&#9;', chr(10): '&#10;'})}"
        for name, value in element.attributes.items()
    )
    within = escape(element.text or "") + "".join(map(written, element.children))
    return f"<{element.name}{given}>{within}</{element.name}>"


@given(st.lists(elements, max_size=5))
def test_what_goes_in_comes_out(found: list[Element]) -> None:
    raw = f"<item>{''.join(map(written, found))}</item>".encode()
    scope = scope_of(b"<rss xmlns:x='urn:x' xmlns:y = \"urn:y\">")
    assert extensions(raw, scope) == Extensions(tuple(found))


@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    for one in (raw, b"<item>" + raw + b"</item>", b"<item><x:a>" + raw + b"</x:a></item>"):
        msgspec.json.encode(extensions(one, scope_of(raw)).elements)


def test_it_takes_no_time_worth_naming() -> None:
    raw = ("<item>" + "<a b='c'>" * 100_000 + "</item>").encode()
    began = time.monotonic()
    assert extensions(raw, Scope()).elements == ()
    assert time.monotonic() - began < 2
