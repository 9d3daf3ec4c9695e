"""The unchanged entries of a document -> the articles that they keep to themselves."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from archive.cards import Named
from archive.draft import Mention
from archive.ports import Lookups


def held(unchanged: Iterable[Mention], view: Lookups) -> set[str]:
    """Return one article for each of the *unchanged* entries, no two the same.

    Under one name there may stand many: a feed that has one guid for all its
    entries, a page of notes whose links differ behind the `#`. Who holds more than
    its own makes a neighbour that was edited homeless, and so doubled.
    """
    groups: dict[tuple[str, str | None, str | None], list[Mention]] = defaultdict(list)
    for mention in dict.fromkeys(unchanged):
        groups[mention.shelf].append(mention)
    found: set[str] = set()
    for mentions in groups.values():
        found |= _each_its_own(mentions, names_under(mentions[0], view))
    return found


def names_under(mention: Mention, view: Lookups) -> list[Named]:
    """Return all that the source has under the name of *mention*: its guid, else its address."""
    if mention.guid:
        return view.by_guid(mention.source, mention.guid)
    if mention.is_nameless:
        return view.by_digest(mention.source, mention.digest) if mention.digest else []
    return [name for name in view.by_url(mention.url_key or "") if name.source == mention.source]


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
