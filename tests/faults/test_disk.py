"""A disk that takes nothing: what is published stays up, nothing is acknowledged, and all comes back by itself.

On real file systems that are filled and made read-only; skipped where none may be mounted.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from archive import holder, verify
from tests.builders import lorem
from tests.faults.disks import Disk, disk
from tests.test_daemon import Running

PATIENCE = 60
"""Seconds to wait on a machine that has other work to do."""
CONFIG = """
site: {title: Test}
server: {listen: '127.0.0.1:0'}
sources: [{folder: inbox}]
topics: {kabul: {title: Kabul, query: kabul}}
data: disk/data
"""


class Reader:
    """Asks for a feed again and again, and notes every answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self.answers: list[object] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stop.wait(0.05):
            try:
                self.answers.append(requests.get(self._url, timeout=20).status_code)
            except requests.RequestException as error:
                self.answers.append(repr(error))

    def close(self) -> set[object]:
        self._stop.set()
        self._thread.join(10)
        return set(self.answers)


class Owner:
    """A folder with an inbox, a disk for `data:`, and daemons started over it."""

    def __init__(self, home: Path, small: Disk) -> None:
        self.home = home
        self.disk = small
        self.data = small.folder / "data"
        self.daemons: list[Running] = []
        (home / "inbox").mkdir()
        (home / "config.yaml").write_text(CONFIG)

    def start(self) -> Running:
        self.daemons.append(Running(self.home, module="tests.faults.hasty"))
        return self.daemons[-1]

    def drop(self, name: str) -> None:
        (self.home / f"inbox/{name}.txt").write_text(f"Kabul {name}\n\n{lorem(name, 400)}\n")

    def close(self) -> None:
        for running in self.daemons:
            if running.process.poll() is None:
                running.process.kill()
                running.process.wait()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Owner]:
    with disk(tmp_path / "disk") as small:
        made = Owner(tmp_path, small)
        yield made
        made.close()


def ready(running: Running) -> tuple[int, dict[str, object]]:
    answer = requests.get(running.url + "readyz", timeout=20)
    return answer.status_code, answer.json()


def is_ready(running: Running) -> Callable[[], bool]:
    return lambda: ready(running)[0] == 200


def acknowledged(running: Running) -> list[str]:
    return [line.split(" ")[1] for line in running.archived()]


def no_traceback(running: Running) -> None:
    assert "Traceback" not in "\n".join(running.err)


def test_a_full_disk_stops_neither_the_start_nor_what_is_published(owner: Owner) -> None:
    owner.drop("one")
    first = owner.start()
    first.wait_for(lambda: first.titles("kabul") == ["Kabul one"], PATIENCE)
    assert first.stop()[0] == 0
    owner.disk.fill()

    running = owner.start()
    assert running.titles("kabul") == ["Kabul one"], "what is published is served at once"
    status, facts = ready(running)
    assert (status, facts["ready"], facts["writable"]) == (503, False, False)
    assert "No space left on device" in str(facts["reason"])
    assert requests.get(running.url + "healthz", timeout=20).status_code == 200
    unknown = requests.get(running.url + "search?q=kabul", timeout=20)
    assert (unknown.status_code, "Retry-After" in unknown.headers) == (503, True)
    assert sum("refused" in line and "No space left" in line for line in running.err) == 1
    done = running.told("once")
    assert (done.returncode, "No space left on device" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr

    reader = Reader(running.url + "kabul/atom.xml")
    owner.drop("two")
    time.sleep(1)
    owner.disk.free()
    running.wait_for(lambda: set(running.titles("kabul")) == {"Kabul one", "Kabul two"}, PATIENCE)
    running.wait_for(is_ready(running), PATIENCE)
    assert requests.get(running.url + "search?q=kabul", timeout=20).status_code == 200

    # And now while it runs: nothing is acknowledged, what is published stays up.
    owner.disk.fill()
    for n in range(30):
        owner.drop(f"late{n}")
    running.wait_for(lambda: ready(running)[0] == 503, PATIENCE)
    before = acknowledged(running)
    _, facts = ready(running)
    assert "No space left on device" in str(facts["reason"]) or "full" in str(facts["reason"])
    time.sleep(2)
    assert ready(running)[0] == 503, "it is not called ready before it has room"
    assert acknowledged(running) == before
    owner.disk.free()
    running.wait_for(lambda: len(running.titles("kabul")) == 32, PATIENCE)
    running.wait_for(is_ready(running), PATIENCE)
    assert len(acknowledged(running)) == len(set(acknowledged(running))) == 31
    assert reader.close() == {200}, "no reader met a closed door"
    assert sum(line.startswith("serving ") for line in running.out) == 1
    no_traceback(running)
    assert running.stop()[0] == 0
    assert verify(owner.data).flaws == []


def test_over_a_read_only_disk_many_may_stand_by_and_one_writes(owner: Owner) -> None:
    owner.drop("one")
    first = owner.start()
    first.wait_for(lambda: first.titles("kabul") == ["Kabul one"], PATIENCE)
    assert first.stop()[0] == 0
    owner.disk.refuse_writes()

    both = [owner.start(), owner.start()]
    for running in both:
        assert running.titles("kabul") == ["Kabul one"]
        status, facts = ready(running)
        assert (status, facts["writable"]) == (503, False)
        assert "Read-only file system" in str(facts["reason"])
    assert holder(owner.data / "LOCK") is None
    done = both[0].told("once")
    assert (done.returncode, "Read-only file system" in done.stderr) == (2, True), done.stderr

    owner.disk.take_writes()
    owner.drop("two")
    both[0].wait_for(lambda: any(is_ready(one)() for one in both), PATIENCE)
    writer, other = sorted(both, key=lambda one: not is_ready(one)())
    writer.wait_for(lambda: set(writer.titles("kabul")) == {"Kabul one", "Kabul two"}, PATIENCE)
    assert holder(owner.data / "LOCK") == writer.process.pid
    other.wait_for(lambda: "writes here already" in str(ready(other)[1]["reason"]), PATIENCE)
    assert str(writer.process.pid) in str(ready(other)[1]["reason"])
    assert len(other.titles("kabul")) == 2, "it serves what the other publishes"

    writer.process.kill()
    other.wait_for(is_ready(other), PATIENCE)
    assert holder(owner.data / "LOCK") == other.process.pid
    owner.drop("three")
    other.wait_for(lambda: len(other.titles("kabul")) == 3, PATIENCE)
    assert len(acknowledged(writer) + acknowledged(other)) == 2
    no_traceback(other)
    assert other.stop()[0] == 0
    assert verify(owner.data).flaws == []


@pytest.mark.parametrize("rot", [b"", pytest.param(b"{", marks=pytest.mark.slow)])
def test_without_its_name_it_serves_what_is_published_until_a_repair(owner: Owner, rot: bytes) -> None:
    owner.drop("one")
    first = owner.start()
    first.wait_for(lambda: first.titles("kabul") == ["Kabul one"], PATIENCE)
    assert first.told("backup", str(owner.home / "backup")).returncode == 0
    assert first.stop()[0] == 0
    store = owner.data / "archive/STORE.json"
    before = store.read_bytes()
    store.write_bytes(rot)

    running = owner.start()
    assert running.titles("kabul") == ["Kabul one"]
    status, facts = ready(running)
    assert (status, facts["writable"]) == (503, False)
    assert "newsweir repair --from BACKUP" in str(facts["reason"])
    done = running.told("repair", "--from", str(owner.home / "backup"))
    assert done.returncode == 0, done.stderr
    assert store.read_bytes() == before
    running.wait_for(is_ready(running), PATIENCE)
    no_traceback(running)
    assert running.stop()[0] == 0


def test_over_a_disk_that_never_held_anything_it_stands_by_too(owner: Owner) -> None:
    owner.disk.refuse_writes()
    running = owner.start()
    assert ready(running)[0] == 503
    assert requests.get(running.url, timeout=20).status_code == 503
    status, seconds = running.stop()
    assert (status, seconds < 5) == (0, True)
    no_traceback(running)
