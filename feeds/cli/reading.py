"""sources, topics, search, show, explain: what there is, and why."""

import itertools
import sys
from typing import Annotated, Any

import msgspec
import typer

from feeds.answering.library import Library
from feeds.cli import out
from feeds.cli.context import library_of, settings_of
from feeds.cli.pasts import Past, pasts
from feeds.cli.querying import QueryCommand
from feeds.cli.teach import examples
from feeds.curate.judge import judge
from feeds.curate.match import Reading, unmet
from feeds.curate.query import QueryError, parse_query
from feeds.curate.rules import Rule
from feeds.curate.standing import Item, undecided
from feeds.errors import CommandError
from feeds.past import CAME
from feeds.publish.text.urls import bare
from feeds.schedule.ledger import Account
from feeds.settings import FeedSource

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def sources(
    context: typer.Context,
    json: Json = False,
    opml: Annotated[bool, typer.Option("--opml", help="Print the feeds as OPML, for feed readers.")] = False,
) -> None:
    """List the sources: how each stands, when it is asked next, and why then; what of its past is held.

    `newsweir release SOURCE` publishes what is held of a source, `newsweir drop SOURCE` lets it go.
    """
    if opml:
        from feeds.office.lists import expanded  # noqa: PLC0415 - slow to import
        from feeds.office.opml import write_opml  # noqa: PLC0415

        settings, _ = expanded(settings_of(context))
        feeds = [
            source for source in settings.sources if isinstance(source, FeedSource) and not source.discover
        ]
        sys.stdout.write(write_opml(f"{settings.site.title}: sources", feeds).decode())
        return
    with library_of(context) as library:
        every = library.ledger.accounts()
        past = pasts(library, every)
    accounts = [one for one in every if one.is_source]
    if json:
        out.as_json([_account_facts(one, past[one.key]) for one in accounts])
        return
    rows = [
        (
            a.name,
            _state(a.failures, a.status),
            out.moment(a.good),
            out.moment(a.due),
            a.why,
            a.kept,
            a.error or "",
            past[a.key].sentence(a.name),
        )
        for a in accounts
    ]
    out.table(("source", "state", "last good", "next poll", "why", "kept", "error", "past"), rows, ("bold",))


def _account_facts(account: Account, past: Past) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(account)
    walks = {"history": past.walk, "missed": past.gap}
    told = {name: msgspec.to_builtins(walk) if walk else None for name, walk in walks.items()}
    return {**facts, "held": past.held, **told}


def _state(failures: int, status: str | None) -> str:
    return "failing" if failures else status or "not asked yet"


def topics(context: typer.Context, json: Json = False) -> None:
    """List the topics: what each published, what it holds, and its rule."""
    with library_of(context) as library:
        facts = [_topic_facts(library, rule) for rule in library.book.in_force()]
    if json:
        out.as_json(facts)
        return
    rows = [(f["slug"], f["published"], f["held"], f["updated"] or "never", f["rule"]) for f in facts]
    out.table(("topic", "published", "held", "last cutting", "rule"), rows, ("bold",))


def _topic_facts(library: Library, rule: Rule) -> dict[str, Any]:
    standing = library.told.standing(rule.topic)
    base = library.settings.site.base_url
    examples = ", ".join(f"like {name}" for name in rule.keys.like)
    return {
        "slug": rule.slug,
        "title": rule.title,
        "published": standing.n,
        "held": len(library.told.held(rule.topic)),
        "updated": standing.updated or None,
        "rule": "; ".join(part for part in (str(rule.tree) if rule.tree else "", examples) if part),
        "feeds": [f"{base}{rule.slug}/{name}" for name in ("rss.xml", "atom.xml", "feed.json")],
        "id": f"urn:uuid:{rule.topic}",
    }


def search(
    context: typer.Context,
    query: Annotated[
        list[str], typer.Argument(help="As in a topic: kabul (moscow OR russia*) -sport", metavar="QUERY")
    ],
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many.")] = 20,
    json: Json = False,
) -> None:
    """Search the archive in the language of the topics, newest first."""
    try:
        tree = parse_query(" ".join(query))
    except QueryError as error:
        raise CommandError(str(error)) from error
    with library_of(context) as library:
        found = list(itertools.islice(library.search(tree), limit))
        facts: list[dict[str, Any]] = [
            {
                "id": one.id,
                "title": one.title,
                "url": one.url,
                "date_published": one.date_published,
                "kept": one.archive.first_seen,
                "source": one.archive.source.name,
                "snippet": library.snippet(tree, one),
            }
            for one in found
        ]
    if json:
        out.as_json(facts)
    elif not facts:
        out.say(f"nothing kept matches {tree}")
    else:
        rows = [
            (f["id"].removeprefix("urn:uuid:")[:8], f["kept"], f["source"], f["title"], f["snippet"])
            for f in facts
        ]
        out.table(("id", "kept", "source", "title", "where"), rows, ("bold",))


def show(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(help="The id of an article, or the beginning of it.", metavar="ID")
    ],
    rev: Annotated[int | None, typer.Option("--rev", min=1, help="This revision, not the newest.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes it was read from.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The record as it is kept.")] = False,
) -> None:
    """Show an article: its text and where it comes from, its whole record, or its own bytes."""
    with library_of(context) as library:
        key = library.archive.find_id(article)
        record = library.archive.get(key, rev)
        if raw:
            if record.archive.raw is None:
                raise CommandError(f"{key}: no bytes were kept of this revision")
            sys.stdout.buffer.write(library.archive.blob(record.archive.raw.sha256))
            return
        if json:
            body = library.archive.line(key, rev).body
            sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")
            return
        card = library.archive.card(key)
        revisions = card.rev if card is not None else record.archive.rev
        fates = _fates(library, key)
    facts = (
        ("id", record.id),
        ("title", record.title),
        ("source", record.archive.source.name),
        ("url", record.url),
        ("dated", record.date_published),
        ("kept", record.archive.first_seen),
        ("revision", f"{record.archive.rev} of {revisions}"),
        ("authors", ", ".join(author.name or "" for author in record.authors)),
        ("tags", ", ".join(record.tags)),
        *fates,
    )
    for name, value in facts:
        if value:
            out.say(f"{name + ':':<10} {value}")
    out.say(f"\n{record.content_text}")


def _fates(library: Library, article: str) -> list[tuple[str, str]]:
    """Return what became of an article: merged, taken back, withheld."""
    first, *parts = library.archive.members(article)
    found = [("part of", f"{first} (newsweir split {bare(article)} parts them)")] if first != article else []
    if first == article and parts:
        found.append(("parts", ", ".join(parts)))
    gone = library.archive.tombstone(article)
    if gone is not None and gone.withheld:
        found.append(("withheld", f"since {gone.at}, for good" + (f": {gone.note}" if gone.note else "")))
    elif gone is not None:
        found.append(("gone", f"its source took it back at {gone.at} ({gone.reason})"))
    return found


def explain(
    context: typer.Context,
    article: Annotated[
        str, typer.Argument(help="The id of an article, or the beginning of it.", metavar="ARTICLE")
    ],
    topic: Annotated[str | None, typer.Argument(help="Only for this topic.", metavar="[TOPIC]")] = None,
    json: Json = False,
) -> None:
    """Say why an article is in a topic's feed, or why it is not."""
    with library_of(context) as library:
        record = library.archive.get(library.archive.find_id(article))
        rules = [library.topic(topic)] if topic else library.book.in_force()
        facts = [_explained(rule, library.item(rule.topic, record.id), Reading.of(record)) for rule in rules]
        fates = _fates(library, record.id)
    if json:
        out.as_json({"article": record.id, "title": record.title, "topics": facts})
        return
    out.say(f"{record.title} ({record.id}, revision {record.archive.rev})")
    for name, value in fates:
        out.say(f"{name}: {value}")
    for fact in facts:
        out.say(f"\n{fact['topic']}: {fact['state']}")
        for sentence in fact["why"]:
            out.say(f"  {sentence}")


def _explained(rule: Rule, item: Item | None, reading: Reading) -> dict[str, Any]:
    verdict = judge(rule, reading)
    why: list[str] = []
    if item is not None and item.n is not None:
        why.append(f"published as number {item.n} at {item.at}, shown at revision {item.rev}")
    if item is not None and item.state == "held":
        why.append(_held(item))
    if item is not None and item.state == "dropped":
        why.append(f"dropped: {item.reason}")
    if item is not None and item.state == "withdrawn":
        why.append(f"withdrawn at {item.updated}; it is not published there again")
    if verdict.shown.matched:
        why.append("matched " + ", ".join(verdict.shown.matched))
    if verdict.shown.sentence is not None:
        why.append(f"in: {reading.body[slice(*verdict.shown.sentence)]}")
    if verdict.shown.like is not None:
        like = verdict.shown.like
        why.append(f"like {like.title!r} ({like.score} of its own score) by {', '.join(like.terms)}")
    if not verdict.lets_in:
        why += _shut_out(rule, reading)
    elif undecided(item):
        why.append(
            "the rule lets it in now, but the topic had gone past it: "
            f"`newsweir backfill {rule.slug}` publishes such articles"
        )
    state = item.state if item is not None else "not in it"
    return {"topic": rule.slug, "state": state, "matches": verdict.lets_in, "why": why}


def _shut_out(rule: Rule, reading: Reading) -> list[str]:
    """Return why the rule does not let an article in."""
    if reading.closed:
        return ["its source lets nothing of it be published (`rights: {publish: false}`, when it was kept)"]
    return (unmet(rule.tree, reading) if rule.tree is not None else []) or ["too unlike the examples"]


def _held(item: Item) -> str:
    """Return until when and why an item waits, and what can be done about it."""
    if item.source is None:
        return f"held until {item.until or 'an editor decides'}: {item.reason}"
    return f"held until an editor decides: it came as {CAME[item.reason or '']} (newsweir release, newsweir drop)"


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        epilog=examples(
            "sources           how each stands, and why its next poll is when it is",
            "sources --json    for a program",
            "sources --opml >feeds.opml    for a reader",
        )
    )(sources)
    app.command(epilog=examples("topics", "topics --json    with the addresses of the feeds"))(topics)
    app.command(
        cls=QueryCommand,
        epilog=examples(
            "search kabul moscow                    both words, anywhere",
            "search kabul '-(football OR cricket)'  and none of these",
            "search '(opium OR heroin) AND NOT title:review'",
            "search '\"united states\" AND afghan*' -n 5",
        ),
    )(search)
    app.command(
        epilog=examples(
            "show 0190a3f2            its text, and where it comes from",
            "show 0190a3f2 --rev 1    as it was first kept",
            "show 0190a3f2 --raw      the very bytes it was read from",
            "show 0190a3f2 --json | jq ._archive.source",
        )
    )(show)
    app.command(
        epilog=examples(
            "explain 0190a3f2                why it is in each topic, or why not",
            "explain 0190a3f2 afghanistan    in one topic",
        )
    )(explain)
