"""`history: true`: a feed's older documents are kept, one a turn, and reach no reader by themselves."""

import itertools
import json
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from feeds.curate.lines import Hold, publication
from feeds.editing.desk import carry_out
from feeds.schedule import walks
from feeds.schedule.states import Walk
from feeds.workers.pool import Limits
from tests.builders import item, lorem
from tests.site import Asked, Page, Site
from tests.test_page_rounds import html, kept
from tests.world import PRIVATE, World

SOURCES = f"  - {{feed: '{{site}}/%s', name: paper, pages: never, every: 1d, history: true, {PRIVATE}}}"
TOPIC = "  all: {title: All, query: post*}"


def rss(base: str, names: list[str], earlier: str | None, when: datetime) -> bytes:
    link = f'<atom:link rel="prev-archive" href="{earlier}"/>' if earlier else ""
    items = "".join(
        item(
            name, f"post {name}", date=format_datetime(when), content=lorem(name, 30), link=f"{base}/a/{name}"
        )
        for name in names
    )
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>A</title>'
        f"<link>{base}</link><description>d</description>{link}{items}</channel></rss>"
    ).encode()


def atom(base: str, names: list[str], earlier: str | None, when: datetime) -> bytes:
    link = f'<link rel="prev-archive" href="{earlier}"/>' if earlier else ""
    items = "".join(
        f"<entry><id>tag:{name}</id><title>post {name}</title><link href='{base}/a/{name}'/>"
        f"<updated>{when.isoformat()}</updated><published>{when.isoformat()}</published>"
        f"<content type='text'>{lorem(name, 30)}</content></entry>"
        for name in names
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:feed</id><title>A</title>'
        f"<updated>{when.isoformat()}</updated>{link}{items}</feed>"
    ).encode()


def paged(base: str, names: list[str], earlier: str | None, when: datetime) -> bytes:
    """A feed in pages, as Blogger has it."""
    return rss(base, names, earlier, when).replace(b'rel="prev-archive"', b'rel="next"')


def json_feed(base: str, names: list[str], earlier: str | None, when: datetime) -> bytes:
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A",
        "items": [
            {"id": name, "title": f"post {name}", "content_text": lorem(name, 30), "url": f"{base}/a/{name}",
             "date_published": when.isoformat()}
            for name in names
        ],
    }  # fmt: skip
    return json.dumps(found | ({"next_url": earlier} if earlier else {})).encode()


def chained(world: World, pages: int = 4, kind=rss, relative: bool = False) -> None:  # type: ignore[no-untyped-def]
    """A feed with so many older documents behind it, three posts each."""
    base = world.site.url
    for number in range(pages + 1):
        path = "feed" if number == 0 else f"old/{number}"
        names = [f"{number}x{n}" for n in range(3)]
        before = f"{'' if relative else base}/old/{number + 1}" if number < pages else None
        when = world.clock.now() - timedelta(days=30 * number)
        world.site.pages[f"/{path}"] = Page(kind(base, names, before, when), etag=f'"{number}"')


def walk_of(world: World) -> Walk | None:
    ((_, state),) = world.bureau.sources.values()
    return state.walk


def turns(world: World, most: int = 40) -> Walk:
    """Let turns pass until the walk is over."""
    for _ in range(most):
        world.clock.advance(seconds=3)
        carry_out(world.bureau, {"do": "once"})
        walk = walk_of(world)
        if walk is not None and walk.over is not None:
            return walk
    raise AssertionError(walk_of(world))


@pytest.mark.parametrize("kind", [rss, atom, paged, json_feed])
@pytest.mark.parametrize("relative", [False, True])
def test_all_older_documents_are_kept_and_reach_no_reader(
    world: World, kind, relative: bool, caplog: pytest.LogCaptureFixture
) -> None:  # type: ignore[no-untyped-def]
    chained(world, kind=kind, relative=relative)
    world.configure(SOURCES % "feed", TOPIC)
    with caplog.at_level("INFO", "newsweir"):
        world.round()
        assert len(world.kept()) == 3, "the first poll is the feed's own"
        walk = turns(world)
    assert (walk.pages, walk.articles, walk.over, walk.next) == (4, 12, "complete", None)
    assert len(world.kept()) == 15
    assert len(world.titles("all")) == 3
    lines = [publication(line.body) for line in world.bureau.archive.publications.since(0, 1000)]
    assert {one.reason for one in lines if isinstance(one, Hold)} == {"history"}
    paths = [asked.path for asked in world.site.asked]
    assert [path for path in paths if path.startswith("/old")] == [f"/old/{n}" for n in range(1, 5)], (
        "each once"
    )
    assert paths.count("/feed") == 1, "what is not due is not asked again for its past's sake"
    told = [one for one in caplog.messages if one.startswith("walked ")]
    assert len(told) == 5
    assert told[-1] == "walked source=paper documents=4 articles=12 over=complete"
    carry_out(world.bureau, {"do": "release", "article": "paper"})
    assert len(world.titles("all")) == 15


def test_one_document_is_one_turn_and_others_are_polled_between(world: World) -> None:
    chained(world, 5)
    other = f"  - {{feed: '{{site}}/other', name: other, pages: never, every: 2s, {PRIVATE}}}"
    world.site.pages["/other"] = Page(rss(world.site.url, ["z"], None, world.clock.now()))
    world.configure(SOURCES % "feed" + "\n" + other, TOPIC)
    world.round()
    for _ in range(5):
        world.clock.advance(seconds=3)
        carry_out(world.bureau, {"do": "once"})
    paths = [asked.path for asked in world.site.asked if asked.path != "/feed"]
    olds = [at for at, path in enumerate(paths) if path.startswith("/old")]
    assert len(olds) == 5
    assert all("/other" in paths[a:b] for a, b in itertools.pairwise(olds))


def test_a_reader_that_was_ended_ends_no_walk(world: World) -> None:
    chained(world, 2)
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    world.bureau.workers._limits = Limits(wall=timedelta(0))
    world.clock.advance(seconds=3)
    carry_out(world.bureau, {"do": "once"})
    walk = walk_of(world)
    assert walk is not None
    assert (walk.pages, walk.over) == (0, None), "a busy machine may have been at fault"
    world.bureau.workers._limits = Limits()
    world.clock.advance(hours=1)
    assert turns(world).over == "complete"


def test_a_walk_goes_on_where_it_was_after_a_stop_and_a_lost_index(world: World) -> None:
    chained(world, 4)
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    for _ in range(2):
        world.clock.advance(seconds=3)
        carry_out(world.bureau, {"do": "once"})
    reached = walk_of(world)
    assert reached is not None
    assert reached.pages == 2
    world.restart()
    for path in (world.data / "index").glob("ledger*"):
        path.unlink()
    assert walk_of(world) == reached
    world.clock.advance(days=2)
    assert turns(world).articles == 12
    assert [asked.path for asked in world.site.asked].count("/old/1") == 1
    world.round(hours=48)
    world.round(hours=48)
    assert [asked.path for asked in world.site.asked].count("/old/1") == 1, "once is for ever"


@pytest.mark.parametrize("status", [404, 410])
def test_a_document_that_is_no_more_ends_the_walk(world: World, status: int) -> None:
    chained(world, 4)
    world.site.pages["/old/3"] = Page(b"no", status)
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    walk = turns(world)
    assert (walk.pages, walk.articles) == (2, 6)
    assert walk.over is not None
    assert walk.over.startswith(f"ended at {world.site.url}/old/3, which answered {status}")


def test_a_document_that_is_no_feed_ends_the_walk(world: World) -> None:
    chained(world, 2)
    world.site.pages["/old/2"] = Page(b"<!doctype html><title>x</title><p>not here")
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    assert "web page" in str(turns(world).over)


def test_a_server_that_is_down_is_asked_again_and_in_the_end_no_more(world: World) -> None:
    chained(world, 2)
    down = Page(b"", 503)
    there = world.site.pages["/old/1"]
    world.site.pages["/old/1"] = down
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    world.round(hours=1)
    walk = walk_of(world)
    assert walk is not None
    assert (walk.pages, walk.over) == (0, None)
    world.site.pages["/old/1"] = there
    world.round(hours=3)
    walk = walk_of(world)
    assert walk is not None
    assert walk.pages == 1
    world.site.pages["/old/2"] = down
    for _ in range(walks.MOST_FAILURES):
        world.round(hours=100)
    assert "given up" in str(turns(world, 1).over)


def test_a_day_without_its_server_ends_no_walk(world: World) -> None:
    chained(world, 2)
    there, down = dict(world.site.pages), Page(b"", 503)
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    world.site.pages.update({"/old/1": down, "/old/2": down})
    for _ in range(24 * 12):
        world.clock.advance(minutes=5)
        carry_out(world.bureau, {"do": "once"})
    assert len(world.site.asked_for("/old/1")) < 12, "with longer and longer waits"
    world.site.pages.update(there)
    world.clock.advance(days=1)
    assert turns(world).over == "complete"


@pytest.mark.parametrize("where", ["/old/1", "/old/2", "/old/4", "/feed"])
def test_a_circle_is_noticed(world: World, where: str) -> None:
    chained(world, 4)
    base = world.site.url
    world.site.pages["/old/4"] = Page(rss(base, ["last"], base + where, world.clock.now()))
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    walk = turns(world)
    assert "circle" in str(walk.over)
    assert walk.articles == 10


def test_another_host_is_asked_only_where_the_feed_redirects_to_it(world: World) -> None:
    chained(world, 1)
    elsewhere = world.site.url.replace("127.0.0.1", "localhost")
    world.site.pages["/feed"] = Page(rss(world.site.url, ["a"], f"{elsewhere}/old/1", world.clock.now()))
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    walk = walk_of(world)
    assert walk is not None
    assert walk.over == f"ended at {elsewhere}/old/1: that is another host"
    assert world.site.asked_for("/old/1") == []


def test_a_host_that_the_feed_redirects_to_is_its_own(world: World) -> None:
    base, now = world.site.url, world.clock.now()
    other = Site(world.clock, "127.0.0.2")
    try:
        elsewhere = other.url
        world.site.pages["/feed"] = Page(b"", 302, {"Location": f"{elsewhere}/feed"})
        other.pages["/feed"] = Page(rss(base, ["a"], f"{elsewhere}/old/1", now))
        other.pages["/old/1"] = Page(rss(base, ["b"], None, now))
        world.configure(SOURCES % "feed", TOPIC)
        world.round()
        assert turns(world).articles == 1
    finally:
        other.__exit__()


def test_what_is_known_is_no_older_for_what_an_older_document_says(world: World) -> None:
    """An archived document shows posts as they were: that is no correction of ours."""
    base, now = world.site.url, world.clock.now()
    world.site.pages["/feed"] = Page(rss(base, ["1"], f"{base}/old", now))
    world.site.pages["/old"] = Page(rss(base, ["1", "2"], None, now).replace(b"10 ", b"as it was "))
    world.configure(SOURCES % "feed", TOPIC)
    world.round()
    assert turns(world).articles == 1
    assert {card.rev for card in world.bureau.archive.newest(10)} == {1}


def test_without_history_no_older_document_is_asked_for_until_the_owner_wants_it(world: World) -> None:
    chained(world, 2)
    world.configure((SOURCES % "feed").replace("history: true, ", ""), TOPIC)
    world.round()
    world.round()
    assert {asked.path for asked in world.site.asked} == {"/feed"}
    world.configure(SOURCES % "feed", TOPIC)
    world.bureau.config.reload()
    world.round(hours=48)
    assert turns(world).articles == 6, "its document has not changed, and leads there all the same"


def test_no_walk_is_endless(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    base, now = world.site.url, world.clock.now()

    def page(asked: Asked) -> Page:
        number = int(asked.path.rpartition("/")[2] or 0)
        return Page(rss(base, [f"{number}"], f"{base}/p/{number + 1}", now))

    for number in range(30):
        world.site.pages[f"/p/{number}"] = page
    monkeypatch.setattr(walks, "MOST", 12)
    world.configure(SOURCES % "p/0", TOPIC)
    world.round()
    walk = turns(world)
    assert (walk.pages, walk.over) == (12, "ended behind 12 documents: no source is walked further")


@pytest.mark.parametrize("down", ["in passing", "for good"])
def test_pages_that_were_missed_on_the_way_are_asked_for_once_more_in_the_end(
    world: World, down: str
) -> None:
    base = world.site.url
    chained(world, pages=3)
    thin = item(
        "thin", "post thin", description="Words.", link=f"{base}/thin", date="01 Oct 2020 10:00:00 GMT"
    )
    page = world.site.pages["/old/1"]
    assert isinstance(page, Page)
    page.body = page.body.replace(b"<item>", thin.encode() + b"<item>", 1)
    world.site.pages["/thin"] = Page(b"busy", 503)
    for n in range(3):
        world.site.pages[f"/a/1x{n}"] = Page(b"", 404)
    world.configure(
        SOURCES.replace("never", "auto") % "feed", '  all: {title: All, query: "post* OR bridge1"}'
    )
    world.round()
    for _ in range(4):
        world.clock.advance(seconds=3)
        carry_out(world.bureau, {"do": "once"})
    assert "/old/3" in [asked.path for asked in world.site.asked], "it holds up nothing"
    walk = walk_of(world)
    assert walk is not None
    assert (walk.pages, walk.next, walk.end, walk.over) == (3, f"{base}/old/1", "complete", None)
    world.restart()
    if down == "in passing":
        world.site.pages["/thin"] = html(f"<p>{lorem('bridge', 90)}.</p>", "post thin")
    before = len(world.site.asked)
    carry_out(world.bureau, {"do": "once"})
    assert len(world.site.asked) == before, "what fails in passing has time to pass"
    world.clock.advance(minutes=11)
    carry_out(world.bureau, {"do": "once"})
    assert [asked.path for asked in world.site.asked[before:]] == ["/old/1", "/thin"], "and no other page"
    walk = walk_of(world)
    assert walk is not None
    assert (walk.pages, walk.articles, walk.over) == (3, 10 + (down == "in passing"), "complete")
    assert len(world.titles("all")) == 3, "all of it is held"
    carry_out(world.bureau, {"do": "release", "article": "paper"})
    assert len(world.titles("all")) == 13
    (found,) = [one for one in kept(world) if one.title == "post thin"]
    assert ("bridge1 " in found.content_text) == (down == "in passing")
