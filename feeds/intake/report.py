"""What a poll came to -> what is said of it: on stdout what is kept for good, the rest in the log."""

import logging
from collections.abc import Sequence
from typing import Any

from archive import Kept
from feeds import events
from feeds.model import Outcome
from feeds.schedule.states import Walk
from feeds.settings import FolderSource, Source


def acknowledge(source: Source, kept: Sequence[Kept]) -> None:
    """Say on stdout what is kept for good. Only ever called behind fdatasync."""
    for one in kept:
        if one.status in {"new", "revised"}:
            events.say(f"archived id={one.id} source={events.shown(source.name)} rev={one.rev}")


def walked(source: Source, walk: Walk) -> None:
    """Log how far a source's past was walked."""
    reached = {"next": walk.next} if walk.over is None else {"over": walk.over}
    what = "articles" if walk.since is None else "missed"
    facts: dict[str, Any] = {"documents": walk.pages, what: walk.articles, **reached}
    events.record("walked", source=source.name, **facts)


def polled(source: Source, outcome: Outcome, seconds: float) -> None:
    """Log one line for the poll, and one for each thing beside it that the owner should know."""
    took = f"{seconds:.2f}s"
    if outcome.error is not None:
        events.record("failed", level=logging.WARNING, source=source.name, why=outcome.error, took=took)
    elif outcome.status == "new" or not isinstance(source, FolderSource):
        level = logging.INFO if outcome.status == "new" else logging.DEBUG
        facts = {"source": source.name, "status": outcome.status, "kept": outcome.news}
        events.record("polled", level=level, **facts, took=took)
    for note in outcome.notes:
        events.once("noticed", source=source.name, what=note)
