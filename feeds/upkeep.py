"""What an archive needs done to it while years pass: finished pieces are sealed."""

import logging

from archive import ReadOnly
from feeds import events
from feeds.bureau import Bureau


def seal(bureau: Bureau) -> None:
    """Pack what is finished. A disk that has no room for it stops nothing: it is done another time."""
    try:
        sealed = bureau.archive.seal()
    except ReadOnly as error:
        if bureau.writable:
            events.once("refused", level=logging.WARNING, what="sealing", why=error)
        return
    if sealed:
        events.record("sealed", pieces=sealed)
