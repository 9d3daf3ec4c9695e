"""How an article came to be kept -> the words for it, as its record and a hold line say them.

What came as news has no such word.
"""

FIRST = "first"
"""With a source's first document, among the newest: published at once."""
MISSED = "missed"
"""From an older document, of the time in which its source was not asked: published at once."""
BACKLOG = "backlog"
"""With a source's first document, behind what its `initial` lets through."""
HISTORY = "history"
"""From an older document that its feed leads back to."""
FLOOD = "flood"
"""Beyond its source's habit, or dated before all that it lately showed; see feeds.arrivals.guard."""

PAST = frozenset((BACKLOG, HISTORY, FLOOD))
"""What waits in every topic until an editor decides."""
TOGETHER = frozenset((FIRST, MISSED))
"""What is news, and came all at once: its own dates say when it was."""
NEWS = frozenset((None, *TOGETHER))

CAME = {
    BACKLOG: "the rest of its source's first document",
    HISTORY: "an older document of its source",
    FLOOD: "a flood, or dated before all that its source lately showed",
}
"""The same for people."""
