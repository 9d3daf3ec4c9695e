"""A page as a source: its feed is looked for once, remembered, and looked for again when it is lost."""

import pytest

from tests.builders import item, rss
from tests.site import Page
from tests.world import PRIVATE, World

PAGE = f"  - {{page: '{{site}}/', name: paper, pages: never, {PRIVATE}}}"
KABUL = "  kabul: {title: Kabul, query: kabul}"
HTML = {"Content-Type": "text/html"}


def link(href: str) -> Page:
    text = f'<html><link rel="alternate" type="application/rss+xml" href="{href}">'
    return Page(text.encode(), headers=HTML)


def asked(world: World) -> list[str]:
    found = [one.path for one in world.site.asked]
    world.site.asked.clear()
    return found


@pytest.fixture
def paper(world: World) -> World:
    world.configure(PAGE, KABUL)
    world.site.pages["/"] = link("/feed")
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")), etag='"a"')
    assert world.round().failed == {}
    assert asked(world) == ["/", "/feed"]
    return world


def test_its_feed_is_looked_for_once_and_remembered(paper: World) -> None:
    assert paper.titles("kabul") == ["Kabul calls"]
    paper.round()
    (only,) = paper.site.asked
    assert (only.path, only.headers["if-none-match"]) == ("/feed", '"a"')
    paper.restart()
    paper.site.asked.clear()
    paper.round()
    assert asked(paper) == ["/feed"], "also after a restart"


@pytest.mark.parametrize(
    "loss", [Page(b"", 404), Page(b"", 410), Page(b"<html>Sold!", headers=HTML)], ids="nsp"
)
def test_a_feed_that_is_lost_three_times_in_a_row_is_looked_for_again(paper: World, loss: Page) -> None:
    before = paper.site.pages["/feed"]
    paper.site.pages["/feed"] = loss
    paper.site.pages["/"] = link("/elsewhere")
    paper.site.pages["/elsewhere"] = Page(
        rss(item("1", "Kabul calls", content="x"), item("2", "Kabul answers", content="y"))
    )
    paper.round()
    paper.round()
    paper.site.pages["/feed"] = before
    paper.round()
    paper.site.pages["/feed"] = loss
    paper.round()
    paper.round()
    paper.restart()
    assert list(paper.round().failed) == ["paper"]
    assert set(asked(paper)) == {"/feed"}, "twice in a row, and once more, are not three times"
    assert paper.round().failed == {}
    assert asked(paper) == ["/", "/elsewhere"]
    assert paper.titles("kabul") == ["Kabul answers", "Kabul calls"], (
        "an article is the same wherever the feed is"
    )
    paper.round()
    assert asked(paper) == ["/elsewhere"]


def test_a_server_in_trouble_is_no_loss(paper: World) -> None:
    paper.site.pages["/feed"] = Page(b"", 503)
    for _ in range(4):
        assert list(paper.round().failed) == ["paper"]
    assert set(asked(paper)) == {"/feed"}


def test_a_page_without_a_feed_fails_as_any_source(world: World) -> None:
    world.configure(PAGE, KABUL)
    world.site.pages["/"] = Page(b"<html>words", headers=HTML)
    assert "names no feed" in world.round().failed["paper"]
    assert len(asked(world)) == 3
    world.configure(PAGE.replace(f", {PRIVATE}", ""), KABUL)
    world.restart()
    assert "allow_private" in world.round().failed["paper"]
    assert asked(world) == []


def test_a_page_that_becomes_a_feed_is_asked_without_the_old_validators(paper: World) -> None:
    paper.configure(PAGE.replace("{page:", "{feed:"), KABUL)
    paper.site.pages["/"] = Page(rss(item("3", "Kabul again", content="z")))
    paper.bureau.config.reload()
    assert paper.round().failed == {}
    (only,) = paper.site.asked
    assert (only.path, only.conditional) == ("/", False)


def test_a_page_that_is_said_to_be_a_feed_from_now_on_is_asked_as_one(paper: World) -> None:
    paper.site.pages["/"] = Page(rss(item("1", "Kabul calls", content="x")), etag='"b"')
    asked(paper)
    paper.restart()
    paper.configure(PAGE.replace("page:", "feed:"), KABUL)
    paper.round()
    paper.round()
    assert asked(paper) == ["/", "/"]
    assert paper.bureau.ledger.accounts()[0].status == "unchanged", "and its validators are its own"


def test_a_page_that_asks_to_be_left_alone_is(world: World) -> None:
    world.configure(PAGE, KABUL)
    world.site.pages["/"] = Page(b"", 429, {"Retry-After": "86400"})
    world.round()
    (account,) = world.bureau.ledger.accounts()
    assert account.due is not None
    assert (account.due - world.clock.now()).total_seconds() > 80_000
