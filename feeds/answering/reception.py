"""A bureau -> what readers are answered: its files, its archive, what became of the rest, how it is doing."""

from collections.abc import Callable
from typing import Any

import msgspec

from archive import ArchiveError
from feeds.answering.enquiries import Enquiries
from feeds.answering.figures import figures
from feeds.care.upkeep import Watch
from feeds.office.bureau import Bureau
from feeds.publish.text.urls import bare
from feeds.times import parse
from feeds.web.answer import Answers, Past
from feeds.web.pollers import Pollers


def answers_of(bureau: Bureau, ready: Callable[[], tuple[bool, dict[str, Any]]]) -> Answers:
    """Return the answers of a bureau at work."""
    enquiries = Enquiries(
        lambda: bureau.archive,
        lambda: bureau.told,
        lambda: bureau.book,
        lambda: bureau.settings.site,
        bureau.clock.monotonic,
    )
    return Answers(
        lambda: bureau.shelf,
        lambda: bureau.settings.site,
        lambda name: past(bureau, name),
        ready,
        enquiries,
        lambda: bureau.settled,
        lambda: figures(bureau),
        Pollers(bureau.settings.server.throttle, bureau.clock.monotonic),
    )


def past(bureau: Bureau, name: str) -> Past | None:
    """Return what became of a topic's slug, or of an article's page."""
    book = bureau.book
    former = book.formerly(name)
    if former is not None:
        return Past(None if former.define.removed else former.slug)
    rule = book.called(name)
    if rule is not None:
        return Past(soon=not rule.define.removed)
    article = f"urn:uuid:{bare(name)}"
    gone = bureau.archive.tombstone(article)
    if gone is not None and gone.withheld:
        return Past(when=parse(gone.at))
    items = bureau.told.of_article(article)
    if not any(item.n is not None for item in items):
        whole = bureau.archive.whole(article)
        return Past(moved=bare(whole)) if whole != article else None
    if any(item.state == "published" and book.stands(item.topic) for item in items):
        return Past(soon=True)
    withdrawn = [item.updated for item in items if item.state == "withdrawn" and item.updated]
    return Past(when=parse(max(withdrawn)) if withdrawn else None)


def readiness(bureau: Bureau, watch: Watch, *, alive: bool) -> tuple[bool, dict[str, Any]]:
    """Return whether all is well, with the facts; *alive* says that the ticks come."""
    writable = bureau.writable
    facts = {
        "ready": alive and writable,
        "writable": writable,
        **({} if writable else {"reason": bureau.broken or "a write failed"}),
        "ticking": alive,
        "config": "faulty" if bureau.config.faults else "current",
        "clock": "doubtful" if bureau.trust.doubtful() else "trusted",
        "verified": msgspec.to_builtins(watch.last) if watch.last else None,
    }
    try:
        return alive and writable, facts | _counts(bureau)
    except ArchiveError as error:  # An index that was broken, and is about to be made anew.
        return False, {**facts, "ready": False, "reason": str(error)}


def _counts(bureau: Bureau) -> dict[str, int]:
    accounts = [one for one in bureau.ledger.accounts() if one.is_source]
    return {
        "articles": bureau.archive.count(),
        "search_lag": bureau.archive.search_lag,
        "topics": len(bureau.book.in_force()),
        "sources": len(accounts),
        "failing": sum(account.failures > 0 for account in accounts),
    }
