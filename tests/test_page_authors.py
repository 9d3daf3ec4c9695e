"""Who wrote an article, from all that its page states and shows. The pages are ours; each stands for a kind."""

import json
import time

import pytest

from feeds.ingest.pages import stated
from feeds.ingest.pages.names import is_whole, names_in
from feeds.ingest.pages.read import read_page
from feeds.ingest.pages.vocabulary import is_agency, is_desk
from feeds.model import Fetched
from tests.builders import lorem

URL = "https://www.harbour-post.example/2026/01/05/bridge-opens"
SITE = '<meta property="og:site_name" content="The Harbour Post">'
TITLE = "A bridge opens"
HEAD = f'<title>{TITLE}</title><meta property="og:title" content="{TITLE}">{SITE}'


def story(*marks: str) -> str:
    return "".join(f"<p>{lorem(mark, 40)}.</p>" for mark in marks or ("one", "two", "three"))


def linked(**facts: object) -> str:
    return script("application/ld+json", json.dumps({"@type": "NewsArticle", **facts}))


def script(kind: str, text: str) -> str:
    return f'<script type="{kind}">{text}</script>'


def whole(body: str, head: str = "") -> list[str | None]:
    html = f"<html><head>{HEAD}{head}</head><body>{body}</body></html>"
    return [
        one.name
        for one in read_page(
            Fetched(url=URL, status=200, body=html.encode(), content_type="text/html")
        ).authors
    ]


def authors(byline: str = "", head: str = "", *, behind: str = "") -> list[str | None]:
    return whole(f"<article><h1>{TITLE}</h1>{byline}{story()}{behind}</article>", head)


# -- names in a by-line ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # What joins: unmistakable words always, those that names have in them only between whole names.
        ("ANN BELL AND BO COLE", ("ANN BELL", "BO COLE")),
        ("Ana Bell e Rui Cole", ("Ana Bell", "Rui Cole")),
        ("Ann Bell i Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Ann Bell avec Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Ines Ortega y Bell", ("Ines Ortega y Bell",)),
        ("Ann Bell en Bruselas", ("Ann Bell",)),
        ("Women in Print", ("Women in Print",)),
        ("Ann Bell | Kabul", ("Ann Bell",)),
        ("Ann Bell / Kabul", ("Ann Bell",)),
        ("Ann Bell | Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Eine Rezension von Ann Bell und Bo Cole", ("Ann Bell", "Bo Cole")),
        ("A short story by Ann Bell", ("Ann Bell",)),
        ("Aus Kabul berichtet Ann Bell", ("Ann Bell",)),
        ("Zone Justice et faits divers", ("Zone Justice et faits divers",)),
        # Strokes: between names, not within the sign of an agency.
        ("Ann Bell/Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Ann Bell/dpa", ("Ann Bell", "dpa")),
        ("dpa/lno", ("dpa/lno",)),
        # Commas: a place falls, an agency stays, one word each is a name that was turned.
        ("Ann Bell, Kabul", ("Ann Bell",)),
        ("Von Ann Bell, dpa", ("Ann Bell", "dpa")),
        ("Staff Reporter, Dhaka", ("Staff Reporter",)),
        ("Bell, Ann", ("Ann Bell",)),
        ("AFP, Reuters", ("AFP", "Reuters")),
        # What leads to a name, and what names begin with.
        ("De Redactie", ("De Redactie",)),
        ("di Marco Bell", ("Marco Bell",)),
        ("Oleh Ann Bell", ("Ann Bell",)),
        ("\u0422\u0435\u043a\u0441\u0442: \u0410\u043d\u043d\u0430 \u0411\u0435\u043b\u043b", ("\u0410\u043d\u043d\u0430 \u0411\u0435\u043b\u043b",)),
        # What stands round it.
        ("Ann Bell (Berlin) und Bo Cole (Bonn)", ("Ann Bell", "Bo Cole")),
        ("Ann Bell (avec Bo Cole et Cy Dorn)", ("Ann Bell",)),
        ("Written by Ann Bell Edited by Bo Cole", ("Ann Bell",)),
        ("Ann Bell for the Harbour Post", ("Ann Bell",)),
        ("Ann Bell Ann Bell", ("Ann Bell",)),
        ("Ann Bell Monday, 5 January 2026", ("Ann Bell",)),
        ("By ANN BELL JANUARY 5, 2026 10:43", ("ANN BELL",)),
        ("5 January 2026", ()),
        ("See full bio", ()),
        ("More from Ann Bell", ()),
        ("Ann\u200b Bell\u00ad", ("Ann Bell",)),
        # A role that no comma parts from the name, and one in small letters behind a comma.
        ("Ann Bell Chief Political Correspondent", ("Ann Bell",)),
        ("By Ann Mary Bell BBC News correspondent, Kabul", ("Ann Mary Bell",)),
        ("Ann Bell Staff Writer", ("Ann Bell",)),
        ("Our Special Correspondent", ("Our Special Correspondent",)),
        ("Ann Bell, envoy\u00e9e sp\u00e9ciale \u00e0 Kaboul", ("Ann Bell",)),
        ("Ann Bell, University of Kabul", ("Ann Bell",)),
        ("Ann Bell, Jan van Bell", ("Ann Bell", "Jan van Bell")),
        # For whom, with whom.
        ("By Ann Bell and Bo Cole For Harbour Online", ("Ann Bell", "Bo Cole")),
        ("By Ann Bell | The Harbour Post", ("Ann Bell",)),
        ("Ann Bell avec AFP", ("Ann Bell", "AFP")),
        ("Le Port avec AFP", ("Le Port avec AFP",)),
        ("Ann Bell with agencies", ("Ann Bell",)),
        ("ANN BELL Associated Press", ("ANN BELL", "Associated Press")),
        ("ANN MARIA HINA", ("ANN MARIA HINA",)),
        # Other hands come first, or each has a lead of its own.
        ("Photos by Bo Cole; text by Ann Bell", ("Ann Bell",)),
        ("Text und Fotos: Ann Bell", ("Ann Bell",)),
        ("Penulis: Ann Bell Editor: Bo Cole", ("Ann Bell",)),
        ("By Ann Bell By Bo Cole", ("Ann Bell", "Bo Cole")),
        ("Edited by Bo Cole", ("Bo Cole",)),
        ("dal nostro inviato Ann Bell", ("Ann Bell",)),
        ("\u0393\u03c1\u03ac\u03c6\u03b5\u03b9 \u03b7 Ann Bell", ("Ann Bell",)),
        # When, and what to do next.
        ("Ann Bell | Palma de Mallorca | 08/01/2014", ("Ann Bell",)),
        ("Ann Bell \u2022 2 hours ago", ("Ann Bell",)),
        ("Ann Bell 05.01.2026", ("Ann Bell",)),
        ("Ann Bell, 10:43 Uhr", ("Ann Bell",)),
        ("Ann Bell Follow @annbell", ("Ann Bell",)),
        # What is a name, though it looks like something else.
        ("Sunday Michael Bell", ("Sunday Michael Bell",)),
        ("Prof. Dr. Ann Bell", ("Prof. Dr. Ann Bell",)),
        ("20 Minuten", ("20 Minuten",)),
        ("Kanal 24", ("Kanal 24",)),
        ("CC7567", ()),
        ("\u0938\u0941\u0928\u0940\u0932 \u0915\u0941\u092e\u093e\u0930\u0940", ("\u0938\u0941\u0928\u0940\u0932 \u0915\u0941\u092e\u093e\u0930\u0940",)),
        # East Asian papers.
        ("\u8a18\u8005\u738b\u5c0f\u660e\uff0f\u53f0\u5317\u5831\u5c0e", ("\u738b\u5c0f\u660e",)),
        ("\ud64d\uae38\ub3d9 \uae30\uc790", ("\ud64d\uae38\ub3d9",)),
        # The same person twice.
        ("A. Bell; Ann Bell", ("Ann Bell",)),
        ("Ana Lima; Ana Limagem", ("Ana Lima", "Ana Limagem")),
    ],
)  # fmt: skip
def test_names_are_taken_from_a_field_for_authors(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text, stated=True) == names


def test_a_long_field_is_a_list_of_whole_names_or_no_by_line() -> None:
    many = [
        f"{first} {last}"
        for first in ("Ann", "Bo", "Cy", "Di", "Eve")
        for last in ("Bell", "Cole", "Dorn", "Egge", "Fell")
    ]
    assert names_in(", ".join(many), stated=True) == tuple(many)
    assert names_in(", ".join(many)) == (), "readers are shown no by-line of that length"
    assert names_in(f"{', '.join(many)}, who made our pictures", stated=True) == ()


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("dpa", "agency"), ("The Associated Press", "agency"), ("AFP/Reuters", "agency"), ("Ann Bell", ""),
        ("Redaktion", "desk"), ("Web Desk", "desk"), ("Our Correspondent", "desk"), ("La Redazione", "desk"),
        ("Staff Reporter", "desk"), ("Ann Writer", ""), ("The Harbour", ""),
    ],
)  # fmt: skip
def test_agencies_and_desks_are_told_from_people(name: str, sort: str) -> None:
    assert (is_agency(name), is_desk(name)) == (sort == "agency", sort == "desk")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Ann van Bell", True),
        ("Ann", False),
        ("Ann von", False),
        ("Konto des Hafens", False),
        ("ann bell", False),
    ],
)
def test_a_whole_name_is_told_by_its_capitals(name: str, *, is_one: bool) -> None:
    assert is_whole(name) is is_one


# -- what a page states -----------------------------------------------------------------------


PERSON = {"@type": "Person", "name": "Ann Bell"}
HOUSE = {"@type": "Organization", "name": "The Harbour Post"}
SEEN = "<p class=byline>By Ann Bell</p>"


@pytest.mark.parametrize(
    "head",
    [
        linked(headline=TITLE, author=[[PERSON]]),
        linked(headline=TITLE, author={"@list": [PERSON]}),
        linked(headline=TITLE, author={"@type": "Person", "name": "", "givenName": "Ann", "familyName": "Bell"}),
        linked(headline=TITLE, author={}) + linked(headline=TITLE, author=PERSON),
        linked(headline=TITLE) + script("application/ld+json", json.dumps({"@type": "WebPage", "author": PERSON})),
        linked(headline=TITLE, author=[HOUSE, PERSON]),
        linked(headline=TITLE, authors=[PERSON]),
        linked(headline=TITLE, author={"@type": "Role", "roleName": "columnist", "author": PERSON}),
        linked(headline=TITLE, author=HOUSE) + '<meta name="author" content="Ann Bell">',
        script("application/ld+json", '{"@type": "NewsArticle", "author": {"name": "Ann Bell",},}'),
        script("application/ld+json", '{"@type": "NewsArticle", "headline": "It\\\'s", "author": "Ann Bell"}'),
        script("application/ld+json", "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;author&quot;: &quot;Ann Bell&quot;}"),
        script("application/ld+json", '{"@type": "WebSite"} {"@type": "NewsArticle", "author": "Ann Bell"}'),
        '<meta property="mrf:authors" content="Ann Bell">',
        '<meta property="og:article:author" content="Ann Bell">',
        '<meta name="tracker.article_author" content="Ann Bell">',
        '<meta name="branch:deeplink:authorname1" content="Ann Bell">',
        '<meta name="twitter:creator" content="Ann Bell">',
        '<meta name="twitter:label1" content="\u00c9crit par"><meta name="twitter:data1" content="Ann Bell">',
    ],
)  # fmt: skip
def test_a_person_that_is_stated_is_found(head: str) -> None:
    assert authors(head=head) == ["Ann Bell"]


@pytest.mark.parametrize(
    "text",
    [
        f'window.__STATE__ = {{"page": {{"article": {{"title": "{TITLE}", "authors": [{{"name": "Ann Bell"}}]}}, "more": [{{"title": "x", "author": "Bo Cole"}}]}}}};',
        f'{{"props": {{"headline": "{TITLE}", "author": {{"firstName": "Ann", "lastName": "Bell"}}}}, "author": "Bo Cole"}}',
        'dataLayer.push({event: "view", articleAuthor: "Ann Bell"});',
        'self.__next_f.push([1, "{\\"author\\":{\\"id\\":4,\\"name\\":\\"Ann Bell\\"}}"]);',
    ],
)  # fmt: skip
def test_an_author_is_found_in_the_data_of_scripts(text: str) -> None:
    assert authors(head=script("", text)) == ["Ann Bell"]


def test_scripts_that_name_several_authors_name_none() -> None:
    told = 'x.push({author: "Ann Bell"}); x.push({author: "Bo Cole"});'
    assert authors(head=script("", told)) == []


def test_an_attribute_for_authors_is_believed_where_all_say_the_same() -> None:
    assert authors("<div data-author='Ann Bell'></div><i data-author='Ann Bell'></i>") == ["Ann Bell"]
    assert authors("<div data-author='Ann Bell'></div><i data-author='Bo Cole'></i>") == []


def test_an_address_of_an_author_is_read_by_the_link_there_else_by_itself() -> None:
    head = linked(author="https://www.harbour-post.example/authors/ann-bell-17")
    link = '<p><a href="/authors/ann-bell-17">Ann B\u00e9ll</a></p>'
    assert authors(head=head) == ["Ann Bell"]
    assert authors(head=head, behind=link) == ["Ann B\u00e9ll"]
    assert authors(head='<meta name="author" content="https://facebook.com/authors/harbour-post">') == []


# -- who is a person, and who the house ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["The Harbour Post", "Harbour Post Staff", "Redaktion Harbour Post", "harbour-post.example", "Redaktion", "Web Desk", "Post Media Group"],
)  # fmt: skip
def test_the_house_and_its_desks_give_way_to_a_person(name: str) -> None:
    head = linked(author={"@type": "Person", "name": name})
    assert authors(SEEN, head) == ["Ann Bell"]
    assert authors(head=head) == [name]


def test_a_reporter_may_have_the_name_of_a_paper() -> None:
    head = '<meta property="og:site_name" content="Spiegel">' + linked(
        author={"@type": "Person", "name": "Anna Spiegel"}
    )
    assert authors("<p class=byline>By Bo Cole, Anna Spiegel</p>", head) == ["Anna Spiegel"]


def test_who_holds_the_copyright_is_the_house_unless_said_to_be_a_person() -> None:
    rights = "<footer><p>\u00a9 2026 Quay Brothers. All rights reserved.</p></footer>"
    assert authors(SEEN, '<meta name="author" content="Quay Brothers">', behind=rights) == ["Ann Bell"]
    assert authors("", '<meta name="author" content="Quay Brothers">', behind=rights) == ["Quay Brothers"]
    blogger = linked(author={"@type": "Person", "name": "Quay Brothers"})
    assert authors(SEEN, blogger, behind=rights) == ["Quay Brothers"]


def test_the_name_of_an_organisation_is_taken_whole() -> None:
    assert authors(head=linked(author={"@type": "Organization", "name": "Ropes and Sails, Monthly"})) == [
        "Ropes and Sails, Monthly"
    ]


def test_a_name_that_no_reader_is_shown_gives_way_to_the_by_line() -> None:
    account = linked(author={"@type": "Person", "name": "Wade Webster"})
    assert authors(SEEN, account) == ["Ann Bell"]
    assert authors(SEEN, account, behind="<p>By Wade Webster</p>") == ["Wade Webster"]
    assert authors("", account) == ["Wade Webster"]
    longer = linked(author={"@type": "Person", "name": "Ann Mary Bell"})
    assert authors(SEEN, longer) == ["Ann Mary Bell"], "the same person"


def test_an_account_gives_way_to_a_name() -> None:
    for account in ("ann.bell", "annb", "AB"):
        head = linked(author={"@type": "Person", "name": account})
        assert authors(SEEN, head) == ["Ann Bell"]
        assert authors(head=head) == [account]
    assert authors(SEEN, linked(author={"@type": "Person", "name": "dpa"}), behind="<p>dpa</p>") == ["dpa"]


# -- what a page shows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "byline",
    [
        '<span itemprop="author creator">\u0422\u0435\u043a\u0441\u0442: Ann Bell</span>',
        '<a rel="author nofollow" href="/x">Ann Bell</a>',
        '<span property="schema:author">Ann Bell</span>',
        '<span class="storyAuthor">Ann Bell</span>',
        '<div class="posted-by">Ann Bell</div>',
        '<p data-qa="article-author">Ann Bell</p>',
        '<a href="/firmas/ann-bell/">Ann Bell</a>',
        '<a href="/index.php?author=17">Ann Bell</a>',
        '<div><span>Auteur:</span> <a href="/x">Ann Bell</a></div>',
        '<div>By <a href="/x">Ann Bell</a> who has lived at the harbour for thirty years and has written on ships, ropes and sails for just as long.</div>',
        "<svg>" + "<path/>" * 200 + "</svg><p>By Ann Bell</p>",
        "<p>Reporter: Ann Bell</p>",
        "<p>By Ann Bell December 4, 2026</p>",
        "<p>By Harbour Post</p><p>Reporting by Ann Bell; editing by Bo Cole</p>",
    ],
)  # fmt: skip
def test_a_by_line_is_found(byline: str) -> None:
    assert authors(byline) == ["Ann Bell"]


def test_what_holds_the_articles_heading_is_not_beside_it() -> None:
    inside = f"<h1>{TITLE}</h1><p class=byline>By Ann Bell</p>{story()}"
    assert whole(f"<form><div class='has-comments sidebar-left'>{inside}</div></form>") == ["Ann Bell"]
    teaser = "<div class=teaser><h3>The ferry stops</h3><p class=byline>By Bo Cole</p></div>"
    assert whole(f"{teaser}<div class='has-sidebar'>{inside}</div>{teaser}") == ["Ann Bell"]


def test_the_articles_own_footer_and_address_are_part_of_it() -> None:
    for tag in ("footer", "aside"):
        own = f"<{tag}><address><a rel=author href=/x>Ann Bell</a></address></{tag}>"
        assert whole(f"<article><h1>{TITLE}</h1>{story()}{own}</article>") == ["Ann Bell"]
        assert whole(f"<article><h1>{TITLE}</h1>{story()}</article><article>{own}</article>") == []


def test_a_link_to_people_within_the_text_names_no_author() -> None:
    text = f"<p>{lorem('word', 12)} <a href='/people/bo-cole/'>Bo Cole</a> {lorem('more', 12)}.</p>"
    assert authors(text) == []
    assert authors('<p><a href="https://licences.example/licenses/by/4.0/">Free Licence</a></p>') == []


def test_a_by_line_stands_behind_the_title_rather_than_before() -> None:
    assert whole(
        f"<div class=author>Bo Cole</div><h1>{TITLE}</h1><div class=author>Ann Bell</div>{story()}"
    ) == ["Ann Bell"]


def test_a_name_alone_opens_or_ends_an_article() -> None:
    told = '<meta name="description" content="ANN BELL ' + lorem("one", 10) + '">'
    assert authors("<p>ANN BELL</p>", told) == ["ANN BELL"]
    assert authors("<p>HARBOUR NEWS</p>") == []
    assert authors(behind="<p><b>Ann Bell</b></p>") == ["Ann Bell"]
    assert authors(behind=f"<p>{lorem('end', 20)}. (Ann Bell)</p>") == ["Ann Bell"]
    assert authors(
        behind="<p>Reporting by Ann Bell; Editing by Bo Cole</p><p>Our terms are found here.</p>"
    ) == ["Ann Bell"]
    assert authors("<p>By Ann Bell, Bo Cole and Cy Dorn</p>") == ["Ann Bell", "Bo Cole", "Cy Dorn"]
    assert authors(behind="<p>Read More</p>") == []
    assert authors(behind=f"<p>{lorem('end', 20)} (Old Harbour, 1820).</p>") == []


@pytest.mark.parametrize(
    "byline",
    [
        "<ul class=authors><li>Ann Bell</li><li>Bo Cole</li></ul>",
        "<div class=authors><p><a href=/x>Ann Bell</a> <a href=/y>Bo Cole</a></p></div>",
    ],
)
def test_names_in_elements_of_their_own_are_names_of_their_own(byline: str) -> None:
    assert authors(byline) == ["Ann Bell", "Bo Cole"]
    one = "<div class=author><span>Ann</span> <span>Bell</span></div>"
    assert authors(one) == ["Ann Bell"], "but for the parts of one"


def test_east_asian_by_lines_are_read() -> None:
    assert authors("<p>\u8a18\u8005\u738b\u5c0f\u660e\uff0f\u53f0\u5317\u5831\u5c0e</p>") == [
        "\u738b\u5c0f\u660e"
    ]
    assert authors("<p>\ubb38\ud654\ubd80 \ud64d\uae38\ub3d9 \uae30\uc790</p>") == ["\ud64d\uae38\ub3d9"]
    assert authors('<p class="writer">\u677e\u6751\u592a\u90ce</p>') == ["\u677e\u6751\u592a\u90ce"]


@pytest.mark.parametrize(
    "html",
    [
        "<span itemprop=author><b itemprop=name>Ann Bell</b></span>" * 20_000,
        "<div class=related>" + "<div>" * 200 + "<a rel=author href=/author/x>Ann Bell</a>" * 20_000,
        "<div class=author>" * 200 + "<i></i>" * 20_000,
        "<meta name=author content='" + "a" * 100_000 + "'>",
        "<script>x = [" + '{"author": "Ann Bell"},' * 50_000 + "0]</script>",
    ],
)
def test_a_page_that_names_its_author_without_end_is_read_in_little_time(html: str) -> None:
    import trafilatura

    tree = trafilatura.load_html(f"<html><body><h1>{TITLE}</h1>{html}")
    begun = time.process_time()
    stated.read(tree, URL)
    assert time.process_time() - begun < 3
