"""Processes of newsweir without its half second of imports: forked from one that has made them, and waits.

The one that waits (`python -m tests.hatchery SOCKET`) has no thread and no file of ours
open. What it forks is newsweir as any other: a process with its input, its two outputs, its
environment and an exit code. That a bare interpreter does the same, tests/test_starting.py,
tests/test_cli.py and the first quarter of an hour see to.
"""

import atexit
import contextlib
import functools
import gc
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
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

from archive import faults

REPO = Path(__file__).parents[1]
READY = ("feeds.daemon", "feeds.editing.desk", "feeds.office.opening", "feeds.standby",
         *(f"feeds.cli.{path.stem}" for path in sorted((REPO / "feeds/cli").glob("*.py"))))  # fmt: skip
_NUMBER = struct.Struct("q")


class Hatched:
    """What `subprocess.Popen` is to a process of its own, as far as tests ask for it.

    cwd     where it works
    env     what it finds in its environment besides ours
    files   its input, output and error output; None for nothing to read, and for pipes
    """

    def __init__(
        self,
        module: str,
        *arguments: str,
        cwd: Path = REPO,
        env: Mapping[str, str] | None = None,
        files: tuple[int | None, int | None, int | None] = (None, None, None),
    ) -> None:
        order = {"words": [module, *arguments], "cwd": str(cwd), "env": {**os.environ, **(env or {})}}
        ours, theirs = [os.open(os.devnull, os.O_RDONLY)], list(files)
        theirs[0] = ours[0] if files[0] is None else files[0]
        streams: list[IO[str] | None] = [None, None]
        for number in (1, 2):
            if files[number] is None:
                reader, writer = os.pipe()
                streams[number - 1], theirs[number] = _text(reader), writer
                ours.append(writer)
        self.stdout, self.stderr = streams
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(_waiting())
        socket.send_fds(self._line, [json.dumps(order).encode()], [one for one in theirs if one is not None])
        self._line.shutdown(socket.SHUT_WR)
        for one in ours:
            os.close(one)
        (self.pid,) = _NUMBER.unpack(self._line.recv(_NUMBER.size, socket.MSG_WAITALL))
        self._status: int | None = None

    @property
    def returncode(self) -> int | None:
        return self.poll()

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

    def communicate(self, timeout: float = 60) -> tuple[str, str]:
        """Return all that it says until it ends; it is not waited for longer than that."""
        said = ["", ""]

        def read(number: int, stream: IO[str]) -> None:
            with stream:
                said[number] = stream.read()

        reading = [
            threading.Thread(target=read, args=(number, stream), daemon=True)
            for number, stream in enumerate((self.stdout, self.stderr))
            if stream is not None
        ]
        for one in reading:
            one.start()
        self.wait(timeout)
        for one in reading:
            one.join(timeout)
        return said[0], said[1]


def hatch(module: str, *arguments: str, timeout: float = 60, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run a module to its end, as `subprocess.run` would. For *how*, see Hatched."""
    process = Hatched(module, *arguments, **how)
    try:
        out, err = process.communicate(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess([module, *arguments], process.wait(), out, err)


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
    signal.signal(signal.SIGCHLD, _reap)
    gc.collect()
    gc.freeze()  # Else each child's first collection would copy every page.
    print("waiting", flush=True)
    while True:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _see_to(line)
        line.close()


def _reap(*_: object) -> None:
    """Let those go that saw to one each: what they took of the processor counts as ours, and as the tests'."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _see_to(line: socket.socket) -> NoReturn:
    """Fork one, tell its number, and in the end how it ended."""
    order, files, _, _ = socket.recv_fds(line, 2**17, 3)
    pid = os.fork()
    if pid == 0:
        line.close()
        _be(**json.loads(order), files=files)
    for one in files:
        os.close(one)
    line.sendall(_NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    line.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _be(words: list[str], cwd: str, env: dict[str, str], files: list[int]) -> NoReturn:
    """Run a module as `python -m` does."""
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (
        open(place, mode, encoding="utf-8", closefd=False, errors=errors)  # noqa: SIM115 - till its end
        for place, mode, errors in ((0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"))
    )
    sys.stderr.reconfigure(line_buffering=True)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    faults.plan(env.get("NEWSWEIR_FAULT", ""))
    sys.argv = words
    code: object = 1
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _wait(sys.argv[1])
