"""Identity, measured over every feed of the corpus: what differs in guid and title is never one article."""

from pathlib import Path

import pytest

from archive.keeping.batch import Batch, Journalled
from archive.keeping.keeping import keep_document
from archive.keeping.showing import Showing
from archive.memory.catalog import MemoryCatalog
from archive.record.draft import Draft
from feeds.errors import FetchError
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.normalize import Coming, oldest_first, to_draft
from feeds.model import Fetched
from tests.builders import START
from tests.test_corpus_site import ENDINGS

pytestmark = pytest.mark.slow
TWO = ("itunes-missing-image.rss", "scriptingNews.rss")
"""Feeds of which a key of the address alone would make one article of most entries."""


def drafts_of(path: Path, key: str) -> list[Draft]:
    try:
        document = parse_feed(Fetched(url=key, status=200, body=path.read_bytes()))
    except FetchError:
        return []
    coming = Coming(key=key, name="corpus", via="feed", at=START, channel=document.channel)
    return oldest_first([to_draft(entry, None, coming) for entry in document.entries])


def kept_as(drafts: list[Draft], *, one_by_one: bool = False) -> list[str]:
    """Which article each entry of one feed ends as, in an archive of its own.

    one_by_one   the feed shows a single entry at a time, so that the others guard none
    """
    batch = Batch(MemoryCatalog(), Journalled(lambda _: "", lambda *_: None))
    documents = [Showing([draft]) for draft in drafts] if one_by_one else [Showing(drafts)]
    return [one.id for document in documents for one in keep_document(document, batch)]


def merged_wrongly(drafts: list[Draft], articles: list[str]) -> list[tuple[str, str]]:
    """Pairs of entries that differ in guid and in title and are one article all the same."""
    first: dict[str, tuple[str | None, str | None]] = {}
    wrong: list[tuple[str, str]] = []
    for draft, article in zip(drafts, articles, strict=True):
        guid, title = draft.origin.source.guid, draft.content.title
        known = first.setdefault(article, (guid, title))
        if known[0] != guid and known[1] != title:
            wrong.append((str(known), str((guid, title))))
    return wrong


def test_no_two_entries_that_differ_in_guid_and_title_end_as_one_article(corpus: Path) -> None:
    paths = [
        path for path in sorted((corpus / "feeds").rglob("*")) if path.suffix in ENDINGS and path.is_file()
    ]
    feeds = entries = articles = 0
    wrong: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        name = str(path.relative_to(corpus / "feeds"))
        drafts = drafts_of(path, f"http://corpus.example/{name}")
        found, alone = kept_as(drafts), kept_as(drafts, one_by_one=True)
        feeds += bool(drafts)
        entries += len(drafts)
        articles += len(set(found))
        if pairs := merged_wrongly(drafts, found) + merged_wrongly(drafts, alone):
            wrong[name] = pairs
    print(f"{feeds} feeds with {entries} entries: {articles} articles, {len(wrong)} feeds with wrong unions")
    assert wrong == {}
    assert feeds > 500
    assert articles > 0.9 * entries


@pytest.mark.parametrize("name", TWO)
def test_the_feeds_that_an_address_alone_would_merge_keep_all_entries(corpus: Path, name: str) -> None:
    (path, *_) = sorted((corpus / "feeds").rglob(name))
    drafts = drafts_of(path, f"http://corpus.example/{name}")
    distinct = {(one.origin.source.guid, one.content.title, one.content.content_text) for one in drafts}
    articles = kept_as(drafts)
    print(f"{name}: {len(drafts)} entries, {len(set(articles))} articles")
    assert len(set(articles)) == len(distinct)
    assert len(distinct) >= {"itunes-missing-image.rss": 131, "scriptingNews.rss": 50}[name]
