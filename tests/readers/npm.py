"""Parsers of the npm registry; what a program around them remembers is a dictionary by id."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.readers.program import ATOM, JSON, RSS, Held, Program, run

_HERE = Path(__file__).parent / "npm"


class _Parser(Program):
    kind = "npm library"
    conditional = False

    def version(self) -> str | None:
        package = _HERE / f"node_modules/{self.name}/package.json"
        if shutil.which("node") is None or not package.exists():
            return None
        return str(json.loads(package.read_text())["version"])

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        kept = home / "kept.json"
        memory = json.loads(kept.read_text()) if kept.exists() else {}
        for feed in feeds:
            items = memory.setdefault(feed, {})
            for line in run(["node", _HERE / "poll.mjs", self.name, feed], home).splitlines():
                name, *rest = json.loads(line)
                items[name] = rest
        kept.write_text(json.dumps(memory))

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        memory = json.loads((home / "kept.json").read_text())
        return [
            Held(feed=feed, id=name, title=title, link=link, date=date)
            for feed, items in memory.items()
            for name, (title, link, date) in items.items()
        ]


class RssParser(_Parser):
    """It asks by itself, and always for all."""

    name = "rss-parser"


class Feedsmith(_Parser):
    """It parses only; who asks is node's own fetch."""

    name = "feedsmith"
    formats = (RSS, ATOM, JSON)
