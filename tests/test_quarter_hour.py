"""docs/first-quarter-hour.md, done as it says: every command, and what it printed.

Changed on purpose? Look at the difference, then: NEWSWEIR_GOLDEN=1 pytest tests/test_quarter_hour.py
The feeds of the open internet are left out of config.yaml, so that no request leaves
the machine; the ports are free ones; `make run` is what it runs, without the installing.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.test_newcomer import REPO, clone

DOC = REPO / "docs/first-quarter-hour.md"
PATIENCE = 30.0
"""Seconds within which what was begun is done: a file is noticed, a config is taken up, a topic is published."""

QUIET = 2.0
"""Seconds without a further line after which a start has said all."""


@dataclass(frozen=True)
class Command:
    """One line behind a `$`, and the lines below it."""

    text: str
    printed: tuple[str, ...]


def commands(block: str) -> list[Command]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Command(part.split("\n")[0], tuple(part.rstrip("\n").split("\n")[1:])) for part in parts]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Hour:
    """A clone in which the document is followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = clone(folder)
        self.ports = {"8080": str(free_port()), "8000": str(free_port())}
        config = self.folder / "config.yaml"
        text = re.sub(r"^  - feed: .*\n    name: .*\n", "", config.read_text(), flags=re.MULTILINE)
        config.write_text(self.local(text))
        for path in (self.folder / "examples/site").iterdir():
            path.write_text(self.local(path.read_text()))
        tools = folder / "tools"
        tools.mkdir()
        for name, runs in {"newsweir": "-m feeds", "python": "", "python3": ""}.items():
            (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} {runs} "$@"\n')
            (tools / name).chmod(0o755)
        self.env = {
            **os.environ,
            "HOME": str(folder),
            "PYTHONPATH": str(self.folder),
            "PATH": f"{tools}:{os.environ['PATH']}",
        }
        self._running: list[subprocess.Popen[str]] = []
        self._log = folder / "log"

    def local(self, text: str) -> str:
        for shown, used in self.ports.items():
            text = text.replace(f"127.0.0.1:{shown}", f"127.0.0.1:{used}")
            text = re.sub(rf"(?<= ){shown}(?= &)", used, text)
        return text

    def shown(self, text: str) -> str:
        for shown, used in self.ports.items():
            text = text.replace(f"127.0.0.1:{used}", f"127.0.0.1:{shown}")
        return text.replace(str(self.folder), "newsweir")

    def run(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self.local(script)], cwd=self.folder, env=self.env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return self.shown(done.stdout + done.stderr)

    def until(self, script: str, printed: tuple[str, ...]) -> list[str]:
        """Run a command, and again until it prints what it should or patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.run(script).rstrip("\n").split("\n")
            found = [] if found == [""] else found
            if alike(found, printed) or time.monotonic() > end:
                return found
            time.sleep(0.5)

    def start(self, printed: tuple[str, ...]) -> list[str]:
        """`make run`, until it has printed what it should and nothing more comes for a while."""
        self.stop()
        log = self._log.open("w")
        self._running.append(
            subprocess.Popen(
                ["newsweir", "-q", "run"],
                cwd=self.folder,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        end, seen, since = time.monotonic() + PATIENCE, "", time.monotonic()
        while time.monotonic() < end:
            now = self.shown(self._log.read_text())
            if now != seen:
                seen, since = now, time.monotonic()
            if alike(seen.splitlines(), printed) and time.monotonic() - since > QUIET:
                break
            time.sleep(0.1)
        return seen.splitlines()

    def background(self, script: str) -> None:
        self._running.insert(
            0, subprocess.Popen(["bash", "-c", f"exec {self.local(script).rstrip(' &')}"], cwd=self.folder, env=self.env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True),
        )  # fmt: skip
        time.sleep(1)

    def stop(self) -> None:
        """Ctrl-C in the terminal of `make run`."""
        if self._log.exists():
            running = self._running.pop()
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 0

    def close(self) -> None:
        for running in self._running:
            running.kill()
            running.wait()


def alike(found: list[str], printed: tuple[str, ...]) -> bool:
    """Say whether what was found is what stands there: times and ids may differ, `…` is any more lines."""
    pattern = "\n".join(r"(?:.*\n?)*?" if line == "…" else re.escape(plain(line)) for line in printed)
    return (
        re.fullmatch(pattern.replace(r"(?:.*\n?)*?" + "\n", r"(?:.*\n)*?"), "\n".join(map(plain, found)))
        is not None
    )


def plain(line: str) -> str:
    line = line.replace("17 sources", "2 sources")  # Those of the open internet are left out.
    line = re.sub(r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:ID", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", line)
    return re.sub(r"\d+(\.\d+)? (s|ms|MB|kB|bytes)\b", r"N \2", line)


def follow(hour: Hour, command: Command) -> list[str]:
    """Do what one line says, and return what it printed."""
    if command.text == "make run":
        return hour.start(command.printed)
    if command.text.startswith(("sed ", "echo ", "python ", "newsweir add")):
        return hour.run(command.text).splitlines()  # What changes something is done once.
    return hour.until(command.text, command.printed)


def prepare(hour: Hour, block: str) -> None:
    """Do what stands in a block that prints nothing."""
    if block.rstrip().endswith("&"):
        hour.background(block.strip())
    elif not block.startswith(("git clone", "cd ")):
        assert hour.run(block) == ""


def test_the_first_quarter_of_an_hour(tmp_path: Path) -> None:
    missing = [tool for tool in ("newsboat", "jq", "curl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    pytest.importorskip("reader")
    hour = Hour(tmp_path)
    text = rewritten = DOC.read_text()
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (hour.folder / "subscribe.py").write_text(hour.local(script))
    told: list[str] = []
    try:
        for kind, block in re.findall(r"```(sh|console)\n(.*?)```", text, re.DOTALL):
            if kind == "sh":
                prepare(hour, block)
                continue
            now = block
            for command in commands(block):
                found = follow(hour, command)
                if not alike(found, command.printed):
                    told.append("\n".join([f"$ {command.text}", *found]))
                    was = "\n".join([f"$ {command.text}", *command.printed])
                    now = now.replace(was, told[-1], 1)
            rewritten = rewritten.replace(block, now, 1)
    finally:
        hour.close()
    if os.environ.get("NEWSWEIR_GOLDEN"):
        DOC.write_text(rewritten)
    assert not told, "\n\n".join(told)
