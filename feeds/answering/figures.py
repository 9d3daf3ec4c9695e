"""The bureau at work -> figures about it, for whoever watches it from outside."""

from datetime import UTC, datetime

from feeds import __version__, events
from feeds.care.upkeep import last_verified
from feeds.office.bureau import Bureau
from feeds.web.metrics import Figure, gauge, labelled


def figures(bureau: Bureau) -> list[Figure]:
    """Return everything that /metrics tells."""
    accounts = [one for one in bureau.ledger.accounts() if one.is_source]
    verified = last_verified(bureau.settings.data)
    day = datetime.fromisoformat(verified.date).replace(tzinfo=UTC).timestamp() if verified else None
    return [
        Figure("info", "Always 1; its label is the version.", labelled("version", {__version__: 1})),
        gauge("writable", "1 while what comes in can be kept, else 0.", bureau.writable),
        *_pace(bureau),
        gauge("search_lag_lines", "Lines that the index for searching has not taken in.", bureau.archive.search_lag),
        Figure(
            "feeds_parsed_total",
            "Feeds that were read since the process began, by how: delta, where only new entries were, or why all.",
            labelled("way", dict(bureau.workers.ways)),
            "counter",
        ),
        gauge("articles", "Articles in the archive.", bureau.archive.count()),
        gauge("topics", "Topics in force.", len(bureau.book.in_force())),
        gauge("sources", "Sources that are polled.", len(accounts)),
        gauge("sources_failing", "Sources whose last poll failed.", sum(one.failures > 0 for one in accounts)),
        gauge("quarantine_bytes", "Bytes that were found after a crash and prove nothing.", bureau.archive.parked()),
        gauge("verified_timestamp_seconds", "The day of the last verification, as a Unix time.", day),
        gauge("verified_flaws", "What that verification found.", verified.flaws if verified else None),
        Figure(
            "events_total",
            "What happened since the process began, by the first word of its line in the log.",
            labelled("event", dict(events.counts)),
            "counter",
        ),
    ]  # fmt: skip


def _pace(bureau: Bureau) -> list[Figure]:
    """Return how long the disk takes, and what waits for it."""
    pace = bureau.archive.pace()
    waited = {"_sum": pace.total, "_count": pace.commits}
    return [
        Figure("fsync_seconds", "Seconds in which a batch waited for the disk to sync.", waited, "summary"),
        gauge("fsync_last_seconds", "The same of the last batch.", pace.last),
        gauge("fsync_worst_seconds", "The worst since the process began.", pace.worst),
        gauge("commit_waiting_lines", "Lines that came and are not acknowledged yet.", pace.waiting),
    ]
