"""What pages weigh, how their colours stand out, and what they say of an article."""

import gzip
import re
from datetime import date, timedelta

import msgspec
import pytest

from archive import Article
from archive.record.article import Archival, Extract, Source
from feeds.curate.query import parse_query
from feeds.curate.spoken import faulty, spoken
from feeds.publish import files
from feeds.publish.pages import cite, html
from feeds.publish.pages.changes import changes_of, wanted
from feeds.publish.pages.frame import script, stylesheet
from feeds.publish.pages.front import lay_out
from feeds.publish.pages.notices import words_of
from feeds.publish.pages.search_page import topic_lines
from feeds.publish.text import wording
from feeds.publish.text.languages import foreign, language_name
from feeds.publish.topic.rhythm import rhythm
from feeds.publish.topic.rights import part_of
from feeds.settings import Content, Site
from tests.feeds.test_publish import SITE, article, feed_item, topic_feed

# -- colour -------------------------------------------------------------------------

AA, SHAPE = 4.5, 3.0
"""What text needs, and what a line or bar needs that carries a meaning (WCAG 2.2, 1.4.3 and 1.4.11)."""
PAIRS = [
    ("ground", "pencil", AA), ("ink", "ground", AA), ("ink", "slip", AA), ("ink", "sheet", AA),
    ("ink2", "ground", AA), ("ink2", "sheet", AA), ("ink2", "slip", AA), ("ink2", "pencil-wash", AA), ("ink2", "warn-wash", AA),
    ("rule2", "ground", SHAPE), ("rule2", "sheet", SHAPE), ("rule2", "slip", SHAPE), ("bar", "ground", SHAPE),
    ("pencil", "ground", AA), ("pencil", "sheet", AA), ("pencil", "slip", AA), ("pencil", "pencil-wash", AA),
    ("ink", "hit", AA), ("ink", "warn-wash", AA), ("amber", "amber-wash", AA), ("warn", "warn-wash", AA),
    ("warn", "ground", AA), ("fine", "ground", AA), ("pencil-line", "ground", SHAPE), ("ground", "ink", AA),
]  # fmt: skip
DRAWN = {
    ("ground", "pencil"): (7.8, 9.5), ("ink", "ground"): (16.9, 15.0), ("ink", "slip"): (15.5, 13.6), ("ink2", "slip"): (6.2, 7.0),
    ("rule2", "slip"): (3.3, 3.5), ("pencil", "slip"): (7.1, 8.6), ("pencil", "pencil-wash"): (6.6, 7.0), ("ink", "hit"): (13.1, 8.1),
    ("amber", "amber-wash"): (6.2, 7.6), ("warn", "warn-wash"): (5.7, 6.8),
}  # fmt: skip


def schemes() -> list[dict[str, str]]:
    """The stylesheet's variables, in the light and in the dark."""
    text = stylesheet()[1].decode()
    light, dark = re.findall(r":root \{(.*?)\}", text, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6})", block)) for block in (light, dark)]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = schemes()
    assert set(light) == set(dark)
    assert len(light) >= 17


@pytest.mark.parametrize(("front", "back", "need"), PAIRS)
def test_every_colour_stands_out_from_its_ground(front: str, back: str, need: float) -> None:
    found = [contrast(scheme[front], scheme[back]) for scheme in schemes()]
    assert min(found) >= need, found
    drawn = DRAWN.get((front, back))
    assert drawn is None or [round(one, 1) for one in found] == pytest.approx(list(drawn), abs=0.1)


def test_no_colour_is_written_but_as_a_variable() -> None:
    text = stylesheet()[1].decode()
    screen = re.sub(r":root \{.*?\}", "", text.partition("@media print")[0], flags=re.DOTALL)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?!\w)", re.sub(r"/\*.*?\*/", "", screen))


# -- weight -------------------------------------------------------------------------


def fifty() -> list[Article]:
    text = (
        "The Russian envoy for Kabul told reporters that a joint working group could meet before the new year. "
        * 3
    )
    return [
        article(title=f"Moscow says it will sit with Washington on Kabul, round {n}", summary=text)
        for n in range(50)
    ]


def test_a_topic_page_of_fifty_is_light() -> None:
    page = html.write_topic(topic_feed(*fifty()))
    plain = [page, stylesheet()[1], script()[1]]
    sent = sum(len(gzip.compress(one, 6)) for one in plain)
    assert sent <= 20_000, "what is sent; the budget is 60 KB"
    assert len(page) <= 60_000
    assert sum(map(len, plain)) <= 90_000
    assert len(stylesheet()[1]) <= 25_000
    assert len(script()[1]) < 1000


def test_no_page_asks_for_more_than_style_and_script_of_its_own() -> None:
    pages = [
        html.write_topic(topic_feed(article())),
        html.write_index([topic_feed(article())], SITE),
        html.write_about(SITE),
    ]
    for page in pages:
        text = page.decode()
        assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', text) == [
            f"{SITE.base_url}{stylesheet()[0]}"
        ]
        assert not re.search(r"<(img|iframe|video|audio|object|embed)\b|\sstyle=|\son\w+=", text)
        assert set(re.findall(r'\ssrc="([^"]+)"', text)) <= {f"{SITE.base_url}{script()[0]}"}
        assert text.count("<h1") == 1


# -- rhythm and front ---------------------------------------------------------------

END = date(2026, 11, 22)


def days(*counts: int) -> dict[date, int]:
    """Counts of the last days, the newest last."""
    return {END - timedelta(days=back): count for back, count in enumerate(reversed(counts))}


@pytest.mark.parametrize(
    ("counts", "earlier", "words"),
    [
        ([4] * 30, True, "About 4 cuttings a day"),
        ([1] + [0] * 28 + [6] + [0] * 3, True, "6 cuttings on 19 November"),
        ([7] * 9 + [6], True, "Silent, then 69 cuttings in ten days"),
        ([7] * 9 + [6], False, "69 cuttings in ten days"),
        ([1, 0, 0] * 10, True, "About 2 cuttings a week"),
        ([1] + [0] * 27 + [1, 1], True, "3 cuttings in 30 days"),
        ([0] * 29 + [1], False, "1 cutting on 22 November"),
    ],
)
def test_a_rhythm_is_said_in_words(counts: list[int], *, earlier: bool, words: str) -> None:
    assert rhythm(days(*counts), END, earlier=earlier).cuttings_rate == words


def test_a_rhythm_names_its_ends_and_its_peak() -> None:
    found = rhythm(days(1, *([0] * 15), 9, 2, 0, 3), END)
    assert (found.start, found.peak, found.most, found.total) == (
        date(2026, 10, 24),
        date(2026, 11, 19),
        9,
        15,
    )
    assert found.sentence == "30 days to 22 November: 15 cuttings, 0 to 9 a day, 3 on the last"
    assert found.bars.count("M") == 29
    assert found.last_bar == "M117.5 24v-8"
    later = found.to(END + timedelta(days=5))
    assert (later.counts[-6:], later.end) == ((3, 0, 0, 0, 0, 0), END + timedelta(days=5))
    assert found.to(END + timedelta(days=400)).total == 0


def test_the_front_leads_with_the_topic_that_has_most() -> None:
    small, big = topic_feed(article()), topic_feed(*fifty())
    assert lay_out([small, big], None).lead.feed is big  # type: ignore[union-attr]
    assert lay_out([big, small], None).lead.feed is big  # type: ignore[union-attr]
    assert lay_out([topic_feed()], None).lead is None
    assert lay_out([], None).cards == ()


def test_an_article_in_two_topics_is_just_cut_once() -> None:
    one, two = topic_feed(article()), topic_feed(article())
    (cut,) = lay_out([one, two], None).just_cut
    assert len(cut.topics) == 2


# -- what a page says of an article --------------------------------------------------


def kept(**changes: object) -> Article:
    facts = {
        "date": "2017-11-15T00:00:00Z",
        "raw": "2017-11-15",
        "source": "text",
        "via": "file",
        "words": 431,
        "rev": 1,
    } | changes
    return Article(
        id="urn:uuid:00000001-0000-8000-8000-000000000000", title="A {title} & more", date_published=facts["date"],  # type: ignore[arg-type]
        archive=Archival(
            rev=facts["rev"], content_sha256="x", first_seen="2026-11-22T09:14:00Z", fetched="2026-11-22T09:14:00Z", cause="new",  # type: ignore[arg-type]
            source=Source(key="k", via=facts["via"], name="inbox", feed_title=facts.get("feed_title")),  # type: ignore[arg-type]
            date_source=facts["source"], date_raw=facts["raw"],  # type: ignore[arg-type]
            extract=Extract(name=facts.get("by", "newsweir"), version="0", quality=facts.get("quality", "full"), words=facts["words"]),  # type: ignore[arg-type]
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "moment", "shown"),
    [
        ("2017-11-15", "2017-11-15T00:00:00Z", "15 Nov 2017"),
        (None, "2017-11-15T00:00:00Z", "15 Nov 2017"),
        ("15 November 2017", "2017-11-15T00:00:00Z", "15 Nov 2017"),
        ("2017-11-15T00:00:00Z", "2017-11-15T00:00:00Z", "15 Nov 2017, 00:00 UTC"),
        ("Wed, 15 Nov 2017 00:00:00 GMT", "2017-11-15T00:00:00Z", "15 Nov 2017, 00:00 UTC"),
        ("2017-11-15 04:30+04:30", "2017-11-15T00:00:00Z", "15 Nov 2017, 00:00 UTC"),
        ("1510704000000", "2017-11-15T00:00:00Z", "15 Nov 2017, 00:00 UTC"),
        ("2017-11-15", "2017-11-15T09:00:00Z", "15 Nov 2017, 09:00 UTC"),
        (None, None, "no date given"),
    ],
)
def test_a_date_has_a_time_only_if_the_source_gave_one(
    raw: str | None, moment: str | None, shown: str
) -> None:
    assert wording.as_dated(kept(raw=raw, date=moment)) == shown


def test_the_slip_says_where_everything_came_from() -> None:
    assert wording.says(kept()) == "as the file says"
    assert wording.says(kept(via="feed", source="feed")) == "as the feed says"
    assert wording.says(kept(source="jsonld")) == "as the page says"
    assert wording.text_facts(kept()) == "Full, 431 words, taken from the file"
    assert (
        wording.text_facts(kept(by="trafilatura", quality="partial", words=1))
        == "Part only, 1 word, taken from the page"
    )
    assert [wording.revised(kept(rev=rev)) for rev in (1, 2, 3, 4)] == [
        None,
        "revised once",
        "revised twice",
        "revised 3 times",
    ]
    assert wording.long_read(kept(words=4211)) == "long read, 4,200 words"
    assert (language_name("pt-BR"), language_name("xx"), language_name(None)) == ("Portuguese", "xx", None)
    assert (foreign("ru", None), foreign("en-GB", None), foreign("ru", "ru"), foreign("en", "ru")) == (
        "Russian",
        None,
        None,
        "English",
    )


def test_a_page_shows_rights_and_a_citation() -> None:
    place = html.Place(slug="kabul", title="Kabul", shown=feed_item(article()).shown, n=7)
    page = html.write_article(
        article(), html.shown_body(article(), html.SafeHtml("<p>x</p>")), [place], SITE
    ).decode()
    for text in (
        "© Paper",
        "Cutting 7",
        "as the feed says",
        "Revised once.",
        "BibTeX",
        "Why it is here",
        "Nearest example",
    ):
        assert text in page, text
    assert "noindex" not in page
    unpublished = files.article_files(article(), (), SITE)[1].body.decode()
    assert "noindex" in unpublished
    assert "Why it is here" not in unpublished


def test_an_excerpt_leads_on_to_the_source() -> None:
    page = html.write_article(article(), html.SafeHtml("<p>Only this.</p>"), (), SITE, whole=False).decode()
    assert "Only this." in page
    assert "Read on at the source" in page


def test_a_picture_is_its_caption_and_a_link() -> None:
    text = '<figure><img src="https://p.example/a.jpg?x=1&amp;y=2" alt="A bridge &lt;1&gt;"><figcaption>Dusk</figcaption></figure>'
    found = html.shown_body(
        article(), html.SafeHtml(text + '<img src="https://t.example/1.gif" width="1" height="1">')
    )
    assert 'A bridge &lt;1&gt;. <a href="https://p.example/a.jpg?x=1&amp;y=2"' in found
    assert "Picture at the source</a>" in found
    assert "Dusk" in found
    assert "<img" not in found
    assert "t.example" not in found, "a picture of one dot is there to count readers"


def test_a_citation_survives_any_title() -> None:
    one = article(title="100% {of} Kabul_x \\ more?")
    assert (
        "".join(cite.plain(one))
        == "Ann Äuthor and Bob. “100% {of} Kabul_x \\ more?” The Paper & Co, 4 January 2026, rev. 2"
    )
    entry = cite.bibtex(one, "https://x.example/")
    assert r"title = {{100\% \{of\} Kabul\_x \textbackslash{} more?}}" in entry
    assert '"literal": "Bob"' in cite.csl_json(one, "https://x.example/")


# -- what the source changed ---------------------------------------------------------


def revision(rev: int, text: str, title: str = "A title") -> Article:
    found = article(title=title, content_text=text, content_html=None, summary=None)
    archive = msgspec.structs.replace(found.archive, rev=rev, fetched=f"2026-01-05T{rev % 24:02d}:00:00Z")
    return msgspec.structs.replace(found, archive=archive)


def changed_page(*revisions: Article, content: Content = "full") -> str:
    """The page of the last revision, where the ones before it that are wanted can be read."""
    *earlier, newest = revisions
    asked = [one for one in earlier if one.archive.rev in wanted(newest.archive.rev)]
    made = html.write_article(
        part_of(newest, content),
        html.SafeHtml("<p>The text above.</p>"),
        (),
        SITE,
        whole=content == "full",
        changes=changes_of(newest, asked, content),
    )
    return made.decode()


def section(page: str) -> str:
    return page.partition('<section class="changes"')[2].partition("</section>")[0]


def test_a_page_shows_what_the_source_changed() -> None:
    old, new = (
        "It rains in Doha.\n\nAll day.\n\nAnd more.",
        "It rains <again> in Doha.\n\nAll day.\n\nAnd more.",
    )
    page = changed_page(revision(1, old), revision(2, new, "A new title"))
    assert '<a href="#changes">Revised once</a>.' in page
    found = section(page)
    text = re.sub(r"<[^>]+>", "", found)
    assert "It rains  added: &lt;again&gt; (end of added)  in Doha." in text
    assert "A  added: new (end of added)  title" in text
    assert "2 paragraphs unchanged" in text
    assert "1 to 2, compared 1 word in, 0 out" in text
    assert "Revision 1 5 Jan 01:00, 8 words" in text
    assert 'href="#revision-1"' in found
    assert 'id="revision-1"' in found
    assert found.count(" checked>") == 1
    assert "All day." in text, "the first text stands there whole"
    assert "What the source changed" not in changed_page(revision(1, old))
    assert "<script" not in found


def test_a_page_says_what_changed_where_no_word_did() -> None:
    assert "punctuation only" in changed_page(revision(1, "Rain here"), revision(2, "Rain here."))
    titled = changed_page(revision(1, "Rain here"), revision(2, "Rain here", "Another title"))
    assert "the title only" in titled
    assert "The text stayed as it was" in titled
    assert "the same words" in changed_page(revision(1, "Rain here"), revision(2, "Rain  here"))


def test_of_many_changes_the_newest_are_shown() -> None:
    revisions = [revision(n, f"Version {n} of this text. " + "And the same. " * 5) for n in range(1, 31)]
    assert wanted(30) == [1, 25, 26, 27, 28, 29]
    assert (wanted(1), wanted(2), wanted(6)) == ([], [1], [1, 2, 3, 4, 5])
    page = changed_page(*revisions)
    assert re.findall(r"<b>(\d+ to \d+), compared</b>", page) == [
        "29 to 30",
        "28 to 29",
        "27 to 28",
        "26 to 27",
        "25 to 26",
    ]
    assert "Of 29 changes the newest 5 are shown." in page
    assert "Revised 29 times" in page
    lost = changed_page(*(one for one in revisions if one.archive.rev not in {1, 28}))
    assert re.findall(r"<b>(\d+ to \d+), compared</b>", lost) == [
        "29 to 30",
        "27 to 29",
        "26 to 27",
        "25 to 26",
    ]


@pytest.mark.parametrize("per_paragraph", [1, 50, 20_000])
def test_however_much_changes_a_page_stays_light(per_paragraph: int) -> None:
    def text(seed: int) -> str:
        words = [f"w{seed}x{n}" if n % 3 else "same" for n in range(12_000)]
        return "\n\n".join(
            " ".join(words[at : at + per_paragraph]) for at in range(0, len(words), per_paragraph)
        )

    page = changed_page(*(revision(n, text(n)) for n in range(1, 9)))
    assert len(section(page)) < 60_000
    assert "kept whole; there is no room for it here" in page
    assert "The whole text of revision 1" not in page
    if per_paragraph == 50:
        assert re.search(r"[\d,]+ more changed paragraphs, for which there is no room here", page)


def test_of_a_long_paragraph_what_stands_beside_a_change_is_shown() -> None:
    rows = [f"Sentence number {n} says a little more than nothing." for n in range(100)]
    edited = [row.replace("little", "great deal") if n in {10, 80} else row for n, row in enumerate(rows)]
    page = section(changed_page(revision(1, " ".join(rows)), revision(2, " ".join(edited))))
    shown = re.sub(r"<[^>]+>", "", page.partition(" checked>")[2])
    assert "Sentence number 10 says a" in shown
    assert "Sentence number 80 says a" in shown
    assert not re.search(r"number (5|40|95) ", shown)
    assert shown.count("\u2026") == 3


@pytest.mark.parametrize("content", ["excerpt", "link"])
def test_a_comparison_gives_no_more_than_the_topics_do(content: Content) -> None:
    filler = "Nothing of it matters here. " * 40
    old, new = f"{filler}\n\nThe secret was kept.", f"{filler}\n\nThe secret came out whole."
    page = changed_page(revision(1, old), revision(2, new, "A new title"), content=content)
    found = re.sub(r"<[^>]+>", "", section(page))
    assert "secret" not in page
    assert "Nothing of it matters" not in found
    assert "1 to 2 3 words in, 2 out" in found
    assert "Revision 1 5 Jan 01:00, 204 words" in found
    assert "new (end of added)  title" in found, "titles are shared"
    assert "<input" not in section(page)


def test_what_was_added_is_told_apart_in_every_script() -> None:
    page = section(changed_page(revision(1, "به کابل می‌روم امروز هم"), revision(2, "به هرات می‌روم امروز هم")))
    hidden = re.findall(r'<bdi class="unseen" lang="en">', page)
    assert len(hidden) == 4, "left out where the direction of a paragraph is found"
    assert page.count('dir="auto"') >= 3


# -- queries in words ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ('(opium OR heroin) AND "northern border" NOT title:review',
         "opium or heroin, and the exact words northern border, but not review in the title"),
        ("kabul taliban", "kabul and taliban"),
        ("afghan* OR kabul OR doha", "afghan…, kabul or doha"),
        ("NOT sport", "not sport"),
        ("a OR (b AND c)", "a or (b and c)"),
        ("喀布尔 -sport", "喀布尔, but not sport"),
        ('(a OR "d e") (f OR g)', "a or “d e”, and f or g"),
    ],
)  # fmt: skip
def test_a_query_is_read_back_in_words(query: str, words: str) -> None:
    assert "".join(piece.text for piece in spoken(parse_query(query))) == words


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ('(opium OR "northern border', 11, '"northern border'),
        ("(a", 1, "("),
        ("a OR", 5, "R"),
        ("a and b", 3, "and"),
        ("x", 9, "x"),
    ],
)
def test_a_faulty_part_is_found(text: str, position: int, part: str) -> None:
    assert text[slice(*faulty(text, position))] == part


def test_a_query_makes_a_topic_that_can_be_pasted() -> None:
    import yaml

    query = "(opium OR heroin) AND title:\"it's\" NOT 'x"
    lines = yaml.safe_load(topic_lines(query, parse_query(query)))
    assert lines == {"topics": {"opium-heroin-it": {"title": "Opium, heroin and it", "query": query}}}
    assert "my-topic:" in topic_lines("喀布尔", parse_query("喀布尔"))


def test_the_words_of_an_address_can_be_searched_for() -> None:
    assert words_of("world/2026/kabul-Story%20and_more.html") == "world 2026 kabul story more"
    assert words_of("articles/00000001-0000-8000-8000-000000000000/") == ""
    assert parse_query(words_of('a/(b)/"c"/OR/d'))


def test_an_empty_site_says_what_to_do_next() -> None:
    page = html.write_index([], Site()).decode()
    assert "No topic yet" in page
    assert "No cuttings yet" in html.write_topic(topic_feed()).decode()
    assert "No cuttings yet" in html.write_index([topic_feed()], SITE).decode()
