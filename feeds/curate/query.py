"""A query's text -> a tree; a tree and an article -> hits. The core of the query language.

Words side by side are all wanted; `AND OR NOT ( )`, `-word`, `"a phrase"`,
`prefix*` and `title:`. AND and OR mixed without parentheses is a fault with both
readings offered, since no two products agree on which binds closer. Words are
normalised as in archive.text.words, the same for queries, articles and the index.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from archive import Both, Either, Every, Wanted
from archive import Run as WantedRun
from archive.text.words import Tokens
from feeds.curate.marks import straight, wrong_with

LONGEST = 10_000
DEEPEST = 40

Zone = Literal["any", "title"]
ZONES: dict[str, Zone] = {"title": "title", "head": "title"}


class QueryError(ValueError):
    """A query that cannot be read; the message names position, fault and mend."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"position {position}: {message}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Term:
    """Words side by side; the last open-ended if *prefix*; in the title only if *zone* says so."""

    words: tuple[str, ...]
    prefix: bool = False
    zone: Zone = "any"

    def __str__(self) -> str:
        text = " ".join(self.words) + ("*" if self.prefix else "")
        quoted = f'"{text}"' if len(self.words) > 1 else text
        return f"{self.zone}:{quoted}" if self.zone != "any" else quoted


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: "tuple[Node, ...]"

    def __str__(self) -> str:
        return " OR ".join(_bracketed(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """None of this."""

    part: "Node"

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part)}"


Node = Term | And | Or | Not


def _bracketed(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))
      |(?P<quote>"[^"]*"?)
      |(?P<field>[A-Za-z]+:)(?=["(\w*])
      |(?P<minus>-)(?=["(\w])
      |(?P<word>[^\s()"]+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_query(text: str) -> Node:
    """Return the tree of *text*. Raises QueryError."""
    if len(text) > LONGEST:
        raise QueryError(LONGEST, f"the query is longer than {LONGEST} characters")
    tokens = _tokens(straight(text))
    if not tokens:
        raise QueryError(1, "the query is empty (write at least one word)")
    parser = _Parser(tokens, len(text))
    tree = parser.alternatives("any", 0)
    left = parser.peek()
    if left is not None:
        raise QueryError(left.position, "a ')' without its '(' (take it away)")
    return tree


def from_lists(any_of: Sequence[str], all_of: Sequence[str], none_of: Sequence[str]) -> Node:
    """Return the tree that any/all/none stand for. Raises QueryError."""
    parts: list[Node] = []
    if any_of:
        choices = tuple(_listed(item) for item in any_of)
        parts.append(Or(choices) if len(choices) > 1 else choices[0])
    parts += [_listed(item) for item in all_of]
    parts += [Not(_listed(item)) for item in none_of]
    return And(tuple(parts)) if len(parts) > 1 else parts[0]


def _listed(item: str) -> Node:
    """Return the tree of one item of a list: several words without marks are a phrase."""
    if re.search(r"[\"():]|(?:^|\s)-|\b(?:AND|OR|NOT)\b", straight(item)):
        return parse_query(item)
    for word in re.finditer(r"\S+", item):
        _examine(word.group(), word.start() + 1)
    return _term(item, 1, "any")


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(_Token(kind, match.group(), match.start() + 1))
    return found


def token_at(text: str, position: int) -> tuple[int, int]:
    """Return where the token at *position* (from 1) begins and ends in *text*, counted from 0."""
    found = next((match for match in _TOKEN.finditer(text) if match.end() >= position), None)
    return found.span() if found else (len(text), len(text))


class _Parser:
    """Recursive descent: alternatives, conjunctions, one thing."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._length = length

    def peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, word: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "word" and token.text == word:
            self._at += 1
            return True
        return False

    def alternatives(self, zone: Zone, depth: int) -> Node:
        """Read up to the next ')' or the end: parts joined by AND alone or by OR alone."""
        if depth > DEEPEST:
            raise QueryError(self._position(), f"parentheses deeper than {DEEPEST}")
        parts = [self._one(zone, depth)]
        joined: str | None = None
        while (token := self.peek()) is not None and token.kind != "close":
            operator = "OR" if self._take("OR") else "AND"
            self._take("AND")
            if joined is not None and operator != joined:
                raise self._mixed(token.position, parts, joined, zone, depth)
            joined = operator
            parts.append(self._one(zone, depth))
        if len(parts) == 1:
            return parts[0]
        return Or(tuple(parts)) if joined == "OR" else And(tuple(parts))

    def _mixed(self, position: int, parts: list[Node], joined: str, zone: Zone, depth: int) -> QueryError:
        """Return the fault of AND and OR side by side, with both readings of this very query."""
        last = self._one(zone, depth)
        texts = [_bracketed(part) for part in parts]
        other = "AND" if joined == "OR" else "OR"
        first = f"({f' {joined} '.join(texts)}) {other} {_bracketed(last)}"
        second = f" {joined} ".join([*texts[:-1], f"({texts[-1]} {other} {_bracketed(last)})"])
        return QueryError(position, f"AND and OR mixed: write {first}, or {second}")

    def _one(self, zone: Zone, depth: int) -> Node:
        token = self.peek()
        if token is None:
            raise QueryError(self._length + 1, "the query ends where a word should follow")
        self._at += 1
        if token.kind == "close":
            raise QueryError(token.position, "a ')' stands where a word should follow")
        if token.kind == "open":
            tree = self.alternatives(zone, depth + 1)
            closing = self.peek()
            if closing is None:
                raise QueryError(token.position, "this '(' is never closed (add a ')')")
            self._at += 1
            return tree
        if token.kind == "minus" or (token.kind == "word" and token.text == "NOT"):
            if depth > DEEPEST:
                raise QueryError(token.position, f"NOT deeper than {DEEPEST}")
            return Not(self._one(zone, depth + 1))
        if token.kind == "field":
            return self._field(token, depth)
        if token.kind == "quote":
            if not token.text.endswith('"') or len(token.text) == 1:
                raise QueryError(token.position, "this quotation mark is never closed (add a second one)")
            return _term(token.text[1:-1], token.position, zone)
        return _word(token, zone)

    def _field(self, token: _Token, depth: int) -> Node:
        name = token.text[:-1].lower()
        if name not in ZONES:
            known = ", ".join(f"{zone}:" for zone in ZONES)
            raise QueryError(token.position, f"no field is called {name}: (known: {known})")
        return self._one(ZONES[name], depth)

    def _position(self) -> int:
        token = self.peek()
        return token.position if token else self._length + 1


def _word(token: _Token, zone: Zone) -> Node:
    if token.text in {"AND", "OR"}:
        raise QueryError(token.position, f"{token.text} stands where a word should follow")
    if token.text in {"and", "or", "not"}:
        upper = token.text.upper()
        raise QueryError(
            token.position,
            f"'{token.text}' in small letters: write {upper}, or \"{token.text}\" for the word",
        )
    _examine(token.text, token.position)
    return _term(token.text, token.position, zone)


def _examine(word: str, position: int) -> None:
    if wrong := wrong_with(word, tuple(ZONES)):
        raise QueryError(position, wrong)


def _term(text: str, position: int, zone: Zone) -> Term:
    prefix = text.endswith("*")
    body = text[:-1] if prefix else text
    if body.startswith("*"):
        raise QueryError(position, "a '*' must follow letters: words are looked up by how they begin")
    if "*" in body or re.search(r"\w\?\w", body):
        raise QueryError(
            position, f"only the end of a word may be left open (as in {re.split(r'[*?]', body)[0]}*)"
        )
    found = tuple(word.text for word in Tokens.of(body).words)
    if not found:
        raise QueryError(position, f"{text!r} holds no letter or digit")
    if prefix and len(found[-1]) < 2:
        raise QueryError(position, f"{text!r} is too short: write at least two letters before the '*'")
    return Term(found, prefix, zone)


def wanted(node: Node) -> Wanted:
    """Return what to ask an index for, so that it answers with at least every match."""
    match node:
        case Term(words=words, prefix=prefix):
            return WantedRun(words, prefix)
        case And(parts=parts):
            return Both(tuple(wanted(part) for part in parts))
        case Or(parts=parts):
            return Either(tuple(wanted(part) for part in parts))
        case Not():
            return Every()


def terms(node: Node) -> list[Term]:
    """Return the terms that can let an article in: those not below a NOT."""
    match node:
        case Term():
            return [node]
        case And(parts=parts) | Or(parts=parts):
            return [term for part in parts for term in terms(part)]
        case Not():
            return []
