"""A document's bytes -> the same, without references to what is no character.

Programs that write UTF-16 inside give an emoji as two references, `&#55357;&#56832;`,
each to half a character. Alone a half is nothing; parsers break over it, and one
title would keep a whole feed out.
"""

import re

_REFERENCE = re.compile(rb"&#(?:[xX]0*+([0-9a-fA-F]{4,})|0*+([0-9]{5,}));?")
"""What is beyond the first 4,000 characters: those before are whole."""
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u[dD][89a-fA-F]..|.)", re.DOTALL)
_NONE = b"&#65533;"
_HALF = len(rb"\ud83d")
_HIGH = range(0xD800, 0xDC00)
_LOW = range(0xDC00, 0xE000)
_LAST = 0x10FFFF


def whole_references(body: bytes) -> bytes:
    """Return XML or HTML with two halves as one reference, and U+FFFD for what is no character."""
    # One byte is looked for ten times as quickly as two.
    return _one_by_one(body) if b"&" in body and b"#" in body and b"&#" in body else body


def whole_escapes(body: bytes) -> bytes:
    """Return JSON with U+FFFD for an escape that is half a character."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPE.sub(lambda match: b"\\ufffd" if len(match[0]) == _HALF else match[0], body)


def _one_by_one(body: bytes) -> bytes:
    found = bytearray()
    at = 0
    half: int | None = None
    for match in _REFERENCE.finditer(body):
        number = _number(match[1], match[2])
        if half is not None and number in _LOW and match.start() == at:
            del found[-len(_NONE) :]
            found += b"&#%d;" % (0x10000 + (half - 0xD800) * 0x400 + (number - 0xDC00))
            half = None
        else:
            is_none = number in _HIGH or number in _LOW or number > _LAST
            found += body[at : match.start()]
            found += _NONE if is_none else match[0]
            half = number if number in _HIGH else None
        at = match.end()
    if not at:
        return body
    found += body[at:]
    return bytes(found)


def _number(hexadecimal: bytes | None, decimal: bytes | None) -> int:
    """Return the number of a reference; of one too long to be any, one that is none."""
    digits = (hexadecimal or decimal or b"0").lstrip(b"0") or b"0"
    return int(digits, 16 if hexadecimal else 10) if len(digits) <= 8 else _LAST + 1
