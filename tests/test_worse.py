"""A worse answer never replaces a good text: error pages, walls, teasers, another source's cut."""

from typing import Any

import pytest

from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

GOOD = lorem("good", 300)
ERROR = (
    "Sorry, the page you are looking for cannot be found. It may have been moved or deleted. Please check "
    "the address, go back to the front page, or use the search at the top of this page to find what you need. "
    "If you think that this is a mistake on our side, write to us and name the address that brought you here."
)
WALL = (
    "We value your privacy. We and our partners store and access information on a device, such as cookies, and "
    "process personal data. With your permission we may use precise geolocation data. You may click to consent "
    "to our processing as described above, or change your choices before you consent or refuse. Read more."
)


def page(text: str, status: int = 200, kind: str = "text/html") -> Page:
    paragraphs = "".join(f"<p>{part}.</p>" for part in text.split(". "))
    body = f"<html><head><title>T</title></head><body><article>{paragraphs}</article></body></html>"
    return Page(body.encode(), status, headers={"Content-Type": kind})


def entry(world: World, summary: str, **parts: str) -> Page:
    link = {"link": f"{world.site.url}/story"}
    return Page(rss(item("g", parts.pop("title", "The title"), description=summary, **link, **parts)))


@pytest.fixture
def paged(world: World) -> World:
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, pages: always, {PRIVATE}}}")
    world.site.pages["/feed"] = entry(world, "The first lines.")
    world.site.pages["/story"] = page(GOOD)
    world.round()
    assert text(world) == GOOD + "."
    return world


def text(world: World) -> str:
    (card,) = world.bureau.archive.newest(10)
    return world.bureau.archive.get(card.id).content_text


@pytest.mark.parametrize(
    "answer",
    [
        page(ERROR),
        page(WALL),
        page(ERROR, 404),
        page("gone", 410),
        page("x", 503),
        page(GOOD, kind="application/pdf"),
        Page(b"", headers={"Content-Type": "text/html"}),
        page(" ".join(GOOD.split()[:30]) + " \u2026 Read more"),
    ],
    ids=["error-as-200", "wall", "404", "410", "503", "no-page", "empty", "teaser"],
)
def test_a_worse_answer_is_no_revision_and_the_next_good_one_is(paged: World, answer: Page) -> None:
    paged.site.pages["/feed"] = entry(paged, "The first lines, edited.")
    paged.site.pages["/story"] = answer
    paged.round()
    assert text(paged) == GOOD + "."
    paged.site.pages["/feed"] = entry(paged, "The first lines, edited again.")
    paged.site.pages["/story"] = page(GOOD + ". And one more sentence of it")
    paged.round()
    assert text(paged).endswith("And one more sentence of it.")


def test_a_shorter_edition_of_the_same_text_is_a_revision(paged: World) -> None:
    paged.site.pages["/feed"] = entry(paged, "The first lines, edited.")
    paged.site.pages["/story"] = page(" ".join(GOOD.split()[:200]))
    paged.round()
    assert len(text(paged).split()) == 200, "its publisher cut it; what it was is revision 1"


def test_a_wall_before_a_short_article_is_no_revision(paged: World) -> None:
    paged.site.pages["/feed"] = entry(paged, "The first lines, edited.")
    paged.site.pages["/story"] = page(lorem("wall", 290))
    paged.round()
    assert text(paged) == GOOD + "."


def test_what_its_publisher_says_in_the_feed_itself_counts(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}")
    world.site.pages["/feed"] = entry(world, "", content=f"<p>{GOOD}</p>")
    world.round()
    world.site.pages["/feed"] = entry(world, "", content="<p>This article was retracted by its authors.</p>")
    world.round()
    assert text(world) == "This article was retracted by its authors."


def test_another_source_never_replaces_but_by_more_of_the_text(world: World) -> None:
    def feeds(**texts: Any) -> None:
        for name, (body, tag) in texts.items():
            one = item(f"{name}-1", "The title", link="https://site.example/story", **{tag: f"<p>{body}</p>"})
            world.site.pages[f"/{name}"] = Page(rss(one))

    world.configure(
        "\n".join(
            f"  - {{feed: '{{site}}/{name}', name: {name}, pages: never, {PRIVATE}}}"
            for name in ("one", "two")
        )
    )
    teaser = " ".join(GOOD.split()[:30])
    feeds(one=(teaser, "description"))
    world.site.pages["/two"] = Page(rss())
    world.round()
    feeds(two=(GOOD, "content"))
    world.round()
    assert text(world) == GOOD, "more of the text"
    feeds(two=(" ".join(GOOD.split()[:200]), "content"))
    world.round()
    assert text(world) == GOOD, "no more than before"
    feeds(one=(teaser + " x", "description"))
    world.round()
    assert text(world) == GOOD, "nor by the first source's own teaser"
