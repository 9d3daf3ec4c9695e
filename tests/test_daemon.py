"""The daemon as its owner meets it: a process, its two pipes, its port."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from archive import holder
from feeds.daemon import Daemon
from feeds.editing.desk import carry_out
from feeds.errors import Closed
from feeds.intake.pipeline import publish
from tests.builders import item, lorem, rss
from tests.hatchery import Hatched, hatch
from tests.site import Page, Site
from tests.spoken import spoken
from tests.world import PRIVATE, World, tree

REPO = Path(__file__).parents[1]
TOPICS = """
topics:
  kabul: {title: Kabul, query: kabul}
  all: {title: All, query: kabul OR word*}
  liked: {title: Liked, like: [example.txt]}
"""


class Running:
    """A daemon in a process of its own."""

    def __init__(
        self,
        home: Path,
        *options: str,
        wrap: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        module: str = "feeds",
    ) -> None:
        words = (module, "-c", str(home / "config.yaml"), *options, "run")
        self.home = home
        self.process: Hatched | subprocess.Popen[str] = (
            subprocess.Popen(
                [*wrap, sys.executable, "-m", *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=REPO,
                env={**os.environ, **(env or {})},
                text=True,
            )
            if wrap or env
            else Hatched(*words)
        )
        self.out: list[str] = []
        self.err: list[str] = []
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def _read(stream, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
        for line in stream:
            lines.append(line.rstrip("\n"))

    def wait_for(self, what: Callable[[], object], seconds: float = 60) -> object:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := what():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"did not happen in {seconds} s\n{self.out}\n" + "\n".join(self.err))

    @property
    def url(self) -> str:
        line = self.wait_for(lambda: next((one for one in self.out if one.startswith("serving ")), None), 60)
        return str(line).split(" ")[1]

    def archived(self) -> list[str]:
        return [one for one in self.out if one.startswith("archived ")]

    def titles(self, slug: str) -> list[str]:
        """Titles in a topic's feed: asked often, and so without the ado of a session."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            line.request("GET", f"/{slug}/feed.json")
            answer = line.getresponse()
            found = json.loads(answer.read()) if answer.status == 200 else {"items": []}
        finally:
            line.close()
        return [one.get("title", "") for one in found["items"]]

    def told(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Carry out a command here, which asks it."""
        return spoken(self.home, *arguments)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Carry out a command in a process of its own."""
        return hatch("feeds", "-c", str(self.home / "config.yaml"), *arguments)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        began = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(15)
        return status, time.monotonic() - began


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "example.txt").write_text("The example\n\n" + lorem("opium", 30) + "\n")
    return tmp_path


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def begin(sources: str, *options: str, **more: object) -> Running:
        text = f"site: {{title: Test}}\nserver: {{listen: '127.0.0.1:0'}}\nfetch: {{deadline: 20s}}\nsources:\n{sources}\n{TOPICS}"
        (home / "config.yaml").write_text(text)
        made.append(Running(home, *options, **more))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for running in made:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


FOLDER = "  - {folder: inbox}"


def test_a_file_dropped_into_the_inbox_is_in_its_feeds_within_ten_seconds(
    start: Callable[..., Running], home: Path
) -> None:
    running = start(FOLDER, "-q")
    assert requests.get(running.url + "readyz", timeout=5).status_code == 200
    began = time.monotonic()
    (home / "inbox/story.txt").write_text("Kabul calls\n\n" + lorem("opium", 28) + " words\n")
    running.wait_for(
        lambda: running.titles("kabul") == running.titles("all") == running.titles("liked") == ["Kabul calls"]
    )
    assert time.monotonic() - began < 10
    (line,) = running.archived()
    assert re.fullmatch(r"archived id=urn:uuid:[0-9a-f-]{36} source=inbox rev=1", line)
    assert running.err == [], "quiet is quiet; what is acknowledged is said all the same"
    feeds = [
        requests.get(f"{running.url}kabul/{name}", timeout=5)
        for name in ("rss.xml", "atom.xml", "feed.json", "")
    ]
    assert all("Kabul calls" in feed.text for feed in feeds)
    again = requests.get(feeds[0].url, headers={"If-None-Match": feeds[0].headers["ETag"]}, timeout=5)
    assert again.status_code == 304
    status, seconds = running.stop()
    assert (status, seconds < 5) == (0, True)


def test_the_seed_article_dropped_into_a_running_daemon(
    start: Callable[..., Running], home: Path, seed_file: Path
) -> None:
    running = start(FOLDER)
    assert running.url
    began = time.monotonic()
    shutil.copy(seed_file, home / "inbox/seed.txt")
    title = "Is Russia Ready to Help the US with Afghanistan?"
    running.wait_for(lambda: running.titles("kabul") == [title] and running.titles("all") == [title])
    assert time.monotonic() - began < 10
    shutil.copy(seed_file, home / "inbox/again.txt")
    os.utime(home / "inbox/seed.txt")
    time.sleep(5)
    assert len(running.archived()) == 1, "ingesting it again changes nothing"
    assert running.titles("kabul") == [title]
    text = requests.get(f"{running.url}kabul/feed.json", timeout=5).json()["items"][0]["content_text"]
    assert text.startswith("In an interview")
    assert text.endswith("Ukraine.")
    running.stop()


def test_commands_reach_the_running_daemon(start: Callable[..., Running], home: Path) -> None:
    for n in range(3):
        (home / f"inbox/{n}.txt").write_text(f"Kabul {n}\n\n{lorem(f'text{n}')}\n")
    running = start(FOLDER)
    running.wait_for(lambda: len(running.titles("kabul")) == 3)
    first = running.archived()[0].split("id=")[1].split(" ")[0]
    done = running.command("withdraw", first, "kabul")
    assert (done.returncode, "withdrawn from kabul" in done.stdout) == (0, True), done.stderr
    assert len(running.titles("kabul")) == 2
    assert len(running.titles("all")) == 3
    assert b"deleted-entry" in requests.get(f"{running.url}kabul/atom.xml", timeout=5).content
    again = running.told("withdraw", first, "kabul")
    assert again.returncode == 2
    assert "explain" in again.stderr
    second = running.archived()[1].split("id=")[1].split(" ")[0]
    assert "is part of" in running.told("merge", first, second).stdout
    assert running.told("merge", first, second).returncode == 2
    assert "of its own again" in running.told("split", second).stdout
    added = home / "added.md"
    added.write_text("# Kabul added\n\nText.\n")
    assert "published in kabul, all" in running.told("add", str(added)).stdout
    assert "withdrawn" in running.command("explain", first, "kabul").stdout
    for arguments in (
        ("sources",),
        ("topics",),
        ("search", "kabul"),
        ("show", first),
        ("verify",),
        ("once", "--all"),
        ("rebuild",),
    ):
        found = running.told(*arguments)
        assert found.returncode == 0, (arguments, found.stderr)
    assert len(running.titles("kabul")) == 3
    other = running.command("run")
    assert other.returncode == 2
    assert f"process {running.process.pid} writes here already" in other.stderr
    running.stop(signal.SIGINT)


def test_without_a_network_each_source_is_named_once_and_all_else_goes_on(
    start: Callable[..., Running], home: Path
) -> None:
    (home / "inbox/a.txt").write_text("Kabul\n\nText.\n")
    names = [f"  - {{feed: 'http://host{n}.invalid/feed', name: n{n}}}" for n in range(5)]
    running = start("\n".join([FOLDER, *names]))
    running.wait_for(lambda: running.titles("kabul"))
    running.wait_for(lambda: sum("failed source=" in line for line in running.err) == 5)
    time.sleep(3)
    for n in range(5):
        assert sum(f"failed source=n{n} " in line for line in running.err) == 1
    assert requests.get(running.url + "readyz", timeout=5).status_code == 200
    assert "asked again after" in running.told("sources").stdout
    running.stop()


def test_it_stops_calmly_while_a_server_drips(start: Callable[..., Running], home: Path) -> None:
    with Site() as site:
        site.pages["/slow"] = Page(rss(item("1", "Kabul slow")), drip=0.5)
        site.pages["/fast"] = Page(rss(item("2", "Kabul fast")))
        running = start(
            "\n".join(
                f"  - {{feed: '{site.url}/{name}', name: {name}, pages: never, {PRIVATE}}}"
                for name in ("slow", "fast")
            )
        )
        running.wait_for(lambda: running.titles("kabul") == ["Kabul fast"])
        status, seconds = running.stop()
        assert (status, seconds < 5) == (0, True)
        assert not any("slow" in line and "failed" in line for line in running.err), (
            "dropped, as if never begun"
        )
        assert running.err[-1].endswith("stopped")


def test_it_stops_in_time_whatever_is_under_way(start: Callable[..., Running], home: Path) -> None:
    """A feed of 10,000 entries is parsed and kept for longer than a stop may take."""
    entries = [item(f"g{n}", f"Kabul {n}", content="<p>Kabul said something.</p>" * 6) for n in range(10_000)]
    with Site() as site:
        site.pages["/big"] = Page(rss(*entries))
        running = start(f"  - {{feed: '{site.url}/big', name: big, pages: never, {PRIVATE}}}")
        running.wait_for(lambda: site.asked, 30)
        time.sleep(1)
        status, seconds = running.stop()
        assert (status, seconds < 5.5) == (0, True)
        assert "Traceback" not in "\n".join(running.err)


def test_a_command_under_way_when_it_stops_is_told(start: Callable[..., Running], home: Path) -> None:
    with Site() as site:
        site.pages["/slow"] = Page(rss(item("1", "Kabul slow")), drip=0.5)
        running = start(f"  - {{feed: '{site.url}/slow', name: slow, pages: never, {PRIVATE}}}")
        assert running.url
        told: list[subprocess.CompletedProcess[str]] = []
        asking = threading.Thread(target=lambda: told.append(running.command("once", "--all")))
        asking.start()
        time.sleep(3)
        assert not told
        status, seconds = running.stop()
        asking.join()
        assert (status, seconds < 5, told[0].returncode) == (0, True, 2)
        assert "stopped" in told[0].stderr
        assert "Traceback" not in told[0].stderr + "\n".join(running.err)


def test_ctrl_c_ends_a_round_at_once(home: Path) -> None:
    with Site() as site:
        site.pages["/slow"] = Page(rss(item("1", "Kabul slow")), drip=0.5)
        source = f"{{feed: '{site.url}/slow', pages: never, {PRIVATE}}}"
        (home / "config.yaml").write_text(f"sources: [{source}]\n")
        command = [sys.executable, "-m", "feeds", "-c", str(home / "config.yaml"), "once"]
        process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPO,
            # Whoever runs the tests in the background ignores it, and so would the command.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        until = time.monotonic() + 20
        while not site.asked and time.monotonic() < until:
            time.sleep(0.05)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert (process.returncode, time.monotonic() - began < 5) == (130, True)
        assert "Traceback" not in told


def test_nothing_is_decided_or_published_once_it_has_let_go(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(topics="  kabul: {query: kabul}")
    bureau = world.bureau
    taken, done = threading.Event(), threading.Event()

    def tick() -> None:
        with bureau.at_work():
            taken.set()
            time.sleep(0.5)
            assert holder(world.data / "LOCK") == os.getpid()
            done.set()

    thread = threading.Thread(target=tick)
    thread.start()
    assert taken.wait(5)
    bureau.close()
    assert done.is_set(), "a tick that is under way is waited for"
    assert holder(world.data / "LOCK") is None
    for late in (lambda: publish(bureau), bureau.look_after, bureau.define, bureau.decide):
        with pytest.raises(Closed):
            late()
    with pytest.raises(Closed):
        carry_out(bureau, {"do": "once", "all": True})
    thread.join()
    world.close()


def test_what_was_kept_is_served_at_once_after_a_restart(start: Callable[..., Running], home: Path) -> None:
    (home / "inbox/a.txt").write_text("Kabul\n\nText.\n")
    running = start(FOLDER)
    running.wait_for(lambda: running.titles("kabul"))
    tag = requests.get(f"{running.url}kabul/atom.xml", timeout=5).headers["ETag"]
    running.stop()
    again = start(FOLDER)
    answer = requests.get(f"{again.url}kabul/atom.xml", headers={"If-None-Match": tag}, timeout=5)
    assert answer.status_code == 304
    assert again.archived() == []
    again.stop()


def test_a_deleted_index_and_deleted_feeds_come_back_while_it_runs(
    start: Callable[..., Running], home: Path
) -> None:
    (home / "inbox/a.txt").write_text("Kabul\n\nText.\n")
    running = start(FOLDER)
    running.wait_for(lambda: running.titles("kabul"))
    for name in ("index", "feeds"):  # Aside first: what is being deleted may be made anew meanwhile.
        shutil.rmtree((home / "data" / name).rename(home / f"{name}-aside"))
    running.wait_for(lambda: any("mended" in line for line in running.err), 20)
    assert running.titles("kabul") == ["Kabul"]
    (home / "inbox/b.txt").write_text("Kabul too\n\nOther text.\n")
    running.wait_for(lambda: len(running.titles("kabul")) == 2, 15)
    assert running.stop()[0] == 0


def test_a_taken_port_and_a_broken_config_are_told_in_a_line(home: Path) -> None:
    with Site() as site:
        port = site.url.rsplit(":", 1)[1]
        (home / "config.yaml").write_text(f"server: {{listen: '127.0.0.1:{port}'}}\n")
        done = hatch("feeds", "-c", str(home / "config.yaml"), "run")
        assert done.returncode == 2
        assert "set server.listen" in done.stderr
        assert "Traceback" not in done.stderr
    (home / "config.yaml").write_text("sources: [{feed: nonsense}]\n")
    done = hatch("feeds", "-c", str(home / "config.yaml"), "run")
    assert done.returncode == 2
    assert done.stderr.startswith("config.yaml:1  sources[0].feed: 'nonsense' is no web address")


def test_a_clock_set_back_stalls_nothing(start: Callable[..., Running], home: Path) -> None:
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("libfaketime is not installed")
    offset = home / "clock"
    offset.write_text("+0\n")
    env = {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    running = start(FOLDER, env=env)
    assert running.url
    time.sleep(3)
    offset.write_text("-2d\n")
    running.wait_for(lambda: any("followed" in line for line in running.err), 40)
    (home / "inbox/a.txt").write_text("Kabul\n\nText.\n")
    running.wait_for(lambda: running.titles("kabul"), 30)
    assert running.stop()[0] == 0


def test_the_running_daemon_is_searched_and_shows_what_it_keeps(
    start: Callable[..., Running], home: Path
) -> None:
    """Also what no topic wants; and of what was withdrawn it says so."""
    (home / "inbox/a.txt").write_text("Kabul calls\n\nA text about peace.\n")
    (home / "inbox/b.txt").write_text("Doha waits\n\nAnother about peace.\n")
    running = start(FOLDER, "-q")
    running.wait_for(lambda: running.titles("kabul"))

    def search() -> list[dict[str, object]]:
        return requests.get(running.url + "search.json?q=peace", timeout=5).json()["results"]  # type: ignore[no-any-return]

    running.wait_for(lambda: len(search()) == 2)
    topics = {one["title"]: (one["topics"], one["id"]) for one in search()}
    assert set(topics["Kabul calls"][0]) == {"kabul", "all"}  # type: ignore[arg-type]
    assert topics["Doha waits"][0] == []
    paths = {title: f"articles/{str(found[1]).removeprefix('urn:uuid:')}/" for title, found in topics.items()}
    kept = requests.get(running.url + paths["Doha waits"], timeout=5)
    assert (kept.status_code, "Kept, in no topic" in kept.text) == (200, True)
    done = running.told("withdraw", str(topics["Kabul calls"][1]))
    assert done.returncode == 0, done.stderr
    running.wait_for(lambda: len(search()) == 1)
    gone = requests.get(running.url + paths["Kabul calls"], timeout=5)
    assert (gone.status_code, "This cutting was withdrawn" in gone.text) == (410, True)
    assert running.stop()[0] == 0


def test_a_publish_tick_that_does_not_come_back_makes_it_unready(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.configure(topics="  kabul: {query: kabul}")
    daemon = Daemon(world.bureau)
    assert daemon._ready()[0]
    daemon._ticked["publish"] -= 60
    daemon._guarded("claim", lambda: None)()
    ready, facts = daemon._ready()
    assert (ready, facts["ticking"]) == (False, False), "polls alone are not the whole service"
    daemon._guarded("publish", daemon._publish)()
    assert daemon._ready()[0]
    world.close()


def test_the_whole_tree_is_what_the_server_serves(start: Callable[..., Running], home: Path) -> None:
    (home / "inbox/a.txt").write_text("Kabul\n\nText.\n")
    running = start(FOLDER)
    running.wait_for(lambda: running.titles("kabul") and running.titles("all"))
    feeds = home / "data/feeds"
    paths = {name: feeds / name for name in tree(feeds)}

    def differing() -> list[str]:
        """Names of files that are served otherwise; the tick that told of both may still be putting some."""
        return [
            name
            for name, path in paths.items()
            if requests.get(running.url + name.removesuffix("index.html"), timeout=5).content
            != path.read_bytes()
        ]

    running.wait_for(lambda: not differing())
    twins = [feeds / "kabul/rss.xml.gz", feeds / "kabul/index.html.br", feeds / "index.html.zst"]
    running.wait_for(lambda: all(path.exists() for path in twins))
    packed = requests.get(f"{running.url}kabul/", headers={"Accept-Encoding": "br"}, stream=True, timeout=5)
    assert packed.raw.read() == twins[1].read_bytes(), "sent as it stands"
    record = json.loads(next((feeds / "articles").glob("*.json")).read_text())
    assert record["title"] == "Kabul"
    running.stop()
