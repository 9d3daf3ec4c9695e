"""From what somebody typed to a feed: which address is meant, what a page leads to, and how few requests it takes."""

import gzip
import re
from pathlib import Path

import pytest

from feeds.errors import CommandError, FetchError
from feeds.ingest.discovery.discover import choices, guesses, looks_like_page
from feeds.ingest.discovery.finding import Finder
from feeds.ingest.discovery.ranking import Found, is_real
from feeds.ingest.discovery.typed import is_local, web_address_of
from feeds.ingest.documents.parse import parse_feed
from feeds.model import Fetched
from feeds.net import Door, Gate
from feeds.settings import FetchLimits
from tests.builders import item, rss
from tests.site import Page, Site

HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "https://example.org/"),
        ("  <https://example.org/feed> \n", "https://example.org/feed"),
        ("Example.org/Feed", "https://Example.org/Feed"),
        ("feed://example.org/rss", "https://example.org/rss"),
        ("feed:https://example.org/rss", "https://example.org/rss"),
        ("FEED:http://example.org/rss", "http://example.org/rss"),
        ("HTTP://example.org", "http://example.org/"),
        ("//example.org/x", "https://example.org/x"),
        ("localhost:8000/x", "http://localhost:8000/x"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("192.168.1.7/feed", "http://192.168.1.7/feed"),
        ("[::1]:80/x", "http://[::1]:80/x"),
        ("8.8.8.8/x", "https://8.8.8.8/x"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("https://example.org/a?b=c&d=e#part", "https://example.org/a?b=c&d=e"),
    ],
)
def test_what_was_typed_is_understood(typed: str, meant: str) -> None:
    assert web_address_of(typed) == meant


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "the address is empty"),
        ("  ", "the address is empty"),
        ("ftp://example.org/x", "ftp: is not read"),
        ("mailto:somebody@example.org", "mailto: is not read"),
        ("javascript:alert(1)", "javascript: is not read"),
        ("https://", "names no host"),
        ("https:///x", "names no host"),
        ("https://exam ple.org/", "holds a space"),
        ("https://[::1/x", "no web address"),
        ("https://example.org:port/", "no web address"),
        ("https://a..b/", "no name of a host"),
    ],
)
def test_what_means_nothing_is_told(typed: str, why: str) -> None:
    with pytest.raises(CommandError, match=re.escape(why)):
        web_address_of(typed)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("story.txt", True), ("inbox/story.txt", True), ("./x", True), ("/tmp/list.opml", True), ("a.opml", True),
        ("missing", True), ("~/x.md", True), ("example.org", False), ("example.org/rss.xml", False),
        ("localhost:8000/x", False), ("https://example.org/a.txt", False), ("feed:x.org", False), ("10.0.0.1", False),
        ("notes.md", True), ("", False),
    ],
)  # fmt: skip
def test_a_path_is_told_from_an_address(text: str, local: bool) -> None:
    assert is_local(text) is local


def page(body: str, url: str = "https://site.example/blog/", kind: str = "text/html") -> Fetched:
    return Fetched(url=url, status=200, body=body.encode(), content_type=kind)


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def urls(body: str, header: str = "", url: str = "https://site.example/blog/") -> list[str]:
    return [one.url for one in choices(page(body, url), header)]


def test_relative_addresses_count_from_the_base_or_the_final_address() -> None:
    assert urls(link("feed.xml")) == ["https://site.example/blog/feed.xml"]
    assert urls('<base href="/other/">' + link("feed.xml")) == ["https://site.example/other/feed.xml"]
    assert urls('<base href="https://cdn.example/">' + link("//x.example/f.xml")) == [
        "https://x.example/f.xml"
    ]
    assert urls(link("feed://x.example/f") + link("feed:https://y.example/f")) == [
        "https://x.example/f",
        "https://y.example/f",
    ]
    assert urls(link("http://[broken/") + link("") + link("#top") + link("javascript:x")) == []


def test_every_way_of_declaring_is_read() -> None:
    for kind in ("application/atom+xml", "application/feed+json", "APPLICATION/RSS+XML; charset=utf-8"):
        assert urls(link("/f", kind)) == ["https://site.example/f"]
    assert urls(link("/feed.json", "application/json")) == ["https://site.example/feed.json"]
    assert urls(link("/wp-json/wp/v2/pages/7", "application/json")) == []
    assert urls(link("/oembed?x", "application/json+oembed")) == []
    header = '</a>; rel="alternate"; hreflang=de, </feed>; rel="alternate home"; type="application/rss+xml"; title="It, all"'
    (one,) = choices(page("<html>"), header)
    assert (one.url, one.title, one.said) == ("https://site.example/feed", "It, all", "header")


def test_formats_of_the_same_are_one_choice() -> None:
    found = choices(
        page(
            link("/feed/", title="Site » Feed")
            + link("/feed/atom/", "application/atom+xml", "Site » Atom Feed")
        )
    )
    assert [(one.url, one.also) for one in found] == [
        ("https://site.example/feed/atom/", ("https://site.example/feed/",))
    ]
    three = link("/index.rdf", "application/rdf+xml", "RSS 1.0") + link("/rss.xml", title="RSS 2.0")
    (one,) = choices(page(three + link("/atom.xml", "application/atom+xml", "Atom")))
    assert one.url == "https://site.example/atom.xml"
    both = choices(page(link("/world.rss", title="RSS") + link("/sport.rss", title="RSS")))
    assert [one.url.rpartition("/")[2] for one in both] == ["world.rss", "sport.rss"]
    assert is_real(both)


def test_the_sites_own_feed_comes_before_comments_categories_and_other_hosts() -> None:
    body = "".join(
        (
            link("/comments/feed/", title="Site » Comments Feed"),
            link("/2020/01/a-story/feed/", title="Site » Umpan"),
            link("/category/tech/feed/", title="Site » Tech Category Feed"),
            link("https://feeds.elsewhere.example/site", title="Site, elsewhere"),
            link("/blog/feed/", title="Site » Blog"),
            link("/feed/", title="Site » Feed"),
        )
    )
    found = choices(page(body, "https://www.site.example/2020/01/a-story/"))
    assert [one.url.removeprefix("https://") for one in found] == [
        "www.site.example/feed/",
        "www.site.example/blog/feed/",
        "feeds.elsewhere.example/site",
        "www.site.example/category/tech/feed/",
        "www.site.example/comments/feed/",
        "www.site.example/2020/01/a-story/feed/",
    ]
    lone = choices(page(link("/feed/", title="Site") + link("/comments/feed/", title="Comments on: Site")))
    assert not is_real(lone), "comments beside a feed are no choice"


def test_anchors_count_where_nothing_is_declared() -> None:
    anchors = (
        '<a href="/about">About</a> <a href="/news.rss">News</a> <a href="https://feedly.com/i/x/feed">Feedly</a>'
        '<a href="/all"><img alt="RSS"></a> <a href="/stories?format=rss">here</a> <a href="mailto:rss@x">RSS</a>'
    )
    assert urls(anchors) == [
        "https://site.example/news.rss",
        "https://site.example/all",
        "https://site.example/stories?format=rss",
    ]
    assert urls(link("/f") + anchors) == ["https://site.example/f"]
    comments = link("/comments/feed/", title="Comments")
    assert urls(comments + anchors)[0] == "https://site.example/news.rss"


def test_usual_places_are_those_of_the_software_first() -> None:
    for generator, first in (
        ("WordPress 6.4", "/feed/"),
        ("Hugo 0.120", "/index.xml"),
        ("Ghost 5", "/rss/"),
        ("x", "/feed"),
    ):
        body = f'<html><META Name="Generator" content="{generator}">'
        assert guesses(page(body))[0] == f"https://site.example{first}"
    assert guesses(page("<html><img src=/wp-content/x.png>"))[0] == "https://site.example/feed/"


def test_a_page_is_told_from_a_feed_by_its_beginning() -> None:
    assert not looks_like_page(page(rss().decode()))
    assert not looks_like_page(
        Fetched(url="u", status=200, body=rss().decode().encode("utf-16"), content_type="")
    )
    assert looks_like_page(page("<!DOCTYPE html><title>x", kind="application/xml"))
    assert looks_like_page(page("just words"))
    assert not looks_like_page(page("{}", kind="application/json"))


def finder(**more: object) -> Finder:
    return Finder(Door("test", gate=Gate(0.0)), FetchLimits(), parse=parse_feed, allow_private=True, **more)  # type: ignore[arg-type]


def find(site: Site, path: str = "/", **more: object) -> Found:
    return finder(**more).find(f"{site.url}{path}")


def asked(site: Site) -> list[str]:
    return [one.path for one in site.asked]


RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    b"<channel><title>t</title></channel><item><title>i</title></item></rdf:RDF>"
)
FEED = rss(item("1", "Kabul calls", content="x"), title="The feed")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (FEED, "RSS 2.0"),
        (
            b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>',
            "Atom 1.0",
        ),
        (RDF, "RSS 1.0"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": []}', "JSON Feed 1.1"),
    ],
)
def test_the_address_of_a_feed_costs_one_request(site: Site, body: bytes, kind: str) -> None:
    for label in ("application/xml", "text/html", "application/json", ""):
        site.asked.clear()
        site.pages["/f"] = Page(body, headers={"Content-Type": label})
        found = find(site, "/f")
        assert (found.document.kind, found.url, asked(site)) == (kind, f"{site.url}/f", ["/f"])


def test_a_page_costs_one_more(site: Site) -> None:
    site.pages["/"] = Page(link("/f").encode(), headers=HTML)
    site.pages["/f"] = Page(FEED)
    assert find(site).url == f"{site.url}/f"
    assert asked(site) == ["/", "/f"]


def test_never_more_than_three_requests(site: Site) -> None:
    site.pages["/"] = Page(b"<html>nothing here", headers=HTML)
    with pytest.raises(
        FetchError, match=r"names no feed, and none was found at the usual places \(/feed, /rss.xml\)"
    ):
        find(site)
    assert asked(site) == ["/", "/feed", "/rss.xml"]
    site.asked.clear()
    site.pages["/"] = Page("".join(link(f"/{n}/f", title=str(n)) for n in range(9)).encode(), headers=HTML)
    with pytest.raises(FetchError, match=r"leads to feeds that cannot be read: .*/0/f answered 404"):
        find(site)
    assert asked(site) == ["/", "/0/f", "/1/f"]


def test_a_dead_format_gives_way_to_another(site: Site) -> None:
    both = link("/atom.xml", "application/atom+xml", "Atom") + link("/rss.xml", title="RSS")
    site.pages["/"] = Page(both.encode(), headers=HTML)
    site.pages["/rss.xml"] = Page(FEED)
    assert find(site).url == f"{site.url}/rss.xml"
    assert asked(site) == ["/", "/atom.xml", "/rss.xml"]


def test_a_page_that_lists_feeds_is_followed(site: Site) -> None:
    site.pages["/"] = Page(b'<html><a href="/rss">RSS</a>', headers=HTML)
    site.pages["/rss"] = Page(
        b'<html><a href="/world.rss">World</a><a href="/sport.rss">Sport</a>', headers=HTML
    )
    site.pages["/sport.rss"] = Page(FEED)
    assert find(site, choose=lambda found: found[1]).url == f"{site.url}/sport.rss"
    assert asked(site) == ["/", "/rss", "/sport.rss"]


def test_the_usual_place_of_the_software_is_tried(site: Site) -> None:
    site.pages["/"] = Page(b'<html><meta name="generator" content="Hugo">', headers=HTML)
    site.pages["/index.xml"] = Page(FEED)
    assert find(site).url == f"{site.url}/index.xml"


def test_an_address_that_moved_for_good_is_taken_from_there(site: Site) -> None:
    site.pages["/old"] = Page(b"", 301, {"Location": "/new"})
    site.pages["/new"] = Page(FEED)
    site.pages["/now"] = Page(b"", 302, {"Location": "/new"})
    assert find(site, "/old").url == f"{site.url}/new"
    assert find(site, "/now").url == f"{site.url}/now"
    site.pages["/page"] = Page(b"", 302, {"Location": "/deep/er/"})
    site.pages["/deep/er/"] = Page(link("f.xml").encode(), headers=HTML)
    site.pages["/deep/er/f.xml"] = Page(FEED)
    assert find(site, "/page").url == f"{site.url}/deep/er/f.xml"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Page(b"", 404), "answered 404 (there is nothing at this address: is it typed right?)"),
        (Page(b"", 401), "behind a login"),
        (Page(b"", 403), "behind a login, or closed to programs"),
        (Page(b"", 503), "the fault is the server's"),
        (
            Page(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
            "is a PDF, neither a feed nor a web page",
        ),
        (Page(b"\x89PNG\r\n", headers={"Content-Type": "image/png"}), "is an image, neither"),
        (Page(b"", headers=HTML), "answered with nothing at all"),
        (Page(b"a,b\n1,2\n", headers={"Content-Type": "text/csv"}), "neither RSS nor Atom nor JSON Feed"),
        (
            Page(b'{"a": 1}', headers={"Content-Type": "application/json"}),
            "neither RSS nor Atom nor JSON Feed",
        ),
        (
            Page(b"x" * 11_000_000, headers={"Content-Type": "text/plain"}),
            "longer than fetch.max_bytes (10000000)",
        ),
    ],
    ids=lambda value: "" if isinstance(value, Page) else value[:20],
)
def test_what_is_no_feed_is_told(site: Site, answer: Page, why: str) -> None:
    site.pages["/x"] = answer
    with pytest.raises(FetchError) as caught:
        find(site, "/x")
    assert why in str(caught.value)
    assert str(caught.value).startswith(f"{site.url}/x ")
    assert asked(site) == ["/x"]


def test_a_private_network_is_not_asked_unless_that_was_said(site: Site) -> None:
    site.pages["/f"] = Page(FEED)
    with pytest.raises(FetchError, match="is no public address"):
        Finder(Door("test", gate=Gate(0.0)), FetchLimits(), parse=parse_feed).find(f"{site.url}/f")
    assert asked(site) == []
    assert [str(network) for network in find(site, "/f").networks] == ["127.0.0.1/32"]


def test_real_pages_that_declare_feeds_lead_to_them(corpus: Path) -> None:
    """None that declares a feed may be missed, nor lead to its comments."""
    declaring = missed = comments_first = 0
    for path in sorted((corpus / "pages").rglob("*.html.gz")):
        body = gzip.decompress(path.read_bytes())
        declares = re.search(rb"<link[^>]+application/(rss|atom|feed)\+(xml|json)", body, re.IGNORECASE)
        if declares:
            declaring += 1
            found = choices(
                Fetched(url="https://site.example/a/b", status=200, body=body, content_type="text/html")
            )
            missed += not found
            comments_first += bool(found) and found[0].rank == 2
    assert declaring > 50
    assert (missed, comments_first) == (0, 0)
