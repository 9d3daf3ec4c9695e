"""One line per thing that happened: a past-tense word, then key=value in order.

Logs go to stderr. What is acknowledged (`archived …`) goes to stdout, one line
each, whatever the log format or verbosity.
"""

import logging
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TextIO

_log = logging.getLogger("newsweir")
_stdout_lock = threading.Lock()
counts: Counter[str] = Counter()
"""How often each thing happened since the process began."""


def record(event: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log and count that something happened. INFO is what an owner reads at breakfast."""
    counts[event] += 1
    _log.log(level, "%s", " ".join([event, *(f"{key}={shown(value)}" for key, value in facts.items())]))


_named: set[tuple[str, ...]] = set()


def once(event: str, *, level: int = logging.WARNING, **facts: object) -> None:
    """Log something the first time it is met in this process; later it is only counted."""
    key = (event, *(f"{name}={value}" for name, value in facts.items()))
    if key in _named:
        counts[event] += 1
        return
    if len(_named) > 10_000:
        _named.clear()
    _named.add(key)
    record(event, level=level, **facts)


def bug(event: str, error: BaseException, **facts: object) -> None:
    """Log and count a fault of our own, with its traceback."""
    counts[event] += 1
    pairs = " ".join(f"{key}={shown(value)}" for key, value in facts.items())
    _log.error("%s %s", event, pairs, exc_info=error)


_elsewhere: list[TextIO] = []


def say_to(stream: TextIO | None) -> None:
    """Put what is said on *stream* from now on, where stdout is for something else; None ends it."""
    _elsewhere[:] = [] if stream is None else [stream]


def say(line: str, out: TextIO | None = None) -> None:
    """Put one whole line on stdout at once: what others wait for (a pipe, a test).

    Where nobody listens any more, work goes on all the same: what is said is done already.
    """
    stream = out or (_elsewhere[0] if _elsewhere else sys.stdout)
    try:
        with _stdout_lock:
            stream.write(line + "\n")
            stream.flush()
    except OSError as error:
        once("unheard", what="stdout", why=error)


def shown(value: object) -> str:
    """Return *value* in one word, or quoted; nothing in it can begin a new line or field."""
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.2f}s"
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))
    return text if text and " " not in text and '"' not in text else '"' + text.replace('"', "'") + '"'


class _Formatter(logging.Formatter):
    def format(self, entry: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(entry.created, UTC)
        level = "" if entry.levelno == logging.INFO else f"{entry.levelname.lower()}: "
        text = f"{moment:%Y-%m-%dT%H:%M:%SZ} {level}{entry.getMessage()}"
        return f"{text}\n{self.formatException(entry.exc_info)}" if entry.exc_info else text


def to_stderr(verbosity: int = 0) -> None:
    """Send the log to stderr: -1 warnings only, 0 what happens, 1 all there is."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    levels = {-1: logging.WARNING, 0: logging.INFO, 1: logging.DEBUG}
    _log.handlers[:] = [handler]
    _log.setLevel(levels[max(-1, min(1, verbosity))])
    _log.propagate = False
