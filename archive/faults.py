"""Named points at which a test may end the process or make a write fail.

`NEWSWEIR_FAULT="journal.fdatasync:3:kill"` ends the process with SIGKILL when it
passes that point for the third time; `...:eio` raises OSError(EIO) there once,
`...:enospc` OSError(ENOSPC). Unset, as for every user, a point costs one look
at a module variable.
"""

import errno
import os
import signal
import threading

_lock = threading.Lock()
_passed = 0


def _plan() -> tuple[str, int, str] | None:
    name, _, rest = os.environ.get("NEWSWEIR_FAULT", "").partition(":")
    count, _, action = rest.partition(":")
    return (name, int(count or 1), action or "kill") if name else None


_planned = _plan()


def at(point: str) -> None:
    """Pass the named *point*."""
    if _planned is not None and _planned[0] == point:
        _strike(*_planned[1:])


def _strike(count: int, action: str) -> None:
    global _passed  # noqa: PLW0603 - one count for the process
    with _lock:
        _passed += 1
        if _passed != count:
            return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    code = {"eio": errno.EIO, "enospc": errno.ENOSPC, "erofs": errno.EROFS}[action]
    raise OSError(code, os.strerror(code))
