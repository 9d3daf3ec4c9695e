"""Readers who never stop asking while the daemon is killed again and again: nobody sees half a file.

Some ask over HTTP, with and without validators and gzip; one reads data/feeds by path,
as a web server beside us would.
"""

import contextlib
import gzip
import http.client
import json
import os
import random
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.builders import lorem
from tests.faults.test_kill import POINTS
from tests.test_daemon import Running
from tests.test_stability import UNPACKED

KILLS = int(os.environ.get("NEWSWEIR_CHAOS", "8"))
SEED = int(os.environ.get("NEWSWEIR_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
PATHS = [f"/{slug}/{name}" for slug in ("kabul", "all") for name in ("rss.xml", "atom.xml", "feed.json", "")]
PUBLISHING = [one for one in POINTS if one.startswith(("publications.", "publish."))]


class Watch:
    """What all readers saw, and what of it must never be seen.

    faults   in words
    counts   answers by status, and files by the suffix of their name
    """

    def __init__(self, port: int, folder: Path) -> None:
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()
        self._port, self._folder = port, folder
        self._lock = threading.Lock()
        self._bodies: dict[tuple[str, str, str], bytes] = {}
        self._reached: dict[tuple[int, str], tuple[float, int]] = {}
        self._over = threading.Event()
        readers: list[Callable[[random.Random], None]] = [self._ask, self._ask, self._ask, self._look]
        self._threads = [
            threading.Thread(target=self._read, args=(one, SEED + n)) for n, one in enumerate(readers)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, once: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        while not self._over.is_set():
            try:
                once(chance)
            except Exception as error:  # What readers meet is told at the end.
                self.faults.append(repr(error))
                return
            time.sleep(0.005)  # The machine is the daemon's, too.

    # -- over HTTP -------------------------------------------------------------

    def _ask(self, chance: random.Random) -> None:
        """Ask for some files over one connection, until it breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        known: dict[tuple[str, str], http.client.HTTPMessage] = {}
        with contextlib.closing(connection):
            try:
                for _ in range(20):
                    self._ask_once(connection, known, chance)
            except http.client.IncompleteRead:
                self._count("cut off")  # By a kill; whoever counts bytes notices.
            except (http.client.HTTPException, OSError):
                self._count("nobody there")
                time.sleep(0.05)

    def _ask_once(self, connection, known, chance) -> None:  # type: ignore[no-untyped-def]
        path, coding = chance.choice(PATHS), chance.choice(("gzip", "identity"))
        headers = {"Accept-Encoding": coding}
        had = known.get((path, coding))
        if had is not None and chance.random() < 0.5:
            name, value = chance.choice((("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")))
            headers |= {name: had[value]} if value in had else {}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        self._count(str(answer.status))
        if answer.status == 304:
            assert len(headers) == 2, f"{path}: 304 to who had nothing"
            return
        if answer.status == 503:  # Made anew just now.
            return
        assert answer.status == 200, f"{path}: {answer.status}"
        known[path, coding] = answer.headers
        self._whole(path, body, answer.headers)

    def _whole(self, path: str, body: bytes, headers: http.client.HTTPMessage) -> None:
        coding = headers.get("Content-Encoding", "identity")
        assert len(body) == int(headers["Content-Length"]), path
        with self._lock:
            same = self._bodies.setdefault((path, coding, headers["ETag"]), body)
        assert same == body, f"{path}: two bodies under {headers['ETag']}"
        newest = parse(path, gzip.decompress(body) if coding == "gzip" else body)
        # Each reader by itself: what another was answered meanwhile may be ahead.
        before = self._reached.setdefault((threading.get_ident(), path), (0, 0))
        # After restarts at once a tick may be some seconds ahead of the clock; then there is no date (RFC 9110, 8.8.2.1).
        stated = headers["Last-Modified"]
        moment = parsedate_to_datetime(stated).timestamp() if stated else before[0]
        assert (moment, newest) >= before, f"{path}: back from {before} to {(moment, newest)}"
        assert newest >= before[1], f"{path}: back from {before} to {(moment, newest)}"
        self._reached[threading.get_ident(), path] = (moment, newest)

    def _count(self, what: str, times: int = 1) -> None:
        with self._lock:
            self.counts[what] += times

    # -- by path ---------------------------------------------------------------

    def _look(self, chance: random.Random) -> None:
        """Read every published file, as it stands."""
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                try:
                    with path.open("rb") as stream:
                        body, size = stream.read(), os.fstat(stream.fileno()).st_size
                except FileNotFoundError:
                    continue  # Taken back meanwhile.
                assert len(body) == size, path
                parse(name, body)
                self._count(path.suffix)
                time.sleep(0.001)


def parse(name: str, body: bytes) -> int:
    """Read a published file as strictly as its kind allows; return the greatest number of an item in it."""
    ending = name[name.rfind(".") :]
    if ending in UNPACKED:
        return parse(name.removesuffix(ending), UNPACKED[ending](body))
    if name.endswith(".xml"):
        etree.fromstring(body)
    elif name.endswith(".json"):
        found = json.loads(body)
        return max((one["_newsweir"]["n"] for one in found.get("items", ())), default=0)
    elif name.endswith((".css", ".js")):
        assert body.strip()
    else:
        assert body.startswith(b"<!doctype html>"), (name, body[:60])
        assert body.endswith(b"</html>"), (name, body[-60:])
    return 0


def check_twins(folder: Path) -> None:
    """Whatever died between two swaps: in the end each packed file holds what stands beside it."""
    for path in folder.rglob("*"):
        if path.suffix in UNPACKED:
            assert UNPACKED[path.suffix](path.read_bytes()) == path.with_suffix("").read_bytes(), path


class Home:
    """A folder of articles that grows, and a config.yaml that changes: there is always something to publish."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self._port, self._lives = folder, port, 0
        (folder / "inbox").mkdir()

    def go_on(self) -> None:
        """Bring new articles, correct one, and give the topics other titles."""
        self._lives += 1
        for number in range(3):
            name = f"{self._lives}-{number}"
            (self.folder / f"inbox/{name}.txt").write_text(f"Kabul {name}\n\n{lorem(f'k{name}', 200)} word\n")
        (self.folder / "inbox/1-0.txt").write_text(
            f"Kabul, again {self._lives}\n\n{lorem('k1-0', 200)} word\n"
        )
        (self.folder / "config.yaml").write_text(
            f"site: {{title: Test}}\nserver: {{listen: '127.0.0.1:{self._port}'}}\n"
            "sources:\n  - {folder: inbox}\n"
            f"topics:\n  kabul: {{title: Kabul {self._lives}, query: kabul}}\n"
            f"  all: {{title: All {self._lives}, query: word, limit: 10}}\n"
        )


def free_port() -> int:
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.slow
def test_nobody_ever_sees_half_a_file(tmp_path: Path) -> None:
    print(f"\nNEWSWEIR_SEED={SEED} NEWSWEIR_CHAOS={KILLS}")
    chance, port = random.Random(SEED), free_port()
    home = Home(tmp_path, port)
    home.go_on()
    running = Running(tmp_path)
    running.wait_for(lambda: len(running.titles("kabul")) == 3, 20)
    watch, died = Watch(port, tmp_path / "data/feeds"), Counter[str]()
    running.process.kill()
    running.process.wait(10)
    for number in range(KILLS):
        home.go_on()
        named = number % 2 == 1
        swap = f"shelf.swap{chance.choice(('', 'ped'))}:{chance.randint(1, 25)}"
        fault = f"{chance.choice([f'{chance.choice(PUBLISHING)}:1', swap])}:kill" if named else ""
        running = Running(tmp_path, env={"NEWSWEIR_FAULT": fault})
        try:
            running.process.wait(
                5 if named else chance.uniform(0.5, 5)
            )  # Files rest for two before they are taken.
            died[fault.partition(":")[0]] += 1
        except subprocess.TimeoutExpired:
            died["any moment"] += 1
            running.process.kill()
            running.process.wait(10)
    running = Running(tmp_path)
    running.wait_for(lambda: len(running.titles("kabul")) == 3 * (KILLS + 1), 30)
    watch.end()
    assert running.stop()[0] == 0
    check_twins(tmp_path / "data/feeds")
    print(dict(died), dict(watch.counts))
    assert watch.faults == []
    assert min(watch.counts["200"], watch.counts["304"], watch.counts[".xml"]) > 50
