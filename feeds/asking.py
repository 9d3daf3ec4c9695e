"""Source, what is remembered of it -> its answer, and where its feed was found if it had to be looked for."""

from datetime import datetime

import msgspec

from feeds.errors import FetchError
from feeds.ingest.fetch import fetch_feed
from feeds.ingest.finding import Finder
from feeds.model import Fetched, Memory, NotModified
from feeds.net import Door
from feeds.schedule.states import Remembered
from feeds.settings import FeedSource, FetchLimits


def ask(
    source: FeedSource, state: Remembered, limits: FetchLimits, door: Door, now: datetime
) -> tuple[Fetched | NotModified, str | None]:
    """Return what the source answers, and of a page the address of the feed that was found just now.

    A page is asked for its feed once; from then on the feed is, until it is lost
    (see feeds.schedule.settling). Raises FetchError with what the owner should know.
    """
    if source.discover and state.feed is None:
        found = Finder(door, limits, networks=source.allow_private).find(source.url)
        return found.fetched, found.url
    memory = Memory(state.etag, state.last_modified)
    if not source.discover:
        # Validators of a feed that was once looked for mean nothing at the address itself.
        return fetch_feed(source, memory if state.feed is None else Memory(), limits, door, now), None
    at = msgspec.structs.replace(source, url=state.feed)
    try:
        return fetch_feed(at, memory, limits, door, now), None
    except FetchError as error:
        # The page may lead elsewhere by now: a 410 of one of its feeds does not end it.
        error.gone = False
        raise
