"""What a feed with an archive showed while nobody asked it: walked back to, published as news, and no further."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from feeds.editing.desk import carry_out
from feeds.schedule.states import Walk
from tests.builders import item, lorem
from tests.site import Asked, Page
from tests.test_page_rounds import html
from tests.test_past import told
from tests.world import PRIVATE, World

SOURCES = f"  - {{feed: '{{site}}/feed', name: paper, pages: never, every: 1d, history: true, {PRIVATE}%s}}"
TOPIC = "  all: {title: All, query: post*, limit: 1000}"
SHOWN = 3
"""Posts in the feed's document, and in each older one."""


class Blog:
    """A feed that shows its last posts, and leads back through documents that never change (RFC 5005, section 4)."""

    def __init__(self, world: World, more: str = "", path: str = "feed", *, configure: bool = True) -> None:
        self.world = world
        self.path = path
        self.posts: list[str] = []
        if configure:
            world.configure(SOURCES % more, TOPIC)

    def writes(
        self, count: int, until: datetime, every: timedelta = timedelta(days=1), name: str = "post"
    ) -> None:
        """Write so many posts more, the last of them at *until*."""
        for n in range(count):
            number = len(self.posts)
            self.posts.append(post(self, f"{number}", until - (count - 1 - n) * every, name))
        self.publish()

    def publish(self) -> None:
        """Put the documents where they are asked for."""
        whole = len(self.posts) // SHOWN
        for number in range(1, whole + 1):
            some = self.posts[(number - 1) * SHOWN : number * SHOWN]
            self._put(f"{self.path}/{number}", some, number - 1)
        self._put(self.path, self.posts[-SHOWN:], (len(self.posts) - 1) // SHOWN)

    def _put(self, path: str, posts: list[str], before: int) -> None:
        earlier = f"{self.world.site.url}/{self.path}/{before}" if before else ""
        link = f'<atom:link rel="prev-archive" href="{earlier}"/>' if earlier else ""
        body = (
            '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>A</title>'
            f"<link>{self.world.site.url}</link>{link}{''.join(reversed(posts))}</channel></rss>"
        )
        self.world.site.pages[f"/{path}"] = Page(body.encode(), etag=f'"{len(posts)}-{hash(body)}"')

    def lived(self, count: int = 7) -> None:
        """Let it be read from its beginning, with all its past."""
        self.writes(count, self.world.clock.now())
        self.world.round()
        past = turns(self.world)
        assert past.over == "complete"
        carry_out(self.world.bureau, {"do": "release", "article": "paper"})
        self.world.site.asked.clear()

    def asked(self) -> list[int]:
        """Return which of its older documents were asked for, in that order."""
        paths = [one.path.rpartition(f"/{self.path}/") for one in self.world.site.asked]
        return [int(number) for _, found, number in paths if found]


def post(blog: Blog, number: str, when: datetime, name: str = "post") -> str:
    """Return an item of a feed."""
    parts = {"content": lorem(f"{name}{number}x", 40), "link": f"{blog.world.site.url}/a/{name}{number}"}
    return item(f"{name}-{number}", f"{name} {number}", date=format_datetime(when), **parts)


def state(world: World, name: str = "paper"):  # type: ignore[no-untyped-def]
    return next(state for source, state in world.bureau.sources.values() if source.name == name)


def turns(world: World, which: str = "walk", most: int = 60) -> Walk:
    """Let turns pass until a walk is over."""
    for _ in range(most):
        walk: Walk | None = getattr(state(world), which)
        if walk is not None and walk.over is not None:
            return walk
        world.clock.advance(seconds=3)
        carry_out(world.bureau, {"do": "once"})
    raise AssertionError(state(world))


def test_what_a_month_brought_is_published_and_the_walk_stops_at_what_is_known(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    blog = Blog(world)
    blog.lived()
    world.restart()
    world.clock.advance(days=30)
    blog.writes(12, world.clock.now(), timedelta(days=2))
    with caplog.at_level("INFO", "newsweir"):
        world.round()
        assert len(world.kept()) == 10, "the feed's own document is the first"
        walk = turns(world, "gap")
    assert blog.asked() == [6, 5, 4, 3], "one after the other, and none behind what is known"
    assert (walk.pages, walk.articles, walk.over) == (4, 9, "it came to what was known")
    found = told(world)
    assert found["held"] == []
    assert sorted(found["published"]) == sorted(f"post {n}" for n in range(19))
    lines = [one for one in caplog.messages if one.startswith("walked ")]
    assert lines[-1] == 'walked source=paper documents=4 missed=9 over="it came to what was known"'
    assert not any(one.startswith("held ") for one in caplog.messages)

    # It came in a day and is dated weeks back; neither is the source's way from now on.
    now = world.clock.now()
    old = [post(blog, f"old{n}", now - timedelta(days=8 + n)) for n in range(9)]
    there = world.site.pages["/feed"]
    assert isinstance(there, Page)
    world.site.pages["/feed"] = Page(there.body.replace(b"<item>", "".join(old).encode() + b"<item>", 1))
    world.round(hours=25)
    assert len(told(world)["held"]) == 9
    assert len(blog.asked()) == 4, "and no gap"
    world.bureau.habits.catch_up(world.bureau.archive)
    (key,) = world.bureau.sources
    assert {one.arrival for one in world.bureau.habits.of(key)} == {"first", None, "missed", "flood"}


def test_it_is_remembered_before_anything_is_kept(world: World) -> None:
    """A crash between the two would leave a feed in which all is known."""
    blog = Blog(world)
    blog.lived()
    world.clock.advance(days=30)
    blog.writes(9, world.clock.now())
    world.configure((SOURCES % "").replace("pages: never", "pages: always"), TOPIC)
    world.restart()
    then: list[tuple[int, str | None]] = []

    def page(asked: Asked) -> Page:
        gap = state(world).gap
        then.append((len(world.kept()), gap.next if gap else None))
        return html(f"<p>{lorem(asked.path, 90)}.</p>", asked.path)

    for number in range(7, 16):
        world.site.pages[f"/a/post{number}"] = page
    world.round()
    assert then[0] == (7, f"{world.site.url}/feed/5")
    world.restart()
    assert turns(world, "gap").articles == 6


def test_a_document_that_reaches_what_is_known_misses_nothing(world: World) -> None:
    blog = Blog(world)
    blog.lived()
    world.clock.advance(days=2)
    blog.writes(SHOWN - 1, world.clock.now())
    world.round()
    assert state(world).gap is None
    world.clock.advance(days=3)
    blog.writes(SHOWN, world.clock.now())
    world.round()
    walk = turns(world, "gap")
    assert (walk.articles, blog.asked()) == (0, [3]), "it ends where that one begins, which nothing tells"
    blog.posts = [
        one.replace('<guid isPermaLink="false">', '<guid isPermaLink="false">new-') for one in blog.posts
    ]
    blog.posts = [one.replace("/a/post", "/moved/post") for one in blog.posts]
    blog.publish()
    world.round(hours=25)
    assert state(world).gap == walk, "a blog that moved shows what is known by title and date"


@pytest.mark.parametrize("flood", ["hold", "publish"])
def test_more_than_any_habit_would_bring_is_held(
    world: World, flood: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.arrivals.guard.FEW", 6)
    blog = Blog(world, f", flood: {flood}")
    blog.lived()
    world.clock.advance(days=1.5)
    blog.writes(17, world.clock.now(), timedelta(hours=1))
    with caplog.at_level("WARNING", "newsweir"):
        world.round()
        walk = turns(world, "gap")
    assert (walk.articles, walk.over) == (14, "it came to what was known"), "all of it is archived"
    held = 14 - 3 if flood == "hold" else 0
    assert len(told(world)["held"]) == held
    assert any("from the time it was not asked" in line for line in caplog.messages) == bool(held)


def test_who_is_away_twice_walks_back_to_where_it_was_at_first(world: World) -> None:
    blog = Blog(world)
    blog.lived()
    for days in (20, 30):
        world.restart()
        world.clock.advance(days=days)
        blog.writes(8, world.clock.now())
        world.bureau.ledger.hasten(world.clock.now(), [state(world).key])
        carry_out(world.bureau, {"do": "once"})
        assert state(world).gap.over is None
    assert turns(world, "gap").over == "it came to what was known"
    found = told(world)
    assert (len(found["published"]), found["held"]) == (23, [])


def test_a_past_that_is_still_walked_goes_on_behind_what_was_missed(world: World) -> None:
    blog = Blog(world)
    blog.writes(16, world.clock.now())
    world.round()
    reached = state(world).walk
    assert reached.over is None
    world.restart()
    world.clock.advance(days=30)
    blog.writes(8, world.clock.now())
    world.round()
    assert turns(world, "gap").over == "it came to what was known"
    assert state(world).walk.over is None, "first what was missed"
    assert turns(world).over == "complete"
    assert len(world.kept()) == 24
    assert len(told(world)["held"]) == 13, "what was its past before it was missed is its past"


def test_without_history_nothing_is_walked_back_to(world: World) -> None:
    blog = Blog(world)
    world.configure((SOURCES % "").replace("history: true, ", ""), TOPIC)
    blog.writes(6, world.clock.now())
    world.round()
    world.clock.advance(days=30)
    blog.writes(9, world.clock.now())
    world.round()
    assert (state(world).gap, blog.asked()) == (None, [])


def test_what_another_feed_of_the_site_brought_hides_no_gap(world: World) -> None:
    other = SOURCES.replace("/feed'", "/other'").replace("name: paper", "name: other") % ""
    blog, second = Blog(world, configure=False), Blog(world, path="other", configure=False)
    world.configure(f"{SOURCES % ''}\n{other}", TOPIC)
    blog.writes(6, world.clock.now())
    second.writes(6, world.clock.now(), name="else")
    world.round()
    world.clock.advance(days=30)
    for one in (blog, second):
        one.writes(9, world.clock.now())
    world.round()
    assert state(world, "other").gap is not None
    assert state(world).gap is not None


def test_a_feed_that_leads_nowhere_is_not_asked_for_all_at_each_start(world: World) -> None:
    blog = Blog(world)
    blog.writes(3, world.clock.now())
    world.round()
    assert state(world).walk == Walk(over="its feed names no older document")
    world.restart()
    world.site.asked.clear()
    world.round(hours=25)
    assert [one.conditional for one in world.site.asked] == [True]
    blog.writes(4, world.clock.now())
    world.round(hours=25)
    assert turns(world).over == "complete", "it comes to name one"
    assert blog.asked()
