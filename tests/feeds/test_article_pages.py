"""What is read from an article's own page: title, authors, date, body."""

import json

import pytest

from feeds.errors import FetchError
from feeds.ingest.pages.better import is_pages
from feeds.ingest.pages.names import names_in
from feeds.ingest.pages.read import read_page
from feeds.ingest.pages.titles import choose
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Fetched, Page
from feeds.settings import Selectors
from tests.builders import lorem

URL = "https://www.harbour-post.example/2026/01/05/bridge-opens"
SITES = ("The Harbour Post", "www.harbour-post.example")


def text_of(page: Page) -> str:
    return to_text(sanitize(page.html or "", page.url))


def story(*marks: str) -> str:
    return "".join(f"<p>{lorem(mark, 40)}.</p>" for mark in marks or ("one", "two", "three"))


def page(body: str = "", head: str = "", url: str = URL, attributes: str = "") -> Page:
    html = f"<html{attributes}><head>{head}</head><body><article>{body}</article></body></html>"
    return read_page(Fetched(url=url, status=200, body=html.encode(), content_type="text/html"))


def linked(**facts: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **facts})}</script>'


# -- titles ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidates", "title"),
    [
        ([("og", "A bridge opens | The Harbour Post")], "A bridge opens"),
        ([("title", "A bridge opens - The Harbour Post")], "A bridge opens"),
        ([("title", "The Harbour Post: news - A bridge opens")], "A bridge opens"),
        ([("title", "The Harbour Post | A bridge opens")], "A bridge opens"),
        ([("og", "A bridge opens \u2013 HP \u2013 05.01.2026"), ("h1", "A bridge opens")], "A bridge opens"),
        (
            [("jsonld", "A &#8216;bridge&#8217; opens"), ("og", "A 'bridge' opens")],
            "A \u2018bridge\u2019 opens",
        ),
        ([("jsonld", "For engines"), ("og", "A bridge opens"), ("h1", "A bridge opens")], "A bridge opens"),
        ([("jsonld", "A bridge opens"), ("og", "You will not believe this")], "A bridge opens"),
        ([("h1", "The Harbour Post"), ("title", "A bridge opens")], "A bridge opens"),
        ([("h1", "War - and peace"), ("title", "War - and peace")], "War - and peace"),
        ([("h1", "  "), ("og", "The Harbour Post")], None),
        ([], None),
    ],
)
def test_a_title_is_chosen_by_agreement(candidates: list[tuple[str, str]], title: str | None) -> None:
    assert choose(candidates, SITES) == title


def test_a_title_is_read_from_the_page() -> None:
    found = page(
        f"<h1>A bri\u00addge opens</h1>{story()}",
        '<title>A bridge opens \u00bb Harbour-Post</title><meta property="og:title" content="A bridge opens">',
    )
    assert found.title == "A bridge opens"
    assert "bridge opens" not in text_of(found)


# -- authors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Ann Bell", ("Ann Bell",)),
        ("By Ann Bell and Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Von Ann Bell, Bo Cole und Cy Dorn", ("Ann Bell", "Bo Cole", "Cy Dorn")),
        ("Ann Bell, Political Correspondent", ("Ann Bell",)),
        ("Von Ann Bell, Frankfurt", ("Ann Bell",)),
        ("Ann Bell (abe)", ("Ann Bell",)),
        ("Written by: Ann Bell | ann@post.example", ("Ann Bell",)),
        ("Ein Kommentar von Ann Bell", ("Ann Bell",)),
        ("Ann Bell; ann bell; Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Martin Luther King, Jr.", ("Martin Luther King",)),
        ("Ann Bell &amp; Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Dr. Max von Holt", ("Dr. Max von Holt",)),
        ("\u041e\u043b\u044c\u0433\u0430 \u0411\u0435\u043b\u0430\u044f \u0438 \u0418\u0432\u0430\u043d \u0414\u0443\u0431", ("\u041e\u043b\u044c\u0433\u0430 \u0411\u0435\u043b\u0430\u044f", "\u0418\u0432\u0430\u043d \u0414\u0443\u0431")),
        ("AFP", ("AFP",)),
        ("https://www.facebook.com/post", ()),
        ("@harbourpost", ()),
        ("admin", ()),
        ("", ()),
        ("It rained all day in the harbour, and nobody was there to see the ships come in.", ()),
    ],
)  # fmt: skip
def test_names_are_taken_from_a_by_line(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


def test_names_of_a_vocabulary_that_turns_them_are_turned() -> None:
    assert names_in("Bell, Ann", last_first=True) == ("Ann Bell",)


@pytest.mark.parametrize(
    ("body", "head", "names"),
    [
        ("", linked(author=[{"@type": "Person", "name": "Ann Bell"}, {"@type": "Person", "name": "Bo Cole"}]),
         ["Ann Bell", "Bo Cole"]),
        ("", linked(author={"@type": "Person", "givenName": "Ann", "familyName": "Bell"}), ["Ann Bell"]),
        ("", linked(author="Ann Bell"), ["Ann Bell"]),
        ("", ('<script type="application/ld+json">{"@graph": [{"@type": "Article", "author": {"@id": "#a"}},'
             '{"@type": "Person", "@id": "#a", "name": "Ann Bell"}]}</script>'), ["Ann Bell"]),
        ("", '<meta name="author" content="By Ann Bell">', ["Ann Bell"]),
        ("", '<meta name="dc.creator" content="Bell, Ann"><meta name="dc.creator" content="Cole, Bo">',
         ["Ann Bell", "Bo Cole"]),
        ("", '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ann Bell">',
         ["Ann Bell"]),
        ('<span itemprop="author"><b itemprop="name">Ann Bell</b></span>', "", ["Ann Bell"]),
        ('<a rel="author" href="/x">Ann Bell</a>', "", ["Ann Bell"]),
        ('<div class="byline"><span class="byline__name">Ann Bell</span> 7 hours ago</div>', "", ["Ann Bell"]),
        ('<p>von <a href="/autoren/bell">Dr. Ann Bell</a></p>', "", ["Dr. Ann Bell"]),
        ("<ul><li><strong>Autorin/Autor</strong> Ann Bell</li></ul>", "", ["Ann Bell"]),
        ("<p>By HPN, in News \u00b7 03 Feb 2026</p>", "", ["HPN"]),
        ('<p class="byline">By Ann Bell</p>', linked(author={"@type": "Organization", "name": "The Harbour Post"},
         publisher={"name": "The Harbour Post"}), ["Ann Bell"]),
        ("", linked(author={"@type": "Organization", "name": "The Harbour Post"}), ["The Harbour Post"]),
        ("", '<meta name="author" content="https://facebook.com/post">', []),
        ('<aside><a rel="author" href="/x">Ann Bell</a></aside>', "", []),
    ],
)  # fmt: skip
def test_authors_are_found_where_a_page_names_them(body: str, head: str, names: list[str]) -> None:
    found = page(f"<h1>A bridge opens</h1>{body}{story()}", head)
    assert [one.name for one in found.authors] == names


# -- dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "head", "day", "source"),
    [
        ("", linked(datePublished="2026-01-05T08:00:00Z"), "2026-01-05", "jsonld"),
        ("", '<meta property="article:published_time" content="2026-01-05">', "2026-01-05", "og"),
        ("", '<meta name="parsely-pub-date" content="2026-01-05T08:00:00Z">', "2026-01-05", "html"),
        ("", '<meta name="dc.date" content="2026-01-05">', "2026-01-05", "dc"),
        ('<time class="published-date" datetime="2026-01-05T08:00Z">x</time>', "", "2026-01-05", "html"),
        ('<time itemprop="dateModified" datetime="2026-01-09T08:00Z">x</time>', "", None, "none"),
        ('<div class="related-card"><time class="published" datetime="2020-01-09">x</time></div>', "", None, "none"),
        ("", linked(datePublished="soon") + '<meta property="article:published_time" content="2026-01-05">',
         "2026-01-05", "og"),
    ],
)  # fmt: skip
def test_the_day_of_publication_is_told_by_who_says_it_best(
    body: str, head: str, day: str | None, source: str
) -> None:
    found = page(f"<h1>A bridge opens</h1>{body}{story()}", head, url="https://post.example/a")
    assert (f"{found.published:%Y-%m-%d}" if found.published else None, found.date_source) == (day, source)


# -- bodies ----------------------------------------------------------------------------


def test_the_lead_is_put_on_top_where_it_stands_apart() -> None:
    lead = "After nine years of work the bridge over the harbour opens on Monday, and all are invited."
    found = page(
        f'<header><h1>A bridge opens</h1><h2 class="standfirst">{lead}</h2></header><div class="article-body">{story()}</div>',
        f'<meta property="og:description" content="{lead[:60]}\u2026">',
    )
    assert text_of(found).startswith(lead)
    assert text_of(found).count("nine years") == 1


def test_a_description_that_the_page_does_not_show_is_no_part_of_the_text() -> None:
    told = "All that there is to know of the new bridge over the harbour, in one place."
    assert told not in text_of(page(story(), f'<meta name="description" content="{told}">'))


def test_a_title_a_by_line_and_pointers_are_not_the_text() -> None:
    found = page(
        f"<h1>A bridge opens</h1><h2>A bridge opens</h2><p>Von Ann Bell</p>{story('one')}"
        f'<p>Read more: <a href="/x">The ferry stops</a></p>{story("two", "three")}<p><a href="/y">The old bridge</a></p>',
        linked(author="Ann Bell", headline="A bridge opens"),
    )
    text = text_of(found)
    assert text.startswith("one")
    for left_out in ("A bridge opens", "Ann Bell", "Read more", "The old bridge"):
        assert left_out not in text


def test_what_follows_the_end_that_a_page_gives_is_left_out() -> None:
    body = "\n".join(f"{lorem(mark, 40)}." for mark in ("one", "two", "three"))
    after = "<p>Support our paper with a gift, since it is only with your help that we can go on writing.</p>"
    whole = page(story() + after, linked(articleBody=body))
    assert "Support our paper" not in text_of(whole)
    cut = page(story() + after, linked(articleBody=body[: len(body) // 2]))
    assert "three" in text_of(cut), "a body that breaks off ends nothing"


def test_readings_stay_beside_what_they_belong_to() -> None:
    found = page(
        f"<p><ruby>\u5c39<rt>\u30e6\u30f3</rt></ruby>\u6c0f {lorem('one', 40)}.</p>{story('two', 'three')}"
    )
    assert "\u5c39\uff08\u30e6\u30f3\uff09\u6c0f" in text_of(found)


def test_a_page_without_an_article_is_refused() -> None:
    with pytest.raises(FetchError, match="no article"):
        page("", "<title>Nothing</title>")


def test_reading_a_page_twice_gives_the_same() -> None:
    one, two = (page(f"<h1>T</h1>{story()}", linked(author="Ann Bell")) for _ in range(2))
    assert one == two


def test_linked_data_that_is_broken_hurts_nothing() -> None:
    deep = "[" * 100_000
    for script in ("{", '[1, null, {"@type": 5}]', '{"@type": "NewsArticle", "author": {"@id": {}}}', deep,
                   '{"@type":"NewsArticle","headline":"A\nbridge"}'):  # fmt: skip
        found = page(story(), f'<script type="application/ld+json">{script}</script><title>A bridge</title>')
        assert found.title == "A bridge"


# -- what stands there instead ------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<title>404 Not Found</title><h1>Page not found</h1><p>Try the search.</p>", "an error page"),
        ("<title>Seite nicht gefunden | Post</title><p>Diese Adresse gibt es hier nicht mehr, leider.</p>", "an error page"),
        ("<title>Just a moment...</title><p>Checking your browser before you go on to the site.</p>", "a check for robots"),
        (("<title>Before you continue</title><h1>We value your privacy</h1><p>We and our 812 partners store cookies for "
         "personalised ads. You can accept or reject. Cookies help us.</p>"), "a question about cookies"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused(html: str, what: str) -> None:
    with pytest.raises(FetchError, match=what):
        read_page(Fetched(url=URL, status=200, body=f"<html><body>{html}</body></html>".encode()))


def test_an_article_about_errors_or_cookies_is_an_article() -> None:
    assert page(f"<h1>404: why pages are not found</h1>{story()}{story()}").html
    told = "<p>A court ruled that consent to cookies must be given, and publishers who set cookies without it are fined.</p>"
    assert page(f"<h1>Court rules on cookies</h1>{told}{story()}{story()}").html


def test_a_paywall_leaves_a_beginning() -> None:
    assert page(story("one"), linked(isAccessibleForFree=False)).walled
    assert page(story("one") + "<p>Subscribe now to continue reading this article.</p>").walled
    assert not page(story(), linked(isAccessibleForFree=True)).walled
    assert not page("".join(story(str(n)) for n in range(15)), linked(isAccessibleForFree="False")).walled


# -- the better of two texts ----------------------------------------------------------------


LONG = f"{lorem('bridge', 30)}. {lorem('ferry', 60)}."
TITLES = ("A bridge opens over the harbour", "A bridge opens over the harbour")


@pytest.mark.parametrize(
    ("own", "paged", "titles", "facts", "taken"),
    [
        ("", LONG, TITLES, {}, True),
        ("Short.", "", TITLES, {}, False),
        ("Rain is expected.", LONG, TITLES, {}, True),
        (LONG, LONG, TITLES, {}, False),
        ("Rain over the harbour", "Welcome to our new home page, where all is new. " * 9,
         ("Storm reaches northern coast", "Home"), {}, False),
        (lorem("bridge", 30), LONG, TITLES, {"walled": True}, True),
        (lorem("ship", 30), LONG, TITLES, {"walled": True}, False),
        (lorem("bridge", 30), LONG, TITLES, {"whole": True}, True),
        (lorem("ship", 30), LONG, TITLES, {"whole": True}, False),
    ],
)  # fmt: skip
def test_the_better_text_is_kept(
    own: str, paged: str, titles: tuple[str, str], facts: dict[str, bool], *, taken: bool
) -> None:
    assert is_pages(own, paged, titles, **{"whole": False, "walled": False, **facts}) is taken


# -- what its owner points at ----------------------------------------------------------------


def test_selectors_go_before_what_is_found() -> None:
    html = (
        f"<html><head><title>Wrong</title></head><body><div class=t>Right</div><p class=w>By Ann Bell</p><i class=d>2026-01-05</i>"
        f"<main><p>{lorem('whole', 20)}</p><p class=ad>Buy this.</p> and <b>more</b></main></body></html>"
    )
    chosen = Selectors(title=".t", author=".w", date=".d", body="main", remove=(".ad",))
    found = read_page(Fetched(url="https://post.example/a", status=200, body=html.encode()), chosen)
    assert (found.title, [one.name for one in found.authors], found.date_source) == (
        "Right",
        ["Ann Bell"],
        "html",
    )
    assert text_of(found).endswith("and more")
    assert "Buy" not in text_of(found)
    nothing = Selectors(title=".none", author=".none", date=".none", body=".none", remove=("body",))
    assert read_page(Fetched(url=URL, status=200, body=html.encode()), nothing).title == "Wrong"


# -- editions and pages of one article ---------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "head", "attributes", "twin"),
    [
        ("https://post.example/a/amp/", '<link rel="canonical" href="https://post.example/a">', "", True),
        ("https://post.example/a", '<link rel="canonical" href="https://post.example/b">', " amp", True),
        ("https://post.example/a?print=1", '<link rel="canonical" href="/a">', "", True),
        ("https://post.example/print/a", '<link rel="canonical" href="https://post.example/">', "", False),
        ("https://post.example/a", '<link rel="canonical" href="https://post.example/b">', "", False),
    ],
)
def test_an_edition_for_phones_or_paper_names_its_article(
    url: str, head: str, attributes: str, *, twin: bool
) -> None:
    assert (page(story(), head, url, attributes).twin_of is not None) is twin


@pytest.mark.parametrize(
    ("url", "href", "follows"),
    [
        ("https://x.example/a/story.html", "story-2.html", True),
        ("https://x.example/a/story", "/a/story/2", True),
        ("https://x.example/a/story/", "/a/story/page/2/", True),
        ("https://x.example/s?id=4", "?id=4&page=2", True),
        ("https://x.example/s?id=4&page=2", "?id=4&page=3", True),
        ("https://x.example/s?id=4&page=2", "?id=4&page=2", False),
        ("https://x.example/2026/01/05/one/", "/2026/01/05/two/", False),
        ("https://x.example/story", "https://y.example/story/2", False),
        ("https://x.example/story", "javascript:next()", False),
    ],
)
def test_the_next_page_of_an_article_is_told_from_the_next_article(
    url: str, href: str, *, follows: bool
) -> None:
    found = page(story(), f'<link rel="next" href="{href}">', url)
    assert (found.following is not None) is follows
