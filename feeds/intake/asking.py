"""Source, what is remembered of it -> its answer, and where its feed was found if it had to be looked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from feeds.errors import FetchError
from feeds.ingest.discovery.finding import Finder
from feeds.ingest.fetch import fetch_feed
from feeds.model import Document, Fetched, Memory, NotModified
from feeds.net import Door
from feeds.schedule.states import Remembered
from feeds.settings import FeedSource, FetchLimits


@dataclass(frozen=True, slots=True)
class Answered:
    """What a source answered.

    feed   of a page: the address of the feed that was found just now
    """

    answer: Fetched | NotModified
    feed: str | None = None


def ask(
    source: FeedSource,
    state: Remembered,
    limits: FetchLimits,
    door: Door,
    now: datetime,
    parse: Callable[[Fetched], Document],
) -> Answered:
    """Return what the source answers; *parse* reads it where a page's feed is looked for.

    A page is asked for its feed once; from then on the feed is, until it is lost
    (see feeds.schedule.settling). Raises FetchError with what the owner should know.
    """
    if source.discover and state.feed is None:

        def read(fetched: Fetched) -> Document:
            return parse(replace(fetched, encoding=source.encoding))

        found = Finder(door, limits, networks=source.allow_private, parse=read).find(source.url)
        return Answered(replace(found.fetched, encoding=source.encoding), found.url)
    memory = Memory(state.etag, state.last_modified)
    if not source.discover:
        # Validators of a feed that was once looked for mean nothing at the address itself.
        answer = fetch_feed(source, memory if state.feed is None else Memory(), limits, door, now)
        return Answered(answer)
    at = msgspec.structs.replace(source, url=state.feed)
    try:
        answer = fetch_feed(at, memory, limits, door, now)
    except FetchError as error:
        # The page may lead elsewhere by now: a 410 of one of its feeds does not end it.
        error.gone = False
        raise
    return Answered(answer)
