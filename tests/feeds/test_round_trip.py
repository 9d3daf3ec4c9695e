"""A record -> a feed -> a reader -> a record: every field comes back, or stands on a short list with its reason."""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from archive import Content, Draft
from archive.record.article import Archival, Article
from feeds.errors import FetchError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.normalize import Coming, to_draft
from feeds.ingest.text.clean import clean
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Fetched
from feeds.publish.formats import atom, jsonfeed, rss
from feeds.publish.formats.beside import Beside, beside
from feeds.publish.formats.entries import FIRST_DATE, media_type, size_in_bytes, summary_of, title_of
from feeds.publish.formats.generator.words import unlike_html
from feeds.publish.text.languages import known
from feeds.publish.text.legible import decoded, legible
from feeds.publish.text.urls import as_uri
from feeds.publish.text.wording import source_name
from feeds.publish.topic.assemble import TopicFeed, safe_html
from feeds.times import parse
from tests.feeds.test_publish import URLS, article, topic_feed
from tests.feeds.ugly import UGLY

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FORMATS = {
    "rss": (rss.write_rss, "application/rss+xml"),
    "atom": (atom.write_atom, "application/atom+xml"),
    "json": (jsonfeed.write_json, "application/feed+json"),
}
XML = ("rss", "atom")
ALL = ("rss", "atom", "json")


class Otherwise(NamedTuple):
    """What may come back otherwise, in which formats, and why that is right."""

    formats: tuple[str, ...]
    field: str
    why: str
    holds: Callable[[Article, Any], bool]


def _address(field: str) -> Callable[[Article, Any], bool]:
    """It is the address as a URI: escaped, without a password; none for what is none of the web."""
    return lambda found, back: back == as_uri(getattr(found, field))


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _lead(found: Article) -> str:
    return legible(summary_of(found)) or f"From {legible(source_name(found))}."


def _is_lead(found: Article, back: str | None) -> bool:
    """It is what stands where there is no text: read as HTML, as a description is."""
    return not safe_html(found) and _flat(to_text(sanitize(back or ""))) in {
        _flat(_lead(found)),
        _flat(to_text(sanitize(_lead(found)))),
    }


OTHERWISE = [
    Otherwise(ALL, "url", "an item without an address leads to its own page", lambda a, v: as_uri(a.url) is None and v == URLS.article(a.id)),
    Otherwise(ALL, "url", "addresses leave as URIs", _address("url")),
    Otherwise(("rss",), "external_url", "RSS has one link", lambda _, v: v is None),
    Otherwise(("atom",), "external_url", "our own page is related, too", lambda a, v: as_uri(a.external_url) is None and v == URLS.article(a.id)),
    Otherwise(ALL, "external_url", "addresses leave as URIs", _address("external_url")),
    Otherwise(XML, "title", "an item has a title", lambda a, v: v == _flat(unlike_html(legible(title_of(a))))),
    Otherwise(XML, "title", "an item has a title, which stands in text", lambda a, v: _flat(unescape(v or "")) == _flat(unescape(legible(title_of(a))))),
    Otherwise(ALL, "title", "a heading is read up to 20,000 letters", lambda a, v: len(v or "") == 20_000 and (a.title or "").startswith(v)),
    Otherwise(ALL, "title", "letters lost, spaces and controls", lambda a, v: _flat(v) == _flat(legible(title_of(a))) or v is None),
    Otherwise(ALL, "content_html", "sanitised again; what counts readers falls", lambda a, v: (v or "") == str(sanitize(decoded(safe_html(a)), rel=False)).strip()),
    Otherwise(ALL, "content_html", "sanitised again; what counts readers falls", lambda a, v: _flat(to_text(sanitize(v or ""))) == _flat(to_text(sanitize(decoded(safe_html(a)))))),
    Otherwise(XML, "content_html", "of an item without a text it is said from whom it is", _is_lead),
    Otherwise(XML, "content_text", "of an item without a text it is said from whom it is", _is_lead),
    Otherwise(ALL, "content_text", "letters lost", lambda a, v: _flat(v) == _flat(to_text(sanitize(decoded(safe_html(a)))))),
    Otherwise(ALL, "summary", "where it only repeats the text it is none", lambda a, v: v is None),
    Otherwise(("rss",), "summary", "a description is the summary, or the beginning of the text", lambda a, v: _flat(v) == _flat(unescape(_lead(a)))),
    Otherwise(ALL, "summary", "letters lost", lambda a, v: _flat(v) == _flat(_lead(a))),
    Otherwise(ALL, "image", "addresses leave as URIs", _address("image")),
    Otherwise(XML, "image", "a picture among the files is taken for it", lambda a, v: a.image is None and v in {as_uri(one.url) for one in a.attachments}),
    Otherwise(ALL, "date_published", "without a date it is when it was cut", lambda a, v: a.date_published is None and v == "2026-01-05T08:00:00Z"),
    Otherwise(XML, "date_published", "before 1990 it leaves as dcterms:available", lambda a, v: parse(a.date_published or "") < FIRST_DATE),
    Otherwise(ALL, "date_published", "a date has no parts of a second", lambda a, v: (a.date_published or "")[:19] == (v or "")[:19]),
    Otherwise(("rss",), "date_modified", "RSS has no word for it", lambda _, v: v is None),
    Otherwise(("atom",), "date_modified", "`updated` is the topic's own, by which readers order", lambda _, v: v in {None, "2026-01-05T08:00:00Z"}),
    Otherwise(ALL, "date_modified", "a change at the moment of publishing is none", lambda a, v: v is None),
    Otherwise(("rss",), "authors", "RSS names people and no more", lambda a, v: [one.name for one in v] == _names(a)),
    Otherwise(("atom",), "authors", "Atom has no pictures of people, and each has a name", lambda a, v: [one.name for one in v] == _names(a)),
    Otherwise(ALL, "authors", "who names nobody is by the source", lambda a, v: not _names(a) and [one.name for one in v] in ([], [_flat(legible(source_name(a)))])),
    Otherwise(ALL, "authors", "addresses leave as URIs, names on one line", lambda a, v: [(one.name, one.url) for one in v] == [(_flat(legible(clean(one.name or ""))) or None, as_uri(one.url)) for one in a.authors if _flat(one.name) or as_uri(one.url)]),
    Otherwise(ALL, "tags", "of a tag what can be seen, once", lambda a, v: sorted({_flat(unlike_html(one)) for one in v}) == sorted({text for one in a.tags if (text := _flat(unlike_html(legible(clean(one)))))})),
    Otherwise(ALL, "language", "where none is known the topic's is taken", lambda a, v: not known(a.language) and v in {"en", a.language}),
    Otherwise(ALL, "attachments", "addresses leave as URIs, and a file that says no type is none to readers", lambda a, v: _typed(a) <= set(_read_files(v)) <= set(_files(a))),
    Otherwise(XML, "attachments", "a picture is a file to readers of media", lambda a, v: set(_files(a)) <= set(_read_files(v))),
]  # fmt: skip


def _names(found: Article) -> list[str]:
    from feeds.publish.formats.entries import people

    return list(dict.fromkeys(unlike_html(one.name) for one in people(found.authors)))


def _files(found: Article) -> list[tuple[str, int | None]]:
    """Files by their addresses as URIs; sizes that are any."""
    files = {as_uri(one.url): size_in_bytes(one.size_in_bytes) or None for one in reversed(found.attachments)}
    return sorted((url, size) for url, size in files.items() if url)  # type: ignore[type-var]


def _typed(found: Article) -> set[tuple[str, int | None]]:
    """Of a file's several entries the first counts."""
    typed = {as_uri(one.url) for one in found.attachments if media_type(one.mime_type)}
    return {(url, size) for url, size in _files(found) if url in typed}


def _read_files(found: Any) -> list[tuple[str, int | None]]:
    return sorted((one.url, one.size_in_bytes) for one in found)


def record(draft: Draft, name: str) -> Article:
    """The record that keeping would write."""
    content = {key: getattr(draft.content, key) for key in Content.__struct_fields__}
    origin = {key: getattr(draft.origin, key) for key in type(draft.origin).__struct_fields__}
    archival = Archival(
        rev=1, content_sha256="0" * 64, first_seen="2026-01-05T08:00:00Z", cause="new", **origin
    )
    return Article(id=name, archive=archival, **content)


def read_back(data: bytes, kind: str) -> dict[str, Article]:
    """What a reader makes of a feed: ours, which is feedparser for RSS and Atom and a JSON reader else."""
    document = parse_feed(Fetched(url=URLS.topic("kabul") + "feed", status=200, body=data, content_type=kind))
    coming = Coming(key="k", name="n", via="feed", at=AT, channel=document.channel)
    drafts = [to_draft(entry, None, coming) for entry in document.entries]
    return {guid: record(draft, guid) for draft in drafts if (guid := draft.origin.source.guid)}


def differences(
    feed: TopicFeed, wholes: dict[str, Article]
) -> Iterator[tuple[str, str, str | None, Any, Any]]:
    """Yield (format, field, why, before, after) of each difference; *why* is None for one that nothing explains."""
    for form, (write, kind) in FORMATS.items():
        back = read_back(write(feed), kind)
        assert len(back) == len(feed.items), form
        for item in feed.items:
            before, after = wholes[item.id], back[item.id]
            for field in Content.__struct_fields__:
                old, new = getattr(before, field), getattr(after, field)
                if field == "language" and form == "rss":
                    new = _rss_language(after) or new
                if old != new:
                    why = next(
                        (
                            one.why
                            for one in OTHERWISE
                            if form in one.formats and one.field == field and one.holds(before, new)
                        ),
                        None,
                    )
                    yield form, field, why, old, new
            yield from _beside(form, beside(before), beside(after))


def _rss_language(found: Article) -> str | None:
    return next((one.text for one in found.archive.extensions if one.name == "dc:language"), None)


NOT_IN = {
    "json": {one.name for one in fields(Beside)} - {"banner"},
    "rss": {"banner", "links", "rights", "episode"},
    "atom": {"banner", "links", "episode"},
}
"""What a format has no words for; further links and episodes are looked at by themselves."""


def _beside(form: str, old: Beside, new: Beside) -> Iterator[tuple[str, str, str | None, Any, Any]]:
    for one in fields(Beside):
        before, after = getattr(old, one.name), getattr(new, one.name)
        if one.name not in NOT_IN[form] and before != after and before:
            text = isinstance(before, str) and _flat(unlike_html(before)) == _flat(after)
            people = one.name == "contributors" and {who.name for who in before} == {
                who.name for who in after
            }
            thread = (
                one.name == "thread"
                and form == "rss"
                and replace(before, kind=None) == replace(after, kind=None)
            )
            reasons = {
                "markup in words": text,
                "RSS has names alone": people,
                "RSS does not say of what type": thread,
            }
            why = next((reason for reason, holds in reasons.items() if holds), None)
            yield form, f"beside.{one.name}", why, before, after


def come_back(articles: list[Article]) -> Counter[tuple[str, str, str]]:
    """Assert that all comes back; return how often what came otherwise, and why."""
    renamed = [
        msgspec.structs.replace(one, id=f"urn:uuid:{n:08d}-0000-8000-8000-000000000000")
        for n, one in enumerate(articles, 1)
    ]
    feed = topic_feed(*renamed)
    found: Counter[tuple[str, str, str]] = Counter()
    for form, field, why, old, new in differences(feed, {one.id: one for one in renamed}):
        assert why is not None, f"{form}: {field}: {old!r:.400} came back as {new!r:.400}"
        found[form, field, why] += 1
    return found


def test_a_plain_article_comes_back_whole() -> None:
    told = come_back(
        [article(external_url="https://elsewhere.example/", authors=(), summary="A summary of its own.")]
    )
    assert {(form, field) for form, field, _ in told} <= {
        ("rss", "external_url"), ("rss", "date_modified"), ("atom", "date_modified"), ("json", "authors"),
        ("rss", "content_html"), ("atom", "content_html"), ("json", "content_html"), ("rss", "attachments"), ("atom", "attachments"),
    }, told  # fmt: skip


@pytest.mark.parametrize("name", UGLY)
def test_ugly_articles_come_back_but_for_what_is_listed(name: str) -> None:
    if name == "lone surrogates":  # No record holds any: it could not be written.
        return
    come_back([UGLY[name]])


@pytest.mark.slow
def test_two_thousand_real_articles_come_back_but_for_what_is_listed(corpus: Path) -> None:
    articles = list(corpus_articles(corpus))
    random.Random(7).shuffle(articles)
    told: Counter[tuple[str, str, str]] = Counter()
    assert len(articles) >= 2000
    for at in range(0, 2000, 100):
        told += come_back(articles[at : at + 100])
    for key, count in sorted(told.items()):
        print(count, *key)


def corpus_articles(corpus: Path) -> Iterator[Article]:
    """Records of all entries that are readable."""
    for path in sorted((corpus / "feeds").rglob("*")):
        if path.suffix not in {".xml", ".rss", ".atom", ".rdf", ".json"} or path.name.endswith(".serde.json"):
            continue
        url = f"https://feeds.example/{uuid.uuid5(uuid.NAMESPACE_URL, str(path))}"
        kind = "application/feed+json" if path.suffix == ".json" else "application/xml"
        try:
            document = parse_feed(Fetched(url=url, status=200, body=path.read_bytes(), content_type=kind))
        except FetchError:
            continue
        coming = Coming(key=url, name=path.stem, via="feed", at=AT, channel=document.channel)
        yield from map(
            partial(record, name=""), (to_draft(entry, None, coming) for entry in document.entries)
        )
