"""withdraw, release, drop, backfill, merge, split: the editor's decisions. Each is kept for good."""

from typing import Annotated, Any

import typer

from feeds.cli import out
from feeds.cli.context import carry_out, settings_of
from feeds.cli.teach import examples
from feeds.errors import CommandError

Article = Annotated[
    str, typer.Argument(help="The id of an article, or the beginning of it.", metavar="ARTICLE")
]
Held = Annotated[
    str,
    typer.Argument(
        help="The id of an article, or the beginning of it; or the name of a source.",
        metavar="ARTICLE|SOURCE",
    ),
]
Topic = Annotated[str | None, typer.Argument(help="Only in this topic.", metavar="[TOPIC]")]
Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


def withdraw(
    context: typer.Context,
    article: Article,
    topic: Topic = None,
    reason: Annotated[str | None, typer.Option(help="Kept with the decision, shown to nobody.")] = None,
    withhold: Annotated[
        bool, typer.Option("--withhold", help="For good, and from its page and the search as well.")
    ] = False,
    json: Json = False,
) -> None:
    """Take an article out of a topic's feeds, or out of all. It stays in the archive.

    Its place stays empty: it is not published there again.
    """
    if withhold:
        if topic is not None:
            raise CommandError("what is withheld is withheld from every topic: leave the topic out")
        done = carry_out(settings_of(context), {"do": "withhold", "article": article, "reason": reason})
        words = f"{done['article']} is withheld for good: no topic, page or search shows it any more"
        _say(done, words, json)
        return
    _do(
        context,
        {"do": "withdraw", "article": article, "topic": topic, "reason": reason},
        "withdrawn from",
        json,
    )


def release(context: typer.Context, article: Held, topic: Topic = None, json: Json = False) -> None:
    """Publish at once an article that is held (delay) or was dropped; or all that is held of a source.

    Of a source that is what came as its past: a flood, what its first document had beyond `initial`,
    the older documents behind it. It is published oldest first, where it still matches.
    """
    _do(context, {"do": "release", "article": article, "topic": topic}, "released to", json)


def drop(context: typer.Context, article: Held, topic: Topic = None, json: Json = False) -> None:
    """Decide that an article that is held, or all that is held of a source, will not be published.

    It stays in the archive.
    """
    _do(context, {"do": "drop", "article": article, "topic": topic}, "dropped from", json)


def backfill(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="The topic's slug.", metavar="TOPIC")],
    json: Json = False,
) -> None:
    """Publish every article of the archive that matches and was never published in the topic.

    Not what is held now, and not what an editor dropped.
    """
    done = carry_out(settings_of(context), {"do": "backfill", "topic": topic})
    if json:
        out.as_json(done)
    else:
        out.say(outcome(done, f"{done['published']} articles published in {done['topic']}"))


def merge(
    context: typer.Context,
    article: Annotated[str, typer.Argument(help="The article that survives.", metavar="ARTICLE")],
    other: Annotated[str, typer.Argument(help="The one that becomes part of it.", metavar="OTHER")],
    json: Json = False,
) -> None:
    """Make two articles one: the second becomes part of the first, which survives.

    What the second is called leads to the first from then on, and its entries revise it. An item that
    was published as the second keeps its place and its id, and shows the first; where a topic
    published both, both stay. Nothing is lost, and `newsweir split` undoes it.
    """
    done = carry_out(settings_of(context), {"do": "merge", "article": article, "other": other})
    _say(done, f"{done['other']} is part of {done['article']} from now on", json)


def split(
    context: typer.Context,
    article: Annotated[
        str,
        typer.Argument(
            help="The article that was merged, or the one it is the only part of.", metavar="ARTICLE"
        ),
    ],
    json: Json = False,
) -> None:
    """Undo a merge: what was part of another is an article of its own again.

    Revisions that came while both were one stay with the one that survived.
    """
    done = carry_out(settings_of(context), {"do": "split", "article": article})
    _say(done, f"{done['other']} is an article of its own again, beside {done['article']}", json)


def _do(context: typer.Context, request: dict[str, Any], words: str, json: bool) -> None:
    done = carry_out(settings_of(context), request)
    sentence = _of_source(done, request, words) if "source" in done else None
    _say(done, sentence or f"{done['article']} {words} {', '.join(done['topics'])}", json)


def _of_source(done: dict[str, Any], request: dict[str, Any], words: str) -> str:
    if not done["held"]:
        where = f" in {request['topic']}" if request["topic"] else ""
        return f"nothing of {done['source']} is held{where}: there is nothing to do"
    left = done["held"] - done["published"] if request["do"] == "release" else 0
    rest = f" ({left} of them match no more, or count as others)" if left else ""
    return f"{done['held']} articles of {done['source']} {words} {', '.join(done['topics'])}{rest}"


def _say(done: dict[str, Any], words: str, json: bool) -> None:
    if json:
        out.as_json(done)
        return
    out.say(outcome(done, words))
    for path in done.get("elsewhere", ()):
        out.say(f"the site in {path} shows it until it is brought up: newsweir publish")


def outcome(done: dict[str, Any], words: str) -> str:
    """Return what is said of a decision: that it was carried out, or that it waits."""
    if "waiting" in done:
        return "noted; it takes effect when the clock is trusted (it seems to run more than a day ahead)"
    return words


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        epilog=examples(
            "withdraw 0190a3f2                     out of every topic",
            "withdraw 0190a3f2 afghanistan --reason 'wrong city'",
            "withdraw 0190a3f2 --withhold          from its page and the search too, for good",
        )
    )(withdraw)
    app.command(
        epilog=examples(
            "release 0190a3f2    wherever it is held",
            "release 0190a3f2 afghanistan",
            "release my-paper    all that is held of this source (newsweir sources)",
        )
    )(release)
    app.command(
        epilog=examples(
            "drop 0190a3f2    wherever it is held",
            "drop 0190a3f2 afghanistan",
            "drop my-paper afghanistan    all that is held of this source there",
        )
    )(drop)
    app.command(epilog=examples("backfill afghanistan"))(backfill)
    app.command(epilog=examples("merge 0190a3f2 77c1de04    77c1de04 becomes part of 0190a3f2"))(merge)
    app.command(epilog=examples("split 77c1de04    is an article of its own again"))(split)
