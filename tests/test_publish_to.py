"""`newsweir publish --to DIR`: the same site elsewhere, whole at every moment, and reached by an erasure."""

import gzip
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import brotli
import pytest

from archive import faults
from feeds.care.noticing import tell
from feeds.care.targets import Reach, Target, fall_behind, mirror_again, note, targets
from feeds.config import load
from feeds.editing import desk
from feeds.errors import CommandError
from feeds.mirror.mirroring import Mirror, Mirrored
from feeds.mirror.plan import in_order
from feeds.office.bureau import Bureau
from feeds.publish.shelf.twins import ENDINGS, unpacks_to
from feeds.rounds import begin
from tests.archive.test_erasing import hits
from tests.builders import TurnedClock, draft, lorem, showing
from tests.test_cli import Cli, cli, filled, little  # noqa: F401 - fixtures
from tests.test_daemon import Running
from tests.test_owner import notices
from tests.world import World, tree

TOPICS = "  kabul: {title: Kabul, query: kabul}\n  doha: {title: Doha, query: doha}"
CANARY = "zanzibarquoll"


def all_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, twins among them."""
    return tree(folder, twins=True)


def grow(world: World, *titles: str) -> None:
    for title in titles:
        world.clock.advance(minutes=5)
        world.bureau.archive.keep([showing(draft(title, title, f"{title} {lorem(title)}"))])
    world.publish()
    world.bureau.shelf.pack()


@pytest.fixture
def grown(world: World) -> World:
    world.configure(topics=TOPICS)
    grow(world, "Kabul 1", "Kabul 2", "Doha 1")
    return world


def mirror(world: World, dest: Path, **how: Any) -> Mirrored:
    dry = how.pop("dry", False)
    return Mirror(world.data / "feeds", dest, world.bureau.archive.store, **how).run(dry=dry)


def site(dest: Path) -> dict[str, bytes]:
    return {path: body for path, body in all_of(dest).items() if not path.startswith(".newsweir/")}


def stats(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.stat()
        found[str(path)] = (about.st_ino, about.st_mtime_ns, about.st_ctime_ns)
    return found


def test_it_is_the_same_site_and_again_nothing_is_written(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www" / "cuttings"
    before = os.umask(0o077)
    try:
        done = mirror(grown, dest)
    finally:
        os.umask(before)
    feeds = all_of(grown.data / "feeds")
    assert site(dest) == feeds
    assert (done.files, done.written, done.deleted) == (len(feeds), len(feeds), 0)
    for path in feeds:
        ours, theirs = (grown.data / "feeds" / path).stat(), (dest / path).stat()
        assert theirs.st_mtime_ns == ours.st_mtime_ns
        assert theirs.st_mode & 0o777 == 0o644, "a server may read it, whatever our umask"
        assert (dest / path).parent.stat().st_mode & 0o777 == 0o755
    assert (dest / ".newsweir").stat().st_mode & 0o777 == 0o700, "and this nobody else"
    stood = stats(dest)
    again = mirror(grown, dest)
    assert (again.written, again.deleted, again.files) == (0, 0, len(feeds))
    assert stats(dest) == stood, "not one file, not one folder was touched"
    desk.carry_out(grown.bureau, {"do": "rebuild"})
    rebuilt = mirror(grown, dest)
    assert rebuilt.written == 0, "other files of the same bytes are no news"


def test_only_what_changed_is_written_and_only_ours_is_deleted(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    (dest / "robots.txt").write_text("User-agent: *\n")
    (dest / "kabul" / "note.txt").write_text("mine")
    before = stats(dest)
    grow(grown, "Kabul 3")
    desk.carry_out(grown.bureau, {"do": "withdraw", "article": grown.bureau.archive.newest(9)[-1].id})
    done = mirror(grown, dest)
    assert 0 < done.written < done.files
    assert done.deleted == 2
    assert {*site(dest)} == {*all_of(grown.data / "feeds"), "robots.txt", "kabul/note.txt"}
    kept = [path for path, was in stats(dest).items() if before.get(path) == was]
    assert str(dest / "doha/rss.xml") in kept
    grown.restart()
    grown.configure(topics=TOPICS.splitlines()[1])
    grown.publish()
    grown.bureau.shelf.pack()
    mirror(grown, dest)
    assert (dest / "kabul" / "note.txt").read_text() == "mine"
    assert not (dest / "kabul/rss.xml").exists()


def test_what_others_lead_to_comes_first() -> None:
    paths = ["index.html", "kabul/rss.xml", "kabul/rss.xml.gz", "kabul/index.html", "kabul/archive/1.rss.xml",
             "articles/x/index.html", "articles/x.json", "static/site.0123.css", "opml.xml", "static/about.html",
             "kabul/archive/1.rss.xml.br", "kabul/sources.opml.xml", "kabul/sources.opml.xml.zst", "404.html"]  # fmt: skip
    assert [base for base, _ in in_order(dict.fromkeys(paths))] == [
        "static/site.0123.css", "articles/x.json", "articles/x/index.html", "static/about.html",
        "kabul/archive/1.rss.xml", "kabul/index.html", "kabul/rss.xml", "kabul/sources.opml.xml",
        "404.html", "opml.xml", "index.html",
    ]  # fmt: skip
    paths.append("kabul/rss.xml.gz.br")
    assert dict(in_order(dict.fromkeys(paths)))["kabul/rss.xml"] == ["kabul/rss.xml.gz"]
    assert "kabul/rss.xml.gz" not in dict(in_order(dict.fromkeys(paths))), "or it would be put twice"


def twin(path: Path, body: bytes | None = None) -> None:
    """Put twins of a file beside it, as they would be made of *body*."""
    whole = path.read_bytes() if body is None else body
    (path.parent / f"{path.name}.gz").write_bytes(gzip.compress(whole, 6, mtime=0))
    (path.parent / f"{path.name}.br").write_bytes(brotli.compress(whole, quality=4))
    for end in (".gz", ".br"):
        os.utime(f"{path}{end}", (path.stat().st_mtime, path.stat().st_mtime))


def served(dest: Path, path: str) -> set[bytes]:
    """What a server gives for a path, by whatever encoding."""
    found = {(dest / path).read_bytes()}
    if (dest / f"{path}.gz").exists():
        found.add(gzip.decompress((dest / f"{path}.gz").read_bytes()))
    if (dest / f"{path}.br").exists():
        found.add(brotli.decompress((dest / f"{path}.br").read_bytes()))
    return found


def test_a_twin_that_lags_behind_is_waited_for_and_else_left_out(grown: World, tmp_path: Path) -> None:
    feed = grown.data / "feeds/kabul/rss.xml"
    dest = tmp_path / "www"
    old = feed.read_bytes()
    twin(feed)
    mirror(grown, dest)
    assert (dest / "kabul/rss.xml.br").exists()
    grow(grown, "Kabul 3")
    twin(feed, old)
    mirror(grown, dest)
    assert served(dest, "kabul/rss.xml") == {feed.read_bytes()}
    assert not (dest / "kabul/rss.xml.gz").exists(), "an old one would be given for the new"

    def pause(_: float) -> None:
        twin(feed)

    done = mirror(grown, dest, pause=pause)
    assert served(dest, "kabul/rss.xml") == {feed.read_bytes()}
    assert (dest / "kabul/rss.xml.gz").exists()
    assert done.written == 2


def test_at_every_moment_all_that_is_linked_is_there(grown: World, tmp_path: Path) -> None:
    """A reader loop beside thirty publications, each while more is published."""
    dest = tmp_path / "www"
    mirror(grown, dest)
    faulty: list[str] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            items = json.loads((dest / "kabul/feed.json").read_bytes())["items"]
            for one in items:
                page = one["_newsweir"]["page"].partition("/articles/")[2]
                if not (dest / "articles" / page / "index.html").is_file():
                    faulty.append(page)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for n in range(10):
            writer = threading.Thread(target=grow, args=(grown, f"Kabul {n + 10}", f"Kabul {n + 50}"))
            writer.start()
            while writer.is_alive():
                mirror(grown, dest)
            writer.join()
    finally:
        over.set()
        reader.join()
    assert faulty == []
    mirror(grown, dest)
    assert site(dest) == all_of(grown.data / "feeds")


@pytest.mark.parametrize("where", ["data", "data/feeds", "data/feeds/www", "data/x", ".", "link"])
def test_no_place_in_or_about_the_data_is_published_to(grown: World, where: str) -> None:
    (grown.home / "link").symlink_to(grown.data)
    before = all_of(grown.data / "feeds")
    with pytest.raises(CommandError, match=r"data lies there"):
        mirror(grown, grown.home / where, force=True)
    assert all_of(grown.data / "feeds") == before


def test_a_folder_that_holds_other_things_is_refused_unless_told(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    dest.mkdir()
    (dest / "index.html").write_text("mine")
    (dest / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(CommandError, match="holds other things"):
        mirror(grown, dest)
    assert all_of(dest) == {"index.html": b"mine", "cat.jpg": b"cat"}
    mirror(grown, dest, force=True)
    assert site(dest) == {**all_of(grown.data / "feeds"), "cat.jpg": b"cat"}
    manifest = json.loads((dest / ".newsweir/manifest.json").read_text())
    assert "cat.jpg" not in manifest["files"]
    with pytest.raises(CommandError, match="another archive"):
        Mirror(grown.data / "feeds", dest, "0190a3f2-0000-7000-8000-000000000000").run()
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="is a file"):
        mirror(grown, tmp_path / "file")


def test_what_is_in_the_way_later_is_left_and_told(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    (dest / "sport").mkdir()
    (dest / "sport/index.html").write_text("mine")
    grown.restart()
    grown.configure(topics=f"{TOPICS}\n  sport: {{query: doha}}")
    grown.publish()
    grown.bureau.shelf.pack()
    done = mirror(grown, dest)
    assert done.in_the_way == ["sport/index.html"]
    assert (dest / "sport/index.html").read_text() == "mine"
    assert (dest / "sport/rss.xml").exists()
    assert mirror(grown, dest, force=True).written == 1 + 3, "with its twins"


def test_what_cannot_be_put_where_something_else_stands_is_left_and_stops_nothing(
    grown: World, tmp_path: Path
) -> None:
    """A folder where a file belongs, and a file where a folder does: also where we had put ours before."""
    dest = tmp_path / "www"
    dest.mkdir()
    (dest / "doha").write_text("mine")
    (dest / "kabul/rss.xml").mkdir(parents=True)
    (dest / "kabul/rss.xml/mine.txt").write_text("mine")
    done = mirror(grown, dest, force=True)
    rest = {"doha/rss.xml", "doha/atom.xml", "doha/feed.json", "doha/index.html", "doha/sources.opml.xml"}
    assert {*done.in_the_way} == {"kabul/rss.xml", *rest}
    feeds = all_of(grown.data / "feeds")
    left = {path for path in feeds if path.startswith(("doha/", "kabul/rss.xml"))}
    theirs = {"doha": b"mine", "kabul/rss.xml/mine.txt": b"mine"}
    assert site(dest) == {path: body for path, body in feeds.items() if path not in left} | theirs
    assert mirror(grown, dest).in_the_way == done.in_the_way
    shutil.rmtree(dest / "kabul/rss.xml")
    (dest / "doha").unlink()
    assert mirror(grown, dest).in_the_way == []
    assert site(dest) == feeds
    (dest / "kabul/rss.xml").unlink()
    (dest / "kabul/rss.xml").mkdir()
    shutil.rmtree(dest / "doha")
    (dest / "doha").write_text("mine")
    assert {*mirror(grown, dest).in_the_way} == {"kabul/rss.xml", *rest}
    assert (dest / "doha").read_text() == "mine"


def test_what_was_spoilt_there_is_mended(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    (dest / "kabul/rss.xml").write_bytes(b"")
    (dest / "doha/index.html").unlink()
    assert mirror(grown, dest).written == 2
    assert site(dest) == all_of(grown.data / "feeds")


def test_nothing_is_taken_for_an_empty_site(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    before = all_of(dest)
    shutil.rmtree(grown.data / "feeds")
    with pytest.raises(CommandError, match="nothing is published there yet"):
        mirror(grown, dest)
    assert all_of(dest) == before


def test_a_dry_run_writes_nothing(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    done = mirror(grown, dest, dry=True)
    assert done.written == done.files > 0
    assert not dest.exists()


def killed(home: Path, clock: TurnedClock, dest: Path, fault: str, request: dict[str, Any] | None) -> int:
    """Publish (or carry out a request) in a child that is killed at a named point; return its status."""
    child = os.fork()
    if child == 0:
        try:
            bureau = Bureau(load(home / "config.yaml"), clock=clock)
            begin(bureau)
            faults.plan(fault)
            if request is not None:
                desk.carry_out(bureau, request)
            else:
                Mirror(home / "data/feeds", dest, bureau.archive.store).run()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("point", ["mirror.noted:1:kill", "mirror.place:3:kill", "mirror.place:9:kill"])
def test_killed_anywhere_every_file_is_whole_and_the_next_run_completes_it(
    grown: World, tmp_path: Path, point: str
) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    old = all_of(grown.data / "feeds")
    grow(grown, "Kabul 3", "Doha 3")
    new = all_of(grown.data / "feeds")
    grown.restart()
    assert killed(grown.home, grown.clock, dest, point, None) == -9
    assert all(body in {old.get(path), new.get(path)} for path, body in site(dest).items())
    mirror(grown, dest)
    assert site(dest) == new
    assert not (dest / ".newsweir/new").exists()


def test_killed_before_it_is_put_what_only_its_bytes_tell_from_the_old_is_put_by_the_next_run(
    grown: World, tmp_path: Path
) -> None:
    """Of the same length and time, since no line tells of a site that is called otherwise."""
    dest = tmp_path / "www"
    grown.restart()
    grown.configure(topics=TOPICS, site="title: Abcd")
    grown.publish()
    mirror(grown, dest)
    grown.restart()
    grown.configure(topics=TOPICS, site="title: Efgh")
    grown.publish()
    ours, theirs = (grown.data / "feeds/index.html"), (dest / "index.html")
    assert ours.read_bytes() != theirs.read_bytes()
    assert [(one.stat().st_size, one.stat().st_mtime_ns) for one in (ours, theirs)] == [
        (ours.stat().st_size, ours.stat().st_mtime_ns)
    ] * 2
    grown.restart()
    assert killed(grown.home, grown.clock, dest, "mirror.noted:1:kill", None) == -9
    mirror(grown, dest)
    assert theirs.read_bytes() == ours.read_bytes()


def test_stopped_by_hand_it_leaves_the_site_as_it_was(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    mirror(grown, dest)
    before = all_of(dest)
    grow(grown, "Kabul 3")

    def stop(done: int, of: int) -> None:
        if done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mirror(grown, dest, told=stop)
    assert all_of(dest) == before
    assert mirror(grown, dest).written > 0
    with pytest.raises(KeyboardInterrupt):
        mirror(grown, tmp_path / "other", told=stop)
    assert site(tmp_path / "other") == {}
    done = mirror_again(grown.bureau.settings, str(tmp_path / "other"), grown.bureau.archive.store)
    assert done.written == done.files, "begun, it goes on"


def test_a_folder_that_another_archive_has_taken_over_is_left_to_it(grown: World, tmp_path: Path) -> None:
    dest = tmp_path / "www"
    desk.carry_out(grown.bureau, {"do": "publish", "to": str(dest)})
    Mirror(grown.data / "feeds", dest, "0190a3f2-0000-7000-8000-000000000000").run()
    with pytest.raises(CommandError, match="another archive"):
        mirror_again(grown.bureau.settings, str(dest), grown.bureau.archive.store)


@pytest.mark.slow
def test_beside_a_daemon_it_is_published_and_an_erasure_reaches_it(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "config.yaml").write_text(
        "server: {listen: '127.0.0.1:0'}\nsources: [{folder: inbox}]\ntopics: {kabul: {title: Kabul, query: kabul}}\n"
    )
    for n in range(3):
        (tmp_path / f"inbox/{n}.txt").write_text(
            f"Kabul {n}\n\n{lorem(f'w{n}')} {CANARY if n == 1 else ''}\n"
        )
    running = Running(tmp_path)
    try:
        running.wait_for(lambda: len(running.titles("kabul")) == 3, 60)
        done = running.command("publish", "--to", str(tmp_path / "www"), "--json")
        assert done.returncode == 0, done.stderr
        dest = Path(json.loads(done.stdout)["targets"][0]["to"])
        assert hits(dest, CANARY)
        found = json.loads(running.command("search", CANARY, "--json").stdout)
        done = running.command("erase", found[0]["id"], "--yes")
        assert done.returncode == 0, done.stderr
        assert f"the site in {dest} was brought up" in done.stdout
        assert hits(dest, CANARY) == []
        done = running.command("publish")
        assert "all is as it is published" in done.stdout
    finally:
        running.stop()


# -- targets and erasures --------------------------------------------------------


def test_an_erasure_reaches_archived_documents_and_every_twin(world: World, tmp_path: Path) -> None:
    """The fifty items around the word stand in a document that changes for nothing else."""
    world.configure(topics=TOPICS)
    article = canary(world)
    past = [draft(f"k{n}", f"Kabul {n}", f"Kabul {n} {lorem(str(n), 9)}") for n in range(60)]
    world.bureau.archive.keep([showing(one) for one in past])
    world.publish()
    world.bureau.shelf.pack()
    dest = tmp_path / "www"
    remembered(world, dest)
    endings = ("", *ENDINGS)
    documents = {
        f"kabul/archive/{one}{end}" for one in ("1.rss.xml", "1.atom.xml", "1.json") for end in endings
    }
    assert documents <= {*hits(dest, CANARY)}
    grow(world, "Kabul after")
    done = desk.carry_out(world.bureau, {"do": "erase", "article": article})
    assert done["unreached"] == {}
    assert hits(dest, CANARY) == []
    assert documents <= {*site(dest)}, "it is there without the word, packed anew"
    assert site(dest) == {
        path: body for path, body in all_of(world.data / "feeds").items() if not path.startswith("operator/")
    }
    whole = (dest / "kabul/archive/1.json").read_bytes()
    assert unpacks_to(whole, (dest / "kabul/archive/1.json.zst").read_bytes(), ".zst")


@pytest.mark.slow
def test_at_a_kill_archived_documents_are_there_before_the_feeds_that_lead_to_them(
    world: World, tmp_path: Path
) -> None:
    """Wherever it is cut, one who follows `next_url` from the feed that stands there finds all it promises."""
    world.configure(topics=TOPICS)
    grow(world, "Kabul")
    dest = tmp_path / "www"
    mirror(world, dest)
    past = [draft(f"k{n}", f"Kabul {n}", f"Kabul {n} {lorem(str(n), 9)}") for n in range(120)]
    world.bureau.archive.keep([showing(one) for one in past])
    world.publish()
    world.bureau.shelf.pack()
    world.restart()
    articles = [path for path in tree(world.data / "feeds") if path.startswith("articles/")]
    point, found = len(articles), 0
    while killed(world.home, world.clock, dest, f"mirror.place:{point}:kill", None) == -9:
        at, point = json.loads((dest / "kabul/feed.json").read_bytes()).get("next_url"), 5
        while at is not None:
            found += 1
            there = dest / at.partition("//")[2].partition("/")[2]
            assert there.is_file()
            at = json.loads(there.read_bytes()).get("next_url")
    assert found


def canary(world: World) -> str:
    grow(world, f"Kabul {CANARY}")
    return world.bureau.archive.newest(1)[0].id


def remembered(world: World, dest: Path) -> None:
    desk.carry_out(world.bureau, {"do": "publish", "to": str(dest)})
    mirror(world, dest)


def test_an_erasure_reaches_every_target(grown: World, tmp_path: Path) -> None:
    article = canary(grown)
    places = [tmp_path / "one", tmp_path / "two"]
    for dest in places:
        remembered(grown, dest)
    assert all(hits(dest, CANARY) for dest in places)
    done = desk.carry_out(grown.bureau, {"do": "erase", "article": article})
    assert done["targets"] == [str(dest) for dest in places]
    assert done["unreached"] == {}
    for dest in places:
        assert hits(dest, CANARY) == []
        assert site(dest) == {
            k: v for k, v in all_of(grown.data / "feeds").items() if not k.startswith("operator/")
        }
    assert all(one.behind is None for one in targets(grown.bureau.archive.state).values())
    assert notices(grown) == []


def test_a_target_that_cannot_be_reached_is_named_and_reached_when_it_is_back(
    grown: World, tmp_path: Path
) -> None:
    article = canary(grown)
    dest, away = tmp_path / "www", tmp_path / "unmounted"
    remembered(grown, dest)
    dest.rename(away)
    done = desk.carry_out(grown.bureau, {"do": "erase", "article": article})
    assert done["targets"] == []
    assert "is its disk mounted?" in done["unreached"][str(dest)]
    assert not dest.exists(), "no second site is begun beside it"
    assert notices(grown) == [], "whoever erases may reach it"
    grown.restart()
    reach = Reach(grown.bureau)
    grown.clock.advance(minutes=2)
    reach.look()
    (told,) = notices(grown)
    assert told.title == f"{dest} may still hold what was erased"
    assert f"newsweir publish --to {dest}" in told.text
    away.rename(dest)
    reach.look()
    assert hits(dest, CANARY), "tried a moment ago"
    grown.clock.advance(minutes=11)
    reach.look()
    assert hits(dest, CANARY) == []
    assert [one.title for one in notices(grown)][1:] == [f"Reached after all: {dest}"]
    assert targets(grown.bureau.archive.state)[str(dest)].behind is None


@pytest.mark.parametrize("cut", [False, True], ids=["told at once", "killed before it was told"])
@pytest.mark.parametrize("given_up", [True, False])
def test_what_was_told_of_a_target_ends_when_it_is_reached_or_given_up(
    grown: World, tmp_path: Path, given_up: bool, cut: bool
) -> None:
    article = canary(grown)
    dest = tmp_path / "www"
    remembered(grown, dest)
    dest.rename(tmp_path / "unmounted")
    desk.carry_out(grown.bureau, {"do": "erase", "article": article})
    grown.clock.advance(minutes=2)
    Reach(grown.bureau).look()
    (told,) = notices(grown)
    assert told.title == f"{dest} may still hold what was erased"
    if cut:
        note(grown.bureau, Target(path=str(dest), at=told.at, forgotten=given_up))
        grown.restart()
        Reach(grown.bureau).look()
        tell(grown.bureau)
    elif given_up:
        desk.carry_out(grown.bureau, {"do": "forget-target", "path": str(dest)})
    else:
        behind = targets(grown.bureau.archive.state)[str(dest)].behind
        desk.carry_out(grown.bureau, {"do": "published", "path": str(dest), "behind": behind})
    (over,) = notices(grown)[1:]
    title = f"{dest} is published to no more" if given_up else f"Reached after all: {dest}"
    assert (over.title, over.state, over.subjects) == (title, "ended", (str(dest),))
    assert ("may still stand there" in over.text) is given_up
    Reach(grown.bureau).look()
    assert tell(grown.bureau) == 0


def test_an_erasure_that_comes_while_a_target_is_brought_up_leaves_it_behind(
    grown: World, tmp_path: Path
) -> None:
    dest = tmp_path / "www"
    remembered(grown, dest)
    fall_behind(grown.bureau)
    before = desk.carry_out(grown.bureau, {"do": "publish"})["behind"][str(dest)]
    grown.clock.advance(seconds=1)
    fall_behind(grown.bureau)  # Whoever brings it up has read what stood there before.
    desk.carry_out(grown.bureau, {"do": "published", "path": str(dest), "behind": before})
    now = targets(grown.bureau.archive.state)[str(dest)].behind
    assert now is not None
    assert now != before
    desk.carry_out(grown.bureau, {"do": "published", "path": str(dest), "behind": now})
    assert targets(grown.bureau.archive.state)[str(dest)].behind is None


@pytest.mark.parametrize("point", ["erase.done:1:kill", "mirror.noted:1:kill", "mirror.place:2:kill"])
def test_killed_in_an_erasure_the_daemon_reaches_the_target_after_all(
    grown: World, tmp_path: Path, point: str
) -> None:
    article = canary(grown)
    dest = tmp_path / "www"
    remembered(grown, dest)
    grown.restart()
    request = {"do": "erase", "article": article}
    assert killed(grown.home, grown.clock, dest, point, request) == -9
    grown.clock.advance(hours=1)
    reach = Reach(grown.bureau)  # At the start the erasure is completed, and the target falls behind.
    grown.clock.advance(minutes=2)
    reach.look()
    assert hits(dest, CANARY) == []
    assert hits(grown.data, CANARY) == []


def test_a_target_that_was_forgotten_is_reached_no_more(grown: World, tmp_path: Path) -> None:
    article = canary(grown)
    dest = tmp_path / "www"
    remembered(grown, dest)
    desk.carry_out(grown.bureau, {"do": "forget-target", "path": str(dest)})
    with pytest.raises(CommandError, match="targets: none"):
        desk.carry_out(grown.bureau, {"do": "forget-target", "path": str(dest)})
    assert desk.carry_out(grown.bureau, {"do": "erase", "article": article})["targets"] == []
    assert hits(dest, CANARY)


# -- the command -------------------------------------------------------------------


def test_the_command_publishes_remembers_and_forgets(filled: Cli, tmp_path: Path) -> None:  # noqa: F811
    dest = filled.home / "www"
    code, out, _ = filled("publish")
    assert (code, "newsweir publish --to DIR" in out) == (0, True)
    code, out, _ = filled("publish", "--to", str(dest), "--dry-run")
    assert code == 0
    assert "would be written" in out
    assert not dest.exists()
    assert filled.json("publish", "--dry-run")["targets"] == [], "nor was it remembered"
    code, out, _ = filled("publish", "--to", str(dest))
    assert code == 0
    assert f"{dest}: " in out
    assert {f"index.html{end}" for end in ENDINGS} <= {*site(dest)}, "with twins of what stands there now"
    assert site(dest) == {
        k: v for k, v in all_of(filled.home / "data/feeds").items() if not k.startswith("operator/")
    }
    code, out, _ = filled("publish")
    assert (code, f"{dest}: all is as it is published" in out) == (0, True)
    (done,) = filled.json("publish")["targets"]
    assert (done["to"], done["written"], done["deleted"], done["left_out"]) == (
        str(dest),
        0,
        0,
        sum(path.startswith("operator/") for path in all_of(filled.home / "data/feeds")),
    )

    dest.rename(filled.home / "away")
    code, out, err = filled("publish")
    assert (code, out) == (1, ""), "cron mails what stands there"
    assert f"{dest} could not be brought up" in err
    assert f"newsweir publish --forget {dest}" in err
    code, out, _ = filled("publish", "--forget", str(dest))
    assert code == 0
    assert filled.json("publish")["targets"] == []


def test_who_takes_something_back_is_told_where_it_still_stands(filled: Cli) -> None:  # noqa: F811
    dest = filled.home / "www"
    assert filled("publish", "--to", str(dest))[0] == 0
    one, two, *_ = (found["id"] for found in filled.json("search", "kabul"))
    for words in ((one,), (two, "--withhold")):
        code, out, _ = filled("withdraw", *words)
        assert (code, f"the site in {dest} shows it until it is brought up: newsweir publish" in out) == (
            0,
            True,
        )
        assert hits(dest, words[0][9:])
        assert filled("publish")[0] == 0
        assert not (dest / f"articles/{words[0][9:]}").exists()
    shutil.rmtree(dest)
    code, out, err = filled("publish", "--to", str(dest))
    assert (code, "a site is begun anew there" in err) == (0, True), "it may be a disk that is not mounted"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "data"), "nobody's to read"),
        (("--to", "inbox"), "would be read as articles"),
        (("--to", "inbox/www", "--force"), "would be read as articles"),
        (("--to", "docs"), "holds other things"),
        (("--to", "config.yaml"), "is a file"),
        (("--to", "a", "--forget", "b"), "one of them"),
        (("--forget", "b"), "nothing that is published to"),
    ],
)
def test_what_cannot_be_published_to_says_why(filled: Cli, words: tuple[str, ...], said: str) -> None:  # noqa: F811
    words = tuple(one if one.startswith("--") else str(filled.home / one) for one in words)
    (filled.home / "docs").mkdir()
    (filled.home / "docs/mine.txt").write_text("mine")
    code, _, err = filled("publish", *words)
    assert code == 2
    assert said in err
    assert filled.json("publish")["targets"] == [], "and is not remembered"


def test_erasing_by_the_command_reaches_the_site_or_says_what_to_do(filled: Cli) -> None:  # noqa: F811
    one, two = filled.home / "one", filled.home / "two"
    for dest in (one, two):
        assert filled("publish", "--to", str(dest))[0] == 0
    shutil.rmtree(two)
    article = filled.json("search", "kabul")[0]["id"]
    code, out, err = filled("erase", article, "--yes")
    assert code == 0
    assert f"the site in {one} was brought up" in out
    assert f"the site in {two} may still show it" in err
    assert f"run newsweir publish --to {two}" in err
    assert hits(one, article[9:] + "/") == []
