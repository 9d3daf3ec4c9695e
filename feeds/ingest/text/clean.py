"""Text from anywhere -> text that every output can carry."""

import re
import unicodedata
from functools import cache

# What XML 1.0 cannot carry (section 2.2); and beside it what Unicode says is no character, or controls a
# terminal: parsers of HTML stumble on it.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_TEXT = re.compile(
    "[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 17))
    + "]"
)
# C1 control characters are windows-1252 by another name, as browsers have long agreed.
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


_PLAIN = b"\t\n" + bytes(range(0x20, 0x7F))
"""Bytes of ASCII that every output can carry."""
_LAST_MARK = 0x20000
"""Beyond the alphabets there are none."""
_STROKE = "\u0338"
MOST_MARKS = 128
"""Marks on one letter, as accents are; they are put in order by comparing each with those before it."""


def clean(text: str) -> str:
    """Return plain text in NFC without the characters that XML cannot carry."""
    return unicodedata.normalize("NFC", carried(text))


def carried(text: str) -> str:
    """Return *text* without the characters that XML cannot carry, each line ended by a line feed."""
    if text.isascii() and (text.isprintable() or not text.encode("ascii").translate(None, _PLAIN)):
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_C1)
    return _NO_TEXT.sub("", few_marks(lines))


def composed(html: str) -> str:
    """Return HTML in NFC, each of its tags as it is.

    Of `>` and a stroke through it (U+0338) NFC makes one letter: the tag would not end
    there, and the text behind it be attributes. So such a stroke falls.
    """
    if _STROKE in html:
        first, *others = html.split(">")
        html = ">".join((first, *map(_without_stroke, others)))
    return unicodedata.normalize("NFC", html)


def _without_stroke(text: str) -> str:
    """Return *text* without strokes among the marks that it begins with."""
    marks = next((at for at, char in enumerate(text) if not unicodedata.combining(char)), len(text))
    return text[:marks].replace(_STROKE, "") + text[marks:]


def few_marks(text: str) -> str:
    """Return *text* with no more marks on a letter than can be put in order at little cost."""
    return _crowds().sub(r"\1", text) if len(text) > MOST_MARKS else text


@cache
def _crowds() -> re.Pattern[str]:
    """Return what finds letters with more marks than are kept."""
    marks = "".join(chr(code) for code in range(_LAST_MARK) if unicodedata.combining(chr(code)))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def portable(text: str) -> str:
    """Return *text* as it was written, without the characters that XML cannot carry."""
    return _NO_XML.sub("", text)


def line(text: str | None) -> str | None:
    """Return *text* cleaned, on one line, or None where nothing is left."""
    if text is None:
        return None
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip() or None
    return re.sub(r"\s+", " ", clean(text)).strip() or None


def verbatim(text: object) -> str | None:
    """Return an id as it was received, but for what no output can carry; None where nothing is left."""
    return _NO_XML.sub("", text).strip() or None if isinstance(text, str) else None


def link(address: object) -> str | None:
    """Return an address as it was received, if it is whole; None for script and data."""
    text = re.sub(r"[\r\n\t]", "", verbatim(address) or "")
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    return text if match and match[1].lower() not in {"javascript", "data", "vbscript"} else None


def web_address(address: object) -> str | None:
    """Return an http or https address as it was received, or None for anything else."""
    text = link(address)
    return text if text and text.lower().startswith(("http://", "https://")) else None


def paragraphs(text: str) -> str:
    """Return plain text with paragraphs parted by one empty line, lines within joined by none.

    Single line breaks stay: they part verses and list items in text that was
    written as text.
    """
    blocks = re.split(
        r"\n[ \t\u00a0]*(?:\n[ \t\u00a0]*)+", clean(text).replace("\u2028", "\n").replace("\u2029", "\n\n")
    )
    kept = ("\n".join(_squeezed(row) for row in block.split("\n") if row.strip()) for block in blocks)
    return "\n\n".join(block for block in kept if block)


def _squeezed(row: str) -> str:
    return re.sub(r"[ \t\u00a0]+", " ", row).strip()
