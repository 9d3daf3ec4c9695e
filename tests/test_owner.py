"""What its owner is told of newsweir itself: once when it begins, once when it ends, in a feed of its own."""

import io
import json
import random
import shlex
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Record
from feeds.arrivals.habit import Came
from feeds.backup import _told_later, back_up
from feeds.care.erasing import carry_on
from feeds.care.noticing import Lookout, note_writing, tell
from feeds.care.upkeep import Watch
from feeds.config.advice import notes_on
from feeds.curate import lines
from feeds.editing import desk
from feeds.owner.deciding import Sheet, decide, next_at
from feeds.owner.notice import Notice, encode, notice
from feeds.owner.troubles import Over, Sight, Standing, Trouble, dead, held, moved, network, silent
from feeds.publish.operator_feed import operator_feed
from feeds.schedule.ledger import Account
from feeds.schedule.states import Remembered
from feeds.settings import Server, Settings, Site, Tcp, Topic, Unix
from feeds.times import parse
from tests.builders import START, draft, item, lorem, rss, showing
from tests.site import Page
from tests.world import PRIVATE, World, tree

FEED = "operator/feed.json"
STORE = "0190a3f2-0000-7000-8000-000000000000"


def sources(count: int) -> str:
    return "\n".join(
        f"  - {{feed: '{{site}}/{n}', name: s{n}, pages: never, every: 1h, {PRIVATE}}}" for n in range(count)
    )


def answering(world: World, *numbers: int) -> None:
    """Let these sources answer, with an entry of their own."""
    for n in numbers:
        world.site.pages[f"/{n}"] = Page(rss(item(f"g{n}", f"Kabul {n}", content=lorem(f"w{n}"))))


def failing(world: World, *numbers: int) -> None:
    for n in numbers:
        world.site.pages[f"/{n}"] = Page(b"busy", 503)


def notices(world: World) -> list[Notice]:
    """Every notice in the journal, the oldest first."""
    told = world.bureau.archive.publications.since(0, 10_000)
    return [one for line in told if (one := notice(line.body)) is not None]


def feed(world: World) -> list[dict[str, Any]]:
    return json.loads(world.file(FEED))["items"]


def rounds(world: World, count: int, hours: float = 1) -> None:
    for _ in range(count):
        world.round(hours=hours)
        tell(world.bureau)


def test_one_cable_is_one_notice_and_who_stays_dead_is_told_together(world: World) -> None:
    world.configure(sources(3), "  kabul: {query: kabul}")
    answering(world, 0, 1, 2)
    rounds(world, 1)
    assert notices(world) == []
    assert feed(world) == [], "it is there, and empty, from the first tick on"
    quiet = world.file("kabul/atom.xml")
    failing(world, 0, 1, 2)
    rounds(world, 3, 9)
    (told,) = notices(world)
    assert (told.what, told.state, told.title) == ("network", "began", "No source answers")
    assert told.since == "2026-01-05T09:00:00.000Z", "the last good answer"
    assert "newsweir try http://127.0.0.1" in told.text
    world.restart()
    rounds(world, 1)
    assert len(notices(world)) == 1, "a start tells nothing anew"

    answering(world, 0)
    rounds(world, 1)
    assert [(one.what, one.state) for one in notices(world)[1:]] == [("network", "ended"), ("dead", "began")]
    dead = notices(world)[2]
    assert dead.title == "2 sources do not answer"
    assert [one.rpartition("/")[2] for one in dead.subjects] == ["1", "2"]
    answering(world, 1)
    rounds(world, 1, 9)
    assert [one.title for one in notices(world)[3:]] == ["Answers again: s1"]
    assert world.file("kabul/atom.xml") == quiet, "no word of it in a topic's feed"

    entries = feed(world)
    assert [one["title"] for one in entries] == [one.title for one in reversed(notices(world))]
    for name in ("rss.xml", "atom.xml"):
        read = feedparser.parse(io.BytesIO(world.file(f"operator/{name}")))
        assert not read.bozo
        assert [one.id for one in read.entries] == [one["id"] for one in entries]
    assert "2 sources do not answer" in world.file("operator/index.html").decode()

    world.bureau.shelf.pack()
    before, archive = tree(world.data / "feeds"), tree(world.data / "archive")
    world.restart()
    shutil.rmtree(world.data / "index")
    shutil.rmtree(world.data / "feeds")
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert tree(world.data / "feeds") == before
    assert tree(world.data / "archive") == archive
    assert tell(world.bureau) == 0


def test_an_older_reader_passes_over_a_notice(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    answering(world, 0)
    world.round()
    failing(world, 0)
    rounds(world, 4, 8)
    (body,) = [one.body for one in world.bureau.archive.publications.since(0, 1000) if notice(one.body)]
    assert lines.publication(body) is None
    answering(world, 0)
    world.round()
    world.clock.advance(hours=1)
    world.bureau.archive.keep([showing(draft("k", "Kabul again", lorem("k")))])
    world.publish()
    assert world.titles("kabul")[0] == "Kabul again", "topics go on behind it"


def test_no_password_is_told(world: World) -> None:
    text = (
        sources(1)
        .replace("{site}", world.site.url.replace("//", "//me:geheim@"))
        .replace("/0", "/0?key=secret")
    )
    world.configure(text, "  kabul: {query: kabul}")
    world.site.pages["/0?key=secret"] = Page(b"gone", 410)
    rounds(world, 2)
    (told,) = notices(world)
    assert told.title == "s0 does not answer"
    assert "410" in told.text
    for folder, word in (
        ("archive/publications", b"geheim"),
        ("feeds/operator", b"geheim"),
        ("feeds/operator", b"secret"),
    ):
        assert not [path for path, body in tree(world.data / folder).items() if word in body]


def test_what_moved_is_told_until_it_is_asked_there(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    answering(world, 1)
    world.site.pages["/0"] = Page(b"", 301, {"Location": "/1"})
    rounds(world, 3)
    (told,) = notices(world)
    assert told.title == "s0 has moved"
    assert f"{world.site.url}/1" in told.text
    world.restart()
    world.configure(sources(1).replace("{site}/0", "{site}/1"), "  kabul: {query: kabul}")
    rounds(world, 2)
    assert [one.title for one in notices(world)][1:] == ["Asked at its new address: s0"]


def test_a_flood_is_told_and_its_end(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    now = item("g0", "Kabul 0", content=lorem("w0"), date="05 Jan 2026 06:00:00 GMT")
    old = [
        item(f"o{n}", f"Kabul {n}", content=lorem(f"o{n}"), date="05 Dec 2019 10:00:00 GMT") for n in range(9)
    ]
    world.site.pages["/0"] = Page(rss(now))
    world.round()
    world.site.pages["/0"] = Page(rss(now, *old))
    rounds(world, 2)
    (told,) = notices(world)
    assert told.title == "A flood from s0 is held"
    assert "newsweir release s0" in told.text
    desk.carry_out(world.bureau, {"do": "drop", "article": "s0"})
    rounds(world, 1)
    assert notices(world)[-1].title == "No flood is held any more: s0"


def test_a_disk_that_took_nothing_is_told_once_it_takes_writes_with_the_time_it_began(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    answering(world, 0)
    world.round()
    bureau = world.bureau
    bureau.broken = "No space left on device"
    for _ in range(3):
        note_writing(bureau)
        assert tell(bureau) == 0
        world.clock.advance(minutes=50)
    assert bureau.look_after()
    note_writing(bureau)
    assert tell(bureau) == 1
    assert tell(bureau) == 0
    (told,) = notices(world)
    assert told.title == "Nothing could be written for 2 h 30 min"
    assert told.since == "2026-01-05T09:00:00.000Z"
    assert "No space left on device" in told.text
    assert "df -h" in told.text


def test_a_flaw_is_told_before_the_day_is_noted_and_its_mend(world: World, tmp_path: Path) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    for n in range(3):
        world.bureau.archive.keep([showing(draft(f"o{n}", f"Kabul {n}", lorem(f"o{n}")))])
    world.publish()
    path = next((world.data / "archive/articles").glob("*/*.jsonl"))
    whole = path.read_bytes()
    path.write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    watch = Watch(world.bureau)
    watch.look()
    (told,) = notices(world)
    assert told.title == "A piece of the archive is not as it was written"
    assert "E01" in told.text
    assert "newsweir repair" in told.text
    world.clock.advance(days=1)
    watch.look()
    assert len(notices(world)) == 1, "told once, though it is found each day"
    for title in ("The archive was mended", "The archive was repaired"):
        world.bureau.inbox.mended = 1
        tell(world.bureau)
        assert notices(world)[-1].title == title, "the second time nobody had been told that it had to be"
    assert len(notices(world)) == 3


def test_an_erasure_that_could_not_reach_a_backup_is_told_until_it_is_reached(
    world: World, tmp_path: Path
) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul", lorem("a")))])
    world.publish()
    place = tmp_path / "backup"
    desk.carry_out(world.bureau, {"do": "backed-up", "path": str(place), "at": "2026-01-05T08:00:00Z"})
    ((article,),) = [[one.id for one in world.bureau.archive.newest(1)]]
    world.bureau.decide(lines.Erase(article=article, at="2026-01-05T08:00:00.000Z"))
    carry_on(world.bureau)
    (told,) = notices(world)
    assert told.title == f"{place} may still hold what was erased"
    assert f"newsweir backup {place}" in told.text
    assert tell(world.bureau) == 0
    place.mkdir()
    (place / "BACKUP.json").write_text(
        json.dumps({"store": world.bureau.archive.store, "at": "2026-01-06T08:00:00.000Z", "newsweir": "0",
                    "journals": {}, "published": {}})
    )  # fmt: skip
    tell(world.bureau)
    assert [one.title for one in notices(world)][1:] == [f"Reached after all: {place}"]


@pytest.mark.parametrize(
    ("site", "published"),
    [
        ("title: Test", True),
        ("title: Test, operator: false", False),
        ("title: Test, base_url: 'https://cuttings.example/'", False),
        ("title: Test, base_url: 'https://cuttings.example/', operator: true", True),
    ],
)
def test_it_is_published_where_the_owner_alone_reads_or_wants_it(
    world: World, site: str, published: bool
) -> None:
    world.configure(topics="  kabul: {query: kabul}", site=site)
    world.publish()
    names = {f"operator/{name}" for name in ("rss.xml", "atom.xml", "feed.json", "index.html")}
    assert (names & world.bureau.shelf.paths()) == (names if published else set())
    shutil.rmtree(world.data / "feeds/operator", ignore_errors=True)
    assert world.bureau.look_after() is published
    assert (names & world.bureau.shelf.paths()) == (names if published else set())


@pytest.mark.parametrize(
    ("base", "told"), [("https://cuttings.example/", True), ("http://127.0.0.1:8080/", False)]
)
def test_who_publishes_it_to_others_is_told_what_it_names(base: str, told: bool) -> None:
    site = Site(base_url=base, operator=True)
    notes = notes_on(Settings(home=Path(), data=Path(), site=site, topics={"kabul": Topic(query="kabul")}))
    assert any("names your sources" in one for one in notes) is told


@pytest.mark.parametrize(
    ("host", "base", "told"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080/", True), ("::", "http://localhost/", True), ("nas", "http://[::1]/", True),
        ("127.0.0.1", "http://127.0.0.1:8080/", False), ("::1", "http://localhost/", False),
        ("0.0.0.0", "http://nas.example/", False),
    ],
)  # fmt: skip
def test_who_lets_others_in_where_the_site_is_their_own_alone_is_told(
    host: str, base: str, told: bool
) -> None:
    listening = Server(listen=(Unix(path=Path("x")), Tcp(host="127.0.0.1"), Tcp(host=host)))
    notes = notes_on(Settings(home=Path(), data=Path(), site=Site(base_url=base), server=listening))
    assert (
        any("can be reached from other machines" in one for one in notes if one.startswith("server")) is told
    )


def test_the_feed_is_never_older_than_its_beginning_though_the_clock_was_set_back() -> None:
    told = Notice(id=STORE, at="2026-01-05T08:00:00.000Z", what="disk", state="happened", title="t", text="t")
    for begun, updated in (("2026-01-05T09:00:00Z", 9), ("2026-01-05T07:00:00Z", 8)):
        feed = operator_feed([(1, told)], begun, STORE, Site())
        assert (feed.updated, feed.modified) == (START.replace(hour=updated),) * 2


def test_a_source_that_is_taken_out_is_in_no_trouble_any_more(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    answering(world, 0)
    world.round()
    failing(world, 0)
    rounds(world, 4, 8)
    world.restart()
    world.configure("", "  kabul: {query: kabul}")
    tell(world.bureau)
    assert [one.state for one in notices(world)] == ["began", "ended"]
    assert notices(world)[1].title == f"{world.site.url}/0 is no source any more", (
        "it does not answer, after all"
    )
    assert tell(world.bureau) == 0


def test_a_notice_that_was_cut_before_it_was_rendered_is_in_the_feed_at_the_next_start(world: World) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    world.publish()
    at = "2026-01-05T09:00:00.000Z"
    told = Notice(
        id="urn:uuid:6c1f0d4e-0000-5000-8000-000000000000",
        at=at,
        what="dead",
        state="began",
        title="A",
        text="B",
    )
    world.bureau.archive.publications.append([encode(told)])
    world.restart()
    world.publish()
    assert [one["id"] for one in feed(world)] == [told.id]


def test_what_a_crash_left_is_told_once(world: World) -> None:
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul", lorem("a")))])
    for number in range(3):
        world.restart()
        path = next((world.data / "archive/articles").glob("*/*.jsonl"))
        with path.open("ab") as file:
            file.write(b"what a crash left\n")
        tell(world.bureau)
        assert len(notices(world)) == 1, number
        world.clock.advance(hours=1)
    (told,) = notices(world)
    assert told.title == "The archive was opened after a crash"
    assert "articles: " in told.text
    assert "newsweir verify" in told.text


def test_a_restored_site_says_what_was_told_since_the_backup(world: World, tmp_path: Path) -> None:
    """The operator feed is newer than the backup's word, not another."""
    world.configure(topics="  kabul: {query: kabul}")
    world.bureau.archive.keep([showing(draft("a", "Kabul", lorem("a")))])
    world.publish()
    config = world.bureau.settings
    world.restart()
    record = back_up(config, tmp_path / "backup", world.clock.now(), lambda *_: None)
    assert not record.flaws
    world.bureau.broken = "full"
    note_writing(world.bureau)
    world.bureau.look_after()
    tell(world.bureau)
    world.restart()
    again = Record(store="", at="", newsweir="", journals=record.last, published={})
    assert _told_later(config, again) == {"operator"}


# -- the rules, as values --------------------------------------------------------


def standing(name: str, **facts: Any) -> Standing:
    state = Remembered(key=name, name=name, url=name, moved=facts.pop("moved", None))
    came = facts.pop("came", None)
    account = Account(key=name, name=name, due=None, why="", **facts)
    return Standing(
        subject=name, name=name, address=f"https://{name}.example/", account=account, state=state, came=came
    )


def daily(days: int, step: int = 1, arrival: str | None = None) -> list[Came]:
    return [Came(START - timedelta(days=n * step), arrival=arrival) for n in reversed(range(days))]


@pytest.mark.parametrize(
    ("came", "after", "is_silent"),
    [
        (daily(20), 6, False),  # A week is none.
        (daily(20), 8, True),
        (daily(20, 10), 19, False),  # Every ten days: twice that.
        (daily(20, 10), 21, True),
        (daily(5), 300, False),  # No habit yet.
        (
            [Came(START, START - timedelta(days=n), "first") for n in range(20)],
            8,
            True,
        ),  # By its first document.
    ],
)
def test_silent_is_far_beyond_the_sources_own_habit(came: list[Came], after: int, is_silent: bool) -> None:
    now = START + timedelta(days=after)
    one = standing("s", polled=now, good=now, came=came)
    assert bool(silent([one], {}, now).there) is is_silent
    assert not silent([standing("s", polled=now, good=START, failures=9, came=came)], {}, now).there, (
        "it fails"
    )


def test_no_answer_at_all_is_the_network_and_one_answer_is_none() -> None:
    now = START + timedelta(hours=3)
    failed = [standing(f"s{n}", polled=now, good=START, failures=2, error="x") for n in range(5)]
    assert len(network(failed, now).there) == 1
    assert not network(failed[:2], now).there, "two say nothing"
    assert not network(failed, START + timedelta(minutes=50)).there, "not at once"
    fine = standing("fine", polled=now, good=now)
    assert network([*failed, fine], now).well
    unasked = standing("new")
    assert len(network([*failed, unasked], now).there) == 1


def test_who_moved_is_told_where_to() -> None:
    (one,) = moved([standing("s", moved="https://new.example/feed")]).there
    assert "https://new.example/feed" in one.line


def test_a_command_to_copy_runs_nothing_that_a_source_says() -> None:
    address = "https://new.example/$(reboot)'&x"
    (one,) = moved([standing("s", moved=address)]).there
    assert shlex.split(one.do) == ["newsweir", "try", address]
    (one,) = held([replace(standing("the owner's"), held=2)]).there
    assert shlex.split(one.do, comments=True) == ["newsweir", "release", "the owner's"]


def test_nothing_of_a_password_is_told_whatever_stands_in_it() -> None:
    sheet = Sheet(START, STORE)
    words = "no answer from https://me:p@ss:w@rd@paper.example/a?key=k@y, or http://b.example/?mail=x@y.example (see https://c.example/@d)"
    sheet.write("dead", "began", (), (words, words))
    clean = "no answer from https://paper.example/a?… or http://b.example/?… (see https://c.example/@d)"
    assert (sheet.lines[0].title, sheet.lines[0].text) == (clean, clean)
    (one,) = moved([standing("s", moved="https://new.example/feed?token=abc")]).there
    assert one.do == "newsweir sources", "an address that is told in part is none to ask"


def test_the_lookout_counts_what_came_once_an_hour(world: World) -> None:
    world.configure(sources(1), "  kabul: {query: kabul}")
    answering(world, 0)
    world.round()
    lookout = Lookout(world.bureau)
    assert [lookout.look() for _ in range(3)] == [0, 0, 0]


class Memory:
    """What was told, folded in another way than the index does."""

    def __init__(self) -> None:
        self.lines: list[Notice] = []

    def open(self, what: str) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for one in self.lines:
            if one.what == what:
                for subject in one.subjects:
                    found.pop(subject, None)
                    if one.state == "began":
                        found[subject] = parse(one.at)
        return found

    def last(self, what: str, state: str) -> datetime | None:
        ats = [parse(one.at) for one in self.lines if (one.what, one.state) == (what, state)]
        return ats[-1] if ats else None


@settings(max_examples=4)
@given(st.integers(0, 2**32))
def test_however_sources_come_and_go_it_is_a_bounded_number_of_notices_and_each_is_told_of(seed: int) -> None:
    """Three days, a look every ten minutes, two hundred sources that fail and recover at will."""
    chance, told, now = random.Random(seed), Memory(), START
    ill: set[str] = set()
    names = [f"s{n}" for n in range(200)]
    steps = 3 * 24 * 6
    for _ in range(steps):
        now += timedelta(minutes=10)
        ill ^= set(chance.sample(names, chance.choice((0, 0, 1, 5, 200))))
        sight = Sight(
            [Trouble(subject=one, name=one, line=f"{one} is ill") for one in sorted(ill)],
            {one: Over(one, f"{one} is well") for one in names if one not in ill},
        )
        sheet = Sheet(next_at(now, (told.lines and parse(told.lines[-1].at)) or None), STORE)
        decide(sheet, now, {"dead": sight}, told)
        told.lines += sheet.lines
    assert len(told.lines) <= 2 * (steps // 36 + 1), "of a kind one begins and one ends in six hours"
    assert len({one.id for one in told.lines}) == len({one.at for one in told.lines}) == len(told.lines)
    for one, other in pairwise(told.lines):
        assert one.at < other.at
    for line in told.lines:
        assert len(line.text) < 20 * 500
    for _ in range(2):  # At rest, all that is so is told.
        now += timedelta(hours=6)
        sheet = Sheet(now, STORE)
        decide(sheet, now, {"dead": sight}, told)
        told.lines += sheet.lines
    assert set(told.open("dead")) == ill
    sheet = Sheet(now + timedelta(days=9), STORE)
    decide(sheet, now + timedelta(days=9), {"dead": sight}, told)
    assert sheet.lines == []


def test_what_cannot_be_known_neither_begins_nor_ends_anything() -> None:
    """A ledger that was lost: nobody has been asked yet."""
    told, now = Memory(), START
    failed = standing("s", polled=now, good=now - timedelta(days=2), failures=9, error="x")
    sheet = Sheet(now, STORE)
    decide(sheet, now, {"dead": dead([failed], now, None)}, told)
    told.lines += sheet.lines
    assert set(told.open("dead")) == {"s"}
    later = now + timedelta(days=1)
    sheet = Sheet(later, STORE)
    decide(sheet, later, {"dead": dead([standing("s")], later, None)}, told)
    assert sheet.lines == []
