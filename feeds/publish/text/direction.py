"""Text -> the same without marks that turn the text around it, or show letters in another order than they stand in.

The marks of direction (UAX 9, section 2) hold until their end or that of the paragraph. A
title stands within a line of somebody else's: there one without its end turns a
reader's list around.
"""

import re
from typing import Final

from feeds.model import SafeHtml

_EMBEDDED: Final = "\u202a\u202b"
_OVERRIDDEN: Final = "\u202d\u202e"
_ISOLATED: Final = "\u2066\u2067\u2068"
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_MARK = re.compile("[\u202a-\u202e\u2066-\u2069]")
_OVERRIDE = re.compile(f"[{_OVERRIDDEN}]")


def balanced(text: str) -> str:
    """Return plain text in which each line ends what it begins, and no letters are forced into an order."""
    if _MARK.search(text) is None:
        return text
    return "\n".join(_line(line) if _MARK.search(line) else line for line in text.split("\n"))


def without_overrides(html: SafeHtml) -> SafeHtml:
    """Return HTML in which no letters are forced into an order; a block of it ends all else by itself."""
    return SafeHtml(_OVERRIDE.sub("", html)) if _OVERRIDE.search(html) else html


def _line(text: str) -> str:
    """Return a line without overrides, and without ends of what never began; what is left open is closed."""
    begun: list[str] = []

    def kept(match: re.Match[str]) -> str:
        mark = match[0]
        if mark == _POP:
            if not begun or begun[-1] in _ISOLATED:
                return ""
            return mark if begun.pop() in _EMBEDDED else ""
        if mark == _POP_ISOLATE:
            if not any(one in _ISOLATED for one in begun):
                return ""
            while begun.pop() not in _ISOLATED:  # What was embedded in it ends with it.
                pass
            return mark
        begun.append(mark)
        return "" if mark in _OVERRIDDEN else mark

    found = _MARK.sub(kept, text)
    ends = (_POP if one in _EMBEDDED else _POP_ISOLATE for one in reversed(begun) if one not in _OVERRIDDEN)
    return found + "".join(ends)
