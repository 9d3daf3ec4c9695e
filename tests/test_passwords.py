"""A source behind a password: it opens all of its own origin, is told to nobody else and written nowhere."""

import base64
import logging

import pytest

from feeds.editing.desk import carry_out
from tests.builders import item
from tests.site import Page, Site
from tests.test_page_rounds import html, story
from tests.test_walks import TOPIC, rss
from tests.world import PRIVATE, World, tree

WORD = "Basic " + base64.b64encode(b"me:swordfish").decode()


def behind_it(site: Site) -> None:
    """Let all that the site has now be shown only to who knows the password."""

    def locked(page: Page) -> object:
        return lambda asked: page if asked.headers.get("authorization") == WORD else Page(b"no", 401)

    for path, page in list(site.pages.items()):
        assert isinstance(page, Page)
        site.pages[path] = locked(page)  # type: ignore[assignment]


def with_word(site: Site, path: str) -> str:
    return site.url.replace("://", "://me:swordfish@") + path


HOME = Page(
    b"<html><head><link rel=alternate type='application/rss+xml' href='/feed'></head><body><p>x</p></body></html>",
    headers={"Content-Type": "text/html"},
)


def test_a_password_opens_the_feed_of_a_page_its_past_and_its_articles_pages(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    base, now = world.site.url, world.clock.now()
    world.site.pages["/"] = HOME
    world.site.pages["/feed"] = Page(rss(base, ["new"], f"{base}/old", now))
    world.site.pages["/old"] = Page(rss(base, ["old"], None, now))
    for name in ("new", "old"):
        world.site.pages[f"/a/{name}"] = html(story(f"{name}x", f"{name}y"), f"post {name}")
    behind_it(world.site)
    world.configure(
        f"  - {{page: '{with_word(world.site, '/')}', pages: always, history: true, {PRIVATE}}}", TOPIC
    )
    with caplog.at_level(logging.INFO, "newsweir"):
        assert world.round().failed == {}
        for _ in range(4):
            world.clock.advance(seconds=3)
            carry_out(world.bureau, {"do": "once"})
        assert len(world.kept()) == 2
        world.site.pages["/feed"] = Page(b"", 500)
        world.round()
    assert {asked.path for asked in world.site.asked} == {"/", "/feed", "/old", "/a/new", "/a/old"}
    assert {asked.headers.get("authorization") for asked in world.site.asked} == {WORD}
    assert "swordfish" not in caplog.text
    assert not [path for path, data in tree(world.data / "feeds").items() if b"swordfish" in data]


def test_a_password_is_told_to_no_other_origin(world: World) -> None:
    with Site() as other:
        other.pages["/story"] = html(story("one"), "post")
        world.site.pages["/feed"] = Page(
            b"<rss version='2.0'><channel><title>A</title>"
            + item("1", "post", description="x", link=f"{other.url}/story").encode()
            + item("2", "post two", description="x", link=f"{world.site.url}/sent").encode()
            + b"</channel></rss>"
        )
        world.site.pages["/sent"] = Page(status=302, headers={"Location": f"{other.url}/story"})
        behind_it(world.site)
        world.configure(f"  - {{feed: '{with_word(world.site, '/feed')}', {PRIVATE}}}")
        world.round()
        assert [asked.path for asked in other.asked] == ["/story", "/story"]
        assert all("authorization" not in asked.headers for asked in other.asked)


def test_a_failure_names_no_password(world: World) -> None:
    world.site.pages["/"] = Page(b"", 503)
    world.configure(f"  - {{page: '{with_word(world.site, '/')}', name: paper, {PRIVATE}}}")
    (why,) = world.round().failed.values()
    assert "answered 503" in why
    assert "swordfish" not in why


def test_another_password_doubles_nothing(world: World) -> None:
    """Entries without an address are known by their source's key and their guids alone."""
    bare = b"".join(item(name, f"post {name}", description=f"Post {name}.").encode() for name in "abc")
    world.site.pages["/feed"] = Page(
        b"<rss version='2.0'><channel><title>A</title>" + bare + b"</channel></rss>"
    )
    source = "  - {feed: '%s', pages: never, " + PRIVATE + "}"
    world.configure(source % with_word(world.site, "/feed"), TOPIC)
    world.round()
    before = world.file("all/feed.json")
    world.configure(source % with_word(world.site, "/feed").replace("swordfish", "halibut"), TOPIC)
    world.bureau.config.reload()
    world.round()
    assert len(world.kept()) == 3
    assert world.file("all/feed.json") == before
