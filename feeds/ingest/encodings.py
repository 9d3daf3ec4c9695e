"""Bytes in encodings that give themselves away -> text, where readers would take them for another."""

import re

_WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\$\([@BD]|\([BIJ])")


def narrowed(body: bytes) -> bytes:
    """Return XML in UTF-16 or UTF-32, known by its mark, in UTF-8 and without a prolog; other bytes as they are."""
    for mark, encoding in _WIDE:
        if body.startswith(mark):
            text = body.decode(encoding, "replace")
            return re.sub(r"^<\?xml.*?\?>", "", text, count=1, flags=re.DOTALL).encode("utf-8", "replace")
    return body


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
