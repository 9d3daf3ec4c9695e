"""Sixty real feeds on a loopback site: every distinct entry is kept, and a second round changes nothing."""

import hashlib
import io
import json
import random
from collections import defaultdict
from pathlib import Path
from urllib.parse import urljoin

import feedparser
import pytest

from archive.record.article import Alias, Article
from feeds.ingest.text.plain import plain_title
from tests.builders import every
from tests.site import Page
from tests.world import PRIVATE, World, tree

pytestmark = pytest.mark.slow
ENDINGS = {".xml", ".rss", ".atom", ".rdf", ".json"}


def chosen(corpus: Path, count: int, seed: int) -> dict[str, bytes]:
    """Feeds with at least one entry: of every kind, the larger ones first, then by chance."""
    found: dict[str, bytes] = {}
    sizes: dict[str, int] = {}
    for path in sorted((corpus / "feeds").rglob("*")):
        if path.suffix in ENDINGS and not path.name.endswith(".serde.json") and path.is_file():
            body = path.read_bytes()
            names = distinct(body)
            if names:
                key = str(path.relative_to(corpus / "feeds"))
                found[key], sizes[key] = body, len(names)
    largest = sorted(found, key=lambda key: (-sizes[key], key))
    json_feeds = [key for key in largest if key.endswith(".json")][:12]
    rest = [key for key in largest if key not in json_feeds]
    chance = random.Random(seed)
    picked = (
        json_feeds
        + rest[: count // 2]
        + chance.sample(rest[count // 2 :], count - len(json_feeds) - count // 2)
    )
    return {key: found[key] for key in picked}


def distinct(body: bytes) -> set[str]:
    """Names of a feed's entries: feedparser's id, else link, else title; of JSON Feed likewise."""
    if body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        try:
            feed = json.loads(body.decode("utf-8-sig"))
        except ValueError:
            return set()
        items = feed.get("items") if "jsonfeed.org" in str(feed.get("version")) else None
        names = [
            str(one.get("id") or one.get("url") or one.get("title") or "")
            for one in items or []
            if isinstance(one, dict)
        ]
    else:
        names = [
            one.get("id") or one.get("link") or one.get("title") or ""
            for one in feedparser.parse(io.BytesIO(body)).entries
        ]
    return {name.strip() for name in names if name.strip()}


def stands(name: str, shown: set[str], url: str) -> bool:
    """Say whether an entry's name was kept: as it is, (a link) absolute, or (a title with markup) in plain text."""
    return bool(
        {name, urljoin(url, name), plain_title(name, markup=True), plain_title(name, markup=False)}
        & {one.strip() for one in shown}
    )


def newest(folder: Path) -> int:
    """When anything below *folder* was last written, folders too."""
    return max(path.stat().st_mtime_ns for path in folder.rglob("*"))


def test_every_distinct_entry_of_sixty_feeds_is_kept_and_the_second_round_is_silent(
    world: World, corpus: Path
) -> None:
    feeds = chosen(corpus, 60, seed=1)
    assert len(feeds) == 60
    urls = {f"/f{number}": key for number, key in enumerate(feeds)}
    for path, key in urls.items():
        kind = "application/feed+json" if key.endswith(".json") else "application/xml"
        tag = f'"{hashlib.sha256(feeds[key]).hexdigest()[:16]}"'
        world.site.pages[path] = Page(feeds[key], headers={"Content-Type": kind}, etag=tag)
    world.configure(
        "\n".join(
            f"  - {{feed: '{{site}}{path}', name: 'n{path[1:]}', pages: never, {PRIVATE}}}" for path in urls
        ),
        "  all: {query: 'NOT xyzzyxyzzy', limit: 1000}",
    )
    tally = world.round()
    assert tally.failed == {}
    shown: dict[str, set[str]] = defaultdict(set)
    by_entry: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for found in every(world.bureau.archive):
        record = found.record
        assert isinstance(record, Article | Alias)
        source = record.archive.source
        names = {source.guid, record.url, record.title} - {None}
        shown[str(source.feed_url)] |= {str(name) for name in names}
        by_entry[record.id, str(source.feed_url)].add((source.guid or record.url or "", record.title or ""))
    missing = {
        key: lost
        for path, key in urls.items()
        if (
            lost := {
                name
                for name in distinct(feeds[key])
                if not stands(name, shown[world.site.url + path], world.site.url + path)
            }
        )
    }
    assert missing == {}, missing
    merged = {
        article: names for article, names in by_entry.items()
        if len({guid for guid, _ in names}) > 1 and len({title for _, title in names}) > 1
    }  # fmt: skip
    assert merged == {}, "entries of one document that differ in guid and title became one article"

    folders = world.data / "archive", world.data / "feeds"
    before = [(tree(folder), newest(folder)) for folder in folders]
    asked = len(world.site.asked)
    world.round()
    again = world.site.asked[asked:]
    assert sorted(one.path for one in again) == sorted(urls), "one request a feed"
    assert all(one.conditional for one in again)
    assert [(tree(folder), newest(folder)) for folder in folders] == before, "nothing newer"


def test_the_two_feeds_that_a_simpler_rule_would_merge(world: World, corpus: Path) -> None:
    names = ("itunes-missing-image.rss", "scriptingNews.rss")
    paths = [next(iter(sorted((corpus / "feeds").rglob(name)))) for name in names]
    for path in paths:
        world.site.pages[f"/{path.name}"] = Page(path.read_bytes())
    world.configure(
        "\n".join(
            f"  - {{feed: '{{site}}/{path.name}', name: '{path.name}', pages: never, {PRIVATE}}}"
            for path in paths
        )
    )
    world.round()
    kept = {
        found.record.archive.source.guid or found.record.url
        for found in world.bureau.archive.since(0, 1000)
        if found.record
    }
    for path in paths:
        assert distinct(path.read_bytes()) <= kept
    count = world.bureau.archive.count()
    world.round()
    assert world.bureau.archive.count() == count
