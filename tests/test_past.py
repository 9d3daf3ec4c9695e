"""A source's past: what of a first document is published, what a flood is, and who decides on it."""

import shutil
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from feeds.curate import lines
from feeds.editing.desk import carry_out
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World, tree

SOURCE = f"  - {{feed: '{{site}}/feed', name: paper, pages: never, every: 30m, {PRIVATE}%s}}"
TOPIC = "  all: {title: All, query: post* OR news* OR story*, limit: 1000}"


def post(name: str, when: datetime | None = None, guid: str | None = None) -> str:
    parts = {"content": lorem(name.replace(" ", ""), 90), "link": f"https://site.example/{guid or name}"}
    if when is not None:
        parts["date"] = format_datetime(when)
    return item(guid or name, name, **parts)


def told(world: World) -> dict[str, list[str]]:
    """Titles by where they stand in the one topic, in the order they came there."""
    (rule,) = world.bureau.book.in_force()
    found: dict[str, list[str]] = {"published": [], "held": [], "dropped": []}
    items = [
        one for card in world.bureau.archive.newest(10_000) for one in world.bureau.told.of_article(card.id)
    ]
    for one in sorted(items, key=lambda one: one.n or 0):
        if one.topic == rule.topic:
            found[one.state].append(world.bureau.archive.get(one.article).title or "")
    return found


class Paper:
    """A source whose document the test writes."""

    def __init__(self, world: World, more: str = "") -> None:
        self.world = world
        world.configure(SOURCE % more, TOPIC)

    def shows(self, *items: str) -> None:
        self.world.site.pages["/feed"] = Page(rss(*items))

    def round(self, hours: float = 1) -> None:
        assert self.world.round(hours=hours).failed == {}

    def lived(self, days: int = 4, each: int = 3) -> list[str]:
        """Let it be read for some days, with a few news each; return its items, the newest first."""
        items: list[str] = []
        for day in range(days):
            now = self.world.clock.now()
            new = [post(f"news {day} {n}", now + timedelta(minutes=n)) for n in range(each)]
            items = [*reversed(new), *items][:20]
            self.shows(*items)
            self.round(24)
        return items


def test_a_first_document_is_archived_whole_and_its_newest_fifty_are_published(world: World) -> None:
    paper = Paper(world)
    start = world.clock.now()
    paper.shows(*(post(f"post {n}", start - timedelta(hours=n)) for n in range(120)))
    paper.round()
    assert len(world.kept()) == 120
    found = told(world)
    assert found["published"] == [f"post {n}" for n in range(49, -1, -1)], "oldest first"
    assert sorted(found["held"]) == sorted(f"post {n}" for n in range(50, 120))
    (rule,) = world.bureau.book.in_force()
    held = world.bureau.told.held(rule.topic)
    assert {(one.reason, one.until, one.source) for one in held} == {
        ("backlog", None, f"{world.site.url}/feed")
    }
    news = post("news", world.clock.now())
    paper.shows(news, *(post(f"post {n}", start - timedelta(hours=n)) for n in range(120)))
    paper.round()
    assert told(world)["published"][-1] == "news"


@pytest.mark.parametrize(
    ("initial", "published"),
    [("5", 5), ("0", 0), ("all", 60), ("2d", 49), ("1000", 60)],
)
def test_how_much_is_published_at_first_is_the_owners(world: World, initial: str, published: int) -> None:
    paper = Paper(world, f", initial: {initial}")
    start = world.clock.now()
    paper.shows(*(post(f"post {n}", start - timedelta(hours=n)) for n in range(60)))
    paper.round(0)
    found = told(world)
    assert (len(found["published"]), len(found["held"])) == (published, 60 - published)
    assert found["published"] == [f"post {n}" for n in range(published - 1, -1, -1)]


def test_a_document_without_entries_is_no_first_document(world: World) -> None:
    """A feed that is empty when it is added, or by a fault of its server, has its first document yet to come."""
    paper = Paper(world)
    for _ in range(2):
        paper.shows()
        paper.round()
    start = world.clock.now()
    paper.shows(*(post(f"post {n}", start - timedelta(hours=n)) for n in range(60)))
    paper.round()
    found = told(world)
    assert (len(found["published"]), len(found["held"])) == (50, 10)
    later = post("post later", world.clock.now())
    paper.shows(later, *(post(f"post {n}", start - timedelta(hours=n)) for n in range(60)))
    paper.round()
    assert told(world)["published"][-1] == "post later"


def test_notes_of_one_day_without_titles_are_no_article_known_already(world: World) -> None:
    paper = Paper(world)
    notes: list[str] = []
    for number in (1, 1, 1, 1, 3):
        day = f"{world.clock.now():%Y-%m-%d}"
        for _ in range(number):
            name = f"note{len(notes)}"
            text = f"post {lorem(name, 60)}"
            notes.insert(0, item(name, content=text, link=f"https://site.example/{name}", date=day))
        paper.shows(*notes)
        paper.round(7)
    found = told(world)
    assert (len(found["published"]), found["held"]) == (7, [])


def test_without_dates_the_top_of_a_first_document_is_its_newest(world: World) -> None:
    paper = Paper(world, ", initial: 3")
    paper.shows(*(post(f"post {n}") for n in range(10)))
    paper.round()
    assert told(world)["published"] == ["post 2", "post 1", "post 0"]


def test_a_first_document_that_takes_several_polls_is_one(world: World) -> None:
    """Its pages take long: what is left comes later, and is no flood."""
    world.configure(
        f"  - {{feed: '{{site}}/feed', name: paper, pages: always, {PRIVATE}, initial: 40}}", TOPIC
    )
    start = world.clock.now()

    def page(asked: object) -> Page:
        world.clock.advance(seconds=30)
        return Page(f"<html><body><article><p>{lorem('post', 200)}</p></article></body></html>".encode())

    site = world.site
    names = [f"post {n}" for n in range(90)]
    for n in range(90):
        site.pages[f"/{n}"] = page
    site.pages["/feed"] = Page(
        rss(
            *(
                item(name, name, link=f"{site.url}/{n}", date=format_datetime(start - timedelta(hours=n)))
                for n, name in enumerate(names)
            )
        )
    )
    world.round()
    assert world.bureau.sources[f"{site.url}/feed"][1].first
    for _ in range(20):
        world.round(hours=0.1)
        if not world.bureau.sources[f"{site.url}/feed"][1].first:
            break
    found = told(world)
    assert sorted(found["published"]) == sorted(names[:40])
    assert len(found["held"]) == 50


def test_five_hundred_old_posts_under_new_guids_reach_no_reader(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    paper = Paper(world)
    items = paper.lived()
    before = told(world)["published"]
    now = world.clock.now()
    flood = [post(f"post {n}", now - timedelta(days=n + 20), guid=f"new-{n}") for n in range(500)]
    fresh = post("news today", now)
    with caplog.at_level("WARNING", "newsweir"):
        paper.shows(fresh, *items, *flood)
        paper.round()
        paper.round()
    found = told(world)
    assert found["published"] == [*before, "news today"], "what is news all the same is published"
    assert len(found["held"]) == 500
    assert len(world.kept()) == len(before) + 501, "all of it is archived"
    (line,) = [one for one in caplog.messages if one.startswith("held ")]
    assert "source=paper count=500" in line
    assert "newsweir release" in line
    later = post("news tomorrow", world.clock.now())
    paper.shows(later, fresh, *items, *flood)
    paper.round()
    assert told(world)["published"][-1] == "news tomorrow"


def test_a_flood_dated_today_reaches_no_reader_either(world: World) -> None:
    paper = Paper(world)
    items = paper.lived()
    before = told(world)["published"]
    paper.shows(*(post(f"post {n}", world.clock.now(), guid=f"x{n}") for n in range(300)), *items)
    paper.round()
    assert told(world)["published"] == before
    assert len(told(world)["held"]) == 300


@pytest.mark.parametrize("dated", [True, False])
def test_a_blog_that_moves_with_other_guids_is_not_told_again(world: World, dated: bool) -> None:
    paper = Paper(world)
    when = world.clock.now()
    dates = [when - timedelta(days=4 * n) if dated else None for n in range(15)]
    paper.shows(*(post(f"post {n}", dates[n], guid=f"old{n}") for n in range(15)))
    paper.round()
    before = told(world)["published"]
    assert len(before) == 15
    moved = [post(f"post {n}", dates[n], guid=f"https-new-{n}") for n in range(15)]
    moved = [one.replace("</content:encoded>", f" moved{n}</content:encoded>") for n, one in enumerate(moved)]
    paper.shows(*moved)
    paper.round(48)
    found = told(world)
    assert found["published"] == before
    paper.shows(post("story new", world.clock.now() if dated else None), *moved)
    paper.round()
    assert told(world)["published"] == [*before, "story new"]


def test_the_rest_of_a_document_that_broke_off_is_news_as_its_beginning_was(world: World) -> None:
    paper = Paper(world)
    items = paper.lived()
    until = world.clock.now() + timedelta(days=10)
    new = [post(f"story {n}", until - timedelta(hours=9 * n)) for n in range(25)]
    whole = rss(*new, *items)
    begun = whole[: whole.index(b"story 6<")]
    world.site.pages["/feed"] = Page(
        begun, headers={"Content-Length": str(len(whole)), "Connection": "close"}
    )
    paper.round(24 * 10)
    before = told(world)["published"]
    assert 4 <= sum(title.startswith("story") for title in before) <= 7
    paper.shows(*new, *items)
    paper.round()
    found = told(world)
    assert found["held"] == []
    assert sum(title.startswith("story") for title in found["published"]) == 25
    old = [post(f"post {n}", world.clock.now() - timedelta(days=20 + n)) for n in range(9)]
    paper.shows(*old, *new, *items)
    paper.round()
    assert len(told(world)["held"]) == 9, "the guard sees all again"


def test_forty_news_of_an_election_night_are_published(world: World) -> None:
    paper = Paper(world)
    items = paper.lived(each=1)
    before = told(world)["published"]
    now = world.clock.now()
    burst = [post(f"story {n}", now + timedelta(seconds=40 * n)) for n in range(40)]
    paper.shows(*reversed(burst), *items)
    paper.round()
    more = [post(f"story late {n}", world.clock.now() + timedelta(seconds=n)) for n in range(40)]
    paper.shows(*reversed(more), *reversed(burst), *items)
    paper.round()
    found = told(world)
    assert len(found["published"]) == len(before) + 80
    assert found["held"] == []


def test_after_a_week_of_silence_a_weeks_news_is_no_flood(world: World) -> None:
    paper = Paper(world)
    items = paper.lived(each=10)
    now = world.clock.now()
    week = [post(f"story {n}", now + timedelta(hours=2 * n)) for n in range(84)]
    paper.shows(*reversed(week), *items)
    paper.round(24 * 8)
    assert told(world)["held"] == []


def test_one_post_from_long_ago_waits_and_one_from_last_week_does_not(world: World) -> None:
    paper = Paper(world)
    items = paper.lived()
    now = world.clock.now()
    paper.shows(
        post("post ancient", now - timedelta(days=900)), post("post late", now - timedelta(days=8)), *items
    )
    paper.round()
    found = told(world)
    assert found["held"] == ["post ancient"]
    assert found["published"][-1] == "post late"


def test_a_source_that_dates_its_news_long_ago_is_believed(world: World) -> None:
    """Its clock is wrong by years, but it is in order."""
    paper = Paper(world)
    start = world.clock.now() - timedelta(days=4000)
    items = [post(f"post {n}", start + timedelta(hours=n)) for n in range(20)]
    for n in range(10, 20):
        paper.shows(*reversed(items[:n]))
        paper.round()
    assert told(world)["held"] == []
    assert len(told(world)["published"]) == 19


def test_what_is_not_read_again_still_says_in_what_order_a_source_lists(world: World) -> None:
    """Shops and libraries list by title: what they add is dated anywhere, and is news."""
    paper = Paper(world, ", initial: all")
    start = world.clock.now()
    whole = {
        f"{place:03}": post(f"story {place}", start - timedelta(days=place * 37 % 200)) for place in range(60)
    }
    paper.shows(*whole.values())
    paper.round()
    more = {f"{p:03}b": post(f"news {p}", start - timedelta(days=p + 20)) for p in range(3, 43, 5)}
    paper.shows(*(one for _, one in sorted({**whole, **more}.items())))
    paper.round()
    assert world.bureau.workers.ways == {"new": 1, "delta": 1}
    found = told(world)
    assert (len(found["published"]), found["held"]) == (68, [])


def test_a_flood_may_be_published_where_the_owner_says_so(world: World) -> None:
    paper = Paper(world, ", flood: publish")
    items = paper.lived()
    old = world.clock.now() - timedelta(days=900)
    paper.shows(*items, *(post(f"post {n}", old) for n in range(200)))
    paper.round()
    assert told(world)["held"] == []


def flooded(world: World, count: int = 30) -> Paper:
    paper = Paper(world)
    items = paper.lived()
    now = world.clock.now()
    paper.shows(*items, *(post(f"post {n}", now - timedelta(days=100 + n)) for n in range(count)))
    paper.round()
    assert len(told(world)["held"]) == count
    return paper


def decide(world: World, do: str, name: str = "paper", topic: str | None = None) -> dict[str, object]:
    return carry_out(world.bureau, {"do": do, "article": name, "topic": topic})


def test_what_is_held_of_a_source_is_released_oldest_first_and_once(world: World) -> None:
    flooded(world)
    before = told(world)["published"]
    done = decide(world, "release")
    assert (done["held"], done["published"], done["topics"]) == (30, 30, ["all"])
    found = told(world)
    assert found["published"] == [*before, *(f"post {n}" for n in range(29, -1, -1))]
    assert found["held"] == []
    assert decide(world, "release")["held"] == 0
    assert told(world) == found
    files = tree(world.data / "feeds")
    carry_out(world.bureau, {"do": "rebuild"})
    assert tree(world.data / "feeds") == files


def test_what_is_held_of_a_source_is_let_go(world: World) -> None:
    paper = flooded(world)
    before = told(world)["published"]
    assert decide(world, "drop", f"{world.site.url}/feed")["held"] == 30
    found = told(world)
    assert (found["published"], found["held"], len(found["dropped"])) == (before, [], 30)
    assert decide(world, "drop")["held"] == 0
    carry_out(world.bureau, {"do": "backfill", "topic": "all"})
    assert told(world)["published"] == before, "what an editor let go no backfill brings"
    paper.round()
    world.configure(SOURCE % "", TOPIC + "\n  second: {title: Second, query: post* OR news*, limit: 1000}")
    world.restart()
    world.publish()
    second = next(rule for rule in world.bureau.book.in_force() if rule.slug == "second")
    assert world.bureau.told.standing(second.topic).n == len(before)


def test_a_word_on_one_topic_leaves_the_others_as_they_are(world: World) -> None:
    world.configure(SOURCE % "", TOPIC + "\n  other: {title: Other, query: post*}")
    items = [post(f"post new {n}", world.clock.now() + timedelta(hours=n)) for n in range(5)]
    world.site.pages["/feed"] = Page(rss(*items))
    world.round()
    old = [post(f"post old {n}", world.clock.now() - timedelta(days=300)) for n in range(9)]
    world.site.pages["/feed"] = Page(rss(*items, *old))
    world.round()
    assert decide(world, "release", topic="other")["topics"] == ["other"]
    rules = {rule.slug: rule.topic for rule in world.bureau.book.in_force()}
    assert len(world.bureau.told.held(rules["all"])) == 9
    assert world.bureau.told.held(rules["other"]) == []
    assert decide(world, "drop")["topics"] == ["all"]


def test_a_topic_that_is_new_takes_the_newest_and_holds_the_flood_until_it_is_decided(world: World) -> None:
    flooded(world)
    before = told(world)["published"]
    more = "\n  second: {title: Second, query: post* OR news*, limit: 1000}"
    world.configure(SOURCE % "", TOPIC + more)
    world.restart()
    world.publish()
    second = next(rule for rule in world.bureau.book.in_force() if rule.slug == "second").topic
    assert world.bureau.told.standing(second).n == len(before)
    assert len(world.bureau.told.held(second)) == 30
    decide(world, "release")
    assert world.bureau.told.standing(second).n == len(before) + 30
    world.configure(SOURCE % "", TOPIC + more + "\n  third: {title: Third, query: post* OR news*, limit: 10}")
    world.restart()
    world.publish()
    assert all(title.startswith("news") for title in world.titles("third")), "the past is older than all news"


def test_the_guard_knows_what_it_knew_when_its_index_is_gone(world: World) -> None:
    paper = Paper(world)
    items = paper.lived()
    world.restart()
    shutil.rmtree(world.data / "index")
    old = world.clock.now() - timedelta(days=900)
    paper.shows(*items, *(post(f"post {n}", old) for n in range(9)))
    paper.round()
    assert len(told(world)["held"]) == 9


def test_of_an_erased_article_the_guard_keeps_nothing(world: World) -> None:
    paper = Paper(world)
    paper.lived(days=2)
    world.bureau.habits.catch_up(world.bureau.archive)
    (key,) = world.bureau.sources
    before = world.bureau.habits.of(key)
    article = world.bureau.archive.newest(1)[0].id
    carry_out(world.bureau, {"do": "erase", "article": article, "reason": None})
    assert len(world.bureau.habits.of(key)) == len(before) - 1


def test_the_lines_of_a_flood_say_why_and_whose(world: World) -> None:
    flooded(world, 9)
    journal = world.bureau.archive.publications
    found = [lines.publication(line.body) for line in journal.since(0, 10_000)]
    holds = [one for one in found if isinstance(one, lines.Hold)]
    assert {(one.reason, one.source, one.until) for one in holds} == {
        ("flood", f"{world.site.url}/feed", None)
    }
    assert {world.bureau.archive.get(one.article).archive.arrival for one in holds} == {"flood"}
