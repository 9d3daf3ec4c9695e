"""The unchanged entries of a document -> the articles that they keep to themselves."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from archive.draft import Mention
from archive.ports import Lookups, Named


def held(unchanged: Iterable[Mention], view: Lookups) -> set[str]:
    """Return one article for each of the *unchanged* entries, no two the same.

    Under one name there may stand many: a feed that has one guid for all its
    entries, a page of notes whose links differ behind the `#`. Who holds more than
    its own makes a neighbour that was edited homeless, and so doubled.
    """
    groups: dict[tuple[str, str, bool], list[Mention]] = defaultdict(list)
    for mention in dict.fromkeys(unchanged):
        if name := mention.guid or mention.url_key:
            groups[mention.source, name, bool(mention.guid)].append(mention)
    found: set[str] = set()
    for (source, name, is_guid), mentions in groups.items():
        names = view.by_guid(source, name) if is_guid else view.by_url(name)
        found |= _each_its_own(mentions, [one for one in names if one.source == source])
    return found


def _each_its_own(mentions: Sequence[Mention], names: Sequence[Named]) -> set[str]:
    """Give each mention one article: of the same digest, else the same address, else any that is left."""
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
