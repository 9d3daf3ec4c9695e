"""What leaves: valid, complete, the same bytes for the same content, whatever an article holds."""

import functools
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import feedparser
import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive import Attachment, Author
from archive.record.article import Archival, Article, Extract, Source, content_sha256
from feeds.curate.lines import Define
from feeds.curate.reasons import Like, Shown
from feeds.curate.rules import Rule
from feeds.publish import files
from feeds.publish.formats import atom, entries, jsonfeed, opml, rss
from feeds.publish.pages import html
from feeds.publish.pages.changes import changes_of
from feeds.publish.text.iris import feed_id, public
from feeds.publish.text.urls import Urls, as_uri
from feeds.publish.topic.assemble import FeedItem, Share, Tombstone, TopicFeed, safe_html
from feeds.publish.topic.rhythm import rhythm
from feeds.publish.topic.rights import excerpt, part_of
from feeds.settings import Content, Site, Topic
from feeds.times import parse, rfc3339
from tests.builders import START
from tests.feeds import rules

HERE = Path(__file__).parent
SITE = Site(title="Cuttings & more", base_url="https://cuttings.example/news/")
URLS = Urls(SITE.base_url)
TOPIC = "5f1c0f9e-6d58-5d38-9c55-111111111111"


def article(**changes: object) -> Article:
    facts: dict[str, object] = {
        "url": "https://paper.example/story?a=1&b=2",
        "title": "Kabul & Moscow: 1 < 2",
        "content_html": '<p>First <a href="https://paper.example/x">link</a> &amp; more.</p><p>Second.</p>',
        "content_text": "First link & more.\n\nSecond.",
        "summary": "A summary with <angles> & ampersands.",
        "image": "https://paper.example/i.jpg",
        "date_published": "2026-01-04T10:00:00Z",
        "date_modified": "2026-01-04T11:00:00Z",
        "authors": (Author(name="Ann Äuthor", url="https://paper.example/ann"), Author(name="Bob")),
        "tags": ("war & peace", "Кабул"),
        "language": "en-GB",
        "attachments": (
            Attachment(
                url="https://paper.example/a.mp3", mime_type="audio/mpeg", size_in_bytes=1234, title="Sound"
            ),
            Attachment(url="https://paper.example/b.pdf", mime_type="application/pdf"),
        ),
    } | {key: value for key, value in changes.items() if key != "source"}
    return Article(
        id="urn:uuid:00000001-0000-8000-8000-000000000000",
        archive=Archival(
            rev=2,
            content_sha256=content_sha256("x", "y"),
            first_seen=rfc3339(START),
            fetched=rfc3339(START),
            cause="new",
            tags_scheme={"Кабул": "https://paper.example/terms"},
            source=changes.get("source")  # type: ignore[arg-type]
            or Source(
                key="https://paper.example/feed", via="feed", name="paper", feed_url="https://paper.example/feed",
                feed_id="tag:paper.example,2020:feed", feed_title="The Paper & Co", feed_updated="2026-01-05T07:00:00Z",
                feed_link="https://paper.example/", feed_rights="© Paper",
            ),
            extract=Extract(name="newsweir", version="0", quality="full", words=5),
        ),
        **facts,  # type: ignore[arg-type]
    )  # fmt: skip


def feed_item(found: Article, n: int = 1, content: Content = "full") -> FeedItem:
    found = part_of(found, content)
    via = as_uri(found.url)
    page = URLS.article(found.id)
    return FeedItem(
        id=f"urn:uuid:{n:08d}-0000-8000-8000-000000000000", n=n, article=found, link=via or page, via=via, page=page,
        html=safe_html(found) if content == "full" else None, at=START, published=parse(found.date_published or rfc3339(START)),
        updated=parse(f"2026-01-05T08:00:00.{n:03d}Z"),
        shown=Shown(matched=("Kabul", "Moscow"), sentence=(0, 18), like=Like(title="Example & co", score="0.41", terms=("kabul",))),
    )  # fmt: skip


def topic_feed(
    *articles: Article,
    tombstones: tuple[Tombstone, ...] = (),
    content: Content = "full",
    icon: str | None = None,
) -> TopicFeed:
    keys = Topic(
        title="Kabul & all",
        query="kabul OR moscow",
        description="One < sentence.",
        language="en",
        content=content,
        icon=icon,
    )
    rule = Rule(1, Define(topic=TOPIC, slug="kabul", at=rfc3339(START), keys=keys.keys(), start=0))
    items = tuple(feed_item(one, n, content) for n, one in reversed(list(enumerate(articles, 1))))
    return TopicFeed(
        id=f"urn:uuid:{TOPIC}", topic=TOPIC, slug="kabul", title="Kabul & all", description="One < sentence.", language="en",
        author="The & editors", rule=rule, updated=parse("2026-01-05T08:00:00.009Z"), modified=START, items=items,
        tombstones=tombstones, total=len(items), site=SITE, urls=URLS,
        rhythm=rhythm({START.date(): len(items)}, START.date()) if items else None,
        shares=(Share("The Paper & Co", len(items), START.date(), "https://paper.example/feed"),) if items else (),
    )  # fmt: skip


UGLY = [
    article(
        title=None, summary=None, url=None, authors=(), tags=(), attachments=(), image=None, language=None
    ),
    article(title="", content_html=None, content_text="", summary=None, url=None),
    article(title="T" * 100_000),
    article(title="שלום עולם \u202e טקסט", language="he"),
    article(content_html="<p>unclosed <b>bold <script>alert(1)</script><svg/onload=alert(1)>"),
    article(url="https://paper.example/ä ö?q=“x”#y", image="//no.scheme/x"),
    article(url="urn:isbn:1", authors=(Author(url="https://a.example/"), Author(name="A <b>c</b>"))),
    article(
        attachments=tuple(
            Attachment(url=f"https://p.example/{n}.mp3", mime_type="audio/*") for n in range(12)
        )
    ),
    article(tags=("a" * 500, " ", "ok"), language="not a tag"),
    article(source=Source(key="inbox", via="file", name="inbox")),
    article(content_text="x\ud7ff\U0001f600 \u2028 y", content_html="<p>]]&gt; &amp;amp; <![CDATA[x]]></p>"),
]


@pytest.fixture(scope="module")
def rng(corpus: Path) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(corpus / "validators/atom.rng")))


@pytest.mark.parametrize("number", range(len(UGLY)))
def test_no_article_can_break_a_feed(number: int) -> None:
    feed = topic_feed(article(), UGLY[number], article())
    for text in (atom.write_atom(feed), rss.write_rss(feed)):
        etree.fromstring(text)
        parsed = feedparser.parse(io.BytesIO(text))
        assert not parsed.bozo
        assert len(parsed.entries) == 3
    assert len(json.loads(jsonfeed.write_json(feed))["items"]) == 3
    page = html.write_topic(feed)
    assert (
        page.count(b"<script") == page.count(b'<script src="https://cuttings.example/news/static/site.') == 1
    )
    assert b"onload" not in page


def test_atom_is_valid_by_the_grammar_of_the_rfc(rng: etree.RelaxNG) -> None:
    feed = topic_feed(article(), *UGLY, tombstones=(Tombstone("urn:uuid:x", START),))
    document = etree.fromstring(atom.write_atom(feed))
    assert rng.validate(document), rng.error_log
    empty = etree.fromstring(atom.write_atom(topic_feed()))
    assert rng.validate(empty), rng.error_log
    for content in ("excerpt", "link"):
        less = etree.fromstring(atom.write_atom(topic_feed(article(), *UGLY, content=content)))
        assert rng.validate(less), rng.error_log


@pytest.mark.parametrize("version", ["schema-v1.1.json"])
def test_json_feed_is_valid_by_its_schema_with_formats(corpus: Path, version: str) -> None:
    schema = json.loads((corpus / "validators" / version).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    for feed in (topic_feed(article(), *UGLY), topic_feed()):
        validator.validate(json.loads(jsonfeed.write_json(feed)))


def test_every_field_survives_atom() -> None:
    found = feedparser.parse(io.BytesIO(atom.write_atom(topic_feed(article()))), sanitize_html=False)
    one, (entry,) = article(), found.entries
    assert found.feed.id == f"urn:uuid:{TOPIC}"
    assert (found.feed.title, found.feed.subtitle, found.feed.author) == (
        "Kabul & all",
        "One < sentence.",
        "The & editors",
    )
    assert found.feed.updated == "2026-01-05T08:00:00.009Z"
    assert (entry.id, entry.title, entry.link) == (
        "urn:uuid:00000001-0000-8000-8000-000000000000",
        one.title,
        one.url,
    )
    assert entry.content[0].value == safe_html(one)
    assert entry.content[0].type == "text/html"
    assert entry.summary == one.summary
    assert (entry.published, entry.updated) == ("2026-01-04T10:00:00Z", "2026-01-05T08:00:00.001Z")
    assert [(a.name, a.get("href")) for a in entry.authors] == [
        ("Ann Äuthor", "https://paper.example/ann"),
        ("Bob", None),
    ]
    assert [(t.term, t.scheme) for t in entry.tags] == [
        ("war & peace", None),
        ("Кабул", "https://paper.example/terms"),
    ]
    assert entry.content[0].language == "en-GB"
    assert [(e.href, e.type, e.get("length")) for e in entry.enclosures] == [
        ("https://paper.example/a.mp3", "audio/mpeg", "1234"), ("https://paper.example/b.pdf", "application/pdf", None),
    ]  # fmt: skip
    rels = {link.rel: link.href for link in entry.links}
    assert (rels["alternate"], rels["via"]) == (one.url, one.url)
    assert rels["related"] == URLS.article(one.id)
    assert entry.media_thumbnail[0]["url"] == one.image
    assert (entry.source.id, entry.source.title, entry.source.updated) == (
        "tag:paper.example,2020:feed", "The Paper & Co", "2026-01-05T07:00:00Z",
    )  # fmt: skip


def test_every_field_survives_rss() -> None:
    found = feedparser.parse(io.BytesIO(rss.write_rss(topic_feed(article()))), sanitize_html=False)
    one, (entry,) = article(), found.entries
    assert (found.feed.title, found.feed.link) == ("Kabul & all", URLS.topic("kabul"))
    assert (entry.id, entry.guidislink) == ("urn:uuid:00000001-0000-8000-8000-000000000000", False)
    assert (entry.title, entry.link) == (one.title, one.url)
    assert entry.content[0].value == safe_html(one)
    assert entry.summary == "A summary with &lt;angles&gt; &amp; ampersands.", (
        "HTML to readers: escaped for them"
    )
    assert entry.published == "Sun, 04 Jan 2026 10:00:00 +0000"
    assert [a.name for a in entry.authors] == ["Ann Äuthor", "Bob"]
    assert [t.term for t in entry.tags] == ["war & peace", "Кабул"]
    assert entry.enclosures[0].href == "https://paper.example/a.mp3"
    assert (entry.enclosures[0].type, entry.enclosures[0].length) == ("audio/mpeg", "1234")
    assert [(one["url"], one.get("filesize")) for one in entry.media_content] == [
        ("https://paper.example/a.mp3", "1234"), ("https://paper.example/b.pdf", None),
    ]  # fmt: skip
    assert entry.media_thumbnail[0]["url"] == one.image
    assert (entry.source.title, entry.source.href) == ("The Paper & Co", "https://paper.example/feed")
    root = etree.fromstring(rss.write_rss(topic_feed(article())))
    assert root.findtext("channel/item/{http://purl.org/dc/elements/1.1/}language") == "en-GB"
    assert root.findtext("channel/lastBuildDate") == "Mon, 05 Jan 2026 08:00:00 +0000"
    (self_link,) = root.findall("channel/{http://www.w3.org/2005/Atom}link")
    assert self_link.attrib == {
        "href": URLS.feed("kabul", "rss.xml"),
        "rel": "self",
        "type": "application/rss+xml",
    }


def test_every_field_survives_json_feed() -> None:
    document = json.loads(jsonfeed.write_json(topic_feed(article())))
    one, (item,) = article(), document["items"]
    assert document["feed_url"] == URLS.feed("kabul", "feed.json")
    for name in (
        "title",
        "content_text",
        "summary",
        "image",
        "date_published",
        "date_modified",
        "language",
        "url",
    ):
        assert item[name] == getattr(one, name), name
    assert item["content_html"] == safe_html(one)
    assert item["authors"] == [{"name": "Ann Äuthor", "url": "https://paper.example/ann"}, {"name": "Bob"}]
    assert item["tags"] == ["war & peace", "Кабул"]
    assert item["attachments"][0] == {
        "url": "https://paper.example/a.mp3", "mime_type": "audio/mpeg", "title": "Sound", "size_in_bytes": 1234,
    }  # fmt: skip
    assert item["_newsweir"]["why"] == {
        "matched": ["Kabul", "Moscow"], "sentence": [0, 18], "like": {"title": "Example & co", "score": "0.41", "terms": ["kabul"]},
    }  # fmt: skip


def test_a_tombstone_names_what_was_taken_back() -> None:
    text = atom.write_atom(topic_feed(article(), tombstones=(Tombstone("urn:uuid:gone", START),)))
    (stone,) = etree.fromstring(text).findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert stone.attrib == {"ref": "urn:uuid:gone", "when": "2026-01-05T08:00:00Z"}
    assert b"tombstones" not in atom.write_atom(topic_feed(article()))


def test_an_article_without_address_leads_to_its_own_page() -> None:
    (entry,) = feedparser.parse(io.BytesIO(rss.write_rss(topic_feed(article(url=None))))).entries
    assert entry.link == URLS.article(article().id)


@given(
    st.text(alphabet=st.characters(exclude_categories=[])),
    st.text(alphabet=st.characters(exclude_categories=[])),
)
def test_any_text_leaves_well_formed(title: str, text: str) -> None:
    from feeds.ingest.text.clean import clean, line

    feed = topic_feed(
        article(title=line(title), content_text=clean(text), content_html=None, summary=line(text))
    )
    atom_title = etree.fromstring(atom.write_atom(feed)).findtext("{*}entry/{*}title")
    rss_title = etree.fromstring(rss.write_rss(feed)).findtext("channel/item/title")
    assert atom_title == rss_title == entries.title_of(feed.items[0].article)
    if entries.visible(line(title)):
        assert atom_title == line(title)
    json.loads(jsonfeed.write_json(feed))
    html.write_topic(feed)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.example/a b", "https://x.example/a%20b"),
        ("https://x.example/ä?ö=%C3%BC#ß", "https://x.example/%C3%A4?%C3%B6=%C3%BC#%C3%9F"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://x.example/100%", "https://x.example/100%25"),
        ("https://x.example?p=123", "https://x.example?p=123"),
        ("https://x.example#top", "https://x.example#top"),
        ("https://x.example?q=zürich/a", "https://x.example?q=z%C3%BCrich/a"),
        ("https://bücher.example?ö", "https://xn--bcher-kva.example?%C3%B6"),
        ("https://x.example:8080?a#b", "https://x.example:8080?a#b"),
        ("https://x.example/?a[]=1#b#c", "https://x.example/?a%5B%5D=1#b%23c"),
        ("https://ann:secret@x.example:80/", "https://x.example:80/"),
        ("https://x.example:/", "https://x.example/"),
        ("https://x.example:a/", None),
        ("http://[::1]/x", None),
        ("ftp://x.example/", None),
        ("https://?p=1", None),
        ("javascript:alert(1)", None),
        ("https:///x", None),
        (None, None),
    ],
)
def test_addresses_leave_as_uris(address: str | None, expected: str | None) -> None:
    assert as_uri(address) == expected


def test_what_came_in_malformed_leaves_well_formed_or_not_at_all() -> None:
    odd = article(
        title="\u200b",
        authors=(Author(name="A", url="http://x y/é<>"), Author(name="B", url="nowhere")),
        attachments=(
            Attachment(url="https://h.example/x.mp3", mime_type="mp3 audio", size_in_bytes=10**30),
            Attachment(url="https://h.example/y", mime_type="audio/mpeg; codecs=mp3", size_in_bytes=5),
        ),
        source=Source(
            key="k",
            via="feed",
            feed_url="https://h.example/f",
            feed_id=" é]]>",
            feed_title="F",
            feed_link=None,
        ),
    )
    feed = topic_feed(odd)
    atom_entry = etree.fromstring(atom.write_atom(feed)).find("{*}entry")
    assert atom_entry.findtext("{*}title") == "First link & more. Second."
    assert [one.text for one in atom_entry.iterfind("{*}author/{*}uri")] == ["http://x%20y/%C3%A9%3C%3E"]
    assert atom_entry.findtext("{*}source/{*}id") == "https://h.example/f"
    files = [one.attrib for one in atom_entry.iterfind("{*}link") if one.get("rel") == "enclosure"]
    assert [(one.get("type"), one.get("length")) for one in files] == [(None, None), ("audio/mpeg", "5")]
    rss_item = etree.fromstring(rss.write_rss(feed)).find("channel/item")
    assert dict(rss_item.find("enclosure").attrib) == {
        "url": "https://h.example/y",
        "type": "audio/mpeg",
        "length": "5",
    }
    (found,) = json.loads(jsonfeed.write_json(feed))["items"]
    assert "title" not in found
    assert found["attachments"][0] == {
        "url": "https://h.example/x.mp3",
        "mime_type": "application/octet-stream",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag:paper.example,2020:feed", "tag:paper.example,2020:feed"),
        ("urn:uuid:8D5261BA-BF62-5C81-946C-9276EA617917", "urn:uuid:8d5261ba-bf62-5c81-946c-9276ea617917"),
        ("urn:isbn:0451450523", "urn:isbn:0451450523"),
        ("http://x.example/é?a=b#c", "http://x.example/%C3%A9?a=b#c"),
        ("HTTP://X.example:80/%7ea/./b/../c%2fd", "http://x.example/~a/c%2Fd"),
        ("https://x.example", "https://x.example/"),
        ("https://x.example:8443?q=%41%2b%c3%a9", "https://x.example:8443/?q=A%2B%C3%A9"),
        ("https://x.example/%e9", None),
        ("urn:uuid:1", None),
        ("yt:channel:UC1", None),
        ("doi:10.1038/x", None),
        ("12345", None),
    ],
)
def test_ids_of_source_feeds_leave_in_their_normal_form(text: str, expected: str | None) -> None:
    assert feed_id(text) == expected
    assert expected is None or feed_id(expected) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.example/f?id=7&page=2", "https://x.example/f?id=7&page=2"),
        ("https://ann:secret@x.example/f", "https://x.example/f"),
        ("https://x.example/f?id=7&token=a&API_key=b&auth=c#d", "https://x.example/f?id=7#d"),
        ("https://x.example/f?key=a", "https://x.example/f"),
        ("mailto:a@x.example", None),
    ],
)
def test_the_address_of_a_source_leaves_without_what_opens_it(address: str, expected: str | None) -> None:
    assert public(address) == expected


def test_excerpts_end_behind_a_sentence() -> None:
    assert excerpt("Short.") == "Short."
    text = "One sentence stands here, long enough. " * 20
    assert excerpt(text).endswith("enough.")
    assert len(excerpt(text)) <= 300
    assert excerpt("word " * 200).endswith("…")
    assert entries.title_of(article(title=None, content_text="Just a text.")) == "Just a text."


def test_opml_names_every_topic() -> None:
    root = etree.fromstring(opml.write_opml("All & sundry", [topic_feed(article())], START))
    (outline,) = root.findall("body/outline")
    assert outline.attrib["xmlUrl"] == URLS.feed("kabul", "rss.xml")
    assert root.findtext("head/title") == "All & sundry"
    assert root.findtext("head/dateModified") == "Mon, 05 Jan 2026 08:00:00 GMT"


def test_opml_names_the_sources_a_topic_is_cut_from() -> None:
    closed = Source(
        key="k", via="feed", feed_url="https://u:p@b.example/f?token=geheim&x=1", feed_title="B < C"
    )
    feed = topic_feed(article(), article(source=closed), article(source=Source(key="inbox", via="file")))
    shares = (
        Share("Older", 1, START.date(), "https://a.example/f", "https://a.example/"),
        Share("Inbox", 1, START.date()),
    )
    root = etree.fromstring(opml.write_sources(replace(feed, shares=shares)))
    assert [dict(one.attrib) for one in root.iterfind("body/outline")] == [
        {"text": "B < C", "title": "B < C", "type": "rss", "xmlUrl": "https://b.example/f?x=1"},
        {"text": "Older", "title": "Older", "type": "rss", "xmlUrl": "https://a.example/f", "htmlUrl": "https://a.example/"},
        {"text": "The Paper & Co", "title": "The Paper & Co", "type": "rss", "xmlUrl": "https://paper.example/feed", "htmlUrl": "https://paper.example/"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("icon", "in_rss"), [("https://x.example/i.png", True), ("https://x.example/ä.svg", False)]
)
def test_an_icon_stands_beside_the_feed(icon: str, in_rss: bool) -> None:
    feed = topic_feed(article(), icon=icon)
    as_written = as_uri(icon)
    for name, (write, faults) in {
        "rss.xml": (rss.write_rss, rules.rss_faults),
        "atom.xml": (atom.write_atom, rules.atom_faults),
        "feed.json": (jsonfeed.write_json, rules.json_faults),
    }.items():
        assert faults(write(feed), URLS.feed("kabul", name)) == []
    root = etree.fromstring(atom.write_atom(feed))
    assert root.findtext("{*}icon") == root.findtext("{*}logo") == as_written
    document = json.loads(jsonfeed.write_json(feed))
    assert document["icon"] == document["favicon"] == as_written
    image = etree.fromstring(rss.write_rss(feed)).find("channel/image")
    assert (image is not None) is in_rss
    if image is not None:
        said = {one.tag: one.text for one in image}
        assert said == {"url": as_written, "title": "Kabul & all", "link": URLS.topic("kabul")}


def test_pages_say_how_to_subscribe_and_why_an_item_is_there() -> None:
    page = html.write_topic(topic_feed(article())).decode()
    for name in ("rss.xml", "atom.xml", "feed.json"):
        assert page.count(URLS.feed("kabul", name)) >= 2, "autodiscovery and a link"
    assert "Kabul &amp; Moscow: 1 &lt; 2" in page
    assert "<mark" in page
    assert "4 January" not in page.split("<article")[0]
    assert "<img" not in page


def test_an_article_page_asks_no_other_host() -> None:
    found = article(
        content_html='<p>x <img src="https://evil.example/t.gif"><video src="https://evil.example/v"></video></p>'
    )
    standing = files.Standing(topic_feed().rule, _item(found))
    record, page = files.article_files(found, [standing], SITE)
    assert not re.search(rb"<(img|video|picture|audio|source)|\ssrc=", page.body)
    assert (
        b'<a href="https://evil.example/t.gif" rel="noopener noreferrer">Picture at the source</a>'
        in page.body
    )
    assert b"Why it is here" in page.body
    assert json.loads(record.body)["_newsweir"]["topics"][0]["slug"] == "kabul"
    assert "_archive" not in json.loads(record.body)


def _item(found: Article):  # type: ignore[no-untyped-def]
    from feeds.curate.standing import Item

    return Item(
        topic=TOPIC, article=found.id, state="published", n=1, rev=2, at=rfc3339(START), touched=rfc3339(START), define=1,
        shown=Shown(matched=("Kabul",), sentence=(0, 5)),
    )  # fmt: skip


GOLDEN = HERE / "golden"


def first_revision(**changes: object) -> Article:
    """Revision 1 of the article."""
    facts = {"title": "Kabul & Moscow", "content_text": "First link.\n\nSecond.\n\nThird & last."} | changes
    found = article(**facts)
    archive = msgspec.structs.replace(found.archive, rev=1, fetched="2026-01-04T10:07:00Z")
    return msgspec.structs.replace(found, archive=archive)


GOLDEN_FILES = (
    "about.html",
    "article.html",
    "atom.xml",
    "feed.json",
    "index.html",
    "rss.xml",
    "topic.html",
)


@functools.cache
def golden_files() -> dict[str, bytes]:
    feed = topic_feed(
        article(), article(title=None, url=None), tombstones=(Tombstone("urn:uuid:gone", START),)
    )
    return {
        "atom.xml": atom.write_atom(feed),
        "rss.xml": rss.write_rss(feed),
        "feed.json": jsonfeed.write_json(feed),
        "topic.html": html.write_topic(feed),
        "index.html": html.write_index([feed], SITE),
        "article.html": html.write_article(
            article(), html.shown_body(article(), safe_html(article())),
            [html.Place(slug="kabul", title="Kabul & all", shown=feed.items[0].shown, sentence="First link & more.", n=1)],
            SITE, changes=changes_of(article(), [first_revision()], "full"),
        ),
        "about.html": html.write_about(SITE),
    }  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_outputs_are_those_that_were_looked_at(name: str) -> None:
    """Changed on purpose? Look at the difference, then: NEWSWEIR_GOLDEN=1 pytest tests/feeds/test_publish.py"""
    assert sorted(golden_files()) == sorted(GOLDEN_FILES)
    found = golden_files()[name]
    if os.environ.get("NEWSWEIR_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_bytes(found)
    assert found == (GOLDEN / name).read_bytes()


def test_bytes_do_not_depend_on_zone_seed_or_language() -> None:
    code = (
        "import hashlib; from tests.feeds.test_publish import golden_files; "
        "print({n: hashlib.sha256(b).hexdigest() for n, b in golden_files().items()})"
    )
    ways = [
        {"TZ": "UTC", "PYTHONHASHSEED": "1"},
        {"TZ": "Asia/Kabul", "PYTHONHASHSEED": "77", "LC_ALL": "C.UTF-8"},
    ]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **way},
            capture_output=True,
            text=True,
            check=True,
            cwd=HERE.parents[1],
        ).stdout
        for way in ways
    }
    assert len(outputs) == 1
