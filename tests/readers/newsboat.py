"""newsboat: a reader for terminals, told to reload once and end."""

import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tests.readers.program import Held, Program, run


class Newsboat(Program):
    """Its cache is a SQLite database."""

    name = "newsboat"
    kind = "terminal"

    def version(self) -> str | None:
        if shutil.which("newsboat") is None:
            return None
        return run(["newsboat", "--version"], Path("/nonexistent")).split()[1].removeprefix("r")

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        (home / "urls").write_text("".join(f"{feed}\n" for feed in feeds))
        (home / "config").touch()
        files = ["-u", home / "urls", "-c", home / "cache.db", "-C", home / "config"]
        run(["newsboat", *files, "-x", "reload"], home)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        with sqlite3.connect(home / "cache.db") as database:
            rows = database.execute(
                "SELECT feedurl, guid, title, url, pubDate, unread FROM rss_item WHERE deleted=0 ORDER BY id"
            ).fetchall()
        return [
            Held(feed=feed, id=guid, title=title, link=link, date=str(date), unread=bool(unread))
            for feed, guid, title, link, date, unread in rows
        ]

    def read_all(self, home: Path) -> None:
        with sqlite3.connect(home / "cache.db") as database:
            database.execute("UPDATE rss_item SET unread=0")
