"""A document and what is known -> the lines that keeping it adds to the batch.

Decides entry by entry: a new article, a new revision, another name for one that
is known, or nothing at all. Effects are the store's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from archive import erased, kept_out, ladder
from archive.article import QUALITIES, Alias, AliasOf, Archival, Article, Quality, Status, rank
from archive.batch import Batch
from archive.draft import Showing, Sighting
from archive.ports import Card, Named
from archive.shape import Shape

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one draft.

    status   new, revised, alias (known already, under a name not seen before), same, or
             erased: nothing of it may be kept
    rev      number of the article's newest revision, 0 of an erased one
    """

    status: Status
    id: str
    rev: int


def keep_document(document: Showing, batch: Batch) -> list[Kept]:
    """Judge the entries of one document together and add their lines to *batch*."""
    sightings = [Sighting.of(draft) for draft in document.drafts]
    shut_out = kept_out.by_name(sightings, batch)
    rest = [one for one, gone in zip(sightings, shut_out, strict=True) if gone is None]
    kept = iter(_keep(rest, document, batch))
    return [Kept("erased", gone, 0) if gone is not None else next(kept) for gone in shut_out]


def _keep(sightings: Sequence[Sighting], document: Showing, batch: Batch) -> list[Kept]:
    findings = ladder.find(sightings, document.unchanged, batch)
    shape = Shape.of([*sightings, *document.unchanged])
    given: dict[str, int] = {}
    kept: list[Kept] = []
    for sighting, finding in zip(sightings, findings, strict=True):
        if finding.twin is not None:
            twin = kept[finding.twin]
            kept.append(twin if twin.status == "erased" else Kept("same", twin.id, twin.rev))
        elif finding.article is None and (gone := kept_out.by_sign(sighting, shape, batch)) is not None:
            kept.append(Kept("erased", gone, 0))
        elif finding.article is None:
            article = ladder.new_id(sighting, shape, given, lambda key: _is_given(key, batch))
            batch.add(_first(sighting, article), sighting.draft.raw)
            kept.append(Kept("new", article, 1))
        else:
            kept.append(_known(sighting, finding.article, batch))
    return kept


def _is_given(article: str, batch: Batch) -> bool:
    """Say whether an id is that of an article, or was before it was erased."""
    return batch.card(article) is not None or bool(batch.erased([erased.id_name(article)]))


def _known(sighting: Sighting, article: str, batch: Batch) -> Kept:
    """Add what an entry of a known article adds: a revision, a name, or nothing."""
    card = batch.card(article)
    assert card is not None  # The ladder found it in this same batch.
    name = _same_name(sighting, batch.names_of(article))
    if name is not None and name.digest is not None and name.digest == sighting.digest:
        return Kept("same", article, card.rev)
    if sighting.content_sha256 != card.content_sha256 and _supersedes(sighting, card):
        batch.add(_next(sighting, card), sighting.draft.raw)
        return Kept("revised", article, card.rev + 1)
    moved = sighting.list_file is not None and sighting.content_sha256 == card.content_sha256
    if name is None and not moved:  # A place in a list is no name worth a line.
        batch.add(_alias(sighting, card), sighting.draft.raw)
        return Kept("alias", article, card.rev)
    return Kept("same", article, card.rev)


def _supersedes(sighting: Sighting, card: Card) -> bool:
    """Say whether a different text is the next revision.

    The source of revision 1 revises, unless it now shows less of the article;
    another source only where it shows more. So two feeds never take turns, and a
    teaser never replaces a full text.
    """
    before = rank(_quality(card.quality))
    if sighting.source == card.source:
        return rank(sighting.quality) >= before
    return rank(sighting.quality) > before


def _quality(text: str) -> Quality:
    return next((quality for quality in QUALITIES if quality == text), "full")


def _same_name(sighting: Sighting, names: Sequence[Named]) -> Named | None:
    """Return the name under which the sighting's source showed the article before."""
    address = (sighting.url_key, sighting.fragment)
    for name in reversed(names):
        same = name.source == sighting.source and name.guid == sighting.guid
        if same and (name.guid is not None or (name.url_key, name.fragment) == address):
            return name
    return None


def _first(sighting: Sighting, article: str) -> Article:
    return _revision(sighting, article, 1, None, sighting.draft.origin.fetched, "new")


def _next(sighting: Sighting, card: Card) -> Article:
    return _revision(sighting, card.id, card.rev + 1, card.content_sha256, card.first_seen, "upstream-edit")


def _revision(
    sighting: Sighting, article: str, rev: int, before: str | None, first_seen: str, cause: str
) -> Article:
    draft = sighting.draft
    archival = Archival(
        rev=rev,
        prev_rev_sha=before,
        content_sha256=sighting.content_sha256,
        first_seen=first_seen,
        url_key=sighting.url_key,
        cause=cause,
        **msgspec.structs.asdict(draft.origin),
    )
    return Article(id=article, archive=archival, **msgspec.structs.asdict(draft.content))


def _alias(sighting: Sighting, card: Card) -> Alias:
    """Return another name for an article; it names the entry's bytes where these say something else."""
    draft, origin = sighting.draft, sighting.draft.origin
    other = sighting.content_sha256 != card.content_sha256
    about = AliasOf(
        at=origin.fetched, source=origin.source, url_key=sighting.url_key, raw=origin.raw if other else None
    )
    return Alias(id=card.id, url=draft.content.url, title=draft.content.title, archive=about)
