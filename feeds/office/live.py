"""A changed config.yaml -> the running settings, or its faults told once and all as it was."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from feeds import events
from feeds.config.read import read_settings
from feeds.errors import ConfigError
from feeds.office.lists import expanded
from feeds.settings import FeedList, Settings

_Mark = tuple[int, int, int]
_Marks = tuple[_Mark | None, ...]


class Live:
    """Watches the file that the settings were read from, and the lists it names.

    take_up   goes on with other settings
    faults    of the file as it is now; while there are any, the old settings hold
    """

    def __init__(self, settings: Settings, take_up: Callable[[Settings], None]) -> None:
        self._file = settings.file
        self._take_up = take_up
        self._lock = threading.Lock()
        self._in_force = settings
        self._lists = settings.lists
        self._restart: tuple[object, object] = (settings.data, settings.server)
        self._read: _Marks | None = None
        self._last: _Marks | None = None
        self.faults: tuple[str, ...] = ()

    @property
    def file(self) -> Path | None:
        """The file that is watched."""
        return self._file

    def look(self) -> None:
        """Take up the file if it has changed and is no longer being written to."""
        if self._file is None:
            return
        mark = self._marks()
        at_rest, self._last = mark == self._last, mark
        if at_rest and mark != self._read:
            try:
                self.reload()
            except ConfigError:
                pass  # Told already, and asked for by nobody.

    def reload(self) -> None:
        """Take up the file as it is now. Raises ConfigError with all faults; the old settings hold then."""
        if self._file is None:
            return
        with self._lock:
            mark = self._marks()
            settings, faults, lists = _settings(self._file)
            if lists != self._lists:
                self._lists = lists
                mark = self._marks()
            if settings is None:
                self._read = mark
                self._tell(faults)
                raise ConfigError(faults)
            if settings != self._in_force:
                self._take_up(settings)
                self._in_force = settings
                events.record("reloaded", sources=len(settings.sources), topics=len(settings.topics))
                self._tell_restart(settings)
            elif self.faults:
                events.record("mended", what=self._file.name)
            self._read, self.faults = mark, ()

    def _marks(self) -> _Marks:
        """Return what tells one state of config.yaml and its lists from another."""
        files = (self._file, *(one.path for one in self._lists))
        return tuple(_mark(file) for file in files if file is not None)

    def _tell(self, faults: tuple[str, ...]) -> None:
        for fault in faults:
            if fault not in self.faults:
                events.record("refused", level=logging.WARNING, what="config", why=fault)
        self.faults = faults

    def _tell_restart(self, settings: Settings) -> None:
        """Say once which changes wait for a restart."""
        now = (settings.data, settings.server)
        for name, old, new in zip(("data", "server"), self._restart, now, strict=True):
            if old != new:
                events.record("noticed", level=logging.WARNING, what=f"a changed {name}: needs a restart")
        self._restart = now


def _settings(file: Path) -> tuple[Settings | None, tuple[str, ...], tuple[FeedList, ...]]:
    """Return the settings or what is wrong with them, and the lists they name either way."""
    try:
        data = file.read_bytes()
    except OSError as error:
        return None, (f"{file}: cannot be read: {error.strerror}",), ()
    if not data.strip():  # At a start that means all defaults; here it would take every topic back.
        return None, (f"{file}: is empty (to run with all defaults, start anew)",), ()
    settings, faults = read_settings(data, file)
    if settings is None:
        told = tuple(f"{file.name}:{one.line}  {one.path}: {one.message}" for one in faults)
        return None, told, ()
    whole, missing = expanded(settings)
    return (None if missing else whole), missing, settings.lists


def _mark(file: Path) -> _Mark | None:
    """Return what tells one state of a file from another; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
