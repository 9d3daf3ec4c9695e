"""Processes of newsweir without its half second of imports: forked from one that has made them, and waits.

The one that waits (`python -m tests.hatchery SOCKET`) has no thread and no file of ours
open. What it forks is newsweir as any other: a process with two pipes and an exit code.
"""

import atexit
import functools
import importlib
import json
import os
import runpy
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import IO, NoReturn

REPO = Path(__file__).parents[1]
READY = (
    "feeds.cli.app",
    "feeds.cli.context",
    "feeds.daemon",
    "feeds.editing.desk",
    "feeds.office.opening",
    "feeds.standby",
)
_NUMBER = struct.Struct("q")


class Hatched:
    """What `subprocess.Popen` is to a process of its own, as far as tests ask for it."""

    def __init__(self, module: str, *arguments: str) -> None:
        readers, writers = zip(os.pipe(), os.pipe(), strict=True)
        self.stdout, self.stderr = (_text(one) for one in readers)
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_waiting())
        socket.send_fds(self._line, [json.dumps([module, *arguments]).encode()], list(writers))
        self._line.shutdown(socket.SHUT_WR)
        for one in writers:
            os.close(one)
        (self.pid,) = _NUMBER.unpack(self._line.recv(_NUMBER.size, socket.MSG_WAITALL))
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self._status is None:
            self._line.settimeout(timeout)
            try:
                told = self._line.recv(_NUMBER.size)
            except TimeoutError:
                raise subprocess.TimeoutExpired("newsweir", timeout or 0) from None
            (self._status,) = _NUMBER.unpack(told)
            self._line.close()
        return self._status

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except BlockingIOError:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _text(file: int) -> IO[str]:
    return os.fdopen(file, encoding="utf-8")


@functools.cache
def _waiting() -> str:
    """Return the socket of the one that waits; it is begun where there is none, and ends with us."""
    folder = tempfile.mkdtemp(prefix="newsweir-")
    path = f"{folder}/hatchery"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.hatchery", path],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=REPO,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"waiting\n"

    def end() -> None:
        process.kill()
        process.wait()
        shutil.rmtree(folder)

    atexit.register(end)
    return path


def _wait(path: str) -> None:
    for name in READY:
        importlib.import_module(name)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody asks how those ended that see to one each.
    print("waiting", flush=True)
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _see_to(line)
        line.close()


def _see_to(line: socket.socket) -> NoReturn:
    """Fork one, tell its number, and in the end how it ended."""
    words, files, _, _ = socket.recv_fds(line, 2**16, 2)
    pid = os.fork()
    if pid == 0:
        line.close()
        _be(json.loads(words), *files)
    for one in files:
        os.close(one)
    line.sendall(_NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    line.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _be(words: list[str], out: int, err: int) -> NoReturn:
    """Run a module as `python -m` does."""
    for file, place in ((out, 1), (err, 2)):
        os.dup2(file, place)
        os.close(file)
    sys.argv = words
    code: object = 1
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _wait(sys.argv[1])
