"""A query's tree and an article -> does it match, where, and if not, why not. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from archive import Article
from archive.text.words import Tokens
from feeds.curate.query import And, Node, Not, Or, Term, terms

_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\]]*(?=\s)|\n{2,}")
_LONGEST_SENTENCE = 400


@dataclass(frozen=True)
class Reading:
    """An article as words, made once and asked by every topic.

    closed   its source allows nothing of it to be published
    """

    title: str
    body: str
    closed: bool = False

    @classmethod
    def of(cls, article: Article) -> "Reading":
        """Return the reading of *article*: its title, and its text or else its summary."""
        return cls(article.title or "", article.content_text or article.summary or "", is_closed(article))

    @cached_property
    def title_tokens(self) -> Tokens:
        """The words of the title."""
        return Tokens.of(self.title)

    @cached_property
    def body_tokens(self) -> Tokens:
        """The words of the text."""
        return Tokens.of(self.body)


def is_closed(article: Article) -> bool:
    """Say whether its source allows nothing of it to be published."""
    rights = article.archive.rights
    return rights is not None and not rights.publish


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a term stands.

    start, end   characters in the title, or in the text
    """

    term: Term
    in_title: bool
    start: int
    end: int


def matches(node: Node, reading: Reading) -> bool:
    """Say whether the query lets the article in."""
    match node:
        case Term():
            return next(_hits(node, reading), None) is not None
        case And(parts=parts):
            return all(matches(part, reading) for part in parts)
        case Or(parts=parts):
            return any(matches(part, reading) for part in parts)
        case Not(part=part):
            return not matches(part, reading)


def hits(node: Node, reading: Reading) -> list[Hit]:
    """Return every place where a term of the query stands, title first, in order."""
    found = {hit for term in terms(node) for hit in _hits(term, reading)}
    return sorted(found, key=lambda hit: (not hit.in_title, hit.start, hit.end, str(hit.term)))


def unmet(node: Node, reading: Reading) -> list[str]:
    """Return the clauses that keep the article out, in words; empty when it matches."""
    if matches(node, reading):
        return []
    match node:
        case And(parts=parts):
            return [clause for part in parts for clause in unmet(part, reading)]
        case Or(parts=parts):
            return ["none of " + ", ".join(str(part) for part in parts)]
        case Not(part=part):
            stand = ", ".join(dict.fromkeys(str(hit.term) for hit in hits(part, reading)))
            return [f"holds {stand or part}, which the topic shuts out"]
        case Term():
            return [f"lacks {node}"]


def spellings(found: list[Hit], reading: Reading) -> list[str]:
    """Return the words that matched as they stand in the article, one spelling of each."""
    shown: dict[str, str] = {}
    for hit in found:
        text = (reading.title if hit.in_title else reading.body)[hit.start : hit.end]
        shown.setdefault(text.casefold(), re.sub(r"\s+", " ", text))
    return list(shown.values())


def best_sentence(found: list[Hit], reading: Reading) -> tuple[int, int] | None:
    """Return the offsets in the text of the sentence with the most different terms.

    Of equals the first. Cut to 400 characters round its hits where it is longer.
    """
    best: tuple[int, int] | None = None
    most = 0
    ahead = sorted((hit for hit in found if not hit.in_title), key=lambda hit: hit.start)
    at = 0
    # Sentences and hits side by side: a text of 60,000 sentences with a hit in each is one walk.
    for start, end in _sentences(reading.body):
        first = at
        while at < len(ahead) and ahead[at].start < end:
            at += 1
        different = len({hit.term for hit in ahead[first:at]})
        if different > most:
            most = different
            best = _trimmed(start, end, ahead[first].start)
    return best


def _trimmed(start: int, end: int, at: int) -> tuple[int, int]:
    if end - start <= _LONGEST_SENTENCE:
        return start, end
    head = max(start, at - _LONGEST_SENTENCE // 4)
    return head, min(end, head + _LONGEST_SENTENCE)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if text[start : match.end()].strip():
            yield _stripped(text, start, match.end())
        start = match.end()
    if text[start:].strip():
        yield _stripped(text, start, len(text))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _hits(term: Term, reading: Reading) -> Iterator[Hit]:
    yield from _hits_in(term, reading.title_tokens, in_title=True)
    if term.zone == "any":
        yield from _hits_in(term, reading.body_tokens, in_title=False)


def _hits_in(term: Term, tokens: Tokens, *, in_title: bool) -> Iterator[Hit]:
    """Yield the places of *term*: the run of its words, the last one perhaps only begun."""
    size = len(term.words)
    for place in _starts(term, tokens):
        run = tokens.words[place : place + size]
        if len(run) == size and _runs(term, [word.text for word in run]):
            yield Hit(term, in_title, run[0].start, run[-1].end)


def _starts(term: Term, tokens: Tokens) -> list[int]:
    first = term.words[0]
    if len(term.words) > 1 or not term.prefix:
        return tokens.places.get(first, [])
    vocabulary = tokens.vocabulary
    found: list[int] = []
    at = bisect_left(vocabulary, first)
    while at < len(vocabulary) and vocabulary[at].startswith(first):
        found += tokens.places[vocabulary[at]]
        at += 1
    return sorted(found)


def _runs(term: Term, run: list[str]) -> bool:
    if run[:-1] != list(term.words[:-1]):
        return False
    return run[-1].startswith(term.words[-1]) if term.prefix else run[-1] == term.words[-1]
