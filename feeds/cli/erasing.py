"""erase: an article must go for good. Asks a person first; a program has to say --yes."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from archive import ArchiveError
from feeds.answering.library import Library
from feeds.cli import out
from feeds.cli.context import carry_out, library_of, settings_of
from feeds.cli.editing import Article, Json, outcome
from feeds.cli.teach import examples
from feeds.errors import CommandError
from feeds.settings import Settings


def erase(
    context: typer.Context,
    article: Article,
    reason: Annotated[str | None, typer.Option(help="Kept with the decision, shown to nobody.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase an article for good: every revision, its original bytes, what was told of it.

    Only its id stays, and digests by which it is kept out when its source shows it again. To take it out
    of the feeds and keep it, use `newsweir withdraw`.
    """
    with library_of(context) as library:
        facts = _facts(library, article)
    for one in facts["sharing"]:
        out.warn(f"its original bytes are those of another article too, which keeps its text: {one}")
    if not yes:
        _ask(facts)
    settings = settings_of(context)
    done = carry_out(settings, {"do": "erase", "article": facts["article"], "reason": reason})
    if done.get("backups"):
        done |= _bring_up(settings, done["backups"])
    if done.get("unreached"):
        done |= _reach(settings, done["targets"], done["unreached"])
    if json:
        out.as_json(done)
        return
    _tell(done)


def _tell(done: dict[str, Any]) -> None:
    words = f"{done['article']} is erased"
    if "waiting" not in done:
        words += f": {_counted(done['revisions'], 'revision')}, {_counted(done['blobs'], 'original')}"
        words += f"; withdrawn from {', '.join(done['withdrawn'])}" if done["withdrawn"] else ""
        words += f"; dropped from {', '.join(done['dropped'])}" if done["dropped"] else ""
    out.say(outcome(done, words))
    for path in done.get("backups", ()):
        out.say(f"the backup in {path} was brought up")
    for path in done.get("targets", ()):
        out.say(f"the site in {path} was brought up")
    for path, why in done.get("unreached", {}).items():
        out.warn(f"the site in {path} may still show it ({why}): run newsweir publish --to {path}")
    for path, why in done.get("not_reached", {}).items():
        out.warn(f"the backup in {path} may still hold it ({why}): run newsweir backup {quote(path)} again")
    for path, size in done.get("aside", {}).items():
        out.warn(
            f"{path}/quarantine has {_counted(size, 'byte')} that were moved aside there and may hold some of it: "
            "look at them, and delete what you do not need"
        )


def _bring_up(settings: Settings, places: Sequence[str]) -> dict[str, Any]:
    """Bring backups up to the archive, which takes what was erased out of them; say which cannot be reached."""
    from feeds.backup import back_up  # noqa: PLC0415 - slow to import
    from feeds.care.erasing import again  # noqa: PLC0415

    reached: list[str] = []
    aside: dict[str, int] = {}
    failed: dict[str, str] = {}
    for place in places:
        if not (Path(place) / "STORE.json").is_file():
            failed[place] = "it is not there now"
            continue
        try:
            with out.bar(f"bringing up {place}") as told:
                copied = back_up(settings, Path(place), datetime.now(UTC), told)
            if copied.parked:
                aside[place] = copied.parked
            if copied.flaws:
                failed[place] = f"{len(copied.flaws)} flaws"
            else:
                reached.append(place)
        except (CommandError, ArchiveError) as error:
            failed[place] = str(error)
        except KeyboardInterrupt:
            for left in places:
                if left not in reached:
                    out.warn(again(left))
            raise
    return {"backups": reached, "not_reached": failed, "aside": aside}


def _reach(settings: Settings, reached: list[str], failed: dict[str, str]) -> dict[str, Any]:
    """Bring up the published sites that the daemon could not: it may not see what we see."""
    from feeds.care.targets import known_to, mirror_again  # noqa: PLC0415 - slow to import

    store, known = known_to(settings)
    left: dict[str, str] = {}
    for path in failed:
        try:
            mirror_again(settings, path, store)
        except CommandError as error:
            left[path] = str(error)
        else:
            behind = known[path].behind if path in known else None
            carry_out(settings, {"do": "published", "path": path, "behind": behind})
            reached.append(path)
    return {"targets": reached, "unreached": left}


def _facts(library: Library, head: str) -> dict[str, Any]:
    article = library.archive.find_id(head)
    record = library.archive.get(article)
    items = library.told.of_article(article)
    slugs = {rule.topic: rule.slug for rule in library.book.all()}

    def standing(state: str) -> list[str]:
        return [slugs.get(item.topic, item.topic) for item in items if item.state == state]

    return {
        "article": article,
        "title": record.title,
        "source": record.archive.source.name or record.archive.source.key,
        "revisions": len(library.archive.revisions(article)),
        "published": standing("published"),
        "held": standing("held"),
        "sharing": [_named(library, one) for one in library.archive.sharing(article)],
    }


def _named(library: Library, article: str) -> str:
    try:
        return f"{article} {library.archive.get(article).title or ''}".rstrip()
    except ArchiveError:
        return article


def _ask(facts: dict[str, Any]) -> None:
    """Show what will be erased and ask. Raises CommandError unless the answer is yes."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError(
            f"{facts['article']} ({facts['title'] or 'no title'}, {_counted(facts['revisions'], 'revision')}) would be "
            "erased for good: repeat the command with --yes"
        )
    out.warn(facts["title"] or "(no title)")
    out.warn(f"  {facts['article']}")
    out.warn(f"  from {facts['source']}, {_counted(facts['revisions'], 'revision')}")
    out.warn(f"  published in {', '.join(facts['published']) or 'no topic'}")
    if facts["held"]:
        out.warn(f"  held in {', '.join(facts['held'])}")
    sys.stderr.write("Erase it for good? Nothing brings it back. [y/N]: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was erased")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def add_to(app: typer.Typer) -> None:
    """Add this command to *app*."""
    app.command(
        epilog=examples(
            "erase 0190a3f2                         asks before it acts",
            "erase 0190a3f2 --yes --reason 'court order 7/26'",
        )
    )(erase)
