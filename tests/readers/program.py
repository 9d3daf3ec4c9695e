"""A feed reader -> the items it holds: the shape of every adapter beside this."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RSS, ATOM, JSON = "rss.xml", "atom.xml", "feed.json"
NAMES = {RSS: "RSS", ATOM: "Atom", JSON: "JSON Feed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One item as a reader shows it.

    feed     the address under which its owner subscribed to the feed it stands in
    id       what the feed calls it
    date     as the reader keeps it: seconds, or words
    unread   None where the program keeps no such mark
    """

    feed: str
    id: str
    title: str
    link: str = ""
    date: str = ""
    unread: bool | None = None


class Program:
    """A program, headless, with a home of its own in which it remembers.

    kind          what it is, in a word or two
    formats       those it reads, of RSS, ATOM and JSON
    doubles       it shows a corrected item beside what it was
    follows       it goes where a redirect sends it
    conditional   it asks with the validators it was given
    walks         it looks into archived documents
    """

    name = ""
    kind = ""
    formats: tuple[str, ...] = (RSS, ATOM)
    doubles = False
    follows = True
    conditional = True
    walks = False

    def version(self) -> str | None:
        """Return which version is installed, or None for none."""
        raise NotImplementedError

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        """Have it ask for these feeds. Raises AssertionError where it says that it could not."""
        raise NotImplementedError

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        """Return all that it holds of these feeds."""
        raise NotImplementedError

    def close(self) -> None:
        """End what was started for it."""

    def read_all(self, home: Path) -> None:
        """Mark all it holds as read, where it knows such a mark."""


def run(
    command: Sequence[str | Path],
    home: Path,
    *,
    more: Mapping[str, str] | None = None,
    text: str = "",
    seconds: float = 90,
) -> str:
    """Run a program with *home* as its home; return what it says. Raises AssertionError where it fails."""
    done = subprocess.run(
        command,
        env=surroundings(home, more),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        input=text,
    )
    assert done.returncode == 0, f"{command[0]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def surroundings(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which nothing outside of *home* is read or written."""
    kept = {name: os.environ[name] for name in ("PATH", "NODE_PATH") if name in os.environ}
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    return {**kept, **places, "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC", **(more or {})}
