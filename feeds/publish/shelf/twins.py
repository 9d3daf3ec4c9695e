"""A published file -> its encoded twins: the same content, packed for readers who can unpack it. Pure.

A twin stands beside its file, under its name and an ending, where static servers look for it.
"""

import gzip
import struct
import zlib

import brotli
from backports import zstd

from feeds.publish.shelf.port import File

CODINGS = ("br", "zstd", "gzip")
"""As HTTP names them (RFC 9110, 8.4.1), the one we would rather send first."""
LARGEST = 1_000_000
"""Bytes up to which something is packed as small as can be: a second of work."""
SMALLEST = 1_000
"""Bytes below which packing gains nothing."""
_ENDINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
ENDINGS = tuple(_ENDINGS.values())
"""How the names of twins end."""
_TEXT = (".xml", ".json", ".html", ".css", ".js", ".txt", ".svg")


def is_archived(path: str) -> bool:
    """Say whether a file holds a stretch of a topic's past: it hardly ever changes (RFC 5005, section 4)."""
    return path.partition("/")[2].startswith("archive/")


def is_text(path: str) -> bool:
    """Say whether a file holds text, which packs well."""
    return path.endswith(_TEXT)


def has_twins(path: str) -> bool:
    """Say whether a file is packed beforehand. Articles are not: there may be a million, and few are read."""
    return is_text(path) and not path.startswith("articles/")


def twin_path(path: str, coding: str) -> str:
    """Return where the twin of the file at *path* stands."""
    return path + _ENDINGS[coding]


def file_of(path: str) -> str | None:
    """Return the path of the file whose twin may stand at *path*; None where no twin does."""
    return next((path.removesuffix(end) for end in ENDINGS if path.endswith(end)), None)


def encode(path: str, body: bytes, coding: str) -> bytes:
    """Return *body* in a coding: the same bytes for the same file.

    What hardly ever changes is packed as small as can be, which takes fifty times as long.
    """
    if coding == "gzip":
        return _gzip(body)
    if coding == "zstd":
        return bytes(zstd.compress(body, 3))
    hard = is_archived(path) and len(body) <= LARGEST
    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=11 if hard else 4))


def unpacks_to(body: bytes, twin: bytes, ending: str) -> bool:
    """Say whether *twin*, by the ending of its name, says the same as *body*: one that lags behind does not."""
    try:
        if ending == ".gz":
            return gzip.decompress(twin) == body
        if ending == ".br":
            return bool(brotli.decompress(twin) == body)
        return zstd.decompress(twin) == body
    except (OSError, EOFError, zlib.error, brotli.error, zstd.ZstdError):
        return False


def _gzip(body: bytes) -> bytes:
    """Return *body* by gzip (RFC 1952), naming neither a time nor a system: Python's own names either."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    return (
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
        + packed
        + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
    )


def twins_of(file: File) -> dict[str, bytes]:
    """Return the bodies of a file's twins, by coding: none of what is small, or would not get smaller."""
    if not has_twins(file.path) or len(file.body) < SMALLEST:
        return {}
    made = {coding: encode(file.path, file.body, coding) for coding in CODINGS}
    return {coding: body for coding, body in made.items() if len(body) < len(file.body)}
