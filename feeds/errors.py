"""What can go wrong on the way of an article, as the caller has to decide it.

FeedsError
 +- ConfigError      config.yaml has faults; all of them are told at once
 +- CommandError     a command could not do its work; exit code 2
     +- Closed       we are shutting down: nothing is decided or published any more
 +- FetchError       a source could not be read this time
     +- Overtaxed    what it answered takes too much to be read, or its reader was ended
     +- Private      an address of a private network, which nobody allowed
     +- Stopped      we are shutting down; the poll is dropped and counts as never begun
         +- PutOff   it kept others waiting; dropped likewise, and asked again among the slow
"""

import traceback
from datetime import timedelta
from pathlib import PurePath


class FeedsError(Exception):
    """Any fault on the way; the message says where, whose, and what comes next."""


class ConfigError(FeedsError):
    """config.yaml cannot be used as it is.

    faults   one sentence each, with place and mend, in the order of the file
    """

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class CommandError(FeedsError):
    """A command could not do its work; the message says why and what to do next."""


class Closed(CommandError):
    """Everything was let go of; the process is about to end."""

    def __init__(self) -> None:
        super().__init__("newsweir was just stopped; nothing was done, so ask again")


class FetchError(FeedsError):
    """A source could not be read this time.

    gone          410, or a folder that was taken away for good: ask no more
    status        of the answer, where there was one
    retry_after   how long the server asked us to wait
    lost          nothing, or a web page, is where a feed should be
    limit         it met one of our bounds: of time, size or number
    """

    def __init__(
        self,
        message: str,
        *,
        gone: bool = False,
        status: int | None = None,
        retry_after: timedelta | None = None,
        lost: bool = False,
        limit: bool = False,
    ) -> None:
        super().__init__(message)
        self.gone = gone
        self.status = status
        self.retry_after = retry_after
        self.lost = lost
        self.limit = limit


class Private(FetchError):
    """A host has an address of a private network, and the source does not say that it may.

    addresses   those that were not allowed
    """

    def __init__(self, message: str, addresses: tuple[str, ...]) -> None:
        super().__init__(message)
        self.addresses = addresses


class Overtaxed(FetchError):
    """Reading what a source answered took too much, or whoever read it came to an end: by it, or by chance."""

    def __init__(self, message: str) -> None:
        super().__init__(message, limit=True)


class Stopped(FetchError):
    """The daemon is stopping; what was under way is dropped unsettled."""


class PutOff(Stopped):
    """A poll kept us waiting while others waited for its place; its source is asked again later."""


def stumble(error: BaseException | None) -> str:
    """Return in one line what made a reader stumble, and where in it: enough to report a fault of ours."""
    if error is None:
        return "it cannot be told why"
    places = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{place}" + (f": {text}" if text else "")
