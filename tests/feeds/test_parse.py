"""Feeds of every kind -> entries; entries -> articles; and what is no feed."""

import hashlib
import io
import json
import time
from pathlib import Path

import feedparser
import msgspec
import pytest

from archive import Author
from feeds.errors import FetchError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.extract import wants_page
from feeds.ingest.normalize import Coming, entry_digest, oldest_first, to_draft
from feeds.ingest.pages.read import read_page
from feeds.ingest.text.quality import of_entry, of_text
from feeds.model import MOST_ENTRIES, Entry, Fetched, Page
from feeds.settings import FeedSource
from tests.builders import START, draft, item, lorem, rss

URL = "https://site.example/feed.xml"
ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://site.example/blog/">
<id>tag:site.example,2020:feed</id><title type="html">A &amp;amp; B</title><updated>2020-02-01T00:00:00Z</updated>
<link href="https://site.example/"/><rights>All of them</rights>
<entry xml:lang="en"><id>tag:site.example,2020:1</id><title type="text">1 &lt; 2</title>
<link href="one"/><link rel="related" href="https://else.example/x"/>
<link rel="enclosure" href="https://site.example/a.mp3" type="audio/mpeg" length="1234"/>
<published>2020-01-02T03:04:05+02:00</published><updated>2020-01-03T00:00:00Z</updated>
<author><name>Ann</name><uri>https://ann.example/</uri></author><author><name>Bob</name></author>
<category term="x" scheme="https://s.example/terms"/><category term="y"/>
<summary>Short.</summary><content type="html">&lt;p&gt;Long &lt;a href="two"&gt;text&lt;/a&gt;.&lt;/p&gt;</content></entry>
</feed>"""


def parsed(body: bytes, content_type: str = "application/xml") -> tuple[Entry, ...]:
    return parse_feed(Fetched(url=URL, status=200, body=body, content_type=content_type)).entries


def article(entry: Entry, page: Page | None = None):  # type: ignore[no-untyped-def]
    return to_draft(entry, page, Coming(key="k", name="n", via="feed", at=START))


def test_an_atom_entry_gives_everything_it_has() -> None:
    document = parse_feed(Fetched(url=URL, status=200, body=ATOM, content_type="application/atom+xml"))
    channel, (entry,) = document.channel, document.entries
    assert (channel.id, channel.title, channel.updated) == (
        "tag:site.example,2020:feed",
        "A & B",
        "2020-02-01T00:00:00Z",
    )
    assert (channel.link, channel.rights) == ("https://site.example/", "All of them")
    found = article(entry)
    content = found.content
    assert content.title == "1 < 2"
    assert content.url == "https://site.example/blog/one"
    assert content.external_url == "https://else.example/x"
    assert content.content_html == '<p>Long <a href="https://site.example/blog/two">text</a>.</p>'
    assert content.content_text == "Long text."
    assert content.summary == "Short."
    assert content.date_published == "2020-01-02T01:04:05Z"
    assert content.date_modified == "2020-01-03T00:00:00Z"
    assert content.authors == (Author(name="Ann", url="https://ann.example/"), Author(name="Bob"))
    assert content.tags == ("x", "y")
    assert found.origin.tags_scheme == {"x": "https://s.example/terms"}
    assert content.language == "en"
    assert [(one.url, one.mime_type, one.size_in_bytes) for one in content.attachments] == [
        ("https://site.example/a.mp3", "audio/mpeg", 1234)
    ]
    assert found.origin.source.guid == "tag:site.example,2020:1"
    assert found.origin.date_raw == "2020-01-02T03:04:05+02:00"
    assert found.raw is not None
    assert found.raw.startswith(b"<entry xml:lang")
    assert found.raw.endswith(b"</entry>")


def test_an_rss_item_and_its_richest_body() -> None:
    (entry,) = parsed(
        rss(
            item(
                "g",
                "T &amp; U",
                description="short",
                content="<p>whole</p>",
                link="https://s.example/1",
                date="Mon, 06 Jan 2020 10:00:00 GMT",
            )
        )
    )
    assert (entry.guid, entry.guid_is_permalink, entry.title) == ("g", False, "T & U")
    assert (entry.html, entry.summary, entry.complete) == ("<p>whole</p>", "short", True)
    assert article(entry).content.date_published == "2020-01-06T10:00:00Z"


def test_rss_1_with_dublin_core_dates_and_creators() -> None:
    (entry,) = parsed(
        b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>C</title><link>https://s.example/</link></channel>
        <item rdf:about="https://s.example/1"><title>T</title><link>https://s.example/1</link>
        <dc:date>2020-01-02T03:04:05Z</dc:date><dc:creator>Ann</dc:creator><description>d</description></item></rdf:RDF>"""
    )
    found = article(entry)
    assert found.content.date_published == "2020-01-02T03:04:05Z"
    assert found.content.date_modified is None
    assert found.content.authors == (Author(name="Ann"),)


def test_json_feed_in_both_versions() -> None:
    new = {
        "version": "https://jsonfeed.org/version/1.1", "title": "F", "language": "ru", "authors": [{"name": "Shared"}],
        "items": [
            {"id": 7, "url": "https://s.example/7", "title": "T", "content_html": "<p>h</p>", "content_text": "t",
             "date_published": "2020-01-02T03:04:05+03:00", "tags": ["a", "a", ""], "image": "https://s.example/i.png",
             "attachments": [{"url": "https://s.example/a.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61}, {"url": 1}]},
            {"id": "8", "content_text": "only text", "author": {"name": "Old"}}, "nonsense",
        ],
    }  # fmt: skip
    first, second = parsed(json.dumps(new).encode(), "application/feed+json")
    assert first.guid == "7"
    content = article(first).content
    assert (content.content_text, content.date_published, content.tags) == (
        "h",
        "2020-01-02T00:04:05Z",
        ("a",),
    )
    assert content.authors == (Author(name="Shared"),)
    assert content.attachments[0].duration_in_seconds == 61
    assert article(second).content.authors == (Author(name="Old"),)
    assert article(second).content.content_html == "<p>only text</p>"
    assert (
        parsed(
            b"\xef\xbb\xbf" + json.dumps({"version": "https://jsonfeed.org/version/1", "items": []}).encode()
        )
        == ()
    )


@pytest.mark.parametrize(
    ("odd", "title"),
    [
        (r'"id": "2", "title": "half a \ud83d smile"', "half a \ufffd smile"),
        ('"id": "2", "title": "a raw\ttab"', "a raw tab"),
        ('"id": "2", "title": "T", "_x": 1e999', "T"),
        ('"id": "2", "title": "T", "_x": [NaN, -Infinity]', "T"),
        (f'"id": {"9" * 5000}, "title": "T"', "T"),
    ],
)
def test_one_odd_item_costs_no_json_feed(odd: str, title: str) -> None:
    whole = '{"id": "1", "title": "One \\ud83d\\ude00"}'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{whole}, {{{odd}}}]}}'
    document = parse_feed(Fetched(url=URL, status=200, body=body.encode()))
    assert [entry.title for entry in document.entries] == ["One \U0001f600", title]
    assert document.repaired or "9999" in body
    for entry in document.entries:
        assert json.loads(entry.raw)["title"]
        article(entry)


def test_what_stands_in_json_where_a_list_should_is_taken_for_one() -> None:
    items = [
        {
            "id": "a",
            "authors": {"name": "Ann"},
            "tags": "war, peace,",
            "attachments": {"url": "https://a.example/a.mp3"},
        },
        {"id": "b", "author": "Ann", "tags": ["war, peace"]},
        {
            "id": "c",
            "authors": ["Ann", {"name": "Bob"}, 7, None],
            "author": [{"name": "Ann"}],
            "tags": {"a": 1},
        },
        {"id": "d", "authors": None, "tags": None, "attachments": None},
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    a, b, c, d = parsed(json.dumps(feed).encode())
    assert (a.authors, a.tags, len(a.attachments)) == ((Author(name="Ann"),), ("war", "peace"), 1)
    assert (b.authors, b.tags) == ((Author(name="Ann"),), ("war, peace",))
    assert (c.authors, c.tags) == ((Author(name="Ann"), Author(name="Bob")), ())
    assert (d.authors, d.tags, d.attachments) == ((), (), ())


def test_a_json_feed_is_known_behind_any_blanks_and_its_addresses_are_joined() -> None:
    item = {"id": "1", "url": "/a/b", "image": "i.png", "content_html": "<a href='c'>d</a>"}
    body = b" \n" * 500 + json.dumps({"items": [item]}).encode()
    (entry,) = parsed(body)
    content = article(entry).content
    assert (content.url, content.image) == ("https://site.example/a/b", "https://site.example/a/i.png")
    assert "https://site.example/a/c" in (content.content_html or "")


def test_a_number_that_is_none_is_not_believed() -> None:
    file = {"url": "https://s.example/a.mp3", "mime_type": "audio/mpeg"}
    odd = [True, 10**30, -1, "5", None, 0]
    items = [
        {"id": str(n), "attachments": [{**file, "size_in_bytes": size, "duration_in_seconds": size}]}
        for n, size in enumerate(odd)
    ]
    for entry in parsed(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()):
        (found,) = article(entry).content.attachments
        assert (found.size_in_bytes, found.duration_in_seconds) == (None, None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "nothing at all"),
        (b" \n ", "nothing at all"),
        (b"<!DOCTYPE html><html><head></head></html>", "web page, not a feed"),
        (b"%PDF-1.4", "is a PDF"),
        (b"just words", "neither RSS nor Atom nor JSON Feed"),
        (b"\x89PNG\r\n", "neither RSS nor Atom"),
        (b"<opml><body/></opml>", "neither RSS nor Atom"),
        (b"{", "is no whole JSON"),
        (b'{"items":' + b"[" * 100_000, "nested deeper"),
        (b'{"a": 1}', "neither `version` nor `items`"),
        (b'{"items": 5, "version": "x"}', "neither `version` nor `items`"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        parsed(body)


def test_a_body_that_names_a_file_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss(item("1", "secret")))
    for body in (str(secret).encode(), f"file://{secret}".encode()):
        with pytest.raises(FetchError):
            parsed(body)


def test_entities_from_outside_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    body = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file://{secret}'>]><rss version='2.0'><channel><item><title>a &x; b</title></item></channel></rss>"
    for entry in parsed(body.encode()):
        assert "secret" not in (entry.title or "")


def test_a_feed_cut_off_keeps_its_whole_entries_and_says_what_was_wrong() -> None:
    whole = rss(item("1", "One"), item("2", "Two"), item("3", "Three"))
    document = parse_feed(Fetched(url=URL, status=200, body=whole[: whole.index(b"Three") + 2]))
    assert [entry.title for entry in document.entries][:2] == ["One", "Two"]
    assert document.repaired


@pytest.mark.parametrize(
    "odd",
    [
        "<description>a &#xD800; b</description>",
        "<description>a &#x110000; b</description>",
        "<pubDate>Fri, 2006/99/15 08:19:53 EDT</pubDate>",
    ],
)
def test_what_the_parser_stumbles_over_costs_at_most_its_entry(odd: str) -> None:
    whole = [item(str(n), f"T{n}") for n in range(9)]
    body = rss(*whole[:4], f"<item><guid>odd</guid>{odd}</item>", *whole[4:])
    document = parse_feed(Fetched(url=URL, status=200, body=body, content_type="application/xml"))
    assert [entry.title for entry in document.entries if entry.title] == [f"T{n}" for n in range(9)]
    assert document.channel.title == "A feed"
    assert len(document.entries) + len(document.passed_over) == 10


@pytest.mark.parametrize("name", ["undefined", "punycode", "idna", "a\0b", "hex"])
def test_an_encoding_that_is_none_costs_nothing(name: str) -> None:
    body = rss(item("1", "One")).replace(b'encoding="UTF-8"', f'encoding="{name}"'.encode())
    for sent, kind in ((body, "application/xml"), (rss(item("1", "One")), f"text/xml; charset={name}")):
        assert [entry.title for entry in parsed(sent, kind)] == ["One"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1251", "koi8-r"])
@pytest.mark.parametrize("said", ["header", "prolog"])
def test_encodings_named_in_header_or_prolog(encoding: str, said: str) -> None:
    word = "Привет" if encoding in {"windows-1251", "koi8-r", "utf-16"} else "Grüße"
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>' if said == "prolog" else '<?xml version="1.0"?>'
    text = rss(item("1", word)).decode().replace('<?xml version="1.0" encoding="UTF-8"?>', prolog)
    kind = f"application/xml; charset={encoding}" if said == "header" else "application/xml"
    (entry,) = parsed(text.encode(encoding), kind)
    assert entry.title == word
    assert entry.raw


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("kind", ["text/xml", "application/rss+xml", "", "text/xml; charset=iso-8859-1"])
@pytest.mark.parametrize("prolog", ['<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>', ""])
def test_the_mark_of_an_encoding_counts_before_what_is_said_of_it(
    encoding: str, kind: str, prolog: str
) -> None:
    text = rss(item("1", "One")).decode().replace('<?xml version="1.0" encoding="UTF-8"?>', prolog)
    mark = "\ufeff" if encoding.endswith("be") else ""
    (entry,) = parsed((mark + text).encode(encoding), kind)
    assert (entry.title, entry.raw) == ("One", item("1", "One").encode())


def test_japanese_by_escapes_is_read_as_such() -> None:
    words = "昨日、首都で政府の会議が開かれ、財務大臣が来年の予算について説明した。"
    html = (
        f'<html lang="ja"><head><meta http-equiv="Content-Type" content="text/html; charset=iso-2022-jp">'
        f"<title>{words}</title></head><body><article><h1>{words}</h1>{f'<p>{words}</p>' * 9}</article></body></html>"
    )
    page = read_page(Fetched(url="https://s.example/1", status=200, body=html.encode("iso-2022-jp")))
    assert words in (page.html or "")
    assert page.title == words


def test_the_digest_of_an_entry_sees_words_and_not_counters() -> None:
    one, two, three = parsed(
        rss(
            item("1", "T", description="d", **{"slash:comments": "1"}).replace("slash:", "s"),
            item("1", "T", description="d", **{"slash:comments": "2"}).replace("slash:", "s"),
            item("1", "T", description="d!"),
        )
    )
    assert entry_digest(one) == entry_digest(two) != entry_digest(three)
    assert hashlib.sha256(one.raw) != hashlib.sha256(two.raw)


def test_entries_own_bytes_stand_in_the_document() -> None:
    body = rss(item("1", "One"), item("2", "Two"))
    assert [entry.raw for entry in parsed(body)] == [item("1", "One").encode(), item("2", "Two").encode()]
    broken = body.replace(b"</channel></rss>", b"<oops")
    assert [entry.raw for entry in parsed(broken)] == [item("1", "One").encode(), item("2", "Two").encode()]


def test_hostile_xml_ends_soon() -> None:
    laughs = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(10)
    )
    bomb = f"{laughs}]><rss version='2.0'><channel><item><title>&k;</title></item></channel></rss>"
    deep = (
        b"<rss version='2.0'><channel>"
        b"<item><description>" + b"&lt;b&gt;" * 50_000 + b"</description></item></channel></rss>"
    )
    many = rss(*(item(str(n), f"T{n}") for n in range(3000)))
    for body in (bomb.encode(), deep, many):
        began = time.monotonic()
        for entry in parsed(body):
            article(entry)
        assert time.monotonic() - began < 20


def test_quality_tells_teasers_from_texts() -> None:
    assert of_text("", complete=True) == "empty"
    assert of_text("ten words of a status update say all there is", complete=True) == "full"
    assert of_text(lorem("a", 60) + " Read more…", complete=True) == "partial"
    assert of_text("The beginning of […]", complete=True) == "teaser"
    assert of_text(lorem("a", 20), complete=False) == "teaser"
    assert of_text(lorem("a", 80), complete=False) == "partial"
    assert of_text(lorem("a", 200), complete=False) == "full"


def test_pages_are_wanted_for_thin_entries_only_unless_told_otherwise() -> None:
    thin = Entry(link="https://s.example/1", text="short", complete=False)
    full = Entry(link="https://s.example/1", text=lorem("a", 300), complete=True)
    source = FeedSource(url=URL, name="n")
    assert [wants_page(one, source) for one in (thin, full)] == [True, False]
    assert wants_page(full, FeedSource(url=URL, name="n", pages="always"))
    assert not wants_page(thin, FeedSource(url=URL, name="n", pages="never"))
    assert not wants_page(Entry(text="short"), source)
    assert not wants_page(Entry(link="ftp://s.example/1", text="short"), source)


def test_a_page_gives_the_text_that_a_thin_entry_lacks() -> None:
    long = (
        "<p>"
        + "A sentence of the story that the feed only began to tell, with enough words in it. " * 10
        + "</p>"
    )
    html = f"<html lang='fr'><head><title>T</title><meta property='og:image' content='https://s.example/i.png'></head><body><article><h1>T</h1>{long}{long}</article></body></html>"
    page = read_page(Fetched(url="https://s.example/1", status=200, body=html.encode()))
    (entry,) = parsed(rss(item("1", "T", description="Only began…", link="https://s.example/1")))
    found = article(entry, page)
    assert found.content.content_text.startswith("A sentence of the story")
    assert "T" not in found.content.content_text.split("\n")[0].split()
    assert found.origin.extract is not None
    assert (found.origin.extract.name, found.origin.extract.quality) == ("trafilatura", "full")
    assert (found.content.language, found.content.image) == ("fr", "https://s.example/i.png")
    assert of_entry(entry) == "teaser"
    with pytest.raises(FetchError, match="no article"):
        read_page(Fetched(url="https://s.example/1", status=200, body=b"<html><body></body></html>"))


def test_of_an_endless_entry_the_beginning_is_kept_and_it_is_no_whole_text() -> None:
    (entry,) = parsed(rss(item("1", "T", content="<p>word </p>" * 100_000)))
    found = article(entry)
    assert found.content.content_text.startswith("word\n\nword")
    assert 80_000 < len(found.content.content_text.split()) < 90_000
    assert found.origin.source.entry_sha256 == entry_digest(entry), "as it will be compared"
    assert found.origin.extract is not None
    assert found.origin.extract.quality != "empty"


def test_an_endless_title_is_cut() -> None:
    (entry,) = parsed(rss(item("1", "word " * 100_000, description="x")))
    assert len(article(entry).content.title) == 20_000


def test_a_longer_entry_is_not_replaced_by_a_shorter_page() -> None:
    page = Page(url="https://s.example/1", html="<p>cookies?</p>")
    (entry,) = parsed(rss(item("1", "T", description=lorem("a", 60))))
    assert article(entry, page).content.content_text == lorem("a", 60)


SMILE = "&#55357;&#56832;"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (SMILE, "\U0001f600"),
        ("&#xD83D;&#XDE00;", "\U0001f600"),
        ("&#55357", "\ufffd"),
        ("&#56832;&#55357;", "\ufffd\ufffd"),
        ("&#55357;&#55357;&#56832;", "\ufffd\U0001f600"),
        ("&#55357;&#228;&#65;", "\ufffd\u00e4A"),
        ("&#99999999999;&#0000000000228;", "\ufffd\u00e4"),
    ],
)
def test_a_reference_to_half_a_character_breaks_nothing(written: str, read: str) -> None:
    body = rss(item("1", "T"), item("2", "x MARK x")).replace(b"MARK", written.encode())
    assert [entry.title for entry in parsed(body)] == ["T", f"x {read} x"]


@pytest.mark.parametrize(
    "part",
    [
        "<guid>g%s</guid>",
        "<link>https://h.example/%s</link>",
        "<description>%s x</description>",
        "<description>&lt;p&gt;&amp;#55357;&amp;#56832; x&lt;/p&gt;</description>",
        "<description><![CDATA[<p>%s x</p>]]></description>",
        "<category>%s</category>",
        "<author>%s</author>",
        "<enclosure url='https://h.example/%s' type='audio/mpeg' length='1'/>",
    ],
)
@pytest.mark.parametrize("half", [SMILE, "&#55357;"])
def test_no_half_character_comes_into_an_article(part: str, half: str) -> None:
    body = rss(item("1", "T"), "<item><title>U</title>PART</item>")
    first, second = parsed(body.replace(b"PART", part.replace("%s", half).encode()))
    assert first.title == "T"
    msgspec.json.encode([article(second).content, article(second).origin])
    assert part.replace("%s", half).encode() in second.raw, "its bytes stay as they came"


def test_a_half_escape_in_json_becomes_a_mark() -> None:
    body = rb'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"a","title":"TITLE"}]}'
    titles = {
        rb"\ud83d": "\ufffd",
        rb"\ud83d\ude00": "\U0001f600",
        rb"\\ud83d": r"\ud83d",
        rb"\udE00x": "\ufffdx",
    }
    for written, read in titles.items():
        (entry,) = parsed(body.replace(b"TITLE", written), "application/feed+json")
        assert entry.title == read


@pytest.mark.parametrize("number", ["1" + "0" * 300, "-1", "0", "true"])
def test_a_number_that_can_be_no_length_is_left_out(number: str) -> None:
    body = (
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"a","content_text":"t","attachments":[{"url":'
        '"https://h.example/a","mime_type":"a/b","size_in_bytes":NUMBER,"duration_in_seconds":NUMBER}]}]}'
    )
    (entry,) = parsed(body.replace("NUMBER", number).encode(), "application/feed+json")
    assert (entry.attachments[0].size_in_bytes, entry.attachments[0].duration_in_seconds) == (None, None)


def test_a_documents_articles_come_oldest_first() -> None:
    dated = [draft(str(n), date=f"2020-01-{n:02d}T00:00:00Z") for n in (3, 1, 2)]
    assert [one.origin.source.guid for one in oldest_first(dated)] == ["1", "2", "3"]
    undated = [draft("3"), draft("2", date="2020-01-01T00:00:00Z"), draft("1")]
    assert [one.origin.source.guid for one in oldest_first(undated)] == ["1", "2", "3"]


@pytest.mark.slow
def test_no_feed_of_the_corpus_breaks_anything_or_loses_an_entry(corpus: Path) -> None:
    """Every entry that feedparser reads is an entry here and becomes an article, all within ten seconds."""
    paths = [path for path in sorted((corpus / "feeds").rglob("*")) if path.is_file()]
    assert len(paths) > 2000
    feeds = read = more = 0
    for path in paths:
        body = path.read_bytes()
        began = time.monotonic()
        try:
            entries = parsed(body)
        except FetchError:
            entries = ()
        drafts = [article(entry) for entry in entries]
        assert time.monotonic() - began < 10, path
        if path.suffix == ".json":
            continue
        expected = feedparser.parse(io.BytesIO(body), response_headers={"content-type": "application/xml"})
        assert len(entries) >= len(expected.entries), path
        feeds += bool(entries)
        read += len(entries)
        more += len(entries) > len(expected.entries)
        if b"<!ENTITY" in body or len(entries) > len(expected.entries):  # Expanded there, never here.
            continue
        for one, found in zip(expected.entries, drafts, strict=True):
            guid = (one.get("id") or "").strip()
            assert (found.origin.source.guid or "") == guid, path
    print(
        f"\n{feeds} feeds of the corpus, {read} entries: none lost, none over ten seconds; {more} feeds have more"
    )
    assert more <= 0.005 * feeds
    assert read > 3000


def test_a_document_with_more_entries_than_are_read_says_so() -> None:
    items = ",".join(f'{{"id":"{n}","content_text":"x"}}' for n in range(MOST_ENTRIES + 2))
    body = f'{{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{items}]}}'.encode()
    document = parse_feed(Fetched(url="https://p.example/", status=200, body=body))
    assert len(document.entries) == MOST_ENTRIES
    assert document.passed_over == (
        f"has {MOST_ENTRIES + 2} entries, of which the first {MOST_ENTRIES} were read",
    )


@pytest.mark.parametrize(
    ("base", "link", "site", "expected"),
    [
        ("xml:base='https://b.example/x/'", "https://s.example/a/1", "https://c.example/", "https://b.example/x/i.png"),
        ("xml:base='y/'", "https://s.example/a/1", "https://c.example/", "https://site.example/y/i.png"),
        ("xml:base='javascript:x'", "https://s.example/a/1", "https://c.example/", "https://s.example/a/i.png"),
        ("", "https://s.example/a/1", "https://c.example/", "https://s.example/a/i.png"),
        ("", "/a/1", "https://c.example/", "https://site.example/a/i.png"),
        ("", "", "https://c.example/n/", "https://c.example/n/i.png"),
        ("", "", "", "https://site.example/i.png"),
    ],
)  # fmt: skip
def test_addresses_in_html_are_counted_from_the_right_place(
    base: str, link: str, site: str, expected: str
) -> None:
    body = (
        f"<rss version='2.0'><channel><title>C</title><link>{site}</link><item {base}><title>T</title>"
        f"<link>{link}</link><description>&lt;img src='i.png'&gt; &lt;a href='javascript:x'&gt;a&lt;/a&gt;"
        "</description></item></channel></rss>"
    )
    (entry,) = parsed(body.encode())
    assert article(entry).content.content_html == f'<img src="{expected}"> <a>a</a>'


def test_a_base_ends_with_the_element_that_says_it() -> None:
    entry = "<entry><id>{0}</id><title>T{0}</title><link href='/{0}/p'/><content type='html'{1}>&lt;img src='i'&gt;</content></entry>"
    bodies = [
        entry.format(1, " xml:base='/b/'"),
        entry.format(2, " xml:base='https://c.example/'"),
        entry.format(3, ""),
    ]
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title>{''.join(bodies)}</feed>"
    found = [one.base for one in parsed(feed.encode())]
    assert found == ["https://site.example/b/", "https://c.example/", "https://site.example/3/p"]


def test_an_entrys_own_addresses_are_joined_and_its_guid_stays_as_it_came() -> None:
    (entry,) = parsed(
        b"<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>C</title><item>"
        b"<guid>17</guid><link>/17</link><title>T</title><enclosure url='a.mp3' length='5'/>"
        b"<media:thumbnail url='t.png'/><description>d</description></item></channel></rss>"
    )
    content = article(entry).content
    assert (entry.guid, content.url, content.image) == (
        "17",
        "https://site.example/17",
        "https://site.example/t.png",
    )
    assert [(one.url, one.mime_type) for one in content.attachments] == [
        ("https://site.example/a.mp3", "audio/mpeg")
    ]


def test_of_an_articles_links_the_alternate_counts_and_never_an_enclosures() -> None:
    (entry,) = parsed(
        b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>T</title>"
        b"<link rel='alternate' type='text/html'>https://s.example/1</link>"
        b"<link rel='enclosure' type='text/html'>https://s.example/file</link></entry></feed>"
    )
    assert entry.link == "https://s.example/1"


def test_an_entry_that_takes_back_its_feeds_language_has_none() -> None:
    body = ATOM.replace(b'<entry xml:lang="en">', b'<entry xml:lang="">')
    document = parse_feed(Fetched(url=URL, status=200, body=body, content_type="application/atom+xml"))
    coming = Coming(key="k", name="n", via="feed", at=START, channel=document.channel)
    found = to_draft(document.entries[0], None, coming)
    assert document.channel.language == "de"
    assert (found.content.language, found.origin.lang_source) == (None, "none")
