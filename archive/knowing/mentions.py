"""The unchanged entries of a document -> the articles that they keep to themselves; what goes by their names."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from archive.cards import Named
from archive.keeping.showing import Company, key_of
from archive.knowing import naming
from archive.knowing.recall import Recall
from archive.ports import Lookups
from archive.record.draft import Mention


class Taken:
    """The articles that no further entry of a document may be: its unchanged entries' own, and what is given away.

    Of the unchanged each holds one, no two the same. Under one name there may stand many: a
    feed that has one guid for all its entries, a page of notes whose links differ behind the
    `#`. Who holds more than its own makes a neighbour that was edited homeless, and so doubled.

    They may be thousands, and one entry new: an unchanged one is looked up where an article
    is asked about that goes by its name.
    """

    def __init__(self, company: Company, recall: Recall) -> None:
        self._recall = recall
        self._company = company
        self._given: set[str] = set()
        self._held: dict[str, bool] = {}
        self._of_shelf: dict[str, set[str]] = {}

    def __contains__(self, article: object) -> bool:
        return isinstance(article, str) and (article in self._given or self.holds(article))

    def give(self, article: str) -> None:
        """Note that an article is given to another entry."""
        self._given.add(article)

    def holds(self, article: str) -> bool:
        """Say whether an article is an unchanged entry's own."""
        if not self._company:
            return False
        if article not in self._held:
            keys = {key for name in self._recall.names_of(article) for key in naming.keys_of(name)}
            self._held[article] = any(article in self._holds(key) for key in keys)
        return self._held[article]

    def _holds(self, key: str) -> set[str]:
        """Return the articles that the unchanged entries of one name hold."""
        if key not in self._of_shelf:
            mentions, found = [*dict.fromkeys(self._company.called(key))], set[str]()
            for source in {mention.source for mention in mentions}:
                names = [name for name in self._recall.called(key) if name.source == source]
                found |= _each_its_own([one for one in mentions if one.source == source], names)
            self._of_shelf[key] = found
        return self._of_shelf[key]


def names_under(mentions: Sequence[Mention], view: Lookups) -> list[list[Named]]:
    """Return for each mention all that its source has under its name: its guid, else its address."""
    keys = [key_of(mention) for mention in mentions]
    found = view.called({key for key in keys if key is not None})
    return [
        [name for name in found.get(key or "", ()) if name.source == mention.source]
        for mention, key in zip(mentions, keys, strict=True)
    ]


def newest_digests(names: Iterable[Named]) -> set[str]:
    """Return what was last read from each article under names of one shelf."""
    newest = {(name.article, name.guid or (name.url_key, name.fragment)): name.digest for name in names}
    return {digest for digest in newest.values() if digest}


def _each_its_own(mentions: Sequence[Mention], names: Sequence[Named]) -> set[str]:
    """Give each mention one article: of the same digest, else the same address, else any that is left."""
    known = {name.article for name in names}
    if len(known) < 2:
        return known
    taken: set[str] = set()
    for key in _KEYS:
        free: dict[Hashable, list[str]] = defaultdict(list)
        for name in reversed(names):
            free[key(name)].append(name.article)
        left: list[Mention] = []
        for mention in mentions:
            articles = free[key(mention)]
            while articles and articles[-1] in taken:
                articles.pop()
            if articles:
                taken.add(articles.pop())
            else:
                left.append(mention)
        mentions = left
    return taken


_KEYS: tuple[Callable[[Mention | Named], Hashable], ...] = (
    lambda one: (one.digest, one.url_key, one.fragment),
    lambda one: one.digest,
    lambda one: (one.url_key, one.fragment),
    lambda _: None,
)
