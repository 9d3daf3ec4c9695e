"""Backup, restore and repair beside a running daemon: nothing lost, nothing told twice."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from archive import verify
from feeds.care.upkeep import Watch, pack, places
from feeds.curate import lines
from feeds.editing.desk import carry_out
from feeds.errors import CommandError
from feeds.mending import repair
from tests.builders import draft, item, lorem, rss, showing
from tests.site import Page, Site
from tests.spoken import spoken
from tests.test_daemon import Running
from tests.world import PRIVATE, World, tree

CONFIG = """
site: {{title: Test}}
server: {{listen: '127.0.0.1:0'}}
sources:
  - {{feed: '{url}/feed', name: paper, pages: never, every: 1m, {private}}}
topics:
  kabul: {{title: Kabul, query: kabul}}
"""


class Paper:
    """A daemon over one feed that grows."""

    def __init__(self, home: Path, site: Site) -> None:
        self.home, self.site = home, site
        self.items: list[str] = []
        (home / "config.yaml").write_text(CONFIG.format(url=site.url, private=PRIVATE))
        self.running: Running | None = None

    def grow(self, number: int = 3) -> None:
        for _ in range(number):
            n = len(self.items)
            self.items.insert(0, item(f"g{n}", f"Kabul {n}", content=lorem(f"w{n}")))
        self.site.pages["/feed"] = Page(rss(*self.items), etag=f'"{len(self.items)}"')

    def start(self) -> Running:
        self.running = Running(self.home)
        assert self.running.url
        return self.running

    def poll(self, count: int) -> None:
        assert self.running is not None
        done = self.running.told("once", "--all")
        assert done.returncode == 0, done.stderr
        self.running.wait_for(lambda: len(self.running.titles("kabul")) == count)  # type: ignore[union-attr]

    def published(self) -> list[str]:
        """Return the articles of which subscribers were told, as often as they were."""
        from archive import connect

        journal = connect(self.home / "data", writable=False).publications
        told = [lines.publication(line.body) for line in journal.since(0, 10_000)]
        return [one.article for one in told if isinstance(one, lines.Publish)]


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    with Site() as site:
        made = Paper(tmp_path, site)
        yield made
        if made.running is not None and made.running.process.poll() is None:
            made.running.process.kill()
            made.running.process.wait()


def test_restore_drill(paper: Paper, tmp_path: Path) -> None:
    """Backed up beside a running daemon, twice; all of data/ lost; brought back; and on it goes."""
    backup = tmp_path / "elsewhere/backup"
    paper.grow(5)
    running = paper.start()
    paper.poll(5)
    done = running.told("backup", str(backup))
    assert (done.returncode, "backed up to" in done.stdout) == (0, True), done.stderr + done.stdout
    paper.grow(4)
    paper.poll(9)
    again = json.loads(running.told("backup", str(backup), "--json").stdout)
    assert (again["flaws"], again["ahead"], again["last"]["articles"]) == ([], [], 9)
    assert running.told("verify", str(backup)).returncode == 0
    before = tree(tmp_path / "data/feeds")
    told = paper.published()
    running.stop(signal.SIGKILL)
    shutil.rmtree(tmp_path / "data")

    done = running.told("restore", str(backup))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(before)} of {len(before)} files are byte for byte as they were" in done.stdout
    assert tree(tmp_path / "data/feeds") == before
    assert paper.published() == told
    asked = len(paper.site.asked)
    paper.start()
    paper.poll(9)
    assert all(one.conditional for one in paper.site.asked[asked:]), "sources go on with their validators"
    assert len(paper.site.asked) > asked
    paper.grow(1)
    paper.poll(10)
    assert paper.published()[:9] == told
    assert len(set(paper.published())) == len(paper.published()) == 10
    assert paper.running is not None
    done = paper.running.told("restore", str(backup))
    assert (done.returncode, "is there already" in done.stderr or "writes here" in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_backup_that_is_older_than_its_lines_names_what_is_newer(paper: Paper, tmp_path: Path) -> None:
    paper.grow(3)
    running = paper.start()
    paper.poll(3)
    running.told("backup", str(tmp_path / "b"))
    record = (tmp_path / "b/BACKUP.json").read_bytes()
    paper.grow(1)
    paper.poll(4)
    running.told("backup", str(tmp_path / "b"))
    (tmp_path / "b/BACKUP.json").write_bytes(record)  # As if the second one was cut before its end.
    running.stop()
    shutil.rmtree(tmp_path / "data")
    done = json.loads(running.told("restore", str(tmp_path / "b"), "--json").stdout)
    assert (done["whole"], done["differ"], done["missing"]) == (True, [], [])
    assert "kabul/rss.xml" in done["newer"]
    assert done["same"] > 0


def for_readers(home: Path) -> dict[str, bytes]:
    """What is published, but for what its owner is told."""
    return {
        name: body for name, body in tree(home / "data/feeds").items() if not name.startswith("operator/")
    }


@pytest.mark.slow
def test_repair_beside_the_daemon(paper: Paper, tmp_path: Path) -> None:
    paper.grow(6)
    running = paper.start()
    paper.poll(6)
    running.told("backup", str(tmp_path / "b"))
    before = for_readers(tmp_path)
    (path,) = (tmp_path / "data/archive/articles").glob("*/*.jsonl")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = running.told("verify")
    assert (found.returncode, "E01 articles/" in found.stdout) == (1, True), found.stdout
    alone = running.told("repair")
    assert (alone.returncode, "E01" in alone.stdout) == (1, True)
    dry = running.told("repair", "--from", str(tmp_path / "b"), "--dry-run")
    assert (dry.returncode, "would do: articles/" in dry.stdout) == (1, True)
    done = running.told("repair", "--from", str(tmp_path / "b"))
    assert (done.returncode, "all is mended" in done.stdout) == (0, True), done.stdout + done.stderr
    assert running.told("verify").returncode == 0
    assert for_readers(tmp_path) == before, "nothing is told anew of what was told"
    assert b"The archive was repaired" in (tmp_path / "data/feeds/operator/feed.json").read_bytes()
    paper.grow(2)
    paper.poll(8)
    assert len(set(paper.published())) == len(paper.published()) == 8
    assert running.told("repair").stdout == "nothing was to be mended\n"
    assert requests.get(running.url + "readyz", timeout=5).json()["verified"]["flaws"] == 0
    assert not any("broke" in line for line in running.err)


def lose(world: World, backup: Path, keep: list[str], publish: bool = False) -> None:
    """Back up, then lose the lines of all but the last of *keep*: as a crash leaves it, before any topic saw them."""
    for title in keep:
        world.bureau.archive.keep([showing(draft(title, title, lorem(title), source="paper"))])
    if publish:
        world.publish()
    world.restart()
    shutil.copytree(world.data / "archive", backup)
    path = max((world.data / "archive/articles").glob("*/*.jsonl"))
    found = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(found[: -len(keep)]) + b"torn" + found[-1])


def test_what_topics_never_saw_reaches_them_when_its_line_comes_back(world: World, tmp_path: Path) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul a", lorem("a"), source="paper"))])
    world.publish()
    lose(world, tmp_path / "backup", ["Kabul b", "Doha c", "Kabul d"])
    world.publish()
    assert world.titles("kabul") == ["Kabul d", "Kabul a"]
    world.restart()
    done = _repaired(world, tmp_path / "backup")
    assert (done["articles"], done["published"]) == (2, 1)
    world.clock.advance(hours=1)
    assert world.titles("kabul") == ["Kabul b", "Kabul d", "Kabul a"]
    assert not (world.data / "archive/RESTORED.json").exists()
    before = tree(world.data / "feeds")
    world.publish()
    assert tree(world.data / "feeds") == before
    assert _repaired(world, tmp_path / "backup")["done"] == []
    assert verify(world.data).sound


def _repaired(world: World, backup: Path) -> dict:  # type: ignore[type-arg]
    from feeds.config import load

    world.restart()
    return repair(load(world.home / "config.yaml"), verify(world.data), backup)


def test_what_topics_were_told_is_not_told_again(world: World, tmp_path: Path) -> None:
    world.configure(topics="  kabul: {query: kabul}\n  all: {query: kabul OR doha}")
    lose(world, tmp_path / "backup", ["Kabul b", "Doha c", "Kabul d"], publish=True)
    world.publish()
    before = world.titles("kabul"), world.titles("all")
    assert len(before[1]) == 3
    done = _repaired(world, tmp_path / "backup")
    assert (done["articles"], done["published"]) == (2, 0)
    assert (world.titles("kabul"), world.titles("all")) == before


def test_a_topic_that_looked_without_them_publishes_what_its_look_would_have_found(
    world: World, tmp_path: Path
) -> None:
    world.configure()
    for n in range(6):
        world.bureau.archive.keep([showing(draft(f"o{n}", f"Kabul old {n}", lorem(f"o{n}"), source="paper"))])
    lose(world, tmp_path / "backup", ["Kabul b", "Kabul c", "Kabul d"])
    world.configure(topics="  kabul: {query: kabul, limit: 3}")
    world.publish()
    assert world.titles("kabul") == ["Kabul d", "Kabul old 5", "Kabul old 4"]
    done = _repaired(world, tmp_path / "backup")
    assert (done["articles"], done["published"]) == (2, 2), "and none that its look would have passed over"
    assert world.titles("kabul") == ["Kabul c", "Kabul b", "Kabul d", "Kabul old 5", "Kabul old 4"]


def test_a_repair_that_was_cut_before_the_topics_heard_of_it_is_told_by_the_next_start(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    lose(world, tmp_path / "backup", ["Kabul b", "Doha c", "Kabul d"])
    world.publish()
    world.restart()
    from datetime import UTC, datetime

    from archive import mend, plan_of

    mend(world.data / "archive", plan_of(verify(world.data)), tmp_path / "backup", datetime.now(UTC))
    shutil.rmtree(world.data / "index")
    assert (world.data / "archive/RESTORED.json").exists()
    assert verify(world.data).sound
    world.publish()
    assert world.titles("kabul") == ["Kabul b", "Kabul d"]
    assert not (world.data / "archive/RESTORED.json").exists()


def test_the_daemon_reads_a_share_each_day_and_says_so(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.configure()
    for n in range(3):
        world.bureau.archive.keep([showing(draft(f"o{n}", f"Kabul {n}", lorem(f"o{n}"), raw=b"x%d" % n))])
    watch = Watch(world.bureau)
    assert watch.last is None
    watch.look()
    assert watch.last is not None
    assert (watch.last.date, watch.last.flaws) == ("2026-01-05", 0)
    path = next((world.data / "archive/articles").glob("*/*.jsonl"))
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    watch.look()
    assert watch.last.flaws == 0, "once a day"
    world.clock.advance(days=1)
    again = Watch(world.bureau)
    assert again.last == watch.last, "remembered beyond a start"
    with caplog.at_level("INFO", "newsweir"):
        again.look()
    assert again.last is not None
    assert (again.last.date, again.last.flaws) == ("2026-01-06", 1)
    assert any("flawed code=E01" in one for one in caplog.messages), caplog.messages


def test_a_backup_holds_the_daemon_still_and_lets_it_go(paper: Paper, tmp_path: Path) -> None:
    from feeds import control

    paper.grow(1)
    running = paper.start()
    paper.poll(1)
    sock = tmp_path / "data/run/control.sock"
    (tmp_path / "x.txt").write_text("Kabul x\n\nText.\n")
    with control.held(sock) as there:
        assert there
        done: list[int] = []
        import threading

        thread = threading.Thread(
            target=lambda: done.append(running.command("add", str(tmp_path / "x.txt")).returncode)
        )
        thread.start()
        thread.join(3)
        assert done == [], "nothing is kept meanwhile"
        assert requests.get(running.url + "kabul/rss.xml", timeout=5).status_code == 200
    thread.join(20)
    assert done == [0]
    with control.held(tmp_path / "nowhere") as there:
        assert not there


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return spoken(home, *arguments)


def test_the_very_first_backup_knows_of_itself_and_has_the_configuration(
    world: World, tmp_path: Path
) -> None:
    """What is restored from it must know where its articles lie: an erasure is carried on there."""
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul a", lorem("a"), source="paper"))])
    world.publish()
    world.restart()
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    (tmp_path / "elsewhere/link").symlink_to(tmp_path / "elsewhere/deep")
    for place in ("elsewhere/link/b", "elsewhere/deep/../deep/b"):
        done = command(tmp_path, "backup", str(tmp_path / place))
        assert done.returncode == 0, done.stderr
    assert ("0 files written" in done.stdout, "is its disk mounted?" in done.stderr) == (True, False)
    backup = tmp_path / "elsewhere/deep/b"
    assert (backup / "config.yaml").read_bytes() == (tmp_path / "config.yaml").read_bytes()
    assert command(tmp_path, "verify", str(backup)).returncode == 0
    shutil.rmtree(tmp_path / "data")
    assert command(tmp_path, "restore", str(backup)).returncode == 0
    assert places(world.bureau.archive.state) == [str(backup)]
    world.restart()
    shutil.rmtree(backup)
    assert "is its disk mounted?" in command(tmp_path, "backup", str(backup)).stderr


def test_a_backup_that_the_daemon_may_not_see_is_told_as_such(world: World, tmp_path: Path) -> None:
    """The command has read it a moment before: only the daemon knows that it is hidden from it."""
    world.configure()
    asked = {"do": "repair", "plan": {}, "from": str(tmp_path / "home/backup")}
    with pytest.raises(CommandError, match=r"the daemon cannot read .*ProtectHome"):
        carry_out(world.bureau, asked)
    assert world.bureau.writable


def test_who_has_lost_all_is_told_what_to_do(world: World, tmp_path: Path) -> None:
    """config.yaml gone with data/, then another one, then a backup whose own word is broken."""
    world.configure(topics="  kabul: {query: kabul}\n  all: {query: kabul OR doha}")
    for title in ("Kabul a", "Doha b"):
        world.bureau.archive.keep([showing(draft(title, title, lorem(title), source="paper"))])
    world.publish()
    world.restart()
    backup, config = tmp_path / "backup", tmp_path / "config.yaml"
    assert command(tmp_path, "backup", str(backup)).returncode == 0
    before, text = tree(tmp_path / "data/feeds"), config.read_text()
    for path in ("index", "archive"):
        shutil.rmtree(tmp_path / "data" / path)
    config.unlink()
    assert command(tmp_path, "verify", str(backup)).returncode == 0, "anywhere, before anything is set up"
    done = command(tmp_path, "restore", str(backup))
    assert (done.returncode, f"cp {backup / 'config.yaml'} " in done.stderr) == (2, True)
    config.write_text(text.replace("  all: {query: kabul OR doha}\n", ""))
    done = command(tmp_path, "restore", str(backup))
    assert (done.returncode, "config.yaml is another than then" in done.stdout) == (1, True), done.stdout
    shutil.rmtree(tmp_path / "data/archive")
    shutil.copy(backup / "config.yaml", config)
    (tmp_path / "data/feeds/all/stray.xml").parent.mkdir(exist_ok=True)
    (tmp_path / "data/feeds/all/stray.xml").write_text("of another life")
    done = command(tmp_path, "restore", str(backup))
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(tmp_path / "data/feeds") == before
    shutil.rmtree(tmp_path / "data")
    (backup / "BACKUP.json").write_text("{")
    done = command(tmp_path, "verify", str(backup))
    assert (done.returncode, "E34 BACKUP.json" in done.stdout) == (1, True)
    done = command(tmp_path, "restore", str(backup))
    assert (done.returncode, "BACKUP.json: cannot be read" in done.stdout) == (1, True)
    assert tree(tmp_path / "data/feeds") == before, "and restored it is all the same"


@pytest.mark.parametrize("arguments", [("backup",), ("restore",), ("verify", "--quick", "--sample", "1/3")])
def test_wrong_words_are_told(paper: Paper, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    paper.grow(1)
    done = spoken(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_twins_made_while_all_is_opened_anew_come_too_late_and_are_no_fault(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul", lorem("a")))])
    world.publish()

    def opened_anew() -> bool:
        world.bureau.broken = "a write failed"
        world.bureau.look_after()
        return False

    with caplog.at_level("INFO", "newsweir"):
        pack(world.bureau, opened_anew)
    assert not any("packing" in one for one in caplog.messages)
    pack(world.bureau)
    assert (world.data / "feeds/kabul/atom.xml.gz").is_file()
