"""Merges and splits -> which articles count as one; and the alias lines that say so. Pure.

Every article keeps its own names and revisions. A merge only says that one counts as
part of another from then on, a split that it counts as itself again: so nothing is
moved, and all of it can be taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.cards import Named
from archive.knowing import identity
from archive.record.article import Alias, AliasOf, Article
from archive.record.provenance import Source


@dataclass(frozen=True, slots=True)
class Joint:
    """What the last decision about an article left.

    whole      what it is part of, as was decided; itself after a split
    decision   seq of that decision
    """

    whole: str
    decision: int


class Unions:
    """Which articles count as one."""

    def __init__(self) -> None:
        self._joints: dict[str, Joint] = {}
        self._parts: dict[str, set[str]] = {}

    def take(self, line: Alias) -> Joint | None:
        """Take in an alias line; return what it leaves, or None where it decides nothing new.

        The later decision counts, in whatever order the lines are read.
        """
        part, decision = line.archive.of, line.archive.decision
        if part is None or decision is None:
            return None
        known = self._joints.get(part)
        if known is not None and known.decision >= decision:
            return None
        self.put(part, found := Joint(line.id, decision))
        return found

    def put(self, part: str, joint: Joint) -> None:
        """Remember what the last decision about *part* left."""
        if (before := self._joints.get(part)) is not None:
            self._parts.get(before.whole, set()).discard(part)
        self._joints[part] = joint
        if joint.whole != part:
            self._parts.setdefault(joint.whole, set()).add(part)

    def joint(self, article: str) -> Joint | None:
        """Return what the last decision about *article* left, or None where there was none."""
        return self._joints.get(article)

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as: itself, or the last one it was merged into."""
        met = {article}
        while (joint := self._joints.get(article)) is not None and joint.whole not in met:
            article = joint.whole
            met.add(article)
        return article

    def members(self, article: str) -> list[str]:
        """Return all that counts as one with *article*: the one that survives first, then its parts by id."""
        return self.below(self.whole(article))

    def below(self, article: str) -> list[str]:
        """Return an article and all that was merged into it, or into a part of it."""
        found, new = [article], [article]
        while new:
            parts = {part for one in new for part in self._parts.get(one, ())} - {*found}
            new = sorted(parts)
            found += new
        return found


class InUnions:
    """What a catalog tells of unions, wherever it has them from."""

    _unions: Unions

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as."""
        return self._unions.whole(article)

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""
        return self._unions.members(article)

    def below(self, article: str) -> list[str]:
        """Return an article and all its parts, and theirs."""
        return self._unions.below(article)

    def decided(self, article: str) -> tuple[str, int] | None:
        """Return what *article* was last made part of, and by which decision."""
        joint = self._unions.joint(article)
        return (joint.whole, joint.decision) if joint else None


def alias_lines(
    part: str, whole: str, decision: int, at: str, names: Iterable[Named], revisions: Sequence[Article]
) -> list[Alias]:
    """Return the lines that carry a decision out: one for each name of *part*, which is told by each alone.

    whole   what *part* is from now on part of; *part* itself for a split
    """
    shown = {(one.archive.source.key, one.archive.source.guid): one for one in revisions}
    return [_alias(name, shown.get((name.source, name.guid)), part, whole, decision, at) for name in names]


def _alias(name: Named, shown: Article | None, part: str, whole: str, decision: int, at: str) -> Alias:
    source = Source(
        key=name.source,
        via=shown.archive.source.via if shown else "feed",
        feed_url=shown.archive.source.feed_url if shown else None,
        guid=name.guid,
        entry_sha256=name.digest,
    )
    # The fragment is read from the address: where only its key is known, that must do.
    address = (
        f"https:{name.url_key}" + (f"#{name.fragment}" if name.fragment else "") if name.url_key else None
    )
    url = shown.url if shown and shown.url and _is_at(name, shown) else address
    about = AliasOf(at=at, source=source, url_key=name.url_key, of=part, decision=decision)
    return Alias(id=whole, url=url, title=shown.title if shown else None, archive=about)


def _is_at(name: Named, shown: Article) -> bool:
    return (shown.archive.url_key, identity.fragment(shown.url or "")) == (name.url_key, name.fragment)
