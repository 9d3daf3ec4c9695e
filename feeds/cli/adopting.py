"""A source that was just written into config.yaml, and what it answered -> taken in, and told.

Or one that stood there, had said that it is gone, and is asked once more.
"""

from pathlib import Path
from typing import Any

import msgspec
import typer

from feeds.cli import out
from feeds.cli.context import carry_out
from feeds.errors import CommandError
from feeds.ingest.discovery.ranking import Found
from feeds.net import bare
from feeds.settings import Settings, Source, address_of


def adopt(settings: Settings, config: Path, found: Found, *, json: bool) -> None:
    """Have the source that was written last into *config* taken in, and tell what came of it."""
    source = settings.sources[-1]
    facts: dict[str, Any] = {
        "source": source.name,
        "url": bare(found.url),
        "kind": found.document.kind,
        "title": found.document.channel.title,
        "entries": len(found.document.entries),
        "file": str(config),
        "requests": found.requests,
    }
    if not json:
        title = f' "{facts["title"]}"' if facts["title"] else ""
        out.say(f"found {facts['kind']}{title}, {facts['entries']} entries: {facts['url']}")
        out.say(f"written to {config} as {source.name}")
    request = {"do": "adopt", "url": found.url, "answer": msgspec.to_builtins(found.fetched)}
    try:
        done = carry_out(settings, request)
    except CommandError as error:
        raise CommandError(
            f"the source is in {config}, and what it holds comes with its next poll: {error}"
        ) from error
    _tell(facts | done, json=json)


def ask_again(settings: Settings, source: Source, *, json: bool) -> None:
    """Have a source asked once more that said 410 Gone, and tell what came of it."""
    url = bare(address_of(source))
    if not json:
        out.say(f"{url} is a source already: {source.name}; it said 410 Gone, and is asked once more")
    done = carry_out(settings, {"do": "ask-again", "source": source.name})
    _tell({"url": url, **done}, json=json)


def _tell(facts: dict[str, Any], *, json: bool) -> None:
    if json:
        out.as_json(facts)
    else:
        _show(facts)
    if facts["error"] is not None:
        raise typer.Exit(1)


def _show(facts: dict[str, Any]) -> None:
    if facts["error"] is not None:
        out.say(f"nothing of its answer could be kept: it {facts['error']}")
        return
    known = f", {facts['known']} known already" if facts["known"] else ""
    out.say(f"{facts['new']} new articles archived{known}")
    for one in facts["articles"]:
        day = (one["date_published"] or "no date")[:10]
        out.say(
            f"  {day:<10}  {one['title'] or 'without a title'}"
            + "".join(f"  [{slug}]" for slug in one["topics"])
        )
    if facts["new"] > len(facts["articles"]):
        out.say(f"  and {facts['new'] - len(facts['articles'])} more")
    if facts["new"]:
        topics = ", ".join(f"{slug} ({count})" for slug, count in facts["topics"].items())
        out.say(
            f"published in {topics}"
            if topics
            else "none of them is in a topic (newsweir explain ID says why)"
        )
    for note in facts["notes"]:
        out.say(note)
    if facts["next_poll"]:
        out.say(f"next poll: {facts['next_poll']}")
