"""A command's name -> the command, imported when it is asked for."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

ROOMS: dict[str, dict[str, str]] = {
    "setup": {
        "init": "Write a config.yaml to start from, with a word on every line, and a folder for files of your own.",
        "check": "Name every fault of the configuration, with its line and its mend.",
        "schema": "Print the JSON Schema of config.yaml, for editors.",
    },
    "working": {
        "run": "Poll, archive, publish and serve, until stopped (Ctrl-C or SIGTERM).",
        "once": "Poll every source that is due, publish, and exit. For cron, or to see what happens.",
        "rebuild": "Make data/index and data/feeds anew from the archive.",
    },
    "adding": {
        "try": "Show what feed an address leads to, and its latest entries as they would be archived. Keeps nothing.",
        "add": "Add a source to config.yaml, or all feeds of an OPML list; or archive one local file.",
    },
    "reading": {
        "sources": "List the sources: how each stands, when it is asked next, and why then; what of its past is held.",
        "topics": "List the topics: what each published, what it holds, and its rule.",
        "search": "Search the archive in the language of the topics, newest first.",
        "show": "Show an article: its text and where it comes from, its whole record, or its own bytes.",
        "explain": "Say why an article is in a topic's feed, or why it is not.",
    },
    "comparing": {"diff": "Show what the source changed in an article, word by word."},
    "editing": {
        "withdraw": "Take an article out of a topic's feeds, or out of all. It stays in the archive.",
        "release": "Publish at once an article that is held (delay) or was dropped; or all that is held of a source.",
        "drop": "Decide that an article that is held, or all that is held of a source, will not be published.",
        "backfill": "Publish every article of the archive that matches and was never published in the topic.",
        "merge": "Make two articles one: the second becomes part of the first, which survives.",
        "split": "Undo a merge: what was part of another is an article of its own again.",
    },
    "publishing": {
        "publish": "Bring the published site up to what is told, and every folder that it is published to."
    },
    "erasing": {
        "erase": "Erase an article for good: every revision, its original bytes, what was told of it."
    },
    "upkeep": {
        "repair": "Mend what verify finds: alone where nothing is lost, else from a backup, each line by its own sum.",
        "backup": "Bring a backup up to the archive, beside the running daemon; what is there already is not copied again.",
        "restore": "Bring a backup back where data/archive is lost: copied, read again, and published as it was.",
        "verify": "Read everything that is kept again: every line must prove itself, every blob must unpack.",
    },
}
"""The modules beside this one, the commands of each, and the first sentence of each command's help."""

_ROOM_OF = {name: room for room, names in ROOMS.items() for name in names}


class _Shelf(MutableMapping[str, Any]):
    """The commands by name; those of a module are made when one of them is taken."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made and name in _ROOM_OF:
            part = typer.Typer(rich_markup_mode=None)
            import_module(f"feeds.cli.{_ROOM_OF[name]}").add_to(part)
            self._made |= typer.main.get_group(part).commands
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_ROOM_OF)

    def __len__(self) -> int:
        return len(_ROOM_OF)


class Commands(TyperGroup):
    """All commands. None is imported but the one that is asked for: a list of them is there at once."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": None})
        self.commands = _Shelf()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order in which somebody new meets them."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each name with what it does."""
        with formatter.section("Commands"):
            formatter.write_dl([row for names in ROOMS.values() for row in names.items()])
