"""A living list: every feed of an OPML file is a source, and the file is followed."""

import pytest

from feeds.config import load
from feeds.errors import ConfigError
from feeds.office.lists import expanded
from feeds.office.opml import write_opml
from feeds.settings import FeedSource
from tests.builders import item, rss
from tests.site import Page
from tests.test_cli import Cli
from tests.world import PRIVATE, World

LIST = f"  - {{opml: list.opml, every: 2h, pages: never, {PRIVATE}}}"
KABUL = "  kabul: {title: Kabul, query: kabul}"


def write(world: World, *names: str) -> None:
    feeds = [FeedSource(url=f"{world.site.url}/{name}", name=name) for name in names]
    (world.home / "list.opml").write_bytes(write_opml("Mine", feeds))
    for name in names:
        world.site.pages[f"/{name}"] = Page(rss(item(name, f"Kabul {name}", content=name * 9)), etag='"a"')


def names(world: World) -> list[str]:
    return [account.name for account in world.bureau.ledger.accounts()]


def test_every_feed_of_a_list_is_a_source(world: World) -> None:
    write(world, "one", "two")
    world.configure(f"  - {{feed: '{{site}}/two', name: own, pages: never, {PRIVATE}}}\n{LIST}", KABUL)
    assert world.round().failed == {}
    assert names(world) == ["one", "own"], "a source of its own is not taken twice"
    assert sorted(world.kept()) == ["Kabul one", "Kabul two"]
    account = world.bureau.ledger.accounts()[0]
    assert account.why == "every 2h"


def test_the_list_is_followed(world: World) -> None:
    write(world, "one")
    world.configure(LIST, KABUL)
    world.round()
    look = world.bureau.config.look
    look()
    look()
    write(world, "two", "one")
    look()
    assert names(world) == ["one"], "it may be half written"
    look()
    assert names(world) == ["one", "two"]
    world.round()
    assert sorted(world.kept()) == ["Kabul one", "Kabul two"]
    assert world.site.asked_for("/one")[1].conditional
    write(world, "two")
    look()
    look()
    assert names(world) == ["two"]


def test_a_list_that_cannot_be_read_changes_nothing(world: World) -> None:
    write(world, "one")
    world.configure(LIST, KABUL)
    assert names(world) == ["one"]
    for body in (b"<html/>", None):
        if body is None:
            (world.home / "list.opml").unlink()
        else:
            (world.home / "list.opml").write_bytes(body)
        with pytest.raises(ConfigError, match="opml list"):
            world.bureau.config.reload()
        assert names(world) == ["one"]
        assert world.bureau.config.faults
    world.restart()
    assert names(world) == [], "at a start there is nothing else to go on with"
    write(world, "one", "two")
    world.bureau.config.look()
    world.bureau.config.look()
    assert names(world) == ["one", "two"]


def test_commands_know_the_list(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    write(world, "one", "two")
    world.configure(LIST, KABUL)
    cli = Cli(world.home, capsys)
    assert "config.yaml can be used" in cli("check")[1]
    assert cli("sources", "--opml")[1].count("xmlUrl") == 2
    code, out, err = cli("add", f"{world.site.url}/two")
    assert (code, "is a source already: two" in out) == (0, True), err
    assert cli.json("add", str(world.home / "list.opml"))["added"] == []
    code, out, _ = cli("add", f"{world.site.url}/three")
    assert (code, world.site.asked) == (2, [])
    (world.home / "list.opml").unlink()
    code, out, _ = cli("check")
    assert (code, "there is no file" in out) == (1, True)


def test_names_are_those_of_the_list_each_once(world: World) -> None:
    world.configure(f"  - {{folder: inbox}}\n{LIST}")
    feeds = [FeedSource(url=f"https://{host}.example/", name="inbox") for host in ("a", "b")]
    (world.home / "list.opml").write_bytes(write_opml("Mine", feeds))
    settings, faults = expanded(load(world.home / "config.yaml"))
    assert [source.name for source in settings.sources] == ["inbox", "inbox-2", "inbox-3"]
    assert faults == ()
    world.configure(f"{LIST}\n{LIST}")
    with pytest.raises(ConfigError, match="is a source already"):
        load(world.home / "config.yaml")


def test_a_list_that_comes_after_the_config_named_it_is_taken_up(world: World) -> None:
    folder = "  - {folder: inbox}"
    world.configure(folder, KABUL)
    config = world.bureau.config
    for _ in range(2):
        config.look()
    world.configure(f"{folder}\n{LIST}", KABUL)
    for _ in range(2):
        config.look()
    assert config.faults
    write(world, "one")
    for _ in range(2):
        config.look()
    assert config.faults == ()
    assert "one" in names(world)
