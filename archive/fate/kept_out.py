"""An article's lines -> the names that keep it out once it is erased; an entry -> whether it is kept out.

Two sorts of names: those that tell at once (guid, the entry's or the file's own bytes),
and signs, which count only for what is found to be no other article (address, title
with its date, the same words on one site).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from archive.knowing import identity, naming
from archive.knowing.rungs import COPY_WORDS
from archive.knowing.shape import Shape
from archive.ports import Lookups
from archive.record.article import Alias, Article
from archive.record.draft import Mention, Sighting
from archive.text.words import plain

_Entry = TypeVar("_Entry", bound=Mention)


def names_of(line: Article | Alias, view: Lookups, own: Collection[str]) -> Iterator[str]:
    """Yield the names by which keeping would find the article of *line* again, but for those of others.

    A name that another living article has too would shut that one out; so would each of
    one that was part of this once, and was split from it.

    own   what is erased: the article, and all that counts as one with it
    """
    if naming.named(line).article in own:
        yield from (name for name, others in _names(line, view) if set(own).issuperset(others))
    if isinstance(line, Article):
        said = {*own, line.id}  # Its words are another's too where it was part of that when it said them.
        yield from (name for name, others in _words(line, view) if said.issuperset(others))


def _names(line: Article | Alias, view: Lookups) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield what sources called the article, each name with all articles that have it."""
    source, raw, url_key = line.archive.source, line.archive.raw, line.archive.url_key
    is_file = source.via == "file"
    if source.entry_sha256:
        yield naming.digest(source.key, source.entry_sha256), ()
    if is_file and raw is not None:
        yield naming.file_bytes(raw.sha256), view.by_bytes(raw.sha256)
    if source.guid and not (is_file and _is_place(source.guid)):
        yield naming.guid(source.key, source.guid), _called(view, naming.guid(source.key, source.guid))
        loose = identity.loose_guid(source.guid)
        if loose and not is_file:
            yield naming.loose(source.key, loose), _called(view, naming.loose(source.key, loose))
    if url_key and identity.is_own(url_key):
        yield naming.address(url_key), _called(view, naming.address(url_key))


def _words(line: Article, view: Lookups) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield what the article goes by where no name tells, likewise."""
    source, title_key, date = line.archive.source, plain(line.title or ""), line.date_published
    if not source.guid and title_key and (date or naming.named(line).is_nameless):
        yield naming.title(source.key, title_key, date), view.by_title(source.key, title_key, date)
    site, sha256 = identity.site(line.url or ""), line.archive.content_sha256
    if site and len(line.content_text.split()) >= COPY_WORDS:
        yield _copy(sha256, site), view.by_content(sha256, site, "")


def _called(view: Lookups, key: str) -> list[str]:
    return [name.article for name in view.called((key,)).get(key, ())]


def by_name(sightings: Sequence[Sighting], view: Lookups) -> list[str | None]:
    """Return for each sighting the erased article whose guid or bytes it has, or None."""
    return _each(sightings, lambda one: _own_names(one, one), view)


def by_sign(sighting: Sighting, shape: Shape, view: Lookups) -> str | None:
    """Return the erased article that a sighting, which is no living one, seems to be; or None."""
    # An address over several entries of one document tells none from another.
    shared = naming.address(sighting.url_key) if sighting.url_key in shape.addresses else None
    names = [name for name in _signs(sighting) if name != shared]
    title_key, date = sighting.title_key, sighting.draft.content.date_published
    if not sighting.guid and title_key:
        names.append(naming.title(sighting.source, title_key, date))
    if sighting.site and sighting.words >= COPY_WORDS:
        names.append(_copy(sighting.content_sha256, sighting.site))
    return _first(names, view.erased(names))


def of_mentions(mentions: Sequence[Mention], view: Lookups, *, signs: bool) -> list[str | None]:
    """Return for each mention the erased article that goes by its name, or None.

    signs   its address counts as well
    """
    return _each(mentions, lambda one: chain(_own_names(one), _signs(one) if signs else ()), view)


def _each(
    entries: Sequence[_Entry], names: Callable[[_Entry], Iterable[str]], view: Lookups
) -> list[str | None]:
    """Return for each entry the erased article that goes by one of its names, or None."""
    known = view.erased(name for entry in entries for name in names(entry))
    return [_first(names(entry), known) for entry in entries] if known else [None] * len(entries)


def _own_names(mention: Mention, sighting: Sighting | None = None) -> Iterator[str]:
    if mention.guid and not (sighting is not None and sighting.list_file):
        yield naming.guid(mention.source, mention.guid)
    if mention.digest:
        yield naming.digest(mention.source, mention.digest)
    raw = sighting.draft.origin.raw if sighting is not None and sighting.is_file else None
    if raw is not None:
        yield naming.file_bytes(raw.sha256)


def _signs(mention: Mention) -> Iterator[str]:
    if mention.loose:
        yield naming.loose(mention.source, mention.loose)
    if mention.url_key and identity.is_own(mention.url_key):
        yield naming.address(mention.url_key)


def _copy(content_sha256: str, site: str) -> str:
    return f"{naming.content(content_sha256)}\n{site}"


def _is_place(guid: str) -> bool:
    path, _, place = guid.rpartition("#")
    return bool(path) and place.isdecimal()


def _first(names: Iterable[str], known: dict[str, str]) -> str | None:
    return next((known[name] for name in names if name in known), None)
