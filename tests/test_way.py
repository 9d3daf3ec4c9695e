"""The whole way of an article: from a source to what a reader is told."""

import gzip
import json
import random
from datetime import timedelta

import pytest

from archive import ReadOnly, faults
from feeds.cli.editing import outcome
from feeds.editing.desk import carry_out
from feeds.errors import CommandError
from feeds.net import Answer, Ask, Door, Gate
from feeds.rounds import one_round
from tests.builders import item, lorem, rss
from tests.site import Asked, Page
from tests.world import PRIVATE, World, tree

FEED = f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}"
KABUL = "  kabul: {title: Kabul, query: kabul}"


def test_an_entry_that_matches_is_kept_and_published_in_all_formats(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(
        rss(item("1", "Kabul calls", content="<p>Envoys met.</p>"), item("2", "Other", content="x"))
    )
    tally = world.round()
    assert (tally.polled, tally.news, tally.failed) == (1, 2, {})
    assert world.kept() == ["Other", "Kabul calls"]
    assert world.titles("kabul") == ["Kabul calls"]
    for name in ("rss.xml", "atom.xml", "index.html"):
        assert b"Kabul calls" in world.file(f"kabul/{name}")
    assert b"Kabul" in world.file("index.html")
    assert b"kabul/rss.xml" in world.file("opml.xml")


def test_a_second_round_asks_conditionally_and_changes_nothing(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")), etag='W/"odd tag"')
    world.round()
    before = tree(world.data / "archive"), tree(world.data / "feeds")
    world.round()
    asked = world.site.asked_for("/feed")
    assert len(asked) == 2
    assert asked[1].headers["if-none-match"] == 'W/"odd tag"'
    assert (tree(world.data / "archive"), tree(world.data / "feeds")) == before


def test_a_correction_reaches_readers_without_a_second_item(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content=lorem("a"))))
    world.round()
    first = json.loads(world.file("kabul/feed.json"))["items"]
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls again", content=lorem("a") + " corrected")))
    world.round()
    second = json.loads(world.file("kabul/feed.json"))["items"]
    assert [one["title"] for one in second] == ["Kabul calls again"]
    assert second[0]["id"] == first[0]["id"]
    assert second[0]["_newsweir"]["rev"] == 2
    assert second[0]["_newsweir"]["updated"] == first[0]["_newsweir"]["updated"], (
        "silent: nothing flags it as new"
    )


def test_a_correction_that_matches_no_more_still_reaches_readers(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content=lorem("a"))))
    world.round()
    world.site.pages["/feed"] = Page(rss(item("1", "The capital calls", content=lorem("a"))))
    world.round()
    assert world.titles("kabul") == ["The capital calls"]


def test_one_broken_source_stops_no_other(world: World) -> None:
    world.configure(
        "\n".join(
            f"  - {{feed: '{{site}}/{name}', name: {name}, pages: never, {PRIVATE}}}"
            for name in ("good", "missing", "page", "empty", "cut", "huge")
        ),
        KABUL,
    )
    pages = world.site.pages
    pages["/good"] = Page(rss(item("1", "Kabul calls", content="x")))
    pages["/page"] = Page(
        b"<!doctype html><html><body>Welcome</body></html>", headers={"Content-Type": "text/html"}
    )
    pages["/empty"] = Page(b"")
    pages["/cut"] = Page(rss(item("1", "Kabul whole", content="y"), item("2", "never ends"))[:-60])
    tally = world.round()
    assert set(tally.failed) == {"missing", "page", "empty", "huge"}
    assert "404" in tally.failed["missing"]
    assert "web page, not a feed" in tally.failed["page"]
    assert "nothing at all" in tally.failed["empty"]
    assert set(world.titles("kabul")) == {"Kabul calls", "Kabul whole"}


def test_a_wait_asked_for_under_a_clock_a_year_ahead_is_not_sat_out(world: World) -> None:
    world.configure(FEED)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.round()
    world.restart()
    world.clock.jump(days=365)
    world.site.pages["/feed"] = Page(b"", 429, {"Retry-After": "3600"})
    world.round()
    world.restart()
    world.clock.jump(days=-365)
    asked = len(world.site.asked)
    for _ in range(8):
        world.clock.advance(hours=6)
        one_round(world.bureau)
    assert len(world.site.asked) > asked


@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("then", ["look", "tick"])
def test_a_file_that_could_not_be_put_is_put_later(world: World, number: int, then: str) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.round()
    world.site.pages["/feed"] = Page(
        rss(item("1", "Kabul calls again", content="x y"), item("2", "Kabul answers", content="y"))
    )
    faults.plan(f"shelf.swap:{number}:enospc")
    with pytest.raises(ReadOnly, match="No space left"):
        world.round()
    faults.plan("")
    if then == "tick":
        world.site.pages["/feed"] = Page(rss(item("3", "Kabul rests", content="z")))
        world.round()
    assert world.bureau.look_after() == (then == "look")
    assert world.titles("kabul")[-2:] == ["Kabul answers", "Kabul calls again"]
    now = tree(world.data / "feeds")
    world.bureau.forget()
    world.bureau.look_after()
    assert tree(world.data / "feeds") == now


@pytest.mark.parametrize("journal", ["articles", "blobs", "state", "publications"])
def test_a_round_that_cannot_be_written_ends_and_the_next_look_mends_it(world: World, journal: str) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")), etag='"1"')
    world.publish()
    faults.plan(f"{journal}.fdatasync:1:enospc")
    with pytest.raises(ReadOnly):
        world.round()
    faults.plan("")
    assert not world.bureau.writable
    assert world.bureau.look_after()
    assert world.bureau.writable
    world.round()
    world.round()
    assert world.kept() == world.titles("kabul") == ["Kabul calls"]
    assert world.site.asked_for("/feed")[-1].headers["if-none-match"] == '"1"'


def test_a_command_whose_decision_cannot_be_written_is_told_and_can_be_given_again(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.round()
    withdraw = {"do": "withdraw", "article": world.bureau.archive.newest(1)[0].id}
    faults.plan("decisions.fdatasync:1:enospc")  # Told as not done: so it is not done.
    with pytest.raises(CommandError, match="No space left"):
        carry_out(world.bureau, withdraw)
    faults.plan("")
    with pytest.raises(CommandError, match="open it anew"):
        carry_out(world.bureau, withdraw)
    assert world.bureau.look_after()
    carry_out(world.bureau, withdraw)
    assert world.titles("kabul") == []


def test_what_an_editor_decides_while_the_clock_is_doubtful_is_noted(world: World) -> None:
    world.configure(FEED, KABUL)
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.round()
    (kept,) = world.bureau.archive.newest(1)
    world.clock.jump(days=3)
    done = carry_out(world.bureau, {"do": "withdraw", "article": kept.id})
    assert done["waiting"] == "the clock is doubtful"
    assert outcome(done, "withdrawn").startswith("noted; it takes effect when the clock is trusted")
    assert world.titles("kabul") == ["Kabul calls"]
    world.clock.jump(days=-3)
    world.publish()
    assert world.titles("kabul") == []
    assert outcome({}, "withdrawn") == "withdrawn"


def test_a_mended_address_is_asked_at_the_next_start(world: World) -> None:
    source = f"name: paper, pages: never, every: 30m, {PRIVATE}"
    world.configure(f"  - {{feed: '{{site}}/wrong', {source}}}", KABUL)
    for _ in range(4):
        world.round()
    world.restart()
    world.site.pages["/right"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.configure(f"  - {{feed: '{{site}}/right', {source}}}", KABUL)
    assert one_round(world.bureau).news == 1
    world.restart()
    world.clock.advance(minutes=2)
    world.configure(f"  - {{feed: '{{site}}/right', {source.replace('30m', '1m')}}}", KABUL)
    assert one_round(world.bureau).polled == 1, "a shorter interval counts from the last poll"


def test_a_feed_that_breaks_off_is_asked_for_again_in_whole(world: World) -> None:
    world.configure(FEED, KABUL)
    words = random.Random(1)
    items = [item(f"g{n}", f"Kabul {n}", description=f"{words.random()} " * 20) for n in range(40)]
    packed = gzip.compress(rss(*items))
    headers = {"Content-Encoding": "gzip"}
    world.site.pages["/feed"] = Page(packed[: len(packed) // 2], headers=headers, etag='"a"')
    world.round()
    assert 0 < len(world.kept()) < 40
    world.site.pages["/feed"] = Page(packed, headers=headers, etag='"a"')
    world.round()
    assert [one.conditional for one in world.site.asked_for("/feed")] == [False, False]
    assert len(world.kept()) == 40


class OddDoor(Door):
    """A door with a bug of its own, met at one address."""

    def get(self, ask: Ask) -> Answer:
        if ask.url.endswith("/odd"):
            raise KeyError("a bug")
        return super().get(ask)


def test_a_bug_met_in_one_source_is_told_and_stops_no_other(world: World) -> None:
    world.door = OddDoor("test", gate=Gate(0.0))
    world.configure(
        "\n".join(
            f"  - {{feed: '{{site}}/{name}', name: {name}, pages: never, {PRIVATE}}}"
            for name in ("odd", "good")
        ),
        KABUL,
    )
    world.site.pages["/good"] = Page(rss(item("1", "Kabul calls", content="x")))
    tally = world.round()
    assert set(tally.failed) == {"odd"}
    assert "met a fault of newsweir: KeyError at test_way.py" in tally.failed["odd"]
    assert world.titles("kabul") == ["Kabul calls"]
    accounts = {account.name: account for account in world.bureau.ledger.accounts()}
    assert (accounts["odd"].status, accounts["odd"].failures) == ("failed", 1)


def test_a_page_that_is_nested_without_end_costs_only_its_own_text(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, {PRIVATE}}}", KABUL)
    url = world.site.url
    world.site.pages["/feed"] = Page(rss(*(item(str(n), f"Kabul {n}", link=f"{url}/p{n}") for n in range(3))))
    deep = b"<html><script type='application/ld+json'>" + b"[" * 5000 + b"</script></html>"
    world.site.pages["/p1"] = Page(deep, headers={"Content-Type": "text/html"})
    assert world.round().failed == {}
    assert set(world.titles("kabul")) == {"Kabul 0", "Kabul 1", "Kabul 2"}


def test_a_feed_whose_pages_take_long_is_read_in_several_polls(world: World) -> None:
    """One poll stays within its lease; what was read is kept, what is left comes next, nothing is lost."""
    url, count = world.site.url, 40
    thin = [item(f"g{n}", f"Kabul {n}", link=f"{url}/p{n}") for n in range(count)]
    world.site.pages["/feed"] = Page(rss(*reversed(thin)), etag='"a"')
    text = b"<p>Some long words of an article that is here to be read by all who come. </p>" * 9

    def slow(_: Asked) -> Page:
        world.clock.advance(seconds=10)
        body = b"<html><body><article>" + text + b"</article></body></html>"
        return Page(body, headers={"Content-Type": "text/html"})

    world.site.pages |= {f"/p{n}": slow for n in range(count)}
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, {PRIVATE}}}", KABUL)
    began = world.clock.now()
    world.round()
    first = world.kept()
    assert first == [f"Kabul {n}" for n in range(len(first))]
    assert 20 <= len(first) <= 30
    assert world.clock.now() - began < timedelta(hours=1) + world.bureau.lease()
    (account,) = world.bureau.ledger.accounts()
    assert account.due == world.clock.now() + timedelta(minutes=1)
    assert account.why == f"{count - len(first)} entries of its last document are left"
    world.round()
    assert world.kept() == [f"Kabul {n}" for n in range(count)]
    world.round()
    assert [one.conditional for one in world.site.asked_for("/feed")] == [False, False, True]
    assert len([one for one in world.site.asked if one.path.startswith("/p")]) == count


def test_a_correction_that_a_poll_did_not_come_to_is_taken_by_the_next(world: World) -> None:
    url, count, seconds = world.site.url, 40, [0]
    text = b"<p>Some long words of an article that is here to be read by all who come. </p>" * 9

    def slow(_: Asked) -> Page:
        world.clock.advance(seconds=seconds[0])
        body = b"<html><body><article>" + text + b"</article></body></html>"
        return Page(body, headers={"Content-Type": "text/html"})

    def feed(more: str) -> bytes:
        return rss(*(item(f"g{n}", f"Kabul {n}{more}", link=f"{url}/p{n}") for n in reversed(range(count))))

    world.site.pages |= {f"/p{n}": slow for n in range(count)}
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, {PRIVATE}}}", KABUL)
    world.site.pages["/feed"] = Page(feed(""), etag='"a"')
    world.round()
    assert len(world.kept()) == count
    world.site.pages["/feed"] = Page(feed(" corrected"), etag='"b"')
    seconds[0] = 10
    world.round()
    assert 0 < sum("corrected" in title for title in world.kept()) < count
    world.round()
    assert world.kept() == [f"Kabul {n} corrected" for n in range(count)]
