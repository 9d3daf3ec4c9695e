"""What an archive needs done to it while years pass: finished pieces sealed, dead lines left out."""

import logging

from archive import ReadOnly
from feeds import events
from feeds.bureau import Bureau


def seal(bureau: Bureau) -> None:
    """Pack what is finished. A disk that has no room for it stops nothing: it is done another time."""
    try:
        compact(bureau)
        sealed = bureau.archive.seal()
    except ReadOnly as error:
        if bureau.writable:
            events.once("refused", level=logging.WARNING, what="sealing", why=error)
        return
    if sealed:
        events.record("sealed", pieces=sealed)


def compact(bureau: Bureau) -> None:
    """Let the state journal hold what counts, where most of it does not any more. Raises ReadOnly."""
    with bureau.at_work():
        if bureau.states.compact(bureau.archive.state):
            events.record("compacted", journal="state")
