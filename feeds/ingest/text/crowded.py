"""Markup -> the same, where no tag has more attributes than anything needs.

Parsers compare each attribute of a tag with all before it, or keep them all: of a
hundred thousand the first are read. One pass, in a time that grows with the length.
"""

import re
from typing import Any, AnyStr

MOST_ATTRIBUTES = 256
_ATTRIBUTE = r"""(?:[\s/]*+(?:=?[^\s/>=]++|=)(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+)"""
_NAME = r"<[a-zA-Z_:][^\s/>]*+"
_FEW = rf"(?:[^<]++|<(?![a-zA-Z_:])|{_NAME}{_ATTRIBUTE}{{0,{MOST_ATTRIBUTES}}}+[\s/]*+(?:>|\Z))*+"
"""Text and tags up to the first that has too many."""
_PATTERNS: dict[type, Any] = {
    str: (re.compile(_FEW), re.compile(f"{_NAME}{_ATTRIBUTE}{{{MOST_ATTRIBUTES}}}+"), re.compile(_ATTRIBUTE)),
    bytes: (
        re.compile(_FEW.encode()),
        re.compile(f"{_NAME}{_ATTRIBUTE}{{{MOST_ATTRIBUTES}}}+".encode()),
        re.compile(_ATTRIBUTE.encode()),
    ),
}


def fewer_attributes(markup: AnyStr) -> tuple[AnyStr, int]:
    """Return *markup* without attributes behind the first 256 of a tag, and how many those were."""
    few, kept, one = _PATTERNS[type(markup)]
    parts: list[AnyStr] = []
    left_out = at = 0
    if few.match(markup).end() == len(markup):
        return markup, 0
    while (end := few.match(markup, at).end()) < len(markup):
        first = kept.match(markup, end)
        behind = first.end()
        while (more := one.match(markup, behind)) is not None:
            behind = more.end()
            left_out += 1
        parts.append(markup[at : first.end()])
        at = behind
    parts.append(markup[at:])
    return markup[:0].join(parts), left_out
