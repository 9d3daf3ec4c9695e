"""Whatever an article holds, the feeds it stands in are valid: by rules that are not the writers' own."""

import io
import json
import string
from collections.abc import Callable

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archive import Attachment, Author, Element
from feeds.publish.formats import atom, jsonfeed, rss
from feeds.publish.topic.assemble import Tombstone, TopicFeed
from feeds.settings import Site
from tests.builders import START
from tests.feeds import rules
from tests.feeds.test_publish import URLS, article, topic_feed
from tests.feeds.ugly import UGLY, said_of
from tests.feeds.ugly import beside as with_beside

WRITERS: dict[str, tuple[Callable[[TopicFeed], bytes], Callable[[bytes, str], list[str]]]] = {
    "rss.xml": (rss.write_rss, rules.rss_faults),
    "atom.xml": (atom.write_atom, rules.atom_faults),
    "feed.json": (jsonfeed.write_json, rules.json_faults),
}
GOOD = article(title="A good one")
EMAIL = Site(title="Cuttings", base_url=URLS.base, contact="owner@example.org")


def faults_of(feed: TopicFeed) -> dict[str, list[str]]:
    found = {}
    for name, (write, judge) in WRITERS.items():
        data = write(feed)
        found[name] = judge(data, URLS.feed("kabul", name))
        titles = (
            [one.get("title") for one in json.loads(data)["items"]]
            if name == "feed.json"
            else [one.title for one in feedparser.parse(io.BytesIO(data)).entries]
        )
        if not (len(titles) == 3 and titles[0] == titles[2] == GOOD.title):
            found[name].append(f"the others: {titles}")
    return {name: faults[:4] for name, faults in found.items() if faults}


@pytest.mark.parametrize("content", ["full", "excerpt", "link"])
@pytest.mark.parametrize("name", UGLY)
def test_no_article_makes_a_feed_invalid_or_breaks_it_for_the_others(name: str, content: str) -> None:
    feed = topic_feed(GOOD, UGLY[name], GOOD, content=content)  # type: ignore[arg-type]
    assert faults_of(feed) == {}


def test_all_of_them_at_once_with_what_was_taken_back_and_an_owner() -> None:
    from dataclasses import replace

    feed = topic_feed(
        *UGLY.values(), tombstones=(Tombstone("urn:uuid:00000000-0000-8000-8000-000000000009", START),)
    )
    feed = replace(feed, site=EMAIL)
    for name, (write, judge) in WRITERS.items():
        data = write(feed)
        assert judge(data, URLS.feed("kabul", name)) == []
        assert b"geheim" not in data
    for name, (write, judge) in WRITERS.items():
        assert judge(write(topic_feed()), URLS.feed("kabul", name)) == [], "a feed of nothing yet"


ANY = st.text(alphabet=st.characters(exclude_categories=[]), max_size=40)
HTML = st.lists(
    st.one_of(ANY, st.sampled_from([
        "<p>", "</p>", "<a href='x'>", "</a>", "<table>", "<td>", "</table>", "<li>", "<b>", "</i>", "<svg>", "<title>", "<select>", "<!--", "-->",
        "<img src='https://x.example/y' width=1>", "&", "&amp;lt;", "<![CDATA[", "<math><mtext>", "<template>", "<ruby><rt>", "<details><summary>", "<br></br>", "</", "<h1><h2>",
    ])), max_size=12,
).map("".join)  # fmt: skip
ADDRESS = st.one_of(
    st.none(), ANY,
    st.tuples(st.sampled_from(["http://", "https://", "HTTPS://u:p@"]), st.text(string.ascii_letters + ".-", min_size=1, max_size=9), ANY).map("".join),
)  # fmt: skip
OPTIONAL = st.one_of(st.none(), ANY)
SPACES = ["", "http://www.w3.org/2005/Atom", "http://search.yahoo.com/mrss/", "http://www.itunes.com/dtds/podcast-1.0.dtd",
          "http://purl.org/syndication/thread/1.0", "http://www.georss.org/georss"]  # fmt: skip
ELEMENTS = st.builds(
    Element,
    name=st.sampled_from(["comments", "link", "contributor", "description", "credit", "image", "author", "explicit", "episode", "in-reply-to", "total", "point", "rights", "banner_image"]),
    ns=st.sampled_from(SPACES), text=OPTIONAL, value=OPTIONAL,
    attributes=st.dictionaries(st.sampled_from(["href", "rel", "type", "hreflang", "title", "length", "ref", "role", "url"]), st.one_of(ANY, st.sampled_from(["related", "alternate", "de", "text/html", "12"])), max_size=5),
)  # fmt: skip


@settings(max_examples=80)
@given(st.data())
def test_articles_of_any_text_make_valid_feeds(data: st.DataObject) -> None:
    draw = data.draw
    found = article(
        url=draw(ADDRESS), external_url=draw(ADDRESS), title=draw(OPTIONAL), summary=draw(OPTIONAL), content_html=draw(st.one_of(st.none(), HTML)),
        content_text=draw(ANY), image=draw(ADDRESS), language=draw(OPTIONAL), tags=tuple(draw(st.lists(ANY, max_size=3))),
        date_published=draw(st.sampled_from([None, "0999-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])),
        authors=tuple(draw(st.lists(st.builds(Author, name=OPTIONAL, url=ADDRESS, avatar=ADDRESS), max_size=3))),
        attachments=tuple(draw(st.lists(st.builds(
            Attachment, url=ADDRESS.filter(lambda one: one is not None), mime_type=st.one_of(ANY, st.just("audio/mpeg")), title=OPTIONAL,
            size_in_bytes=st.one_of(st.none(), st.integers()), duration_in_seconds=st.one_of(st.none(), st.floats()),
        ), max_size=3))),
        source=said_of(feed_id=draw(OPTIONAL), feed_url=draw(ADDRESS), feed_title=draw(OPTIONAL), feed_link=draw(ADDRESS), feed_rights=draw(OPTIONAL), name=draw(OPTIONAL)),
    )  # fmt: skip
    found = with_beside(found, *draw(st.lists(ELEMENTS, max_size=3)))
    assert (
        faults_of(topic_feed(GOOD, found, GOOD, content=draw(st.sampled_from(["full", "excerpt", "link"]))))
        == {}
    )


def test_a_date_before_feeds_is_said_where_no_reader_takes_it_for_a_wrong_clock() -> None:
    old, new = article(date_published="1952-05-01T00:00:00Z"), article()
    term = "{http://purl.org/dc/terms/}available"
    for write, place, date in (
        (rss.write_rss, "channel/item", "pubDate"),
        (atom.write_atom, "{*}entry", "{*}published"),
    ):
        found = etree.fromstring(write(topic_feed(old, new))).findall(place)
        assert [one.findtext(term) for one in found] == [None, "1952-05-01T00:00:00Z"]
        dates = [one.findtext(date) for one in found]
        assert dates[1] in {None, "Mon, 05 Jan 2026 08:00:00 +0000"}, "when it was cut, where one must be"
        assert dates[0] is not None
        assert b"dcterms" not in write(topic_feed(new)), "declared where it is used"


def test_what_looks_like_markup_in_a_title_is_read_as_it_was_meant() -> None:
    titles = [
        "Kabul & Moscow: 1 < 2",
        "R&D at AT&T",
        "History of the <blink> tag",
        "a &amp; b &copy; &#239;",
        "Vec<T> & x<y",
    ]
    feed = topic_feed(*(article(title=title) for title in titles))
    for data in (rss.write_rss(feed), atom.write_atom(feed)):
        root = etree.fromstring(data)
        found = [
            one.text
            for one in root.iterfind(".//{*}title")
            if one.getparent().tag.endswith(("item", "entry"))
        ]
        assert sorted(found) == sorted(titles)
    paired = topic_feed(article(title="A <b>bold</b> one"))
    assert (
        etree.fromstring(rss.write_rss(paired)).findtext("channel/item/title")
        == "A \u2039b\u203abold\u2039/b\u203a one"
    )
    title = etree.fromstring(atom.write_atom(paired)).find("{*}entry/{*}title")
    assert (title.get("type"), title.text) == ("html", "A &lt;b&gt;bold&lt;/b&gt; one".replace("&gt;", ">"))
