"""A changed config.yaml is taken up while everything runs."""

import threading
import time
from pathlib import Path

import pytest
import requests

from feeds.config import load
from feeds.errors import ConfigError
from feeds.intake.pipeline import poll
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.test_daemon import FOLDER, Running, home, start  # noqa: F401 - fixtures
from tests.world import PRIVATE, World

FEED = f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}"
OTHER = f"  - {{feed: '{{site}}/other', name: other, pages: never, {PRIVATE}}}"
KABUL = "  kabul: {title: Kabul, query: kabul}"


def names(world: World) -> list[str]:
    return [account.name for account in world.bureau.ledger.accounts()]


def poll_in_a_thread(world: World, during: object) -> None:
    """Poll the first source that is due, and call *during* while its server thinks."""
    asked, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> Page:
        asked.set()
        assert go_on.wait(10)
        return Page(rss(item("1", "Kabul calls", content="x")), etag='"a"')

    world.site.pages["/feed"] = slow
    bureau = world.bureau
    (claim,) = bureau.ledger.claim(world.clock.now(), 1, bureau.lease(), "net")
    failures: list[BaseException] = []

    def run() -> None:
        try:
            poll(bureau, claim)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert asked.wait(10)
    during()  # type: ignore[operator]
    go_on.set()
    thread.join(10)
    assert failures == []


def test_sources_and_topics_come_and_go(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.site.pages["/other"] = Page(rss(item("2", "Doha waits", content="y")))
    world.round()
    world.configure(OTHER, "  doha: {title: Doha, query: doha}\n  kabul: {title: Kabul now, query: kabul}")
    world.bureau.config.reload()
    world.round()
    assert names(world) == ["other"]
    assert len(world.site.asked_for("/feed")) == 1
    assert world.titles("doha") == ["Doha waits"]
    assert b"Kabul now" in world.file("kabul/rss.xml")
    world.configure(
        OTHER, KABUL.replace("kabul:", "cabul:"), "title: Test, base_url: 'https://x.example/news/'"
    )
    world.bureau.config.reload()
    world.publish()
    assert b"https://x.example/news/cabul/" in world.file("opml.xml")
    assert not (world.data / "feeds/doha").exists()
    assert next(r for r in world.bureau.book.all() if r.slug == "doha").define.removed


def test_a_new_contact_and_new_limits_hold_from_the_next_request_on(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x" * 20_000)))
    world.round()
    world.configure(FEED, KABUL, "title: Test, contact: me@x.example")
    path = world.home / "config.yaml"
    path.write_text(path.read_text().replace("deadline: 5s", "deadline: 5s, max_bytes: 10kB"))
    world.bureau.config.reload()
    world.round()
    assert "me@x.example" in world.site.asked[1].headers["user-agent"]
    assert world.bureau.settings.fetch.max_bytes == 10_000


def test_a_source_that_is_taken_out_while_it_is_asked_stays_out(world: World) -> None:
    world.configure(FEED + "\n" + OTHER, KABUL)
    world.site.pages["/other"] = Page(rss())
    assert names(world) == ["other", "paper"]
    world.round()
    world.clock.advance(hours=1)

    def during() -> None:
        world.configure(OTHER, KABUL)
        world.bureau.config.reload()

    world.bureau.ledger.settle  # noqa: B018 - opened before the thread begins
    world.configure(FEED, KABUL)
    world.bureau.config.reload()
    poll_in_a_thread(world, during)
    assert names(world) == ["other"]
    assert [source.name for source, _ in world.bureau.sources.values()] == ["other"]
    assert world.kept() == ["Kabul calls"], "what it gave is kept all the same"
    world.restart()
    assert names(world) == ["other"]


def test_a_source_that_is_given_another_address_while_it_is_asked_is_asked_there(world: World) -> None:
    world.configure(FEED, KABUL)
    assert names(world) == ["paper"]

    def during() -> None:
        world.configure(FEED.replace("/feed", "/moved"), KABUL)
        world.bureau.config.reload()

    poll_in_a_thread(world, during)
    world.site.pages["/moved"] = Page(rss(item("2", "Doha", content="y")))
    world.round()
    (asked,) = world.site.asked_for("/moved")
    assert not asked.conditional, "the old address's validators mean nothing there"
    assert len(world.site.asked_for("/feed")) == 1


def test_a_source_that_is_being_asked_is_not_asked_twice(world: World) -> None:
    world.configure(FEED, KABUL)
    assert names(world) == ["paper"]

    def during() -> None:
        world.configure(FEED.replace("name: paper", "name: gazette, every: 7h"), KABUL)
        world.bureau.config.reload()
        world.bureau.ledger.hasten(world.clock.now())
        assert world.bureau.ledger.claim(world.clock.now(), 9, world.bureau.lease(), "net") == []

    poll_in_a_thread(world, during)
    (account,) = world.bureau.ledger.accounts()
    assert (account.name, account.why, account.failures) == ("gazette", "every 7h", 0)
    (line,) = [state for _, state in world.bureau.sources.values()]
    assert (line.name, line.etag) == ("gazette", '"a"')


def test_a_claim_of_a_source_that_is_gone_comes_to_nothing(world: World) -> None:
    world.configure(FEED, KABUL)
    (claim,) = world.bureau.ledger.claim(world.clock.now(), 1, world.bureau.lease(), "net")
    world.configure("", KABUL)
    world.bureau.config.reload()
    assert poll(world.bureau, claim) is None
    assert world.site.asked == []


def test_a_faulty_file_changes_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.configure(FEED, KABUL)
    before = world.bureau.settings
    for text, fault in (
        ("sources: [{feed: x}]\n", "config.yaml:1  sources[0].feed"),
        ("", "is empty"),
        ("\t", "tab|empty"),
    ):
        (world.home / "config.yaml").write_text(text)
        with pytest.raises(ConfigError, match=fault.replace("[", r"\[")):
            world.bureau.config.reload()
        assert world.bureau.config.faults
        assert world.bureau.settings is before
    (world.home / "config.yaml").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        world.bureau.config.reload()
    world.configure(FEED, KABUL)
    world.bureau.config.reload()
    assert world.bureau.config.faults == ()
    assert world.bureau.settings == load(world.home / "config.yaml")


def test_a_file_is_taken_up_only_when_it_is_at_rest(world: World) -> None:
    world.configure(FEED, KABUL)
    look = world.bureau.config.look
    look()
    look()
    (world.home / "config.yaml").write_text("topics:\n")
    look()
    assert len(world.bureau.settings.topics) == 1, "it may be half written"
    world.configure(FEED, KABUL + "\n  doha: {query: doha}")
    look()
    look()
    assert list(world.bureau.settings.topics) == ["kabul", "doha"]


def test_a_daemon_follows_its_config(start, home: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    (home / "inbox/a.txt").write_text("Kabul\n\n" + lorem("a") + "\n")
    running: Running = start(FOLDER)
    running.wait_for(lambda: running.titles("kabul"))
    text = (home / "config.yaml").read_text()
    config = lambda: requests.get(running.url + "readyz", timeout=5).json()["config"]  # noqa: E731
    assert config() == "current"

    (home / "config.yaml").write_text(text.replace("title: Kabul,", "titel: Kabul,"))
    running.wait_for(lambda: config() == "faulty")
    time.sleep(2.5)
    assert sum("unknown key 'titel'" in line for line in running.err) == 1
    assert requests.get(running.url + "readyz", timeout=5).status_code == 200
    assert running.titles("kabul") == ["Kabul"]

    (home / "more").mkdir()
    (home / "more/b.txt").write_text("Doha\n\n" + lorem("word") + "\n")
    text = text.replace("title: Test", "title: Renamed").replace(
        "  kabul: {title: Kabul, query: kabul}", "  doha: {query: doha}"
    )
    (home / "config.yaml").write_text(text.replace(FOLDER, FOLDER + "\n  - {folder: more}\n"))
    running.wait_for(lambda: running.titles("doha") == ["Doha"])
    assert config() == "current"
    assert requests.get(running.url + "kabul/rss.xml", timeout=5).status_code == 410
    assert "Renamed" in requests.get(running.url, timeout=5).text
    assert "more" in running.told("sources").stdout

    (home / "config.yaml").write_text(text.replace("127.0.0.1:0", "127.0.0.1:1"))
    running.wait_for(lambda: any("a changed server: needs a restart" in line for line in running.err))
    running.wait_for(lambda: "more" not in running.told("sources").stdout)
    assert running.stop()[0] == 0
