"""A machine that loses power: what was synced stays, of all else anything may be left.

While a `Machine` runs, the calls by which the archive changes its folder are
counted and noted. At a chosen one the power goes, and `restart` leaves on disk
what a file system may have kept: synced bytes; of other 512-byte sectors the
new, the old, zeros or garbage, up to any length; names as they were at the
folder's last fsync, and each later change of a name or none of it, in any
combination. SQLite's files are no concern of it: they are derived.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SECTOR = 512


class PowerLoss(BaseException):
    """The power is gone: nobody cleans up, and nothing reaches the disk any more."""


@dataclass
class Node:
    """A file or folder as it was last synced, and the changes to names since.

    synced    a file's bytes at its last sync
    names     a folder's entries at its last sync
    pending   (name, node or None) for each later change of a name, in order
    """

    is_folder: bool
    synced: bytes = b""
    names: dict[str, "Node"] = field(default_factory=dict)
    pending: list[tuple[tuple[str, "Node | None"], ...]] = field(default_factory=list)

    def now(self) -> dict[str, "Node"]:
        """Return the entries as every process sees them."""
        found = dict(self.names)
        for change in self.pending:
            _apply(found, change)
        return found


def _apply(names: dict[str, Node], change: tuple[tuple[str, Node | None], ...]) -> None:
    for name, node in change:
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Machine:
    """Runs work over one folder until the power goes.

    top    the folder that is watched; everything in it is synced when it begins
    calls  how many calls there were
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self.calls = 0
        self._last = 0
        self._off = False
        self._root = _read(top) if top.is_dir() else Node(True)
        self._left: dict[int, bytes] = {}

    @contextmanager
    def running(self, patch: pytest.MonkeyPatch, last: int = 0) -> Iterator[None]:
        """Let the power go, or the process be killed, at call number *last* (0: never)."""
        self.calls, self._last, self._off = 0, last, False
        with patch.context() as here:
            for name in ("open", "write", "ftruncate", "fsync", "fdatasync", "mkdir", "rmdir", "unlink"):
                here.setattr(os, name, self._watched(name, getattr(os, name)))
            for name in ("rename", "replace"):
                here.setattr(os, name, self._watched("rename", getattr(os, name)))
            try:
                yield
            except PowerLoss:
                pass

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if not self._is_ours(name, arguments):
                return real(*arguments, **named)
            if self._off:
                raise PowerLoss
            self.calls += 1
            if self.calls == self._last:
                self._off = True
                if name == "write" and random.Random(self.calls).random() < 0.7:
                    real(arguments[0], arguments[1], **named)  # It was on its way.
                raise PowerLoss
            existed = name == "open" and os.path.lexists(arguments[0])
            done = real(*arguments, **named)
            self._note(name, arguments, existed)
            return done

        return call

    def _is_ours(self, name: str, arguments: tuple[Any, ...]) -> bool:
        """Say whether a call changes our folder, or syncs what is in it."""
        if name == "open":
            return bool(arguments[1] & os.O_CREAT) and self._within(Path(arguments[0]))
        if name in {"write", "ftruncate", "fsync", "fdatasync"}:
            return self._within(self._path_of(arguments[0]))
        return self._within(Path(arguments[0]))

    def _within(self, path: Path) -> bool:
        return path == self.top or path.is_relative_to(self.top)

    @staticmethod
    def _path_of(fd: int) -> Path:
        return Path(f"/proc/self/fd/{fd}").readlink()

    def _find(self, path: Path) -> Node:
        node = self._root
        for part in path.relative_to(self.top).parts:
            node = node.now()[part]
        return node

    def _change(self, folder: Path, *change: tuple[str, Node | None]) -> None:
        if self._within(folder):
            self._find(folder).pending.append(change)

    def _note(self, name: str, arguments: tuple[Any, ...], existed: bool) -> None:
        if name in {"fsync", "fdatasync"}:
            path = self._path_of(arguments[0])
            node = self._find(path)
            if node.is_folder:
                node.names, node.pending = node.now(), []
            else:
                node.synced = path.read_bytes()
            return
        path = Path(arguments[0]) if not isinstance(arguments[0], int) else self.top
        if name == "open" and not existed:
            self._change(path.parent, (path.name, Node(False)))
        elif name == "mkdir":
            self._change(path.parent, (path.name, Node(True)))
        elif name in {"unlink", "rmdir"}:
            self._change(path.parent, (path.name, None))
        elif name == "rename":
            to = Path(arguments[1])
            assert to.parent == path.parent, "names move within one folder"
            self._change(path.parent, (path.name, None), (to.name, self._find(path)))

    def restart(self, chance: random.Random) -> None:
        """Leave on disk what may be left."""
        contents: dict[int, bytes] = {}
        self._collect(self._root, self.top, contents)
        shutil.rmtree(self.top, ignore_errors=True)
        self._put(self._root, self.top, contents, chance)
        self.__init__(self.top)  # type: ignore[misc]

    def _collect(self, node: Node, path: Path, contents: dict[int, bytes]) -> None:
        """Read what every process sees now of each file."""
        for name, one in node.now().items():
            if one.is_folder:
                self._collect(one, path / name, contents)
            else:
                contents[id(one)] = (path / name).read_bytes()

    def _put(self, node: Node, path: Path, contents: dict[int, bytes], chance: random.Random) -> None:
        path.mkdir(parents=True, exist_ok=True)
        names = dict(node.names)
        keen = chance.random()
        for change in node.pending:
            if chance.random() < keen:
                _apply(names, change)
        for name, one in names.items():
            if one.is_folder:
                self._put(one, path / name, contents, chance)
            else:
                new = contents.get(id(one), one.synced)
                (path / name).write_bytes(_left(one.synced, new, chance))


def _read(path: Path) -> Node:
    if not path.is_dir():
        return Node(False, path.read_bytes())
    return Node(True, names={one.name: _read(one) for one in path.iterdir()})


def _left(synced: bytes, new: bytes, chance: random.Random) -> bytes:
    """Return what is left of a file that had *synced* on disk and *new* in memory."""
    if synced == new:
        return synced
    same = next(
        (at for at, (a, b) in enumerate(zip(synced, new, strict=False)) if a != b), min(len(synced), len(new))
    )
    length = chance.randint(min(len(synced), len(new)), max(len(synced), len(new)))
    longer = new if len(new) >= len(synced) else synced
    left = bytearray(longer[:length])
    mood = chance.choice((0.0, 0.3, 0.9))
    for sector in range(same // SECTOR, length // SECTOR + 1):
        start, end = max(same, sector * SECTOR), min(length, (sector + 1) * SECTOR)
        if start >= end or chance.random() > mood:
            continue
        old = synced[start:end].ljust(end - start, b"\0")
        left[start:end] = chance.choice((bytes(end - start), chance.randbytes(end - start), old))
    return bytes(left)
