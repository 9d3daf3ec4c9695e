"""Libraries of the Python package index that read feeds: feedparser and `reader`."""

import importlib.metadata
import importlib.util
import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import feedparser

from tests.readers.program import ATOM, JSON, RSS, Held, Program


def version_of(package: str) -> str | None:
    """Return the version of a package, or None where it is not installed."""
    if importlib.util.find_spec(package) is None:
        return None
    return importlib.metadata.version(package)


class Feedparser(Program):
    """A parser that asks for what it parses; what a program around it remembers is a dictionary by id."""

    name = "feedparser"
    kind = "Python library"

    def version(self) -> str | None:
        return version_of("feedparser")

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        kept = home / "kept.json"
        memory = json.loads(kept.read_text()) if kept.exists() else {}
        for feed in feeds:
            known = memory.setdefault(feed, {"items": {}})
            found = feedparser.parse(feed, etag=known.get("etag"), modified=known.get("modified"))
            assert not found.bozo, found.bozo_exception
            if found.status == 304:
                continue
            known |= {"etag": found.get("etag"), "modified": found.get("modified")}
            for one in found.entries:
                known["items"][one.id] = [one.title, one.link, one.published]
        kept.write_text(json.dumps(memory))

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        memory = json.loads((home / "kept.json").read_text())
        return [
            Held(feed=feed, id=name, title=title, link=link, date=date)
            for feed, known in memory.items()
            for name, (title, link, date) in known["items"].items()
        ]


class Reader(Program):
    """The library behind a web reader; its memory is a SQLite database."""

    name = "reader"
    kind = "Python library"
    formats = (RSS, ATOM, JSON)

    def version(self) -> str | None:
        return version_of("reader")

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        import reader

        with closing(reader.make_reader(str(home / "reader.sqlite"))) as library:
            for feed in feeds:
                library.add_feed(feed, exist_ok=True)
                library.update_feed(feed)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        import reader

        with closing(reader.make_reader(str(home / "reader.sqlite"))) as library:
            return [
                Held(feed=one.feed_url, id=one.id, title=one.title or "", link=one.link or "",
                     date=str(one.published), unread=not one.read)
                for one in library.get_entries()
            ]  # fmt: skip

    def read_all(self, home: Path) -> None:
        import reader

        with closing(reader.make_reader(str(home / "reader.sqlite"))) as library:
            for one in library.get_entries():
                library.mark_entry_as_read(one)
