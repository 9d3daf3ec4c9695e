"""The lines of the decisions and publications journals, as values.

Readers pass over kinds they do not know. Every line makes sense alone: a tick
may be cut anywhere, and the next one completes it.
"""

from typing import Any, get_args

import msgspec

from feeds.curate.reasons import Shown


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """One line; `kind` comes first."""


# -- decisions -----------------------------------------------------------------


class Define(Line, tag="define", frozen=True, kw_only=True):
    """A topic's definition when it takes effect; or its removal.

    topic       uuid, made of the store and the first slug, for ever
    keys        every key as read from config.yaml, presentation too
    start       seq of the articles journal at which a new topic begins: it looks
                once over all before it
    page_size   of archived documents, frozen in a topic's first define
    fresh       the topic is new or has come back, and looks over the archive
    was         slugs it had before, the newest last
    """

    topic: str
    slug: str
    at: str
    keys: dict[str, Any] = {}
    start: int
    page_size: int = 50
    fresh: bool = False
    was: tuple[str, ...] = ()
    removed: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One example, fitted: its best terms with their weights.

    own   the example's own score by these terms, which others are measured by; an article
          that was erased has none, and nothing is like it
    """

    name: str
    title: str
    terms: dict[str, float] = {}
    own: float = 0.0
    article: str | None = None


class Model(Line, tag="model", frozen=True, kw_only=True):
    """What was fitted when a definition with examples took effect.

    id        names it in publish lines
    define    seq of the define it belongs to
    through   seq of the articles journal up to which examples were looked for
    missing   examples that could not be found
    """

    id: str
    topic: str
    define: int
    at: str
    method: str
    examples: tuple[Example, ...]
    through: int
    missing: tuple[str, ...] = ()
    versions: dict[str, str] = {}


class _OfArticle(Line, frozen=True, kw_only=True):
    article: str
    at: str
    topic: str | None = None


class Withdraw(_OfArticle, tag="withdraw", frozen=True, kw_only=True):
    """An editor takes an article out of one topic, or (without *topic*) of all."""

    reason: str | None = None


class Release(_OfArticle, tag="release", frozen=True, kw_only=True):
    """An editor lets a held article out at once."""


class DropHeld(_OfArticle, tag="drop", frozen=True, kw_only=True):
    """An editor says that a held article will not be published."""


class _OfSource(Line, frozen=True, kw_only=True):
    source: str
    at: str
    topic: str | None = None


class ReleaseSource(_OfSource, tag="release-source", frozen=True, kw_only=True):
    """An editor lets out what was kept of a source's past by then (see feeds.past)."""


class DropSource(_OfSource, tag="drop-source", frozen=True, kw_only=True):
    """An editor says that what was kept of a source's past by then will not be published."""


class Backfill(Line, tag="backfill", frozen=True, kw_only=True):
    """Publish every match up to *through* that has no line in the topic yet."""

    topic: str
    at: str
    through: int


class Erase(Line, tag="erase", frozen=True, kw_only=True):
    """An article must go for good: from the archive, from what was told, from every copy within reach."""

    article: str
    at: str
    reason: str | None = None


class Erased(Line, tag="erased", frozen=True, kw_only=True):
    """All of it is done that the `erase` line with the seq *of* asked for."""

    of: int
    at: str


class Restored(Line, tag="restored", frozen=True, kw_only=True):
    """A repair brought lines of articles back: they are news to topics that had gone past them.

    articles   their seqs
    """

    articles: tuple[int, ...]
    at: str


class _OfTwo(Line, frozen=True, kw_only=True):
    article: str
    other: str
    at: str


class Merge(_OfTwo, tag="merge", frozen=True, kw_only=True):
    """An editor says that *other* is part of *article* from now on.

    What is carried out of it are alias lines in the articles journal.
    """


class Split(_OfTwo, tag="split", frozen=True, kw_only=True):
    """An editor says that *other*, which was part of *article*, is an article of its own again."""


Decision = (
    Define | Model | Withdraw | Release | DropHeld | ReleaseSource | DropSource | Backfill | Erase | Erased
    | Restored | Merge | Split
)  # fmt: skip

# -- publications --------------------------------------------------------------


class Publish(Line, tag="publish", frozen=True, kw_only=True):
    """Subscribers are told of an article.

    n           the order in which the topic published, from 1
    guid        what the item is called for ever
    published   shown as its date, frozen here
    updated     unique in the topic
    define      seq of the definition it came in by; model likewise
    """

    topic: str
    n: int
    article: str
    rev: int
    guid: str
    at: str
    published: str
    updated: str
    define: int
    model: str | None = None
    shown: Shown


class Update(Line, tag="update", frozen=True, kw_only=True):
    """What is shown of a published article changed.

    updated   as it was, where that is no news; else a new one, unique in the topic
    shows   the article whose revision is shown, where *article* was merged into it
    gone    when the source took it back; None where it stands
    """

    topic: str
    article: str
    rev: int
    at: str
    updated: str
    shown: Shown
    shows: str | None = None
    gone: str | None = None


class Hold(Line, tag="hold", frozen=True, kw_only=True):
    """A match waits; *until* is when it need wait no longer, None: until an editor decides on *source*."""

    topic: str
    article: str
    rev: int
    at: str
    reason: str
    until: str | None = None
    source: str | None = None
    define: int
    model: str | None = None
    shown: Shown


class Drop(Line, tag="drop", frozen=True, kw_only=True):
    """What was held will not be published. By an editor: for good; else until it matches anew."""

    topic: str
    article: str
    at: str
    reason: str
    by: str


class Withdrawn(Line, tag="withdraw", frozen=True, kw_only=True):
    """A published item was taken back; it leaves a tombstone."""

    topic: str
    article: str
    at: str
    updated: str


class Page(Line, tag="page", frozen=True, kw_only=True):
    """An archived document is full: what its places show by now it shows for ever.

    number   from 1; its places are (number - 1) * size + 1 .. number * size of the topic's order
    size     the topic's page size, frozen in its first define
    define   seq of the define in force, under which it is rendered
    """

    topic: str
    number: int
    size: int
    at: str
    define: int


class Advance(Line, tag="advance", frozen=True, kw_only=True):
    """A tick is complete: all topics have seen the journals up to here.

    first       seq of the tick's first line: a hole between it and this line, and
                the advance counts as never written
    behind      topics that are not that far: topic -> seq of the articles journal
    """

    first: int = msgspec.field(name="from")
    at: str
    articles: int
    decisions: int
    behind: dict[str, int] = {}


OfArticle = Publish | Update | Hold | Drop | Withdrawn
Publication = OfArticle | Page | Advance

_encode = msgspec.json.Encoder().encode
_decision = msgspec.json.Decoder(Decision)
_publication = msgspec.json.Decoder(Publication)


def _kinds(lines: Any) -> frozenset[str]:
    return frozenset(line.__struct_config__.tag for line in get_args(lines))


_KNOWN_DECISIONS, _KNOWN_PUBLICATIONS = _kinds(Decision), _kinds(Publication)


class _Kind(msgspec.Struct):
    kind: str = ""


_kind = msgspec.json.Decoder(_Kind)


def encode(line: Line) -> bytes:
    """Return the JSON of a line."""
    return _encode(line)


def decision(body: bytes) -> Decision | None:
    """Return what a line of the decisions journal says, or None for a kind not known here."""
    return _decision.decode(body) if _kind.decode(body).kind in _KNOWN_DECISIONS else None


def publication(body: bytes) -> Publication | None:
    """Return what a line of the publications journal says, or None for a kind not known here."""
    return _publication.decode(body) if _kind.decode(body).kind in _KNOWN_PUBLICATIONS else None


def is_hole(body: bytes) -> bool:
    """Say whether a line stands for one that was lost."""
    return _kind.decode(body).kind == "hole"
