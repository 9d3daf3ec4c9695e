"""Articles' pages that were not to be had, or only in part: asked for again, and never the worse for it."""

import gzip

import pytest

from tests.site import Page
from tests.test_page_rounds import FEED, html, kept, show, story, thin
from tests.world import World

BUSY = Page(b"busy", 503)
TOPIC = "  all: {title: All, query: bridge*}"


def broken_off(page: Page) -> Page:
    return Page(gzip.compress(page.body)[:-60], headers={**page.headers, "Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "fault", [BUSY, Page(b"slow down", 429), broken_off(html(story("one", "two", "three")))]
)
def test_a_page_that_fails_in_passing_is_read_with_the_next_poll(world: World, fault: Page) -> None:
    world.configure(FEED, TOPIC)
    world.site.pages["/story"] = fault
    show(world, thin(world, "1", "/story"))
    world.site.pages["/feed"].etag = '"1"'
    world.round()
    assert kept(world)[0].content_text == "Bridge.", "readers need not wait for it"
    world.site.pages["/story"] = html(story("one", "two", "three"))
    world.round()
    (found,) = kept(world)
    assert "three39." in found.content_text
    assert (found.archive.rev, found.archive.cause) == (2, "reextract")
    assert len(world.titles("all")) == 1
    asked = len(world.site.asked_for("/story"))
    for _ in range(3):
        world.round()
    assert len(world.site.asked_for("/story")) == asked
    assert world.site.asked[-1].conditional, "nothing is left to be asked for"


def test_what_fails_for_a_day_is_left_for_what_it_is(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/story"] = BUSY
    show(world, thin(world, "1", "/story"))
    for _ in range(30):
        world.round(hours=3)
    asked = len(world.site.asked_for("/story"))
    assert 8 <= asked <= 17
    world.round(hours=3)
    assert len(world.site.asked_for("/story")) == asked


@pytest.mark.parametrize(
    "fault", [Page(b"", 404), Page(b"%PDF", headers={"Content-Type": "application/pdf"})]
)
def test_what_is_no_page_is_asked_for_once_and_holds_up_no_other(world: World, fault: Page) -> None:
    world.configure(FEED)
    paths = [f"/{number}" for number in range(8)]
    for number, path in enumerate(paths):
        world.site.pages[path] = fault if number > 3 else html(story("one"), f"Bridge {number}")
    show(world, *(thin(world, path, path, f"Bridge {path[1:]}") for path in paths))
    for _ in range(3):
        world.round()
    assert sorted("one39." in one.content_text for one in kept(world)) == [False] * 4 + [True] * 4
    assert all(len(world.site.asked_for(path)) == 1 for path in paths)


def test_a_host_that_is_down_is_asked_thrice_and_the_rest_another_time(world: World) -> None:
    world.configure(FEED)
    paths = [f"/{number}" for number in range(9)]
    for path in paths:
        world.site.pages[path] = BUSY
    show(world, *(thin(world, path, path, f"Bridge {path[1:]}") for path in paths))
    world.round()
    assert len(world.site.asked) == 1 + 3
    for _ in range(8):
        world.round()
    assert all(world.site.asked_for(path) for path in paths), "each has its turn"
    for path in paths:
        world.site.pages[path] = html(story("one"), f"Bridge {path[1:]}")
    world.round()
    assert all("one39." in one.content_text for one in kept(world))


def test_a_part_that_fails_takes_nothing_from_what_is_kept(world: World) -> None:
    world.configure(FEED)
    nexts = [f'<link rel="next" href="/story/{n}">' for n in (2, 3)]
    last = html(story("five"), "A bridge opens - 3")
    world.site.pages["/story"] = html(story("one", "two"), head=nexts[0])
    world.site.pages["/story/2"] = html(story("three", "four"), "A bridge opens (page 2)", nexts[1])
    world.site.pages["/story/3"] = BUSY
    show(world, thin(world, "1", "/story"))
    world.round()
    assert "four39." in kept(world)[0].content_text, "a part is more than nothing"
    world.site.pages["/story/3"] = last
    world.round()
    assert "five39." in kept(world)[0].content_text
    world.site.pages["/story/3"] = BUSY
    show(world, thin(world, "1", "/story", text="Bridge opens."))
    world.round()
    assert (kept(world)[0].archive.rev, "five39." in kept(world)[0].content_text) == (2, True)
    world.site.pages["/story"] = html(story("one", "new"), head=nexts[0])
    world.site.pages["/story/3"] = last
    world.round()
    text = kept(world)[0].content_text
    assert ("new39." in text, "five39." in text) == (True, True)


def test_a_wall_before_what_was_open_takes_nothing_from_it(world: World) -> None:
    world.configure(FEED.replace("name: paper", "name: paper, pages: always"))
    opening = "Three hundred people came to the harbour on Monday to see the new bridge."
    wall = "<p>Subscribe now to continue reading this story, and all the others that we have.</p>"
    world.site.pages["/story"] = html(f"<p>{opening}</p>" + story(*"abcdef"))
    show(world, thin(world, "1", "/story", text=opening))
    world.round()
    world.site.pages["/story"] = html(f"<p>{opening}</p>" + story(*"abcd") + wall)
    show(world, thin(world, "1", "/story", "A bridge opens in the north", opening))
    world.round()
    assert "f39." in kept(world)[0].content_text


def test_markup_that_changes_with_every_poll_has_no_page_asked_for_anew(world: World) -> None:
    """A counting picture has another address each time; what the entry says is the same."""
    world.configure(FEED)
    world.site.pages["/story"] = html(story("one", "two"))
    picture = "<img src='https://count.example/?%d'>"
    for number in range(6):
        show(world, thin(world, "1", "/story", text=f"Bridge.{picture % number}"))
        world.round()
    assert len(world.site.asked_for("/story")) == 2
    world.site.pages["/story"] = html(story("one", "three"))
    for number in range(6, 9):
        show(world, thin(world, "1", "/story", text=f"Bridge opens.{picture % number}"))
        world.round()
    assert len(world.site.asked_for("/story")) == 3
    assert "three39." in kept(world)[0].content_text
    show(world, thin(world, "1", "/story", text=f"Bridge.{picture % 0}"))
    world.round()
    assert len(world.site.asked_for("/story")) == 4, "what it said once is no longer what it says"


def test_what_is_no_news_becomes_none_by_a_page_that_comes_later(world: World) -> None:
    """Of a first document the newest is published; a page that was missed makes the others no younger."""
    world.configure(FEED.replace("name: paper", "name: paper, initial: 1"), "  one: {query: one39}")
    paths = [f"/{number}" for number in range(3)]
    for path in paths:
        world.site.pages[path] = BUSY
    entries = [thin(world, path, path, f"Bridge {path[1:]}") for path in paths]
    show(world, *entries)
    world.round()
    for path in paths:
        world.site.pages[path] = html(story("one"), f"Bridge {path[1:]}")
    world.round()
    assert all("one39." in one.content_text for one in kept(world))
    assert world.titles("one") == ["Bridge 0"]
