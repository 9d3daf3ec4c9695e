"""A disk that fails under a running daemon: nothing is acknowledged, what is published stays up, all comes back."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from archive import verify
from tests.builders import lorem
from tests.faults.traced import strace
from tests.test_daemon import Running

PATIENCE = 60
CONFIG = """
site: {title: Test}
server: {listen: '127.0.0.1:0'}
sources: [{folder: inbox}]
topics: {kabul: {title: Kabul, query: kabul}}
"""


@contextmanager
def failing(pid: int, calls: str, error: str, log: Path) -> Iterator[None]:
    """Let *calls* of a running process fail, for as long as the block lasts."""
    inject = f"inject={calls}:error={error}"
    process = subprocess.Popen(
        [strace(), "-f", "-qq", "-o", str(log), "-p", str(pid), "-e", f"trace={calls}", "-e", inject],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(0.5)
    if process.poll() is not None:
        pytest.skip(f"strace may not attach here: {process.stderr.read().strip()}")  # type: ignore[union-attr]
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def drop(home: Path, name: str) -> None:
    (home / f"inbox/{name}.txt").write_text(f"Kabul {name}\n\n{lorem(name, 60)}\n")


def ready(running: Running) -> tuple[int, dict[str, object]]:
    answer = requests.get(running.url + "readyz", timeout=20)
    return answer.status_code, answer.json()


def test_a_disk_that_fails_for_a_while_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG)
    drop(tmp_path, "before")
    running = Running(tmp_path, module="tests.faults.hasty")
    try:
        running.wait_for(lambda: running.titles("kabul") == ["Kabul before"], PATIENCE)
        names = ["before"]
        for error, words in (("EIO", "Input/output error"), ("EROFS", "Read-only file system")):
            before = running.archived()
            with failing(running.process.pid, "fdatasync,fsync,pwrite64,rename", error, tmp_path / "log"):
                drop(tmp_path, error)
                running.wait_for(lambda: ready(running)[0] == 503, PATIENCE)
                time.sleep(1.5)
                status, facts = ready(running)
                assert (status, facts["writable"]) == (503, False)
                assert words in str(facts["reason"]) or "disk I/O error" in str(facts["reason"])
                assert running.archived() == before, "nothing is acknowledged"
                assert running.titles("kabul") == [f"Kabul {name}" for name in names]
            names.insert(0, error)
            running.wait_for(lambda: running.titles("kabul") == [f"Kabul {name}" for name in names], PATIENCE)
            running.wait_for(lambda: ready(running)[0] == 200, PATIENCE)
            assert len(running.archived()) == len(names), "each once"
        assert "Traceback" not in "\n".join(running.err)
        assert running.stop()[0] == 0
    finally:
        running.process.kill()
        running.process.wait()
    assert verify(tmp_path / "data").flaws == []
