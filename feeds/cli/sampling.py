"""A found feed -> facts about it and its latest entries, for people and programs."""

import shlex
from datetime import datetime
from typing import Any

from archive import Draft
from feeds.cli import out
from feeds.cli.looking import as_facts
from feeds.ingest.discovery.ranking import Found
from feeds.ingest.sample import drafts, latest, short
from feeds.settings import FeedSource


def sampled(found: Found, source: FeedSource, at: datetime) -> dict[str, Any]:
    """Return what `try` tells."""
    document, fetched = found.document, found.fetched
    entries = latest(document)
    return {
        "url": found.url,
        "kind": document.kind,
        "title": document.channel.title,
        "site": document.channel.link,
        "entries": len(document.entries),
        "short": short(document, source),
        "pages": source.pages,
        "etag": fetched.etag,
        "last_modified": fetched.last_modified,
        "bytes": len(fetched.body),
        "truncated": fetched.truncated,
        "repaired": document.repaired,
        "requests": found.requests,
        "private": bool(found.networks),
        "choices": [as_facts(one) for one in found.choices],
        "latest": [
            _told(one) for one in drafts(entries, [None] * len(entries), document, fetched, source, at)
        ],
    }


def _told(draft: Draft) -> dict[str, Any]:
    content, origin = draft.content, draft.origin
    lines = content.content_text.strip().splitlines()
    return {
        "title": content.title,
        "date_published": content.date_published,
        "authors": [author.name for author in content.authors if author.name],
        "words": origin.extract.words if origin.extract else len(content.content_text.split()),
        "quality": origin.extract.quality if origin.extract else None,
        "first_line": lines[0] if lines else None,
        "url": content.url,
    }


def show(facts: dict[str, Any]) -> None:
    """Print it for people."""
    out.say(f"{facts['kind']}: {facts['title'] or 'without a title'}")
    out.say(f"{facts['url']}")
    out.say(
        f"{facts['entries']} entries, {facts['bytes']} bytes, found in {_counted(facts['requests'], 'request')}"
    )
    others = [one for one in facts["choices"] if one["url"] != facts["url"]]
    if others:
        out.say("there are others:")
        for one in others:
            out.say(f"  {one['url']}  {one['title'] or ''}".rstrip())
    sent = [name for name, key in (("ETag", "etag"), ("Last-Modified", "last_modified")) if facts[key]]
    out.say(
        f"{' and '.join(sent)} sent: while nothing changes a poll costs next to nothing"
        if sent
        else "no ETag or Last-Modified sent: every poll fetches all of it"
    )
    if facts["short"]:
        out.say(
            f"{facts['short']} of {facts['entries']} entries are short: their pages would be fetched (pages: {facts['pages']})"
        )
    if facts["repaired"]:
        out.say(f"it is not well-formed, and was read all the same: {facts['repaired']}")
    if facts["truncated"]:
        out.say("it is longer than fetch.max_bytes and was cut there")
    for one in facts["latest"]:
        authors = ", ".join(one["authors"]) or "no author"
        day = one["date_published"] or "no date"
        out.say("")
        out.say(f"{one['title'] or 'without a title'}")
        out.say(f"  {day}, {authors}, {_counted(one['words'], 'word')}")
        if one["first_line"]:
            out.say(f"  {_cut(one['first_line'])}")
    out.say("")
    private = "--allow-private " if facts["private"] else ""
    out.say(f"nothing was kept; to keep it: newsweir add {private}{shlex.quote(facts['url'])}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _cut(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
