"""Named points at which a test may end the process or make a write fail.

`NEWSWEIR_FAULT="journal.fdatasync:3:kill"` ends the process with SIGKILL when it
passes that point for the third time; `...:eio` raises OSError(EIO) there once,
`...:enospc` OSError(ENOSPC), `...:crash` what nobody catches, and from then on at
every point: no thread writes on, and all is left as a kill would leave it. Unset,
as for every user, a point costs one look at a module variable.
"""

import errno
import os
import signal
import threading


class Crash(BaseException):
    """As if the process had ended here, for a test that goes on in it."""


_CODES = {"eio": errno.EIO, "enospc": errno.ENOSPC, "erofs": errno.EROFS}
_lock = threading.Lock()
_planned: tuple[str, int, str] | None = None
_passed = 0
_crashed = False


def plan(text: str) -> None:
    """Plan one fault, `point:count:action`; an empty text takes the plan back."""
    global _planned, _passed, _crashed  # noqa: PLW0603 - one plan for the process
    name, _, rest = text.partition(":")
    count, _, action = rest.partition(":")
    with _lock:
        _planned = (name, int(count or 1), action or "kill") if name else None
        _passed, _crashed = 0, False


def at(point: str) -> None:
    """Pass the named *point*."""
    if _planned is not None and (_crashed or _planned[0] == point):
        _strike(*_planned[1:])


def _strike(count: int, action: str) -> None:
    global _passed, _crashed  # noqa: PLW0603 - one count for the process
    with _lock:
        _passed += 1
        if _passed != count and not _crashed:
            return
        _crashed = action == "crash"
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "crash":
        raise Crash
    raise OSError(_CODES[action], os.strerror(_CODES[action]))


plan(os.environ.get("NEWSWEIR_FAULT", ""))
