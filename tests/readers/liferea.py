"""liferea, on a screen that nobody sees; told over D-Bus to ask for everything."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from html import escape
from pathlib import Path

from tests.readers.program import Held, Program, run, surroundings

_NEEDED = ("liferea", "Xvfb", "xvfb-run", "dbus-run-session", "dbus-send")
_BEGIN = 'echo "$DBUS_SESSION_BUS_ADDRESS" >"$HOME/bus"; exec liferea'
_HEAR = ("--print-reply", "--dest=org.gnome.feed.Reader", "/org/gnome/feed/Reader")
_MOMENT = 2.5
"""Seconds: it says of no refresh that it is over, and on loopback that is many."""
_LIST = """\
<?xml version="1.0"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
{rows}</body></opml>
"""
_ROW = '<outline title="{name}" text="{name}" type="rss" id="{name}" xmlUrl="{feed}" updateInterval="-1"/>\n'


class Liferea(Program):
    """Its items stand in a SQLite database."""

    name = "liferea"
    kind = "desktop"

    def version(self) -> str | None:
        if any(shutil.which(one) is None for one in _NEEDED):
            return None
        return run(["liferea", "--version"], Path("/nonexistent")).split()[-1]

    def __init__(self) -> None:
        self._running: dict[Path, subprocess.Popen[bytes]] = {}

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        if home not in self._running:
            self._begin(home, feeds)
        self._tell(home, "Refresh")
        time.sleep(_MOMENT)

    def _begin(self, home: Path, feeds: Sequence[str]) -> None:
        """Start it: it stays, as it would with its owner, and remembers what it was answered only so."""
        listed = home / "config/liferea/feedlist.opml"
        listed.parent.mkdir(parents=True)
        rows = [_ROW.format(name=f"feed{number}", feed=escape(feed)) for number, feed in enumerate(feeds)]
        listed.write_text(_LIST.format(rows="".join(rows)))
        more = {"GSETTINGS_BACKEND": "keyfile", "NO_AT_BRIDGE": "1", "LIBGL_ALWAYS_SOFTWARE": "1"}
        self._running[home] = subprocess.Popen(
            ["xvfb-run", "-a", "dbus-run-session", "--", "sh", "-c", _BEGIN],
            env=surroundings(home, more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(100):
            time.sleep(0.2)
            with contextlib.suppress(AssertionError, FileNotFoundError):
                return self._tell(home, "SetOnline", "boolean:true")
        raise AssertionError("liferea did not come up")

    def _tell(self, home: Path, what: str, *words: str) -> None:
        bus = (home / "bus").read_text().strip()
        run(["dbus-send", f"--bus={bus}", *_HEAR, f"org.gnome.feed.Reader.{what}", *words], home)

    def close(self) -> None:
        for process in self._running.values():
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
        self._running.clear()

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        with closing(_database(home)) as database:
            rows = database.execute(
                "SELECT node_id, source_id, title, source, date, read FROM items ORDER BY item_id"
            ).fetchall()
        return [
            Held(feed=feeds[int(node.removeprefix("feed"))], id=name, title=title, link=link, date=str(date),
                 unread=not read)
            for node, name, title, link, date, read in rows
        ]  # fmt: skip

    def read_all(self, home: Path) -> None:
        with closing(_database(home)) as database, database:
            database.execute("UPDATE items SET read=1")


def _database(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(home / "data/liferea/liferea.db")
