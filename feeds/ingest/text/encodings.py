"""A document's bytes, and what is said of their encoding -> its text, and what was found out on the way.

The ladder, first to last; a rung counts only where the bytes bear it out:

    told          the owner says so (`encoding:` of the source)
    bom           a byte order mark
    shape         `<` or `{` with zeros about it: UTF-16 or UTF-32 without a mark (XML 1.0, appendix F)
    utf-8         valid UTF-8 beyond ASCII: no other encoding looks like it by chance
    header        charset of the Content-Type
    declaration   the XML declaration; `meta` of a page
    statistics    what reads like a language, see feeds.ingest.text.letters

What header or declaration name is passed over where it cannot be: undecodable, or
read by it the words of no language while they are words by another.
"""

import codecs
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

from feeds.ingest.text import letters

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SHAPES = (
    (re.compile(rb"(?:[\s\x00]{4})*[<{]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"(?:\x00\x00\x00\s)*\x00\x00\x00[<{]"), "utf-32-be"),
    (re.compile(rb"(?:\s\x00)*[<{]\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"(?:\x00\s)*\x00[<{]\x00[^\x00]"), "utf-16-be"),
)
_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\$\([@BD]|\([BIJ])")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s\"';,]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"\A[^<]{0,64}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{1,40})[\"']")
_META = re.compile(rb"<meta\s[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META_WITHIN = 4096
_PIECE = 2**18
"""Bytes that are made text at a time: it may take four times their room."""
_EBCDIC = b"\x4c\x6f\xa7\x94"
_AS = {  # As browsers read these names (WHATWG Encoding): what is meant is the wider one.
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
_ALIASES = {"x-sjis": "cp932", "x-gbk": "gb18030", "x-euc-jp": "euc_jp", "x-cp1251": "cp1251", "utf8mb4": "utf-8",
            "x-mac-cyrillic": "mac_cyrillic", "ks_c_5601-1987": "cp949", "unicode": "utf-16-le",
            "iso-10646-ucs-2": "utf-16-le", "iso-10646-ucs-4": "utf-32-le", "ucs-4": "utf-32-le",
            "ucs-2": "utf-16-le"}  # fmt: skip
_REFUSED = frozenset(
    ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "mbcs", "oem")
)
FEW = 0.02
"""Share of undecodable bytes among those beyond ASCII that a declared encoding may leave."""
_SENTENCES = {"cp": "windows-", "iso8859": "iso-8859"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text.

    utf8       the text
    encoding   as browsers call it
    source     the rung that decided: told, bom, shape, utf-8, header, declaration, statistics; ascii
               where there was nothing to decide
    lied       what header or declaration named, where it is not so
    stray      bytes that are no characters in it
    length     of the text, in characters; 0 where nobody asks
    """

    utf8: bytes
    encoding: str
    source: str
    lied: str | None = None
    stray: int = 0
    length: int = 0

    @property
    def text(self) -> str:
        """The text; with one rare character in it each of them takes four bytes."""
        return self.utf8.decode("utf-8")


def decode(data: bytes, content_type: str = "", *, told: str | None = None, page: bool = False) -> Decoded:
    """Return the text of a feed or a *page*. Never raises: in the worst case some of it is U+FFFD."""
    named = [(name, how) for name, how in _named(data, content_type, page=page) if name]
    known = [(codec, how) for name, how in named if (codec := codec_of(name)) is not None]
    found = _decide(data, known, codec_of(told) if told else None)
    declared = next((name for name, _ in named if codec_of(name) is not None), None)
    if declared is not None and found.source not in {"told", "ascii"} and _differs(declared, found):
        return replace(found, lied=declared[:40])
    return found


def escaped(data: bytes) -> str | None:
    """Return a text that changes its letters by escapes (ISO-2022-JP), or None for any other.

    All its bytes are ASCII, so every other reader takes it for that.
    """
    if b"\x1b" not in data or not data.isascii() or not _ESCAPES.search(data):
        return None
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return None


def codec_of(name: str) -> str | None:
    """Return Python's codec for an encoding's name as it is met in the wild, or None where it is none."""
    plain = name.strip().strip("\"'").lower()
    try:
        info = codecs.lookup(_ALIASES.get(plain, plain))
    except (LookupError, ValueError):
        return None
    if info.name in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return _AS.get(info.name, info.name)


def called(codec: str) -> str:
    """Return a codec's name as browsers have it."""
    if codec.startswith("cp125") or codec == "cp874":
        return f"windows-{codec[2:]}"
    names = {"cp932": "shift_jis", "cp949": "euc-kr", "euc_jp": "euc-jp", "big5hkscs": "big5", "cp866": "ibm866",
             "iso2022_jp_ext": "iso-2022-jp", "mac_cyrillic": "x-mac-cyrillic"}  # fmt: skip
    return names.get(codec, re.sub(r"\Aiso8859", "iso-8859", codec))


def _decide(data: bytes, known: list[tuple[str, str]], told: str | None) -> Decoded:
    if told is not None and not told.startswith("utf-"):
        return _by(data, told, "told")
    marked = next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), None)
    if marked is not None:
        found = _by(data, marked[1], "bom")
        if _bears_out(found, data):
            return found
        data = data[len(marked[0]) :]
    if told is not None:
        return _by(data, told, "told")
    if data.isascii() and b"\x00" not in data[:64]:
        return _plain(data)
    wide = next((codec for shape, codec in _SHAPES if shape.match(data[:400])), None)
    if wide is not None:
        return _by(data, wide, "shape")
    if data.startswith(_EBCDIC):
        known = [*known, ("cp037", "shape")]
    declared_utf8 = next((how for codec, how in known if codec == "utf-8"), "utf-8")
    if _mostly_utf8(data):
        utf8 = _by(data, "utf-8", declared_utf8)
        if _bears_out(utf8, data):
            return utf8
    return _legacy(data, [one for one in known if one[0] != "utf-8"])


def _plain(data: bytes) -> Decoded:
    japanese = escaped(data)
    if japanese is not None:
        return Decoded(japanese.encode("utf-8", "replace"), "iso-2022-jp", "shape")
    return Decoded(data, "utf-8", "ascii")


def _legacy(data: bytes, known: list[tuple[str, str]]) -> Decoded:
    """Return text in one of the many encodings from before Unicode: the named one, where it reads like a language."""
    sample = letters.sample(data)
    rated = {codec: letters.rate(sample, codec) for codec, _ in known}
    for codec, how in known:
        if rated[codec] >= letters.FLUENT:
            found = _by(data, codec, how)
            if _bears_out(found, data):
                return found
    best, score = letters.best(sample)
    for codec, how in known:
        found = _by(data, codec, how)
        if _bears_out(found, data) and rated[codec] + letters.MARGIN > score:
            return found
    return _by(data, best, "statistics")


def _named(data: bytes, content_type: str, *, page: bool) -> Iterator[tuple[str, str]]:
    """Yield the encodings that are named, the more binding first (RFC 7303, section 3)."""
    if match := _CHARSET.search(content_type):
        yield match[1], "header"
    head = data[:400]
    if b"\x00" in head:  # Wide: what it declares is read once it is known how.
        head = head.replace(b"\x00", b"")
    if match_bytes := _DECLARED.match(head):
        yield match_bytes[1].decode("latin-1"), "declaration"
    if page and (match_bytes := _META.search(data[:_META_WITHIN])):
        yield match_bytes[1].decode("latin-1"), "declaration"


def _by(data: bytes, codec: str, source: str) -> Decoded:
    """Return *data* as text; what is cut off within a character at the end is left out."""
    _strays.count = length = 0
    if codec == "utf-8" and (whole := _faultless(data)) is not None:
        return Decoded(whole.removeprefix(codecs.BOM_UTF8), codec, source)
    parts: list[bytes] = []
    decoder = codecs.getincrementaldecoder(codec)("newsweir-strays")
    try:
        for at in range(0, len(data), _PIECE):
            text = decoder.decode(data[at : at + _PIECE], final=False)
            length += len(text)
            parts.append(text.encode("utf-8", "replace"))
    except UnicodeError:  # A codec that knows no such handlers.
        text = data.decode(codec, "replace")
        _strays.count = text.count("\ufffd") or 1
        parts = [text.encode("utf-8", "replace")]
    if parts:
        parts[0] = parts[0].removeprefix(codecs.BOM_UTF8)
    return Decoded(b"".join(parts), called(codec), source, stray=_strays.count, length=length)


def _faultless(data: bytes) -> bytes | None:
    """Return UTF-8 as it is, but for what is cut off at its end; None where there is a fault in it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _PIECE):
            decoder.decode(data[at : at + _PIECE])
    except UnicodeDecodeError:
        return None
    rest = len(decoder.getstate()[0])
    return data[:-rest] if rest else data


class _Counted(threading.local):
    count = 0


_strays = _Counted()


def _read_on(error: UnicodeError) -> tuple[str, int]:
    """Read on where bytes are no characters: by windows-1252, which they most often are."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    _strays.count += len(bad)
    return (bad.decode("cp1252", "replace") if len(bad) == 1 else "\ufffd"), error.end


codecs.register_error("newsweir-strays", _read_on)


def _mostly_utf8(data: bytes) -> bool:
    """Say at little cost whether it is worth the while to read all of *data* as UTF-8."""
    piece = letters.sample(data)
    return piece.decode("utf-8", "replace").count("\ufffd") <= 0.35 * letters.beyond_ascii(piece)


def _bears_out(found: Decoded, data: bytes) -> bool:
    """Say whether bytes can be what they are taken for."""
    if found.encoding.startswith(("utf-16", "utf-32", "cp037")):
        doubtful = found.utf8.count("\ufffd".encode())
        return any(one in found.utf8[:1000] for one in b"<{") and doubtful <= 2 + found.length // 100
    if found.stray == 0:
        return True
    beyond = letters.beyond_ascii(data)
    return found.stray < (beyond * 0.35 if found.encoding == "utf-8" else max(2, beyond * FEW))


def _differs(declared: str, found: Decoded) -> bool:
    codec = codec_of(declared)
    if codec is None:
        return False
    said = called(codec)
    return said != found.encoding and not (
        said[:6] == found.encoding[:6] and said.startswith(("utf-16", "utf-32"))
    )
