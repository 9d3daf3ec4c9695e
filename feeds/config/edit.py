"""The text of config.yaml, sources to add -> the text with them, all else byte for byte. Pure.

Lines are put in where the parser's marks say; nothing is read and written anew.
Whoever uses the result must read it again: see feeds.config.write.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

Item = Mapping[str, str | Sequence[str]]
"""The keys of one source, in the order in which they are written."""

_UNREADABLE = {f"tag:yaml.org,2002:{name}" for name in ("value", "merge")}
"""What `=` and `<<` are taken for: other programs that read the file refuse them as a value."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoPlace(Exception):
    """The file is written in a way that leaves no place to put a source in."""


def with_sources(text: str, items: Sequence[Item]) -> str:
    """Return *text* with these sources at the end of its own. Raises NoPlace or yaml.YAMLError."""
    events: list[Any] = list(yaml.parse(text, Loader=_Loader))
    newline = "\r\n" if "\r\n" in text else "\n"
    root = events[2] if len(events) > 2 else None
    if root is None or (isinstance(root, yaml.ScalarEvent) and root.value == ""):
        return _appended(text, events, items, newline, 0)
    if not isinstance(root, yaml.MappingStartEvent):
        raise NoPlace("it is no mapping of keys")
    first = 3
    at = first
    while not isinstance(events[at], yaml.MappingEndEvent):
        key, value = events[at], _after(events, at)
        end = _after(events, value)
        if isinstance(key, yaml.ScalarEvent) and key.value == "sources":
            return _into(text, events[value:end], items, newline, root.flow_style, _column(key.start_mark))
        at = end
    if root.flow_style:
        raise NoPlace("it is written in braces, without `sources:`")
    column = _column(events[first].start_mark) if at > first else 0
    return _appended(text, events, items, newline, column)


def as_lines(items: Sequence[Item], indent: int = 2, newline: str = "\n") -> str:
    """Return sources as they are written in a list, a line for each key."""
    rows: list[str] = []
    for item in items:
        for number, (key, value) in enumerate(item.items()):
            begin = "- " if number == 0 else "  "
            rows.append(f"{' ' * indent}{begin}{key}: {_value(value)}{newline}")
    return "".join(rows)


def _into(
    text: str, events: Sequence[Any], items: Sequence[Item], newline: str, in_braces: object, column: int
) -> str:
    value = events[0]
    if isinstance(value, yaml.ScalarEvent) and value.value in {"", "~", "null"} and not in_braces:
        start, end = _at(value.start_mark), _at(value.end_mark)
        place = _line_end(text, start)
        rest = text[end:place] if end <= place else ""
        head = f"{text[:start].rstrip(' ') if end > start else text[:start]}{rest}"
        return _with_lines(head, as_lines(items, column + 2, newline), text[place:], newline)
    if not isinstance(value, yaml.SequenceStartEvent):
        raise NoPlace("its `sources:` is no list that stands there itself")
    if value.flow_style:
        return _into_brackets(text, events, items)
    place = _line_end(text, _last_content(text, events))
    dash = _dash(text, _at(events[1].start_mark))
    place = _past_comments(text, place, dash)
    return _with_lines(text[:place], as_lines(items, dash, newline), text[place:], newline)


def _into_brackets(text: str, events: Sequence[Any], items: Sequence[Item]) -> str:
    added = ", ".join(
        "{" + ", ".join(f"{key}: {_value(value, flow=True)}" for key, value in item.items()) + "}"
        for item in items
    )
    if len(events) > 2:
        place = _at(events[-2].end_mark)
        return f"{text[:place]}, {added}{text[place:]}"
    place = text.index("[", _at(events[0].start_mark)) + 1
    return f"{text[:place]}{added}{text[place:]}"


def _appended(text: str, events: Sequence[Any], items: Sequence[Item], newline: str, column: int) -> str:
    """Return *text* with a `sources:` of its own at the end of the document."""
    place = len(text)
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent) and event.explicit:
            place = _at(event.start_mark)
    head, tail = text[:place], text[place:]
    gap = "" if not head.strip() or head.endswith(newline * 2) else newline
    lines = f"{gap}{' ' * column}sources:{newline}{as_lines(items, column + 2, newline)}"
    return _with_lines(head, lines, tail, newline)


def _with_lines(head: str, lines: str, tail: str, newline: str) -> str:
    begun = bool(head) and not head.endswith(("\n", "\r"))
    return f"{head}{newline if begun else ''}{lines}{tail}"


def _after(events: Sequence[Any], at: int) -> int:
    """Return the place behind the node that begins at *at*."""
    depth = 0
    while True:
        depth += isinstance(events[at], yaml.CollectionStartEvent)
        depth -= isinstance(events[at], yaml.CollectionEndEvent)
        at += 1
        if depth == 0:
            return at


def _last_content(text: str, events: Sequence[Any]) -> int:
    """Return where the last thing written in a block list ends.

    The end of a block is marked at whatever comes next, behind comments; so only
    what has an end of its own counts.
    """
    return max(_ends(text, events))


def _ends(text: str, events: Sequence[Any]) -> Iterator[int]:
    flows: list[bool] = []
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            flows.append(bool(event.flow_style))
        elif isinstance(event, yaml.CollectionEndEvent):
            if flows.pop():
                yield _at(event.end_mark)
        elif isinstance(event, yaml.ScalarEvent) and event.style in {"|", ">"}:
            yield len(text[: _at(event.end_mark)].rstrip())
        else:
            yield _at(event.end_mark)


def _at(mark: Any) -> int:
    """Return how many characters stand before a mark."""
    index: int = mark.index
    return index


def _column(mark: Any) -> int:
    column: int = mark.column
    return column


def _line_end(text: str, index: int) -> int:
    """Return where the line after that with *index* begins."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _dash(text: str, index: int) -> int:
    """Return the column of the dash before the list's first item."""
    rows = text[:index].split("\n")
    for row in reversed(rows):
        if match := re.match(r"( *)-(\s|$)", row):
            return len(match[1])
    raise NoPlace("its list of sources begins in a way that is not understood")


def _past_comments(text: str, place: int, dash: int) -> int:
    """Return the place behind comments that stand directly below an item and deeper than its dash."""
    while match := re.compile(r"( *)#[^\n]*(\n|$)").match(text, place):
        if len(match[1]) <= dash or match.end() == place:
            break
        place = match.end()
    return place


def _value(value: str | Sequence[str], *, flow: bool = False) -> str:
    if isinstance(value, str):
        return _scalar(value, flow=flow)
    return "[" + ", ".join(_scalar(one, flow=True) for one in value) + "]"


def _scalar(text: str, *, flow: bool) -> str:
    """Return *text* plain where YAML reads it back so, else in quotes."""
    try:
        node = yaml.compose(f"[{{k: {text}}}]" if flow else f"k: {text}", Loader=yaml.SafeLoader)
        mapping = node.value[0] if isinstance(node, yaml.SequenceNode) and len(node.value) == 1 else node
        values = [value for _, value in mapping.value] if isinstance(mapping, yaml.MappingNode) else []
        read = values[0] if len(values) == 1 else None
        plain = (
            isinstance(read, yaml.ScalarNode)
            and read.style is None
            and read.value == text
            and read.tag not in _UNREADABLE
        )
    except (yaml.YAMLError, ValueError):
        plain = False
    if plain and "\n" not in text and text == text.strip() and text:
        return text
    return json.dumps(text, ensure_ascii=False)
