"""Tasks on the standard input -> replies on the standard output: the program that reads what strangers wrote.

It has none of our files open, may open none but its own libraries', reaches no
network and writes nothing; its CPU time and memory are bounded for each task by
the kernel, its wall time by whoever waits for the reply.
"""

import contextlib
import importlib
import os
import resource
import sys
from dataclasses import replace
from typing import Any

import msgspec

from feeds.errors import FetchError, stumble
from feeds.ingest.pages.read import read_page
from feeds.ingest.parse import parse_feed
from feeds.model import Document
from feeds.workers.wire import Reply, Task, pack, receive, send, task_of

MOST_TASKS = 1000
MOST_GROWTH = 48 * 2**20
"""Bytes by which a worker may have grown before another takes its place."""
IDLE = 120.0
"""Seconds without a task after which it ends."""
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
            message = receive(asked, IDLE)
        except TimeoutError:
            return
        if message is None:
            return
        reply = _answer(task_of(message))
        last = number == MOST_TASKS or reply.memory or _resident() - began > MOST_GROWTH
        try:
            send(answers, _packed(msgspec.structs.replace(reply, last=last)))
        except OSError:
            return
        if last:
            return


def _answer(task: Task) -> Reply:
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
            reply = Reply(document=parse_feed(task.fetched, task.known))
    except FetchError as error:
        reply = Reply(error=str(error), lost=error.lost)
    except MemoryError:
        reply = Reply(error="needs more memory than it may have to be read", memory=True)
    except Exception as error:  # noqa: BLE001 - whatever a reader stumbles over is the document's fault, and told
        reply = Reply(error=f"cannot be read: {stumble(error)}")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return msgspec.structs.replace(reply, cpu=_cpu() - before)


def _packed(reply: Reply) -> bytes:
    """Return a reply as bytes; what holds half characters cannot be sent, and is left out."""
    try:
        return pack(reply)
    except UnicodeEncodeError as error:
        if reply.document is None:
            return pack(Reply(error=f"cannot be read: {stumble(error)}"))
    return pack(msgspec.structs.replace(reply, document=_sendable(reply.document)))


def _sendable(document: Document) -> Document:
    sound: list[Any] = []
    passed_over = list(document.passed_over)
    for number, entry in enumerate(document.entries, 1):
        with contextlib.suppress(UnicodeEncodeError):
            pack(entry)
            sound.append(entry)
            continue
        passed_over.append(f"its entry {number} holds half characters and is passed over")
    return replace(document, entries=tuple(sound), passed_over=tuple(passed_over), marks=(), frame=None)


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
