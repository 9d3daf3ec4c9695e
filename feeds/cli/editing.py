"""withdraw, release, drop, backfill: the editor's decisions. Each is kept for good."""

from typing import Annotated, Any

import typer

from feeds.cli import out
from feeds.cli.context import carry_out, settings_of
from feeds.cli.teach import examples

Article = Annotated[
    str, typer.Argument(help="The id of an article, or the beginning of it.", metavar="ARTICLE")
]
Topic = Annotated[str | None, typer.Argument(help="Only in this topic.", metavar="[TOPIC]")]
Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


def withdraw(
    context: typer.Context,
    article: Article,
    topic: Topic = None,
    reason: Annotated[str | None, typer.Option(help="Kept with the decision, shown to nobody.")] = None,
    json: Json = False,
) -> None:
    """Take an article out of a topic's feeds, or out of all. It stays in the archive.

    Its place stays empty: it is not published there again.
    """
    _do(
        context,
        {"do": "withdraw", "article": article, "topic": topic, "reason": reason},
        "withdrawn from",
        json,
    )


def release(context: typer.Context, article: Article, topic: Topic = None, json: Json = False) -> None:
    """Publish at once what is held (delay), or what was dropped."""
    _do(context, {"do": "release", "article": article, "topic": topic}, "released to", json)


def drop(context: typer.Context, article: Article, topic: Topic = None, json: Json = False) -> None:
    """Decide that what is held will not be published."""
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


def _do(context: typer.Context, request: dict[str, Any], words: str, json: bool) -> None:
    done = carry_out(settings_of(context), request)
    if json:
        out.as_json(done)
    else:
        out.say(outcome(done, f"{done['article']} {words} {', '.join(done['topics'])}"))


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
        )
    )(withdraw)
    app.command(epilog=examples("release 0190a3f2    wherever it is held", "release 0190a3f2 afghanistan"))(
        release
    )
    app.command(epilog=examples("drop 0190a3f2    wherever it is held", "drop 0190a3f2 afghanistan"))(drop)
    app.command(epilog=examples("backfill afghanistan"))(backfill)
