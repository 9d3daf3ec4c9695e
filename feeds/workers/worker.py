"""Tasks on the standard input -> replies on the standard output: the program that reads what strangers wrote.

It has none of our files open, may open none but its own libraries', reaches no
network and writes nothing; its CPU time and memory are bounded for each task by
the kernel, its wall time by whoever waits for the reply.
"""

import importlib
import os
import resource
import sys
from typing import Any

import msgspec

from feeds.errors import FetchError, stumble
from feeds.ingest.documents.entry import shortened
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.pages.read import read_page
from feeds.model import Entry
from feeds.workers.wire import Reply, Task, next_task, pack, send

MOST_TASKS = 1000
MOST_GROWTH = 48 * 2**20
"""Bytes by which a worker may have grown before another takes its place."""
IDLE = 120.0
"""Seconds without a task after which it ends."""
_PORTION = 2**18
"""Bytes of entries that are sent at once."""
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.kill", "os.remove",
              "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.truncate", "shutil.",
              "ftplib.", "smtplib.", "urllib.Request", "webbrowser.")  # fmt: skip
_READABLE = ("/dev/null", "/dev/urandom", "/etc/localtime", "/usr/share/")
_STATM = "/proc/self/statm"


def main() -> None:
    """Answer one task after the other, until nobody asks any more."""
    asked, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for file in (0, 1, 2):
        os.dup2(null, file)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.addaudithook(_guard)
    began = _resident()
    for number in range(1, MOST_TASKS + 1):
        try:
            task = next_task(asked, IDLE)
        except TimeoutError:
            return
        if task is None:
            return
        reply = _answer(task, _Entries(answers))
        del task  # With what was fetched, while we wait for the next.
        last = number == MOST_TASKS or reply.memory or _resident() - began > MOST_GROWTH
        _tell(answers, _packed(msgspec.structs.replace(reply, last=last)))
        if last:
            return


class _Entries:
    """A document's entries -> replies, a few at a time."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._some: list[Entry] = []
        self._size = 0

    def add(self, entry: Entry) -> None:
        """Take an entry. Raises UnicodeEncodeError where it holds half characters, and cannot be sent."""
        short = shortened(entry)
        self._size += len(pack(short))
        self._some.append(short)
        if self._size > _PORTION:
            self.send()

    def send(self) -> None:
        """Send what waits."""
        if self._some:
            _tell(self._file, pack(Reply(entries=tuple(self._some))))
        self._some, self._size = [], 0


def _answer(task: Task, entries: _Entries) -> Reply:
    if task.kind == "page":  # What it takes to be ready is not the page's fault.
        importlib.import_module("trafilatura.htmlprocessing")
    before = _cpu()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(before + task.seconds) + 1, hard))
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + task.memory, most))
    try:
        if task.kind == "page":
            reply = Reply(page=read_page(task.fetched, task.select))
        else:
            reply = Reply(document=parse_feed(task.fetched, task.known, entries.add))
            entries.send()
    except FetchError as error:
        reply = Reply(error=str(error), lost=error.lost)
    except MemoryError:
        reply = Reply(error="needs more memory than it may have to be read", memory=True)
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles over is the document's fault, and told
        reply = Reply(error=f"cannot be read: {stumble(error)}")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return msgspec.structs.replace(reply, cpu=_cpu() - before)


def _tell(file: int, message: bytes) -> None:
    """Send a message, or end where nobody listens any more."""
    try:
        send(file, message)
    except OSError:
        raise SystemExit from None


def _packed(reply: Reply) -> bytes:
    """Return a reply as bytes; what holds half characters cannot be sent."""
    try:
        return pack(reply)
    except UnicodeEncodeError as error:
        return pack(Reply(error=f"cannot be read: {stumble(error)}"))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _mapped() -> int:
    return _statm()[0]


def _resident() -> int:
    return _statm()[1]


def _statm() -> list[int]:
    """Return how much memory is mapped and how much resident, in bytes."""
    try:
        with open(_STATM, encoding="ascii") as file:  # noqa: PTH123 - read twice for each task
            return [int(word) * resource.getpagesize() for word in file.read().split()]
    except OSError:  # No /proc: counted by the highest it ever was.
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return [most, most]


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what no reading of a document needs."""
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or (isinstance(path, str | bytes) and not _is_library(os.fsdecode(path))):
            raise PermissionError(f"{path!r} is none of a reader's business")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is none of a reader's business")


def _is_library(path: str) -> bool:
    return path == _STATM or os.path.realpath(path).startswith(_ROOTS)  # The former leads to our own number.


_ROOTS = (
    tuple(
        {os.path.realpath(one).rstrip("/") + "/" for one in (*sys.path, sys.prefix, sys.base_prefix) if one}
        - {"/"}
    )
    + _READABLE
)

if __name__ == "__main__":
    main()
