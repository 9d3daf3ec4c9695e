"""`strace` around a child: what it asked of the system, and calls that are made to fail."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.stores import Told

REPO = Path(__file__).parents[2]
_CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*?)\) += (?P<result>-?\d+|\?)")
_BEGUN = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")


@dataclass(frozen=True)
class Call:
    """One call that was made: by which thread, its name, what it was given (paths spelled out), what it returned."""

    thread: str
    name: str
    given: str
    result: int

    @property
    def paths(self) -> list[str]:
        """The paths among its arguments, of descriptors too."""
        return re.findall(r'[<"](/[^>"]*)[>"]', self.given)

    @property
    def file(self) -> str:
        """The path of the descriptor that is its first argument, or nothing."""
        match = re.match(r"\d+<(/[^>]*)>", self.given)
        return match[1] if match else ""


@dataclass(frozen=True)
class Run:
    """What became of a child under strace.

    struck   whether the planned fault was met
    """

    status: int
    out: list[str]
    err: str
    calls: list[Call]
    struck: bool

    def told(self) -> Told:
        """Return what it acknowledged; nothing may be acknowledged by a journal between `shut` and `reopened`."""
        told = Told()
        shut: set[str] = set()
        for line in self.out:
            word, *rest = line.split(" ")
            if word == "shut":
                shut.add(rest[0])
            elif word == "reopened":
                shut.clear()
            elif word == "archived":
                assert "articles" not in shut, "acknowledged by a journal that takes nothing"
                told.articles.append((rest[0], int(rest[1])))
            elif word == "appended":
                assert rest[0] not in shut, "acknowledged by a journal that takes nothing"
                told.lines[rest[0]].append((int(rest[1]), rest[2].encode()))
        return told


def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    return found


def traced(
    command: list[str], log: Path, calls: str, inject: str = "", paths: list[str] | None = None
) -> Run:
    """Run a command under strace, noting *calls*, with a fault injected into some of them."""
    only = [word for path in paths or [] for word in ("-P", path)]
    fault = ["-e", f"inject={inject}"] if inject else []
    # Faults need every call to be looked at; a trace alone does not.
    quick = [] if inject else ["--seccomp-bpf"]
    done = subprocess.run(
        [strace(), "-f", *quick, "-qq", "-y", "-s", "300", "-o", str(log), "-e", f"trace={calls}", *fault, *only, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPO,
        timeout=120,
    )  # fmt: skip
    if "ptrace" in done.stderr and "permitted" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()}")
    text = log.read_text(errors="replace")
    return Run(done.returncode, done.stdout.splitlines(), done.stderr, calls_in(text), "(INJECTED)" in text)


def calls_in(log: str) -> list[Call]:
    """Return the calls of a log of strace, also those that calls of other threads stand amidst.

    Of these a write counts from where it begins and all else from where it is done: so none
    seems to be synced, or told, in better order than it was.
    """
    lines: list[str] = []
    begun: dict[str, tuple[int, str]] = {}
    for line in log.splitlines():
        if match := _BEGUN.match(line):
            begun[match[1]] = (len(lines), match[2])
            lines.append("")
        elif (match := _ENDED.match(line)) and match[1] in begun:
            at, call = begun.pop(match[1])
            whole = f"{match[1]} {call}{match[2]}"
            if call.startswith("write("):
                lines[at] = whole
            else:
                lines.append(whole)
        else:
            lines.append(line)
    return [
        Call(
            match["thread"],
            match["name"],
            match["rest"],
            int(match["result"]) if match["result"] != "?" else -1,
        )
        for line in lines
        if (match := _CALL.match(line))
    ]


def keeper(data: Path, *more: str) -> list[str]:
    """Return the command that keeps articles below *data*."""
    return [sys.executable, "-m", "tests.faults.keeper", str(data), *more]
