"""What was typed -> the feed that is meant: discovery with a person, or a pipe, at the other end."""

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from feeds.cli import out
from feeds.errors import CommandError, FetchError, Private
from feeds.ingest.discovery.ranking import Choice, Found
from feeds.ingest.discovery.typed import is_local, web_address_of
from feeds.settings import Settings

Choose = Callable[[Sequence[Choice]], Choice]


def address_typed(target: str) -> str:
    """Return the web address that *target* means. Raises CommandError where it means a file."""
    if is_local(target):
        raise CommandError(
            f"{target}: is no web address (write one like https://example.org/; "
            "a file is archived with `newsweir add FILE`)"
        )
    return web_address_of(target)


def find(target: str, settings: Settings, choose: Choose, *, allow_private: bool) -> Found:
    """Return the feed that *target* leads to. Raises CommandError with what was tried and what to do."""
    from feeds.ingest.discovery.finding import Finder  # noqa: PLC0415
    from feeds.net import Door  # noqa: PLC0415
    from feeds.office.bureau import user_agent  # noqa: PLC0415 - slow to import, and most commands need none of it
    from feeds.workers import Workers  # noqa: PLC0415

    url = address_typed(target)
    door, workers = Door(user_agent(settings.site.contact), ports=frozenset(settings.fetch.ports)), Workers(1)
    try:
        finder = Finder(door, settings.fetch, choose, allow_private=allow_private, parse=workers.feed)
        with door.on_behalf(url):
            return finder.find(url)
    except Private as error:
        raise CommandError(
            f"{str(error).partition(': ')[0]} lies in a private network ({error.addresses[0]}), which is never asked "
            "unless you say that it is your own: repeat the command with --allow-private"
        ) from error
    except FetchError as error:
        raise CommandError(f"{error}{_hint(target, url, error)}") from error
    finally:
        workers.close()
        door.close()


def _hint(target: str, url: str, error: FetchError) -> str:
    guessed = url.startswith("https://") and "https:" not in target.lower()
    if not guessed or error.status is not None or "names no feed" in str(error):
        return ""
    return (
        f" (https was taken, as none was written; if it has only http: http://{url.removeprefix('https://')})"
    )


def first(found: Sequence[Choice]) -> Choice:
    """Take the likeliest."""
    return found[0]


def chooser(command: Sequence[str], *, json: bool) -> Choose:
    """Return who chooses: the person at the terminal; without one nobody, and the choices are told.

    command   the words that make this command again, but for the address
    """
    if sys.stdin.isatty() and sys.stderr.isatty():
        return _ask
    return lambda found: _tell(found, command, json=json)


def _ask(found: Sequence[Choice]) -> Choice:
    shown = [one for one in found if one.rank < 2] or list(found)
    out.warn(f"There are {len(shown)} feeds:")
    for number, one in enumerate(shown, 1):
        out.warn(f"  {number}  {described(one)}")
    while True:
        sys.stderr.write("Which one [1]: ")
        sys.stderr.flush()
        typed = sys.stdin.readline()
        if not typed:
            raise CommandError("none was chosen; nothing was added")
        wanted = typed.strip() or "1"
        if wanted.isdecimal() and 1 <= int(wanted) <= len(shown):
            return shown[int(wanted) - 1]
        out.warn(f"{wanted!r} is none of them: write a number from 1 to {len(shown)}, or press Ctrl-C")


def _tell(found: Sequence[Choice], command: Sequence[str], *, json: bool) -> NoReturn:
    if json:
        out.as_json({"status": "undecided", "choices": [as_facts(one) for one in found]})
    rows = [
        f"  {shlex.join([*command, one.url])}" + (f"   # {one.title}" if one.title else "") for one in found
    ]
    raise CommandError(
        f"there are {len(found)} feeds; say which one (or --yes for the first):\n" + "\n".join(rows)
    )


def described(one: Choice) -> str:
    """Return a choice in one line."""
    return "  ".join(part for part in (one.title, one.url, f"({one.kind})" if one.kind else "") if part)


def as_facts(one: Choice) -> dict[str, Any]:
    """Return a choice as JSON."""
    return {"url": one.url, "title": one.title, "kind": one.kind or None, "also": list(one.also)}
