"""The decisions -> what was erased, and never comes back."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from archive.disk import segments
from archive.disk.frame import Framed, unframe
from archive.repair.source import Source


class _Source(msgspec.Struct):
    key: str = ""
    guid: str | None = None


class _About(msgspec.Struct):
    kind: str = ""
    source: _Source = msgspec.field(default_factory=_Source)
    url_key: str | None = None
    of: str | None = None
    keys: tuple[str, ...] = ()


class _Line(msgspec.Struct):
    kind: str = ""
    id: str = ""
    article: str = ""
    keys: tuple[str, ...] = ()
    archive: _About = msgspec.field(name="_archive", default_factory=_About)


_line = msgspec.json.Decoder(_Line).decode


def _read(body: bytes) -> _Line | None:
    try:
        return _line(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Erasures:
    """What was erased: by the ids of articles, and by the digests of what they were known by."""

    def __init__(self) -> None:
        self._ids: dict[str, set[str]] = {}
        self._keys: dict[str, str] = {}

    def take(self, body: bytes) -> None:
        """Take in a decision, or an erased line."""
        line = _read(body)
        if line is None:
            return
        erased = line.id if line.archive.kind == "erased" else line.article if line.kind == "erase" else ""
        if erased:
            keys = {*line.keys, *line.archive.keys}
            self._ids.setdefault(erased, set()).update(keys)
            self._keys |= dict.fromkeys(keys, erased)

    def instead_of(self, journal: str, body: bytes) -> bytes | None:
        """Return what stands in the place of a line that must not come back; None for one that may."""
        if journal == "articles":
            return self._instead(body)
        line = _read(body)
        quotes = any(erased.encode() in body for erased in self._ids)
        return b'{"kind":"erased"}' if quotes and (line is None or line.kind != "erase") else None

    def _instead(self, body: bytes) -> bytes | None:
        line = _read(body)
        if line is None or line.archive.kind == "erased":
            return None
        known = {digest for text in _names(line) if (digest := _digest(text)) in self._keys}
        ids = [one for one in (line.id, line.archive.of) if one in self._ids]
        if not ids and not known:
            return None
        erased = ids[0] if ids else self._keys[min(known)]
        keys = sorted(self._ids.get(erased or "", set()))
        about = {"kind": "erased", "keys": keys}
        return msgspec.json.encode({"id": erased, "_archive": about})


def _names(line: _Line) -> Iterator[str]:
    """Yield everything by which a line's article may be known, in each spelling."""
    key, guid, url = line.archive.source.key, line.archive.source.guid, line.archive.url_key
    yield line.id
    if guid is not None:
        yield from (guid, f"guid\n{key}\n{guid}")
    if url is not None:
        yield from (url, f"url\n{url}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(root: Path, source: Source) -> Erasures:
    """Return what was erased by this archive's own word, and by its backup's."""
    found = Erasures()
    for top in (root, source.root):
        for line in _lines(top / "decisions") if top is not None else ():
            found.take(line.body)
    return found


def _lines(folder: Path) -> Iterable[Framed]:
    for segment in segments.find(folder)[0] if folder.is_dir() else ():
        for _, raw in segments.open_lines(folder, segment.name).behind(0):
            line = unframe(raw) if b'"erase"' in raw else None
            if line is not None:
                yield line
