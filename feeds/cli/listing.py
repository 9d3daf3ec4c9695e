"""An OPML list -> sources in config.yaml; what is skipped is named."""

from pathlib import Path
from typing import Any

import typer

from feeds import control
from feeds.cli import out
from feeds.cli.context import settings_of
from feeds.cli.options import options_of
from feeds.config.read import free_name
from feeds.config.write import add_sources
from feeds.errors import CommandError
from feeds.office.lists import expanded
from feeds.office.opml import Listed, read_opml
from feeds.settings import Settings, address_of

_HEAD = 4096


def is_list(path: Path) -> bool:
    """Say whether a file is a list of feeds, by its name or its beginning."""
    if path.suffix.lower() == ".opml":
        return True
    if path.suffix.lower() != ".xml":
        return False
    try:
        with path.open("rb") as file:
            return b"<opml" in file.read(_HEAD).replace(b"\0", b"").lower()
    except OSError:
        return False


def add_list(context: typer.Context, path: Path, given: dict[str, str], *, json: bool) -> None:
    """Add every feed of the list at *path* as a source. Polls nothing itself."""
    if "name" in given:
        raise CommandError("--name is for one source; in a list each has the name that stands there")
    settings, config = expanded(settings_of(context))[0], options_of(context).config
    try:
        listed, skipped = read_opml(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}") from error
    except CommandError as error:
        raise CommandError(f"{path} {error}") from error
    if not listed and not skipped:
        raise CommandError(f"{path} lists no feed")
    items, known = _items(settings, listed, given)
    if items:
        new = add_sources(config, items)
        control.ask(new.data / "run" / "control.sock", {"do": "reload"})
    if json:
        facts = {"file": str(config), "added": items, "known": known, "skipped": skipped}
        out.as_json(facts)
        return
    out.say(f"{len(items)} sources added to {config}, {len(known)} were there, {len(skipped)} skipped")
    for line in (*known, *skipped):
        out.say(f"  {line}")


def _items(
    settings: Settings, listed: list[Listed], given: dict[str, str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the sources to write, with names nobody has yet, and a sentence for each that is there."""
    sources = {address_of(source): source.name for source in settings.sources}
    names = set(sources.values())
    items: list[dict[str, Any]] = []
    known: list[str] = []
    for one in listed:
        if one.url in sources:
            known.append(f"{one.title or one.url}: is a source already ({sources[one.url]})")
            continue
        item: dict[str, Any] = {"feed": one.url}
        if one.title:
            item["name"] = free_name(one.title[:100].strip(), names)
            names.add(item["name"])
        items.append({**item, **given})
    return items, known
