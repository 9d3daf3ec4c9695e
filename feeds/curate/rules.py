"""The decisions journal -> what is in force: each topic's rule, its past, its model."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec

from archive import Article
from feeds.curate.lines import (
    Decision,
    Define,
    DropSource,
    Erase,
    Erased,
    Merge,
    Model,
    ReleaseSource,
    Split,
)
from feeds.curate.query import Node, QueryError, from_lists, parse_query
from feeds.settings import Topic
from feeds.times import parse


@dataclass(frozen=True)
class Rule:
    """A topic's definition as it is in force.

    seq     of its define line, which names it in publish lines
    model   what was fitted to its examples, or None
    """

    seq: int
    define: Define
    model: Model | None = None

    @property
    def topic(self) -> str:
        """The topic's uuid."""
        return self.define.topic

    @property
    def slug(self) -> str:
        """The topic's place in addresses."""
        return self.define.slug

    @cached_property
    def keys(self) -> Topic:
        """The definition as read from config.yaml."""
        return msgspec.convert(self.define.keys, Topic)

    @property
    def title(self) -> str:
        """The topic's title, or its slug in words."""
        return self.keys.title or self.slug.replace("-", " ").capitalize()

    @property
    def tree(self) -> Node | None:
        """The query, or None for a topic of examples alone and for a query with a fault."""
        return self._read[0]

    @property
    def fault(self) -> str | None:
        """Why the query cannot be read, or None: an older newsweir may have let it pass."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[Node | None, str | None]:
        keys = self.keys
        try:
            if keys.query:
                return parse_query(keys.query), None
            if keys.any or keys.all or keys.none:
                return from_lists(keys.any, keys.all, keys.none), None
        except QueryError as error:
            return None, str(error)
        return None, None


class Rulebook:
    """Everything that was defined, taken in line by line.

    erasures   those that are not carried out yet, by their seqs
    erased     every article that was ever to be erased
    """

    def __init__(self) -> None:
        self._defines: dict[int, Define] = {}
        self._current: dict[str, int] = {}
        self._models: dict[int, Model] = {}
        self._rules: dict[int, Rule] = {}
        self._taken = 0
        self._newest: tuple[int, tuple[Rule, ...]] = (0, ())
        self._named: dict[str, tuple[str, str]] = {}
        self.erased: set[str] = set()
        self.erasures: dict[int, Erase] = {}
        self.unions: dict[str, tuple[int, Merge | Split]] = {}
        """The last merge or split of each article that ever was part of another, with its seq."""
        self._pasts: dict[str, list[ReleaseSource | DropSource]] = {}

    def take(self, seq: int, decision: Decision) -> None:
        """Take in one line of the decisions journal."""
        if isinstance(decision, Define):
            self._defines[seq] = decision
            self._current[decision.topic] = seq
            self._taken += 1
            if self._named.get(decision.topic, ("",))[0] != decision.slug:
                self._named[decision.topic] = (decision.slug, decision.at)
        elif isinstance(decision, Model):
            self._models[decision.define] = decision
            self._rules.pop(decision.define, None)
            self._taken += 1
        elif isinstance(decision, Erase):
            self.erasures[seq] = decision
            self.erased.add(decision.article)
        elif isinstance(decision, Erased):
            self.erasures.pop(decision.of, None)
        elif isinstance(decision, Merge | Split):
            self.unions[decision.other] = (seq, decision)
        elif isinstance(decision, ReleaseSource | DropSource):
            self._pasts.setdefault(decision.source, []).append(decision)

    def past(self, topic: str, article: Article) -> Literal["released", "dropped"] | None:
        """Return what was decided last on an article that came as its source's past, in a topic."""
        for one in reversed(self._pasts.get(article.archive.source.key, ())):
            if one.topic in {None, topic} and parse(article.archive.first_seen) <= parse(one.at):
                return "released" if isinstance(one, ReleaseSource) else "dropped"
        return None

    def rule(self, seq: int) -> Rule:
        """Return the rule that the define with this seq makes."""
        if seq not in self._rules:
            self._rules[seq] = Rule(seq, self._defines[seq], self._models.get(seq))
        return self._rules[seq]

    def as_of(self, seq: int, topic: str) -> Rule | None:
        """Return the rule that a topic's define made; where that line is lost, its newest."""
        return self.rule(seq) if seq in self._defines else self.of(topic)

    def named(self, topic: str) -> str:
        """Return since when the topic has the slug it has."""
        return self._named[topic][1]

    def in_force(self) -> list[Rule]:
        """Return the rules of all topics that are not removed, the oldest topic first."""
        return [rule for rule in self.all() if not rule.define.removed]

    def all(self) -> tuple[Rule, ...]:
        """Return the newest rule of every topic there ever was, the oldest topic first: the same until one changes."""
        taken, (through, rules) = self._taken, self._newest
        if through != taken:  # Read before: what another thread takes in meanwhile is found by the next.
            rules = tuple(self.rule(seq) for seq in list(self._current.values()))
            self._newest = taken, rules
        return rules

    def stands(self, topic: str) -> bool:
        """Say whether a topic is there and was not taken out."""
        rule = self.of(topic)
        return rule is not None and not rule.define.removed

    def of(self, topic: str) -> Rule | None:
        """Return the newest rule of the topic with this uuid."""
        return self.rule(self._current[topic]) if topic in self._current else None

    def called(self, slug: str) -> Rule | None:
        """Return the newest rule of the topic that has this slug, or had it last."""
        now = next((rule for rule in self.in_force() if rule.slug == slug), None)
        return now or next((rule for rule in self.all() if rule.slug == slug), None)

    def formerly(self, slug: str) -> Rule | None:
        """Return the newest rule of the topic that once had this slug."""
        return next((rule for rule in self.all() if slug in rule.define.was), None)

    def history(self, topic: str) -> Iterator[tuple[int, Define]]:
        """Yield every define of a topic with its seq, oldest first."""
        for seq, define in sorted(self._defines.items()):
            if define.topic == topic:
                yield seq, define


def topic_uuid(store: str, first_slug: str) -> str:
    """Return the uuid of the topic that first had this slug in this archive."""
    return str(uuid.uuid5(uuid.UUID(store), first_slug))


def define_topics(
    topics: dict[str, Topic], book: Rulebook, store: str, position: int, at: str
) -> tuple[list[Define], list[str]]:
    """Return the defines that bring the journal up to the config, and what cannot be. Pure.

    A define is written only where the keys read differ from the last one, never
    merely at a start; also for a rename (`was`) and for a removal, so that the
    old addresses still answer after a rebuild.

    position   seq of the articles journal now: new topics look over all before it
    """
    lines: list[Define] = []
    faults: list[str] = []
    kept: dict[str, str] = {}
    for slug, topic in topics.items():
        before, fault = _predecessor(slug, topics, book)
        key = before.topic if before else topic_uuid(store, slug)
        if fault is None and key in kept:
            fault = f"was: {topic.was!r} is the past of topics.{kept[key]} already (take one away)"
        if fault:
            faults.append(f"topics.{slug}: {fault}")
            continue
        kept[key] = slug
        line = _define(slug, topic, before, store, position, at)
        if line is not None:
            lines.append(line)
    if not faults:  # Else what seems to be gone may be what a topic with a fault was meant to go on from.
        gone = (rule for rule in book.in_force() if rule.topic not in kept)
        lines += [msgspec.structs.replace(rule.define, removed=True, fresh=False, at=at) for rule in gone]
    return lines, faults


def _predecessor(slug: str, topics: dict[str, Topic], book: Rulebook) -> tuple[Rule | None, str | None]:
    """Return the rule that the topic goes on from, or why its slug or its past cannot be had.

    `was` may name any slug the topic ever had; once it has done its work it may stay.
    """
    was = topics[slug].was
    same, former = book.called(slug), book.formerly(slug)
    renamed = (book.called(was) or book.formerly(was)) if was is not None else None
    if renamed is not None and renamed.slug != slug and renamed.slug in topics:
        return None, f"was: {was!r} leads to topics.{renamed.slug} already (take one away)"
    if same is not None:
        if renamed is None or renamed.topic == same.topic:
            return same, None
        state = "that of a topic that was taken out" if same.define.removed else "a topic of its own"
        return None, f"the slug is {state}, so {was!r} cannot become it: choose another"
    if former is not None and (renamed is None or renamed.topic != former.topic):
        return None, f"the slug was that of {former.slug!r}; its readers are led there: choose another"
    if was is not None and renamed is None and book.all():
        known = ", ".join(rule.slug for rule in book.in_force()) or "none"
        return (
            None,
            f"was: no topic is or was called {was!r} (topics: {known}); nothing is taken out meanwhile",
        )
    return renamed, None


def _define(
    slug: str, topic: Topic, before: Rule | None, store: str, position: int, at: str
) -> Define | None:
    keys = msgspec.structs.replace(topic, was=None).keys()
    if before is None:
        return Define(topic=topic_uuid(store, slug), slug=slug, at=at, keys=keys, start=position, fresh=True)
    old = before.define
    if (old.slug, old.keys, old.removed) == (slug, keys, False):
        return None
    was = tuple(s for s in old.was if s != slug)
    return Define(
        topic=old.topic,
        slug=slug,
        at=at,
        keys=keys,
        start=position if old.removed else old.start,
        page_size=old.page_size,
        fresh=old.removed,
        was=was if old.slug == slug else (*was, old.slug),
    )
