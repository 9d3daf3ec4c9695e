"""Rules, and what was told of -> every topic as the front page needs it, each read once per change."""

from collections.abc import Callable, Iterable
from datetime import datetime

from feeds.curate.rules import Rule, Rulebook
from feeds.publish.topic.assemble import TopicFeed
from feeds.times import parse


class Fronts:
    """The topics that have something to show, the oldest first.

    read    reads a topic anew; returns None before its first tick
    lists   how often it changed which topics these are, or how they are called
    """

    def __init__(self, book: Rulebook, read: Callable[[Rule], TopicFeed | None]) -> None:
        self._book = book
        self._read = read
        self._rules: tuple[Rule, ...] = ()
        self._feeds: dict[str, TopicFeed] = {}
        self._listed: str | None = None
        self.lists = 0

    def __contains__(self, topic: str) -> bool:
        """Say whether a topic is among them."""
        return topic in self._feeds

    @property
    def listed(self) -> datetime | None:
        """When it was last defined which topics these are, or how they are called; None where none ever was."""
        return parse(self._listed) if self._listed else None

    def after(self, touched: Iterable[str]) -> list[TopicFeed]:
        """Return them all, those read anew of which lines tell since, or whose definition changed."""
        rules, anew = self._book.all(), set(touched)
        if rules is not self._rules:
            known = self._feeds
            anew |= {
                rule.topic for rule in rules if rule.topic not in known or known[rule.topic].rule is not rule
            }
        found = {
            rule.topic: self._front(rule) for topic in anew if (rule := self._book.of(topic)) is not None
        }
        if rules is not self._rules or any((found[topic] is None) is (topic in self) for topic in found):
            whole = self._feeds | found
            self._feeds = {rule.topic: feed for rule in rules if (feed := whole.get(rule.topic)) is not None}
            defined = [rule.define.at for rule in rules if rule.define.removed or rule.topic in self]
            self._listed = max(defined, default=None)
            self._rules = rules
            self.lists += 1
        else:
            self._feeds |= {topic: feed for topic, feed in found.items() if feed is not None}
        return list(self._feeds.values())

    def _front(self, rule: Rule) -> TopicFeed | None:
        return self._read(rule) if not rule.define.removed else None
