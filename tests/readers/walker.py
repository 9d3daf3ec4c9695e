"""A client that walks back through all that a feed ever held, and joins it by id."""

import json
from collections.abc import Sequence
from pathlib import Path

import requests

from feeds import __version__
from tests.joining_client import joined
from tests.readers.program import ATOM, JSON, RSS, Held, Program


class Walker(Program):
    """It remembers nothing between two polls: what it finds is all there is."""

    name = "a program that walks"
    kind = "RFC 5005"
    formats = (RSS, ATOM, JSON)
    conditional = False
    walks = True

    def version(self) -> str | None:
        return __version__

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        found = {feed: joined(feed, _get) for feed in feeds}
        (home / "found.json").write_text(json.dumps(found))

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        found = json.loads((home / "found.json").read_text())
        return [
            Held(feed=feed, id=name, title=title)
            for feed, items in found.items()
            for name, title in items.items()
        ]


def _get(url: str) -> bytes:
    answer = requests.get(url, timeout=20)
    answer.raise_for_status()
    return answer.content
