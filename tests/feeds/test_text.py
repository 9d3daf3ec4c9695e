"""HTML and text from anywhere: what may be shown, what is read, and nothing that runs."""

import contextlib
import json
import re
from pathlib import Path

import lxml.html
import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FetchError
from feeds.ingest.documents.slices import entry_spans
from feeds.ingest.local.files import read_file
from feeds.ingest.local.textfile import read_plain
from feeds.ingest.text.clean import clean, line, link, paragraphs, verbatim, web_address
from feeds.ingest.text.depth import depth, depth_written
from feeds.ingest.text.plain import plain_title, to_text
from feeds.ingest.text.sanitize import DEEPEST, address, paragraphs_to_html, sanitize

BASE = "https://site.example/dir/page"

HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:alert(1) onerror=eval(src)>",
    '<img src="javascript:alert(1)">',
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='x.swf'></object><embed src='x.swf'>",
    "<form action='https://evil.example'><input name=p><button>go</button></form>",
    "<body onload=alert(1)>x",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>",
    "<video onloadstart=alert(1) src=x></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<p onclick=alert(1) onmouseover='x' ONFOCUS=y autofocus>x</p>",
    "<a href=https://ok.example target=_blank onclick=x>x</a>",
    "\x00<scr\x00ipt>alert(1)</script>",
    "<a href='//evil.example\\@ok.example'>x</a>",
    "<img srcset='https://evil.example/x 2x' src='https://ok.example/y'>",
    "<isindex action=javascript:alert(1) type=image>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<keygen autofocus onfocus=alert(1)>",
    "<table background='javascript:alert(1)'><tr><td>x</td></tr></table>",
]
FORBIDDEN = {
    "script", "style", "iframe", "object", "embed", "applet", "form", "input", "button", "svg", "math", "link",
    "meta", "base", "body", "html", "head", "template", "noscript", "textarea", "title", "xmp", "plaintext",
    "marquee", "keygen", "isindex", "frame", "frameset", "select",
}  # fmt: skip


def assert_harmless(html: str) -> None:
    root = lxml.html.fragment_fromstring(f"<div>{html}</div>")
    for element in root.iter():
        assert isinstance(element.tag, str), "comments and instructions fall"
        assert element.tag not in FORBIDDEN, html
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), html
            assert name not in {
                "style",
                "srcset",
                "srcdoc",
                "action",
                "formaction",
                "background",
                "target",
            }, html
            if name in {"href", "src", "cite", "poster"}:
                assert re.match(r"https?://|mailto:", value), html


@pytest.mark.parametrize("payload", HOSTILE)
def test_nothing_that_runs_gets_through(payload: str) -> None:
    once = sanitize(payload, BASE)
    assert_harmless(once)
    assert sanitize(once, BASE) == once, "cleaning what is clean changes nothing"


@pytest.mark.parametrize(
    "piece", ["<svg><image href=y onerror=x()>", "<b>\xa0", "<div> ", "<a><table>", "<i><p>", "&nbsp;<q>"]
)
@pytest.mark.parametrize("count", [3, 129, 300, 3000])
def test_what_lies_too_deep_is_cleaned_to_something_that_stays(piece: str, count: int) -> None:
    once = sanitize(piece * count, BASE)
    assert_harmless(once)
    assert sanitize(once, BASE) == once


def test_hostile_cases_of_the_parser_corpus(corpus: Path) -> None:
    found = 0
    for path in sorted((corpus / "feeds/feedparser").rglob("*sanitize*/*.xml")):
        html = path.read_bytes().decode("utf-8", "replace")
        assert_harmless(sanitize(html, BASE))
        found += 1
    assert found > 50


PIECES = st.sampled_from(
    [*"<>/\"'=& abpsivgo:;!-[]\n\x00", "script", "img", "onerror", "svg", "javascript:", "<!--", "]]>"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_soup_gets_through(soup: str) -> None:
    once = sanitize(soup, BASE)
    assert_harmless(once)
    assert sanitize(once, BASE) == once


def test_what_may_stay_stays_and_every_address_is_whole() -> None:
    html = '<h2>T</h2><p>A <a href="../x?a=1&b=2">link</a> <em>e</em><br><img src="/p.png" alt="p"></p><ul><li>i</li></ul>'
    assert sanitize(html, BASE) == (
        '<h2>T</h2><p>A <a href="https://site.example/x?a=1&amp;b=2" rel="noopener noreferrer">link</a> <em>e</em><br>'
        '<img src="https://site.example/p.png" alt="p"></p><ul><li>i</li></ul>'
    )
    assert "href" not in sanitize('<a href="relative">x</a>')
    assert sanitize('<img src="https://x.example/a.png">text', media=False) == "text"


NESTINGS = [
    "<div>",
    "<table><tr><td>",
    "<ul><li>",
    "<blockquote><p>",
    "<b id={n}><p>",
    "<span>",
    "<div/>",
    "</i><em>",
]


@pytest.mark.parametrize("unit", NESTINGS)
@pytest.mark.parametrize("times", [60, 84, 120, 130, 250, 256, 300, 5000])
def test_no_text_is_lost_however_deep_it_stands(unit: str, times: int) -> None:
    html = "<p>BEFORE</p>" + "".join(unit.replace("{n}", str(n)) for n in range(times)) + "THE TEXT"
    html += "".join(f"</{name}>" for name in re.findall(r"<(\w+)", unit)[::-1]) * times + "<p>AFTER</p>"
    assert to_text(sanitize(html)).split() == ["BEFORE", "THE", "TEXT", "AFTER"]


TAGS = st.sampled_from(
    "div p span b i a font ul li dl dt table tr td h1 h2 blockquote section svg form br".split()
)
SOUP = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["<", "</"]), TAGS, st.sampled_from(["", "/", " id=1", ' id="</div>"', ' "'])
        ).map(lambda parts: "".join(parts) + ">"),
        st.sampled_from(["x", "<!-- <div> -->", "<!-->", "< b", "<"]),
    ),
    max_size=8,
)


@given(SOUP, st.integers(1, 30))
def test_depth_is_never_counted_too_low(unit: list[str], times: int) -> None:
    """Against what a real parser makes of it, and writes down again in full."""
    soup = "".join(unit) * times + "<" * 300
    names = set(
        "div p span b i a font ul li dl dt table tbody tr td h1 h2 blockquote section svg form br".split()
    )
    written = nh3.clean(soup, tags=names, attributes={}, link_rel=None)
    # An empty paragraph that a lone </p> makes is no depth that adds up.
    assert depth(soup, 200) >= min(depth_written(written), 200) - 1


@pytest.mark.parametrize(
    "unit",
    [
        "<noscript><p title='</noscript>'><audio>",
        "<!<p title='><audio>'>",
        "</ <p title='><audio>'>",
        "<?<p title='><audio>'>",
        "<noembed><p title='</noembed>'><audio>",
        "<svg><![CDATA[><p title=']]></svg><audio>'>",
    ],
)
def test_no_tag_that_one_parser_sees_and_another_does_not_lets_a_text_grow_deep(unit: str) -> None:
    for times in (1, 100, 300, 3000):
        safe = sanitize(unit * times, "https://site.example/")
        assert depth_written(safe) <= DEEPEST
        assert "amp;" not in safe
        assert sanitize(safe, "https://site.example/") == safe


def test_reading_costs_no_more_than_its_length() -> None:
    """Each of these took seconds to minutes, and all else stood still meanwhile."""
    import time

    began = time.monotonic()
    for html in (
        "<" + "a" * 500_000,
        "<div/>" * 80_000,
        "<b id=1>" * 80_000,
        "<p><b id=%d>" * 30_000 % (*range(30_000),),
    ):
        to_text(sanitize(html))
    for body in (b"<!--" * 60_000, b"<item>" * 60_000, b"<![CDATA[" * 60_000, b"<item/>" * 60_000):
        entry_spans(body)
    for page in (b"<title>" * 60_000, b"<title" * 60_000, b"<h1>" * 60_000):
        with contextlib.suppress(FetchError):
            read_file("a.html", page)
    assert time.monotonic() - began < 15


def test_a_drawing_costs_an_article_nothing() -> None:
    drawing = "<svg viewBox='0 0 9 9'><g>" + "<path d='M0 0'/>" * 500 + "</g></svg>"
    assert sanitize(f"<p>a <b>b</b>{drawing}c</p>") == "<p>a <b>b</b>c</p>"


def test_depth_is_bounded_before_it_costs() -> None:
    import time

    began = time.monotonic()
    assert to_text(sanitize("<div>" * 100_000 + "deep" + "</div>" * 100_000)) == "deep"
    assert to_text(sanitize("<div>" * 100_000 + "deep" + "</" * 100_000)).startswith("deep")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/a b", "https://site.example/a%20b"),
        (" \u200bhttps://x.example/", "https://x.example/"),
        ("javascript:alert(1)", None),
        ("http:///nohost", None),
        ("https://x.example/\r\nSet-Cookie: a", "https://x.example/Set-Cookie:%20a"),
        ("http://[broken", None),
    ],
)
def test_addresses_become_absolute_or_fall(given: str, expected: str | None) -> None:
    assert address(given, BASE) == expected


@given(
    st.from_regex(r"https?://[A-Za-z0-9.-]{1,6}(/[^ ]{0,8})?(\?[^ ]{0,8})?", fullmatch=True),
    st.sampled_from([None, BASE, "http://other.example/a/b?c", "nonsense"]),
)
def test_a_whole_address_is_taken_as_one_that_is_looked_at(url: str, base: str | None) -> None:
    """A control character falls, and what has one is taken apart."""
    assert address(url, base) == address(f"\x01{url}", base)


def test_text_keeps_its_paragraphs_lists_and_verses() -> None:
    html = (
        "<h1>Title</h1><p>One\n  two <b>three</b>.</p><p>Four<br>five</p><ul><li>a</li><li>b</li></ul>"
        "<table><tr><td>1</td><td>2</td></tr></table><figure><img src='https://x.example/i'><figcaption>Cap</figcaption></figure>"
        "<!-- no -->tail &amp; end"
    )
    assert (
        to_text(sanitize(html)) == "Title\n\nOne two three.\n\nFour\nfive\n\na\nb\n\n1 2\n\nCap\n\ntail & end"
    )
    assert to_text(sanitize("plain & simple < text")) == "plain & simple < text"
    assert to_text(sanitize("")) == ""


@given(st.text())
def test_text_of_anything_is_clean(text: str) -> None:
    found = to_text(sanitize(text, BASE))
    assert found == clean(found).strip()
    assert "\n\n\n" not in found
    json.dumps(found).encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_clean_leaves_only_what_xml_can_carry(text: str) -> None:
    found = clean(text)
    found.encode("utf-8")
    lxml.html.fromstring("<p></p>").text = found
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", found)
    assert clean(found) == found


def test_titles_are_plain_and_on_one_line() -> None:
    assert plain_title("A &amp; <b>B</b>\n C", markup=True) == "A & B C"
    assert plain_title("A &amp; B", markup=False) == "A &amp; B"
    assert plain_title("<script>x()</script>safe <img src=x>", markup=True) == "safe"
    assert plain_title("5 < 6 and 7 > 2", markup=True) == "5 < 6 and 7 > 2"
    assert line("  \u2028 ") is None or line("  \u2028 ") == ""


def test_ids_stay_as_they_came() -> None:
    assert verbatim("  tag:x,2020:Ä\u0308  ") == "tag:x,2020:Ä\u0308"
    assert verbatim("a\x00b") == "ab"
    assert verbatim("") is None
    assert link("ftp://x.example/a") == "ftp://x.example/a"
    assert link("javascript:x") is None
    assert web_address("mailto:a@b.c") is None


def test_paragraphs_and_back() -> None:
    assert paragraphs("a\r\n\r\n\r\n b  c\nd \n \n e") == "a\n\nb c\nd\n\ne"
    assert paragraphs_to_html("a < b\n\nc\nd") == "<p>a &lt; b</p>\n<p>c<br>d</p>"


SCRAPED = """Select Page

A headline that stands twice

A headline that stands twice

The first paragraph says something.

Menu

The second one says more.

About The Author
"""


def test_a_scraped_page_loses_what_belongs_to_the_page() -> None:
    found = read_plain(SCRAPED)
    assert found.title == "A headline that stands twice"
    assert found.text == "The first paragraph says something.\n\nMenu\n\nThe second one says more."
    assert read_plain(SCRAPED.replace("\n", "\r\n")) == found


def test_other_shapes_of_plain_text() -> None:
    assert read_plain("Skip to content\nMenu\nTitle here\n\nBody text.\n\nShare this\n").text == "Body text."
    assert read_plain("Title\n\nBody\nwith two short lines").text == "Body\n\nwith two short lines"
    wrapped = "Title\n\n" + "\n".join(["a line of wrapped text that is longer than fifty characters"] * 3)
    assert "\n" not in read_plain(wrapped).text
    only = read_plain(
        "One single paragraph that is the whole article and goes on for more than a dozen words."
    )
    assert only.title == "One single paragraph that is the whole article and goes on for…"
    assert only.text.startswith("One single")
    assert read_plain("") == read_plain("\n \n")
    assert read_plain("Menu").title == "Menu"


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    found = read_plain(text)
    assert found.title is None or found.title


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>&#1;a&#xFFFE;&#x7f;</p>", "<p>a</p>"),
        ("<p>&#x338; onclick=alert(1) &amp;#1;</p>", "<p> onclick=alert(1) &amp;#1;</p>"),
        ("<b>\u0323\u0338x</b> 1 =\u0338 2 e\u0301", "<b>\u0323x</b> 1 \u2260 2 \xe9"),
        ("<ruby>a<b><rt>x<br></rt></b><rt>y</rt></ruby>", "<ruby>a<b>x<br></b><rt>y</rt></ruby>"),
        ("<ruby>a<rt>x<i><rp>(</rp></i></rt></ruby>", "<ruby>a<rt>x<i>(</i></rt></ruby>"),
    ],
)
def test_whoever_reads_clean_html_again_finds_the_same_tags(html: str, safe: str) -> None:
    """Though it is put in NFC, written into XML, or read by a parser that is strict."""
    assert sanitize(html) == safe
    assert sanitize(safe) == safe
