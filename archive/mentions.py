"""The unchanged entries of a document -> the articles that they keep to themselves."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from archive import naming
from archive.cards import Named
from archive.draft import Mention, Shelf
from archive.ports import Lookups


def held(unchanged: Iterable[Mention], view: Lookups) -> set[str]:
    """Return one article for each of the *unchanged* entries, no two the same.

    Under one name there may stand many: a feed that has one guid for all its
    entries, a page of notes whose links differ behind the `#`. Who holds more than
    its own makes a neighbour that was edited homeless, and so doubled.
    """
    groups: dict[Shelf, list[Mention]] = defaultdict(list)
    for mention in dict.fromkeys(unchanged):
        groups[mention.shelf].append(mention)
    named = names_under([mentions[0] for mentions in groups.values()], view)
    found: set[str] = set()
    for mentions, names in zip(groups.values(), named, strict=True):
        found |= _each_its_own(mentions, names)
    return found


def names_under(mentions: Sequence[Mention], view: Lookups) -> list[list[Named]]:
    """Return for each mention all that its source has under its name: its guid, else its address."""
    keys = [_key_of(mention) for mention in mentions]
    found = view.called({key for key in keys if key is not None})
    return [
        [name for name in found.get(key or "", ()) if name.source == mention.source]
        for mention, key in zip(mentions, keys, strict=True)
    ]


def newest_digests(names: Iterable[Named]) -> set[str]:
    """Return what was last read from each article under names of one shelf."""
    newest = {(name.article, name.guid or (name.url_key, name.fragment)): name.digest for name in names}
    return {digest for digest in newest.values() if digest}


def _key_of(mention: Mention) -> str | None:
    """Return the key of a mention's name; None where it has none at all."""
    if mention.guid:
        return naming.guid(mention.source, mention.guid)
    if mention.is_nameless:
        return naming.digest(mention.source, mention.digest) if mention.digest else None
    return naming.address(mention.url_key or "")


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
