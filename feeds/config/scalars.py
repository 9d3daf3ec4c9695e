"""Shapes of single values: texts, choices, numbers, spans of time, sizes."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from feeds.config.shapes import Faults, told

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# XML 1.0, section 2.2; an address or a path has no use for them either.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SIZES = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text.

    wanted    what it should be, in words for a message
    examine   returns what is wrong with it, or None
    """

    wanted: str = "a text"
    examine: Callable[[str], str | None] = lambda _: None
    pattern: str | None = None

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the text."""
        if not isinstance(node, yaml.ScalarNode):
            return faults.add(node, path, f"expected {self.wanted}, found {told(node)}")
        text = str(node.value).strip()
        if not text:
            return faults.add(node, path, f"is empty (write {self.wanted}, or take the line away)")
        if forbidden := _FORBIDDEN.search(text):
            code = f"U+{ord(forbidden.group()):04X}"
            return faults.add(node, path, f"holds a character that no feed can carry ({code}): take it away")
        wrong = self.examine(text)
        return faults.add(node, path, wrong) if wrong else text

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        # Editors read scalars as YAML does: a number here is no fault of the writer.
        return {"type": "string", "pattern": self.pattern} if self.pattern else {"type": ["string", "number"]}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the word."""
        if isinstance(node, yaml.ScalarNode) and node.value in self.words:
            return node.value
        near = (
            difflib.get_close_matches(str(node.value), self.words, 1)
            if isinstance(node, yaml.ScalarNode)
            else []
        )
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return faults.add(node, path, f"{told(node)} is none of {', '.join(self.words)}{hint}")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return True or False."""
        word = str(node.value).lower() if isinstance(node, yaml.ScalarNode) else ""
        if word in {"true", "yes", "on"}:
            return True
        if word in {"false", "no", "off"}:
            return False
        return faults.add(node, path, f"{told(node)} is neither true nor false")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from *least* to *most*."""

    least: int
    most: int

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the number."""
        text = str(node.value).replace("_", "") if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"[+-]?\d{1,18}", text) and self.least <= int(text) <= self.most:
            return int(text)
        return faults.add(node, path, f"{told(node)} is no whole number from {self.least} to {self.most}")

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time with its unit: 30s 15m 2h 7d."""

    least: timedelta = timedelta(0)
    most: timedelta = timedelta(days=366)

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the span as a timedelta."""
        text = str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return faults.add(
                node, path, f"'{text}' has no unit (write {text}s, {text}m, {text}h or {text}d)"
            )
        match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*(ms|s|m|h|d|w)", text)
        if match is None:
            return faults.add(node, path, f"{told(node)} is no duration (write 30s, 15m, 2h or 7d)")
        seconds = float(match[1]) * _UNITS[match[2]]
        if not self.least.total_seconds() <= seconds <= self.most.total_seconds():
            low, high = _span(self.least), _span(self.most)
            return faults.add(node, path, f"'{text}' is out of bounds (from {low} to {high})")
        return timedelta(seconds=seconds)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d|w)$"}


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit in ("w", "d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0 and unit != "w":
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds:g}s"


@dataclass(frozen=True, slots=True)
class Beginning:
    """How much of a beginning counts: a number from *least* to *most*, a span of time, or `all`."""

    least: int
    most: int

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the number, the span as a timedelta, or None for all."""
        text = str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""
        if text == "all":
            return None
        if re.fullmatch(r"[+-]?\d+", text):
            return Whole(self.least, self.most).read(node, path, faults)
        if re.fullmatch(r"\d+(\.\d+)?\s*(ms|s|m|h|d|w)", text):
            return Duration(most=timedelta(days=36_600)).read(node, path, faults)
        return faults.add(
            node, path, f"{told(node)} is no number, span of time or 'all' (write 50, 7d or all)"
        )

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"anyOf": [Whole(self.least, self.most).schema(), Duration().schema(), {"const": "all"}]}


@dataclass(frozen=True, slots=True)
class Size:
    """A size with its unit: 10MB is 10^7 bytes."""

    least: int
    most: int

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the size in bytes."""
        text = str(node.value).strip() if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return faults.add(node, path, f"'{text}' has no unit (write {text}kB or {text}MB)")
        match = re.fullmatch(r"(\d{1,12}(?:\.\d+)?)\s*([kKMG]?i?B)", text)
        if match is None or match[2] not in _SIZES:
            return faults.add(node, path, f"{told(node)} is no size (write 500kB or 10MB)")
        size = int(float(match[1]) * _SIZES[match[2]])
        if not self.least <= size <= self.most:
            return faults.add(
                node, path, f"'{text}' is out of bounds (from {self.least} to {self.most} bytes)"
            )
        return size

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?([kKMG]i?)?B$"}
