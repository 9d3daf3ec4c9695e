"""Where an article stands in a topic, and where a line about it leaves it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from archive import Article
from feeds.curate.lines import Drop, Hold, OfArticle, Publish, Update, Withdrawn
from feeds.curate.reasons import Shown

EDITOR = "editor"
RULE = "rule"
"""Who dropped what was held: for good, or until it matches anew."""

State = Literal["published", "held", "dropped", "withdrawn"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Where an article stands in a topic.

    at        when it was published (or held); `touched` is when any line last named it
    updated   of the item; of a withdrawn one when it was withdrawn
    shows     the article whose revision is shown, where this one was merged into it
    gone      when the source took back what is shown
    source    key of the source whose past it is, where it waits (or waited) for that
    bumped    the how-manieth news of its topic its last bump was; None for none
    """

    topic: str
    article: str
    state: State
    n: int | None = None
    rev: int
    guid: str | None = None
    at: str
    touched: str
    published: str | None = None
    updated: str | None = None
    define: int
    model: str | None = None
    shown: Shown
    until: str | None = None
    reason: str | None = None
    by: str | None = None
    shows: str | None = None
    gone: str | None = None
    source: str | None = None
    bumped: int | None = None

    @property
    def subject(self) -> str:
        """The article of which a revision is shown: its own, or what it was merged into."""
        return self.shows or self.article


def revision_of(item: Item, get: Callable[[str, int], Article | None]) -> Article | None:
    """Return the revision that an item shows, under the item's own id; None where it cannot be read."""
    found = get(item.subject, item.rev)
    return msgspec.structs.replace(found, id=item.article) if found and item.shows else found


def undecided(item: Item | None) -> bool:
    """Say whether the rule may still let the article in: no line tells of it, or a drop by the rule."""
    return item is None or (item.state == "dropped" and item.by != EDITOR)


@dataclass(frozen=True, slots=True)
class Standing:
    """A topic as a whole.

    n         items ever published
    updated   the greatest `updated` of its lines, "" where it has none
    at        the greatest `at` of its lines
    seq       of its last line in the publications journal
    news      how many of its lines told news: a publish, or an update that bumps
    """

    n: int = 0
    updated: str = ""
    at: str = ""
    seq: int = 0
    news: int = 0


def is_news(item: Item | None, told: OfArticle) -> bool:
    """Say whether a line tells readers something as new: it is published, or bumped by an `updated` of its own."""
    return isinstance(told, Publish) or (
        isinstance(told, Update) and item is not None and told.updated != item.updated
    )


def follow(item: Item | None, told: OfArticle) -> Item | None:
    """Return where the article stands after a line about it. Pure."""
    match told:
        case Publish():
            return Item(
                topic=told.topic,
                article=told.article,
                state="published",
                n=told.n,
                rev=told.rev,
                guid=told.guid,
                at=told.at,
                touched=told.at,
                published=told.published,
                updated=told.updated,
                define=told.define,
                model=told.model,
                shown=told.shown,
            )
        case Hold():
            return Item(
                topic=told.topic,
                article=told.article,
                state="held",
                rev=told.rev,
                at=told.at,
                touched=told.at,
                define=told.define,
                model=told.model,
                shown=told.shown,
                until=told.until,
                reason=told.reason,
                source=told.source,
            )
        case Update() if item is not None:
            return msgspec.structs.replace(
                item,
                rev=told.rev,
                updated=told.updated,
                shown=told.shown,
                touched=told.at,
                shows=told.shows,
                gone=told.gone,
            )
        case Drop() if item is not None:
            return msgspec.structs.replace(
                item, state="dropped", reason=told.reason, by=told.by, touched=told.at
            )
        case Withdrawn() if item is not None:
            return msgspec.structs.replace(item, state="withdrawn", updated=told.updated, touched=told.at)
    return item
