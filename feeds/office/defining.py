"""Topics as config.yaml has them, and what is in force -> the decisions that bring this up to those."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from archive import Archive
from feeds import events
from feeds.curate.lines import Define, Model
from feeds.curate.rules import Rulebook, define_topics
from feeds.office.examples import Examples, topics_by_id
from feeds.schedule.states import Remembered
from feeds.settings import Settings, Source
from feeds.times import stamp


def new_defines(
    archive: Archive,
    settings: Settings,
    sources: Mapping[str, tuple[Source, Remembered]],
    book: Rulebook,
    now: datetime,
) -> list[Define]:
    """Return a define for each topic that is new, changed, renamed or removed; tell what is wrong with others."""
    topics = topics_by_id(archive, settings, sources)
    found, faults = define_topics(topics, book, archive.store, archive.position, stamp(now))
    _tell(faults)
    return found


def new_models(archive: Archive, settings: Settings, book: Rulebook, now: datetime) -> list[Model]:
    """Return a model for each topic in force whose examples say something new; tell which are missing."""
    _tell(f"topics.{rule.slug}: {rule.fault}" for rule in book.in_force() if rule.fault is not None)
    examples = Examples(archive, settings.home, settings.fetch.max_bytes)
    found = [model for rule in book.in_force() if (model := examples.fit(rule, now))]
    for model in found:
        for name in model.missing:
            events.record("missed", level=logging.WARNING, what="example", model=model.id, example=name)
    return found


def _tell(faults: Iterable[str]) -> None:
    for fault in faults:
        events.record("refused", level=logging.WARNING, what="topic", why=fault)
