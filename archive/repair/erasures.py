"""The decisions and the articles -> what was erased, and never comes back."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from archive.disk import segments
from archive.disk.frame import Framed, unframe
from archive.fate.erased import body_of as erased_body
from archive.fate.erased import sign
from archive.fate.kept_out import names_of
from archive.knowing import naming
from archive.knowing.identity import address_key, guid_key
from archive.memory.catalog import MemoryCatalog
from archive.record.article import Alias, Article, decode


class _Source(msgspec.Struct):
    key: str = ""
    guid: str | None = None


class _About(msgspec.Struct):
    kind: str = ""
    source: _Source = msgspec.field(default_factory=_Source)
    url_key: str | None = None
    of: str | None = None
    at: str = ""
    keys: tuple[str, ...] = ()


class _Line(msgspec.Struct):
    kind: str = ""
    id: str = ""
    article: str = ""
    at: str = ""
    keys: tuple[str, ...] = ()
    archive: _About = msgspec.field(name="_archive", default_factory=_About)


_line = msgspec.json.Decoder(_Line).decode


def _read(body: bytes) -> _Line | None:
    try:
        return _line(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class Erasures:
    """What was erased: by the ids of articles, and by the digests of what they were known by.

    roots   the archive, and its backup
    """

    def __init__(self, *roots: Path | None) -> None:
        self._unread = [root for root in roots if root is not None]
        self._ids: dict[str, set[str]] = {}
        self._keys: dict[str, str] = {}
        self._at: dict[str, str] = {}

    def take(self, body: bytes) -> None:
        """Take in a decision, or an erased line."""
        line = _read(body)
        if line is None:
            return
        erased = line.id if line.archive.kind == "erased" else line.article if line.kind == "erase" else ""
        if erased:
            self._at.setdefault(erased, line.at or line.archive.at)
            keys = {*line.keys, *line.archive.keys}
            self._ids.setdefault(erased, set()).update(keys)
            self._keys |= dict.fromkeys(keys, erased)

    @property
    def articles(self) -> list[str]:
        """The articles that were erased, as far as anybody had to know."""
        return sorted(self._ids)

    def _read(self) -> None:
        """Read what the archive and its backup have of it; only where something is to come back."""
        while self._unread:
            root = self._unread.pop()
            for journal in ("decisions", "articles"):
                for line in _lines(root / journal):
                    self.take(line.body)

    def instead_of(self, journal: str, body: bytes) -> bytes | None:
        """Return what stands in the place of a line that must not come back; None for one that may."""
        self._read()
        if journal == "articles":
            return self._instead(body)
        return self._told_less(body) if any(erased.encode() in body for erased in self._ids) else None

    def _told_less(self, body: bytes) -> bytes | None:
        """Return a decision, or what was told, without the words of an article that was erased."""
        told = msgspec.json.decode(body)
        if isinstance(told.get("shown"), dict):
            told["shown"] = {}
        if isinstance(told.get("examples"), list):
            told["examples"] = [one for one in told["examples"] if one.get("article") not in self._ids]
        text = msgspec.json.encode(told)
        return text if text != body else None

    def _instead(self, body: bytes) -> bytes | None:
        line = _read(body)
        if line is None or line.archive.kind == "erased":
            return None
        known = {digest for text in _names(line) if (digest := _digest(text)) in self._keys}
        ids = [one for one in (line.id, line.archive.of) if one in self._ids]
        if not ids and not known:
            return None
        erased = ids[0] if ids else self._keys[min(known)]
        keys = self._ids.get(erased) or _keys(body)
        return erased_body(erased, self._at.get(erased, ""), keys)


def _names(line: _Line) -> Iterator[str]:
    """Yield everything by which a line's article may be known, in each spelling."""
    key, guid, url = line.archive.source.key, line.archive.source.guid, line.archive.url_key
    yield line.id
    if guid is not None:
        yield from (naming.guid(key, guid), guid_key(key, guid))
    if url is not None:
        yield from (naming.address(url), address_key(url))


def _keys(body: bytes) -> set[str]:
    """Return what keeps the article of a line out, where no line that stands for it is left to tell."""
    record = decode(body)
    if not isinstance(record, Article | Alias):
        return set()
    return {
        sign(name) for name in names_of(record, MemoryCatalog(), (record.id, naming.named(record).article))
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(folder: Path) -> Iterable[Framed]:
    """Yield the lines of a journal that tell of an erasure."""
    for segment in segments.find(folder)[0] if folder.is_dir() else ():
        for _, raw in segments.open_lines(folder, segment.name).behind(0):
            line = unframe(raw) if b'"kind":"erase' in raw else None
            if line is not None:
                yield line
