"""A document and what is known -> the lines that keeping it adds to the batch.

Decides entry by entry: a new article, a new revision, another name for one that
is known, or nothing at all. Effects are the store's.
"""

from collections.abc import Sequence

import msgspec

from archive.cards import Card, Named
from archive.fate import erased, kept_out
from archive.keeping.batch import Batch
from archive.keeping.intervals import too_soon
from archive.keeping.kept import Kept
from archive.keeping.showing import Deletion, Showing
from archive.knowing import ladder, naming
from archive.knowing.shape import Shape
from archive.record.article import (
    QUALITIES,
    Alias,
    AliasOf,
    Archival,
    Article,
    Tombstone,
    TombstoneOf,
    rank,
)
from archive.record.draft import Sighting
from archive.record.provenance import Gone, Quality
from archive.text.sketch import Sketch

_encode = msgspec.json.Encoder().encode


def keep_document(document: Showing, batch: Batch) -> list[Kept]:
    """Judge the entries of one document together and add their lines to *batch*."""
    sightings = [Sighting.of(draft) for draft in document.drafts]
    shut_out = kept_out.by_name(sightings, batch)
    rest = [one for one, gone in zip(sightings, shut_out, strict=True) if gone is None]
    kept = iter(_keep(rest, document, batch))
    return [Kept("erased", gone, 0) if gone is not None else next(kept) for gone in shut_out]


def _keep(sightings: Sequence[Sighting], document: Showing, batch: Batch) -> list[Kept]:
    company = document.company
    shape = Shape.of(sightings, company)
    findings = ladder.find(sightings, company, shape, batch)
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
            kept.append(_known(sighting, finding.article, finding.member, batch))
        _note_gone(sighting, kept[-1], batch)
    for deletion in document.deleted:
        _note_deleted(deletion, batch)
    return kept


def _is_given(article: str, batch: Batch) -> bool:
    """Say whether an id is that of an article, or was before it was erased."""
    return batch.card(article) is not None or bool(batch.erased([erased.id_name(article)]))


def _known(sighting: Sighting, article: str, member: str | None, batch: Batch) -> Kept:
    """Add what an entry of a known article adds: a revision, a name, or nothing.

    member   the article under whose name it was found, where that was merged into *article*
    """
    card = batch.card(article)
    assert card is not None  # The ladder found it in this same batch.
    of = member if member != article else None
    name = _same_name(sighting, _names_of(article, member, batch))
    told = name is not None and name.digest is not None and name.digest == sighting.digest
    if told and not _is_fuller_page(sighting, card):
        return Kept("same", article, card.rev)
    other = sighting.content_sha256 != card.content_sha256
    if other and _supersedes(sighting, card) and not _is_worse_page(sighting, card, batch):
        if _too_soon(sighting, card, batch):
            return Kept("later", article, card.rev)
        batch.add(_next(sighting, card, of, "reextract" if told else "upstream-edit"), sighting.draft.raw)
        return Kept("revised", article, card.rev + 1)
    moved = sighting.list_file is not None and sighting.content_sha256 == card.content_sha256
    if name is None and not moved:  # A place in a list is no name worth a line.
        batch.add(_alias(sighting, card, of), sighting.draft.raw)
        return Kept("alias", article, card.rev)
    return Kept("same", article, card.rev)


def _names_of(article: str, member: str | None, batch: Batch) -> list[Named]:
    """Return every name of all that count as one with *article*, those of *member* last."""
    members = batch.members(article)
    ordered = sorted(members, key=lambda one: one == member)
    return [name for one in ordered for name in batch.names_of(one)]


def _too_soon(sighting: Sighting, card: Card, batch: Batch) -> bool:
    """Say whether a revision must wait; one that shows more of the article never does."""
    if rank(sighting.quality) > rank(_quality(card.quality)):
        return False
    now = sighting.draft.origin.fetched

    def fetched(rev: int) -> str | None:
        return card.fetched if rev == card.rev else batch.fetched(card.id, rev)

    return too_soon(now, card.rev, fetched, is_file=sighting.is_file)


def _note_gone(sighting: Sighting, kept: Kept, batch: Batch) -> None:
    """Add the tombstone of an article that its own page says is gone."""
    reason = sighting.draft.gone
    if reason is not None:
        gone = Gone(reason=reason, at=sighting.draft.origin.fetched, by=sighting.source)
        _entomb(kept.id, gone, batch)


def _note_deleted(deletion: Deletion, batch: Batch) -> None:
    """Add the tombstone of an article whose entry its own feed says is no more."""
    key = naming.guid(deletion.source, deletion.guid)
    for article in dict.fromkeys(batch.whole(name.article) for name in batch.called((key,)).get(key, ())):
        _entomb(article, Gone(reason="feed-deleted", at=deletion.at, by=deletion.source), batch)


def _entomb(article: str, gone: Gone, batch: Batch) -> None:
    """Add a tombstone, once, where the article's own source says so: another's word is none."""
    card = batch.card(article)
    if card is not None and card.source == gone.by and batch.tombstone(article) is None:
        batch.add(Tombstone(id=article, archive=TombstoneOf(gone=gone)))


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


def _is_fuller_page(sighting: Sighting, card: Card) -> bool:
    """Say whether the page of an entry that says what it said can be had by now, and says more."""
    return sighting.draft.paged and sighting.words > card.words


def _is_worse_page(sighting: Sighting, card: Card, batch: Batch) -> bool:
    """Say whether a page says less than half of what it did, or less and mostly something else.

    So do error pages, walls and consent forms that are sent as if they were the article.
    """
    if not sighting.draft.paged or sighting.words >= card.words:
        return False
    if sighting.draft.cut or sighting.words * 2 < card.words:
        return True
    before = Sketch.of(batch.text(card.id)).single
    ours = sighting.sketch.single
    return len(ours & before) * 2 < len(ours)


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


def _next(sighting: Sighting, card: Card, of: str | None, cause: str) -> Article:
    before = card.content_sha256
    return _revision(sighting, card.id, card.rev + 1, before, card.first_seen, cause, of)


def _revision(
    sighting: Sighting,
    article: str,
    rev: int,
    before: str | None,
    first_seen: str,
    cause: str,
    of: str | None = None,
) -> Article:
    draft = sighting.draft
    archival = Archival(
        rev=rev,
        prev_rev_sha=before,
        content_sha256=sighting.content_sha256,
        first_seen=first_seen,
        url_key=sighting.url_key,
        cause=cause,
        of=of,
        **msgspec.structs.asdict(draft.origin),
    )
    return Article(id=article, archive=archival, **msgspec.structs.asdict(draft.content))


def _alias(sighting: Sighting, card: Card, of: str | None) -> Alias:
    """Return another name for an article; it names the entry's bytes where these say something else."""
    draft, origin = sighting.draft, sighting.draft.origin
    other = sighting.content_sha256 != card.content_sha256
    about = AliasOf(
        at=origin.fetched,
        source=origin.source,
        url_key=sighting.url_key,
        raw=origin.raw if other else None,
        of=of,
    )
    return Alias(id=card.id, url=draft.content.url, title=draft.content.title, archive=about)
