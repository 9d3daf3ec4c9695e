"""YAML nodes -> values, by shapes that also know their own JSON Schema.

Every scalar is read as the text it is in the file: plain YAML would make False
of `languages: [no]` and 90 of `1:30`. A shape notes each fault it meets and
goes on, so that all are told at once.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import yaml

MISSING: Final = object()
"""What a shape returns where a fault was noted: there is no value to go on with."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of the file.

    line   counted from 1
    path   of the key, as `sources[3].every`
    """

    line: int
    path: str
    message: str


@dataclass(slots=True)
class Faults:
    """The faults found so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, node: yaml.Node, path: str, message: str) -> Any:
        """Note a fault at *node* and return MISSING."""
        self.found.append(Fault(node.start_mark.line + 1, path, message))
        return MISSING


class Shape(Protocol):
    """What may stand at one place of the file."""

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the value, or note what is wrong and return MISSING."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the place."""


def told(node: yaml.Node) -> str:
    """Return what stands at *node*, in words for a message."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    text = str(node.value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'" if text else "nothing"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of one kind of thing; with *lone* a single one may stand without brackets."""

    of: Shape
    wanted: str = "a list"
    lone: bool = False

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return a tuple of the values that are right."""
        if not isinstance(node, yaml.SequenceNode):
            if self.lone and isinstance(node, yaml.ScalarNode) and node.value != "":
                value = self.of.read(node, path, faults)
                return MISSING if value is MISSING else (value,)
            if _is_empty(node):
                return ()
            return faults.add(node, path, f"expected {self.wanted}, found {told(node)}")
        values = [self.of.read(child, f"{path}[{n}]", faults) for n, child in enumerate(node.value)]
        return tuple(value for value in values if value is not MISSING)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        listing = {"type": "array", "items": self.of.schema()}
        return {"anyOf": [listing, self.of.schema()]} if self.lone else listing


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping.

    about     what it is for: the key's line in the reference and in the editor
    default   shown in the reference; the value class knows it too
    """

    shape: Shape
    about: str
    default: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping with known keys."""

    keys: Mapping[str, Field]
    make: Callable[..., Any] = dict

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return what *make* makes of the keys that are right."""
        pairs = read_pairs(node, path, faults)
        if pairs is None:
            return MISSING
        before = len(faults.found)
        values: dict[str, Any] = {}
        for key, (key_node, value_node) in pairs.items():
            if key not in self.keys:
                faults.add(key_node, path or "config", unknown_key(key, self.keys))
                continue
            value = self.keys[key].shape.read(value_node, f"{path}.{key}" if path else key, faults)
            if value is not MISSING:
                values[key] = value
        for key, known in self.keys.items():
            if known.required and key not in pairs:
                faults.add(node, path or "config", f"lacks '{key}' ({known.about})")
        return self.make(**values) if len(faults.found) == before or self.make is dict else MISSING

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        properties = {
            key: {**known.shape.schema(), "description": described(known)} for key, known in self.keys.items()
        }
        required = [key for key, known in self.keys.items() if known.required]
        shape: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**shape, "required": required} if required else shape


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping whose keys the owner chooses."""

    of: Shape
    examine: Callable[[str], str | None]
    pattern: str

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return a dict of the values that are right, by their keys."""
        pairs = read_pairs(node, path, faults)
        if pairs is None:
            return MISSING
        found: dict[str, Any] = {}
        for key, (key_node, value_node) in pairs.items():
            wrong = self.examine(key)
            if wrong:
                faults.add(key_node, f"{path}.{key}", wrong)
                continue
            value = self.of.read(value_node, f"{path}.{key}", faults)
            if value is not MISSING:
                found[key] = value
        return found

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {
            "type": "object",
            "patternProperties": {self.pattern: self.of.schema()},
            "additionalProperties": False,
        }


def described(known: Field) -> str:
    """Return the sentence about a key, with its default."""
    return f"{known.about}. Default: {known.default}" if known.default else known.about


def unknown_key(key: str, known: Mapping[str, Any]) -> str:
    """Return the message about a key that does not exist, with the nearest that does."""
    near = difflib.get_close_matches(key, list(known), 1, 0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"unknown key {key!r} ({hint})"


def read_pairs(node: yaml.Node, path: str, faults: Faults) -> dict[str, tuple[yaml.Node, yaml.Node]] | None:
    """Return a mapping's nodes by key, or None; a key that stands twice is a fault."""
    if _is_empty(node):
        return {}
    if not isinstance(node, yaml.MappingNode):
        faults.add(node, path or "config", f"expected keys with values, found {told(node)}")
        return None
    pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            faults.add(key_node, path or "config", f"a key must be a word, found {told(key_node)}")
            continue
        key = str(key_node.value)
        if key in pairs:
            first = pairs[key][0].start_mark.line + 1
            faults.add(
                key_node, path or "config", f"key {key!r} stands twice (first in line {first}); take one away"
            )
            continue
        pairs[key] = (key_node, value_node)
    return pairs


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value in {"", "~", "null"} and node.style is None
