"""What of a text leaves: all of it, an excerpt, or a link; never more than the topic says."""

import io
import json
import shutil

import feedparser
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive import Article, Rights
from feeds.curate.lines import Define
from feeds.curate.reasons import Shown
from feeds.curate.rules import Rule
from feeds.curate.standing import Item
from feeds.ingest.reserved import reserved
from feeds.publish import files
from feeds.publish.formats import atom, jsonfeed, rss
from feeds.publish.pages import html
from feeds.publish.topic.rights import EXCERPT, content_in, excerpt, part_of, shared_content
from feeds.settings import Content, Site, Topic, usual_content
from feeds.times import rfc3339
from tests.builders import START, item
from tests.builders import rss as rss_of
from tests.feeds.test_publish import SITE, TOPIC, article, topic_feed
from tests.feeds.ugly import UGLY
from tests.site import Page
from tests.world import PRIVATE, World

SENTENCES = "The first sentence of the text says little. " * 11 + "A secret stands far behind. " * 40
LONG = article(summary=None, content_text=SENTENCES, content_html=f"<p>{SENTENCES}</p>")


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://127.0.0.1:8080/", "full"),
        ("http://127.9.9.9/", "full"),
        ("http://[::1]:8080/news/", "full"),
        ("http://localhost:8080/", "full"),
        ("http://news.localhost/", "full"),
        ("https://cuttings.example/", "excerpt"),
        ("http://192.168.1.4:8080/", "excerpt"),
        ("http://localhost.example/", "excerpt"),
        ("http://127.0.0.1.example/", "excerpt"),
    ],
)
def test_only_a_site_of_ones_own_machine_gives_all_unasked(base_url: str, expected: Content) -> None:
    site = Site(base_url=base_url)
    assert usual_content(site) == expected
    assert content_in(Topic(query="x"), site, LONG) == expected
    assert content_in(Topic(query="x", content="link"), site, LONG) == "link"


@pytest.mark.parametrize("content", ["excerpt", "link"])
def test_no_output_holds_more_than_the_topic_gives(content: Content) -> None:
    feed = topic_feed(LONG, content=content)
    outputs = [atom.write_atom(feed), rss.write_rss(feed), jsonfeed.write_json(feed), html.write_topic(feed)]
    outputs += [file.body for file in _own_files(LONG, content)]
    for output in outputs:
        assert b"secret" not in output
        assert (b"The first sentence" in output) == (content == "excerpt")
        assert b"Moscow" in output, "the title is there all the same"
        leads_on = b"https://paper.example/story?a=1", b"/articles/00000001-0000-8000-8000-000000000000/"
        assert any(address in output for address in leads_on), "and the way to the source"


def test_an_excerpt_is_a_summary_and_no_content() -> None:
    feed = topic_feed(LONG, content="excerpt")
    (entry,) = feedparser.parse(io.BytesIO(atom.write_atom(feed))).entries
    assert "content" not in entry
    assert EXCERPT // 3 < len(entry.summary) <= EXCERPT
    assert entry.summary.endswith("says little.")
    (item,) = etree.fromstring(rss.write_rss(feed)).findall("channel/item")
    assert item.findtext("description") == entry.summary
    assert item.find("{http://purl.org/rss/1.0/modules/content/}encoded") is None
    (found,) = json.loads(jsonfeed.write_json(feed))["items"]
    assert found["content_text"] == entry.summary
    assert not {"content_html", "summary"} & set(found)


def test_a_link_is_title_names_and_address() -> None:
    feed = topic_feed(article(), content="link")
    (entry,) = feedparser.parse(io.BytesIO(atom.write_atom(feed))).entries
    assert "content" not in entry
    assert entry.summary == "From The Paper & Co.", (
        "an Atom entry says something, and that says nothing of the text"
    )
    assert entry.title == "Kabul & Moscow: 1 < 2"
    assert [author.name for author in entry.authors] == ["Ann Äuthor", "Bob"]
    (found,) = json.loads(jsonfeed.write_json(feed))["items"]
    assert found["content_text"] == ""
    assert not {"content_html", "summary", "image", "attachments"} & set(found)
    (item,) = etree.fromstring(rss.write_rss(feed)).findall("channel/item")
    assert item.findtext("description") == "From The Paper &amp; Co."


@pytest.mark.parametrize("content", ["full", "excerpt", "link"])
def test_what_stands_beside_the_members_goes_no_further_than_they(content: Content) -> None:
    feed = topic_feed(UGLY["vocabularies"], UGLY["a podcast"], content=content)
    for write in (atom.write_atom, rss.write_rss, jsonfeed.write_json):
        data = write(feed)
        assert b"urn:x" not in data, "what nobody knows stays in the archive"
        assert (b"Seen &amp; heard" in data) is (content == "full" and write is not jsonfeed.write_json)
        assert (b"banner.jpg" in data) is (content != "link" and write is jsonfeed.write_json)


@pytest.mark.parametrize("content", ["full", "excerpt", "link"])
def test_the_sources_name_and_copyright_go_along(content: Content) -> None:
    feed = topic_feed(article(), content=content)
    (entry,) = etree.fromstring(atom.write_atom(feed)).findall("{*}entry")
    assert entry.findtext("{*}source/{*}rights") == "© Paper"
    assert entry.findtext("{*}source/{*}title") == "The Paper & Co"
    (item,) = etree.fromstring(rss.write_rss(feed)).findall("channel/item")
    assert item.findtext("{http://purl.org/dc/elements/1.1/}rights") == "© Paper"
    assert item.findtext("source") == "The Paper & Co"
    (found,) = json.loads(jsonfeed.write_json(feed))["items"]
    assert found["_newsweir"]["source"] == {
        "id": "tag:paper.example,2020:feed",
        "title": "The Paper & Co",
        "url": "https://paper.example/",
        "feed_url": "https://paper.example/feed",
        "rights": "© Paper",
    }


def test_the_page_of_an_article_gives_what_its_most_generous_topic_gives() -> None:
    topics = [Topic(query="x", content=content) for content in ("link", "full", "excerpt")]
    assert shared_content(topics, SITE, LONG) == "full"
    assert shared_content([topics[0], topics[2]], SITE, LONG) == "excerpt"
    assert shared_content([], SITE, LONG) == "excerpt"
    assert shared_content([], Site(), LONG) == "full"
    record, page = _own_files(LONG, "link", "excerpt")
    assert b"secret" not in page.body + record.body
    assert b"Read on at the source" in page.body
    record, page = _own_files(LONG, "excerpt", "full")
    assert b"secret" in page.body
    assert b"Read on at the source" not in page.body
    assert "secret" in json.loads(record.body)["content_html"]


def test_a_public_site_gives_excerpts_where_nothing_is_said() -> None:
    record, page = _own_files(LONG, None)
    assert b"secret" not in page.body + record.body


@given(st.text(max_size=3000), st.sampled_from(["excerpt", "link"]))
def test_whatever_a_text_is_no_more_than_an_excerpt_leaves(text: str, content: Content) -> None:
    part = part_of(article(content_text=text, summary=None), content)
    assert part.content_html is None
    assert len(part.content_text) <= (EXCERPT if content == "excerpt" else 0)
    assert part.id == LONG.id


@given(st.text(max_size=900), st.integers(20, 600))
def test_an_excerpt_is_a_beginning_and_no_longer_than_asked(text: str, longest: int) -> None:
    found = excerpt(text, longest)
    assert len(found) <= longest
    assert " ".join(text.split()).startswith(found.removesuffix("…"))


def test_an_excerpt_ends_behind_a_sentence_where_there_is_one() -> None:
    text = "One sentence stands here, long enough to be read. " * 9
    assert excerpt(text, 120).endswith("to be read.")
    assert excerpt("「それは良い。」" * 30 + "x", 100)[-1] in "。」"
    assert excerpt('He said: "Enough is enough, and no more of it." Then he left the room.', 60).endswith(
        'it."'
    )


def _own_files(found: Article, *contents: Content | None) -> list[files.File]:
    standings = []
    for number, content in enumerate(contents):
        keys = Topic(query="kabul", content=content)
        define = Define(topic=TOPIC, slug=f"kabul-{number}", at=rfc3339(START), keys=keys.keys(), start=0)
        item = Item(
            topic=TOPIC, article=found.id, state="published", n=1, rev=2, at=rfc3339(START), touched=rfc3339(START),
            define=1, shown=Shown(matched=("Kabul",), sentence=(0, 43)),
        )  # fmt: skip
        standings.append(files.Standing(Rule(number, define), item))
    return files.article_files(found, standings, SITE)


def allowing(found: Article, **rights: object) -> Article:
    kept = Rights(**rights)  # type: ignore[arg-type]
    return msgspec.structs.replace(found, archive=msgspec.structs.replace(found.archive, rights=kept))


@pytest.mark.parametrize(
    ("rights", "asked", "expected"),
    [
        ({"words": 4}, "full", "excerpt"),
        ({"words": 4}, None, "excerpt"),
        ({"words": 4}, "link", "link"),
        ({"words": 0}, "full", "link"),
        ({"words": 10**6}, "full", "full"),
        ({"publish": False}, "full", "link"),
        ({"reserved": ("tdm-reservation: 1",)}, None, "excerpt"),
        ({"reserved": ("tdm-reservation: 1",)}, "full", "full"),
        ({"reserved": ("tdm-reservation: 1",), "words": 4}, "full", "excerpt"),
    ],
)
def test_a_topic_gives_no_more_than_the_source_allows(
    rights: dict[str, object], asked: Content | None, expected: Content
) -> None:
    found = allowing(article(content_text="One two three four five six. " * 9, summary=None), **rights)
    given = content_in(Topic(query="x", content=asked), Site(), found)
    assert given == expected
    if "words" in rights and given == "excerpt":
        assert part_of(found, given).content_text == "One two three four…"


def test_what_a_source_allows_is_kept_with_the_article_and_obeyed_until_it_is_revised(world: World) -> None:
    text = "One two three four five six seven."
    for name, headers in {
        "few": {},
        "none": {},
        "tdm": {"TDM-Reservation": "1"},
        "all": {"Content-Signal": "search=yes"},
    }.items():
        feed = rss_of(item(name, f"Of {name}", content=f"<p>{text}</p>", link=f"https://{name}.example/1"))
        world.site.pages[f"/{name}"] = Page(feed, headers={"Content-Type": "application/rss+xml", **headers})
    rights = {"few": "rights: {words: 3}, ", "none": "rights: {publish: false}, "}

    def configure(rights: dict[str, str]) -> None:
        sources = (
            f"  - {{feed: '{{site}}/{name}', name: {name}, {rights.get(name, '')}pages: never, {PRIVATE}}}"
            for name in ("few", "none", "tdm", "all")
        )
        world.configure("\n".join(sources), "  all: {query: 'seven'}")

    configure(rights)
    world.round()
    items = {one["title"]: one for one in json.loads(world.file("all/feed.json"))["items"]}
    assert sorted(items) == ["Of all", "Of few", "Of tdm"], "one source lets nothing be published"
    assert items["Of few"]["content_text"] == "One two three…"
    assert "content_html" not in items["Of tdm"]
    assert "seven" in items["Of all"]["content_html"]
    kept = {
        found.record.title: found.record.archive.rights
        for found in world.bureau.archive.since(0, 9)
        if isinstance(found.record, Article)
    }
    assert kept == {
        "Of few": Rights(words=3), "Of none": Rights(publish=False), "Of tdm": Rights(reserved=("tdm-reservation: 1",)), "Of all": None,
    }  # fmt: skip
    before = world.file("all/feed.json")
    world.restart()
    configure({})
    world.round()
    assert world.file("all/feed.json") == before, "what changed in config.yaml counts for what comes"
    rebuild(world)
    assert world.file("all/feed.json") == before
    page = rss_of(item("few", "Of few", content=f"<p>{text} Eight.</p>", link="https://few.example/1"))
    world.site.pages["/few"] = Page(page, headers={"Content-Type": "application/rss+xml"})
    world.round()
    (few,) = (one for one in json.loads(world.file("all/feed.json"))["items"] if one["title"] == "Of few")
    assert few["content_text"].endswith("Eight.")


def rebuild(world: World) -> None:
    world.restart()
    shutil.rmtree(world.data / "index")
    shutil.rmtree(world.data / "feeds")
    world.publish()


@pytest.mark.parametrize(
    ("headers", "page", "expected"),
    [
        ({}, b"<meta name=viewport content=1>", ()),
        ({"tdm-reservation": " 1 "}, b"", ("tdm-reservation: 1",)),
        ({"tdm-reservation": "0"}, b"", ()),
        ({}, b'<head><meta content="1" name="tdm-reservation"></head>', ("tdm-reservation: 1",)),
        ({}, b'<head><META NAME="TDM-Reservation" CONTENT="0"></head>', ()),
        ({"content-signal": "search=yes,  ai-train=no"}, b"", ("content-signal: search=yes, ai-train=no",)),
        ({"content-signal": "search=yes"}, b"", ()),
        ({"content-signal": "\x1b[31mai-train=no"}, b"", ()),
    ],
)
def test_what_is_reserved_is_read_from_headers_and_heads(
    headers: dict[str, str], page: bytes, expected: tuple[str, ...]
) -> None:
    assert reserved(headers, page) == expected
