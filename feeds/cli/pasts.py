"""What is known of each source's past -> what `newsweir sources` says of it: what is held, how far it was walked."""

from dataclasses import dataclass, field

from feeds.answering.library import Library
from feeds.past import BACKLOG, FLOOD, HISTORY
from feeds.schedule.ledger import WALK, Account
from feeds.schedule.states import Walk

_WORDS = {FLOOD: "flood", BACKLOG: "first document", HISTORY: "history"}


@dataclass(frozen=True, slots=True)
class Past:
    """What is held of a source, and how far its past was walked.

    held   articles that wait in some topic, by the reason
    gap    the last walk through what was missed of it
    turn   of the queue in which its past is asked for
    """

    held: dict[str, int] = field(default_factory=dict)
    walk: Walk | None = None
    gap: Walk | None = None
    turn: Account | None = None

    def sentence(self, name: str) -> str:
        """Return it in words, and what can be done about it."""
        parts = [self._walked("history", self.walk)] if self.walk is not None else []
        parts += [self._walked("missed", self.gap)] if self.gap is not None else []
        if self.held:
            counts = ", ".join(f"{count} held ({_WORDS.get(why, why)})" for why, count in self.held.items())
            parts.append(f"{counts}: newsweir release or drop {name if ' ' not in name else repr(name)}")
        return "; ".join(parts)

    def _walked(self, what: str, walk: Walk) -> str:
        counts = f"{what}: {walk.pages} older documents, {walk.articles} articles"
        if walk.over is not None:
            return f"{counts}, {walk.over}"
        error = f" ({self.turn.error}; {self.turn.why})" if self.turn is not None and self.turn.error else ""
        return f"{counts} so far{error}"


def pasts(library: Library, accounts: list[Account]) -> dict[str, Past]:
    """Return the past of each source, by its key."""
    held = library.told.held_past()
    turns = {one.key.removeprefix(WALK): one for one in accounts if not one.is_source}
    found: dict[str, Past] = {}
    for one in accounts:
        if one.is_source:
            state = library.states.now(one.key)
            walk, gap = (state.walk, state.gap) if state is not None else (None, None)
            found[one.key] = Past(held.get(one.key, {}), walk, gap, turns.get(one.key))
    return found
