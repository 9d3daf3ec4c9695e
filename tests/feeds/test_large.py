"""Large documents: read entry by entry, and what is read is what reading them whole would give."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.ingest.documents.jsonslices import outline
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.documents.slices import entry_spans, survey
from feeds.ingest.documents.syndication import MANY
from feeds.ingest.pages.read import read_page
from feeds.ingest.text.clean import MOST_MARKS, clean
from feeds.ingest.text.crowded import MOST_ATTRIBUTES, fewer_attributes
from feeds.ingest.text.sanitize import sanitize
from feeds.model import LARGE, Document, Entry, Fetched, Known
from tests.builders import item, lorem

URL = "https://site.example/feed.xml"
HEAD = b'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>A feed</title><image><url>u</url></image>'
STUMBLED_OVER = "<item><guid>odd</guid><image><media:credit>c<p/></media:credit></image></item>"
"""Feedparser looks for the credit in another place than where it put it, and raises."""


def fetched(body: bytes, content_type: str = "application/xml") -> Fetched:
    return Fetched(url=URL, status=200, body=body, content_type=content_type)


def read(body: bytes, content_type: str = "application/xml") -> Document:
    return parse_feed(fetched(body, content_type))


def items(count: int) -> list[str]:
    return [
        item(str(n), f"T{n} & caf\u00e9 \U0001f600", description=f"<p>{lorem(n, 9)}</p>")
        for n in range(count)
    ]


def feed(entries: list[str], end: str = "</channel></rss>") -> bytes:
    return HEAD + "".join(entries).encode() + end.encode()


@pytest.mark.parametrize("end", ["</channel></rss>", "<oops></channel></rss>", ""])
def test_entries_read_one_by_one_are_those_of_a_document_read_whole(end: str) -> None:
    entries = items(MANY + 3)
    small, large = read(feed(entries[:MANY], end)), read(feed(entries, end))
    assert len(large.entries) == MANY + 3
    assert large.entries[:MANY] == small.entries
    assert large.channel == small.channel
    assert (large.way, large.kind, bool(large.repaired)) == (small.way, small.kind, bool(small.repaired))
    assert large.marks[: len(small.marks)] == small.marks


def test_a_document_is_large_by_its_bytes_too() -> None:
    some = items(20)
    padded = [some[0].replace("<p>", f"<p>{'word ' * (LARGE // 5)}"), *some[1:]]
    assert read(feed(padded)).entries[1:] == read(feed(some)).entries[1:]


def test_what_was_read_one_by_one_is_known_at_the_next_poll() -> None:
    entries = items(MANY * 2)
    before = read(feed(entries))
    assert before.frame is not None
    entries[7] = item("7", "T7, edited")
    after = parse_feed(fetched(feed(entries)), Known(before.frame, frozenset(before.marks)))
    assert (after.way, [one.title for one in after.entries]) == ("delta", ["T7, edited"])
    assert len(after.skipped) == MANY * 2 - 1


@pytest.mark.parametrize("end", ["</channel></rss>", "<oops></channel></rss>"])
@pytest.mark.parametrize("at", [0, 1, MANY // 2, MANY])
def test_an_entry_that_is_stumbled_over_costs_itself_alone(end: str, at: int) -> None:
    entries = items(MANY + 2)
    document = read(feed([*entries[:at], STUMBLED_OVER, *entries[at:]], end))
    assert [one.title for one in document.entries] == [one.title for one in read(feed(entries, end)).entries]
    assert [f"its entry {at + 1} cannot be read" in one for one in document.passed_over] == [True]


def test_a_namespace_that_is_declared_nowhere_costs_no_entry() -> None:
    entries = [one.replace("</item>", "<nope:x>y</nope:x></item>") for one in items(MANY + 2)]
    document = read(feed(entries))
    assert len(document.entries) == MANY + 2
    assert "unbound prefix" in (document.repaired or "")


def test_entries_that_cannot_be_told_apart_by_their_tags_are_not_known_by_their_bytes() -> None:
    document = read(feed([*items(MANY + 2), "<item><entry><title>inner</title></entry></item>"]))
    assert len(document.entries) == MANY + 4
    assert (document.frame, document.marks) == (None, ())


def test_entries_are_handed_on_as_they_are_read() -> None:
    handed: list[Entry] = []
    body = feed(items(MANY + 2))
    document = parse_feed(fetched(body), hand_on=handed.append)
    assert (document.entries, tuple(handed)) == ((), read(body).entries)
    assert len(document.marks) == MANY + 2


def test_an_entry_that_closes_itself_ends_where_it_stands() -> None:
    body = b'<rss><channel><item a="&gt;"/><item/><item></item ></channel></rss>'
    assert survey(body).spans == entry_spans(body)


@pytest.mark.parametrize("padding", [0, LARGE])
def test_items_that_stand_whole_in_json_that_breaks_off_are_kept(padding: int) -> None:
    text = "x" * padding + 'a "quoted" ]} \\'
    whole = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": str(n), "content_text": text} for n in range(3)],
         "title": "t", "home_page_url": "https://site.example/"}
    ).encode()  # fmt: skip
    expected = read(whole).entries
    assert (len(expected), read(whole).channel.title) == (3, "t")
    for end in range(len(whole) - 150, len(whole) - 1, 11):
        found = read(whole[:end])
        assert found.entries == expected[: len(found.entries)]
        assert len(found.entries) == whole[:end].count(b'\\\\"}')
        assert "breaks off behind its item" in (found.repaired or "") or len(found.entries) == 3


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda one: st.lists(one) | st.dictionaries(st.text(max_size=3), one),
    )
)
def test_items_are_found_where_they_stand(value: object) -> None:
    given = [{"id": "1", "_x": value}, {"_y": [value]}]
    body = json.dumps({"a": value, "items": [1, given[0], [value], given[1]], "b": value}).encode()
    found = outline(body)
    assert found is not None
    assert [json.loads(body[start:end]) for start, end in found.spans] == given
    assert json.loads(body[: found.begin] + body[found.end :]) == {"a": value, "items": [], "b": value}


@given(st.text(alphabet="<>/='\"a \nb!-", max_size=60))
def test_markup_with_few_attributes_stays_as_it_is(text: str) -> None:
    assert fewer_attributes(text) == (text, 0)
    assert fewer_attributes(text.encode()) == (text.encode(), 0)


@pytest.mark.parametrize("one", [" a{}", " a{}=1", ' a{}=">"', " a{}='<'", "/a{}", " a{} = x"])
def test_of_many_attributes_the_first_are_read(one: str) -> None:
    def tag(count: int) -> str:
        return "<p " + "".join(one.format(n) for n in range(count)) + ">x</p><p>y</p>"

    assert fewer_attributes(tag(MOST_ATTRIBUTES)) == (tag(MOST_ATTRIBUTES), 0)
    assert fewer_attributes(tag(1000)) == (tag(MOST_ATTRIBUTES), 1000 - MOST_ATTRIBUTES)


def test_marks_upon_marks_are_cut_and_a_few_stay() -> None:
    few = "a" + "\u0316\u0301" * 20
    assert clean(few * 9) == clean(few) * 9
    assert len(clean("a" + "\u0301" * 90_000 + "\u0316" * 90_000 + "b")) <= MOST_MARKS + 2


def numbered(text: str, count: int) -> str:
    return " ".join(text.format(number) for number in range(count))


def with_one(text: str) -> bytes:
    return feed([f"<item><guid>1</guid><title>T</title>{text}</item>"])


ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>T</title><content type='xhtml'>{}<b>x</b></content></entry></feed>"
BASES = '<x xml:base="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/">' * 200
GROWING: dict[str, Callable[[int], bytes]] = {
    "attributes": lambda n: with_one("<x " + numbered("a{}='1'", n) + "/>"),
    "attributes of an ill-formed feed": lambda n: with_one("<x " + numbered("a{}=1", n) + "/>"),
    "namespaces": lambda n: with_one(numbered("<n{0}:a xmlns:n{0}='urn:{0}'/>", n)),
    "categories": lambda n: with_one(numbered("<category>c{}</category>", n // 3)),
    "an author": lambda n: with_one(f"<author>{'a.' * n * 5}</author>"),
    "instructions": lambda n: ATOM.format("<?a?> " * n).encode(),
    "elements in a text": lambda n: ATOM.format("<b>x</b>" * n).encode(),
    "a base": lambda n: with_one(f"<x xml:base='http://h.example/{'a' * n * 5}'>{'<y/>' * n}</x>"),
    "bases within each other": lambda n: with_one(BASES + "<y/>" * n + "</x>" * 200),
    "names of entries": lambda n: with_one("").replace(b"</channel>", numbered("<n{}:item>x", n).encode()),
    "references": lambda n: with_one(f"<description>{'&#55357;' * n}</description>"),
    "a name": lambda n: with_one(f"<{'a' * n * 100}/>"),
    "a comment": lambda n: with_one(f"<!--{'x' * n * 100}-->"),
}


@pytest.mark.parametrize("what", GROWING)
def test_reading_takes_a_time_that_grows_with_the_length_alone(what: str) -> None:
    """Four times as much takes about four times as long: of the square there would be sixteen."""
    took: list[float] = []
    for count in (3_000, 12_000):
        body = GROWING[what](count)
        began = time.process_time()
        document = read(body)
        took.append(time.process_time() - began)
        assert (document.entries[0].guid, document.entries[0].title) == ("1", "T")
    assert took[1] < 8 * max(took[0], 0.05)


@pytest.mark.parametrize(
    "text",
    ["<p {}>x</p>", "<b {}>x" + "<p>y" * 5000, "<a href='http://h.example/' {}>x</a>", "<p a='>' {}>x</p>"],
)
def test_showing_takes_a_time_that_grows_with_the_length_alone(text: str) -> None:
    began = time.process_time()
    assert "x" in sanitize(text.format(numbered("a{}", 200_000)))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "<p " + "{}" + ">{}</p>",
        "<p>a" + "\u0301" * 45_000 + "\u0316" * 45_000 + "{}{}</p>",
        "<h1>x</h1>" * 45_000 + "{}{}",
    ],
)
def test_a_page_takes_a_time_that_is_bounded(text: str) -> None:
    words = "<p>Envoys met in the old town and talked about the border, officials said.</p>" * 30
    html = f"<html><body><article>{words}{text.format(numbered('a{}', 45_000), 'x')}</article></body></html>"
    began = time.process_time()
    page = read_page(fetched(html.encode(), "text/html"))
    assert "Envoys met" in (page.html or "")
    assert time.process_time() - began < 8
