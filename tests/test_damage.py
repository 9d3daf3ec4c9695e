"""Rot in what was kept: the service starts, goes on, and says what is lost."""

import shutil

import pytest

from archive import Run
from feeds import events
from feeds.editing.desk import carry_out
from tests.builders import draft, lorem, showing
from tests.world import World

WORDS = "  words: {any: [word]}"


def keep(world: World, name: str, text: str = "word") -> str:
    world.clock.advance(seconds=5)
    ((kept,),) = world.bureau.archive.keep([showing(draft(name, name, f"{text} {lorem(name)}"))])
    return kept.id


def spoil(world: World, number: int, journal: str = "articles") -> None:
    """Flip a bit in one line (counted over all segments; -1 is the newest)."""
    world.restart()
    paths = sorted((world.data / "archive" / journal).glob("*/*.jsonl"))
    lines = [(path, line) for path in paths for line in path.read_bytes().splitlines(keepends=True)]
    path, line = lines[number]
    spoilt = bytearray(line)
    spoilt[-40] ^= 1
    path.write_bytes(path.read_bytes().replace(line, spoilt))


@pytest.mark.parametrize("wiped", [(), ("index",), ("feeds",), ("index", "feeds")], ids="+".join)
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
@pytest.mark.parametrize("number", [1, -1])
def test_a_rotted_article_costs_its_topic_that_item_only(
    world: World, number: int, closed: bool, wiped: tuple[str, ...]
) -> None:
    world.configure(topics=WORDS)
    world.publish()
    for name in "abc":
        keep(world, name)
    world.publish()
    if closed:
        world.clock.advance(days=1)
        keep(world, "another day", "nothing")
        world.publish()
        number -= number == -1
    spoil(world, number)
    for name in wiped:
        shutil.rmtree(world.data / name)
    told = events.counts["missed"]
    keep(world, "d")
    world.publish()
    lost = {1: "b"}.get(number, "c")
    assert world.titles("words") == [name for name in "dcba" if name != lost]
    assert events.counts["missed"] > told


def test_what_comes_under_a_lost_seq_reaches_the_topics_all_the_same(world: World) -> None:
    world.configure(topics=WORDS)
    world.publish()
    for name in "abc":
        keep(world, name, "nothing")
    world.publish()
    spoil(world, -1)
    keep(world, "new")
    world.publish()
    assert world.titles("words") == ["new"]
    assert [found.seq for found in world.bureau.archive.since(0, 10)] == [1, 2, 3, 4]


def test_a_new_topics_start_is_a_watermark_too(world: World) -> None:
    world.configure()
    for name in "abc":
        keep(world, name)
    world.restart()
    world.configure(topics=WORDS)
    assert world.bureau.book.in_force()[0].define.start == 3
    spoil(world, -1)
    keep(world, "new")
    world.publish()
    assert world.titles("words") == ["new", "b", "a"]


def test_a_lost_decision_is_not_taken_for_the_next(world: World) -> None:
    world.configure(topics=WORDS)
    first, second = keep(world, "a"), keep(world, "b")
    world.publish()
    carry_out(world.bureau, {"do": "withdraw", "article": first})
    spoil(world, -1, "decisions")
    carry_out(world.bureau, {"do": "withdraw", "article": second})
    assert world.titles("words") == []


def test_a_held_article_that_cannot_be_read_holds_up_no_tick(world: World) -> None:
    world.configure(topics="  words: {any: [word], delay: 1h}")
    world.publish()
    keep(world, "a")
    keep(world, "b")
    world.publish()
    spoil(world, 0)
    world.clock.advance(hours=2)
    world.publish()
    assert world.titles("words") == ["b"]
    assert world.publish() == 0


def test_a_rotted_line_hides_no_other_from_a_search(world: World) -> None:
    world.configure()
    for name in "abc":
        keep(world, name)
    archive = world.bureau.archive
    while archive.feed_search():
        pass
    path = next((world.data / "archive/articles").glob("*/*.jsonl"))
    data = bytearray(path.read_bytes())
    data[data.index(b'"title":"b"') + 9] ^= 1
    path.write_bytes(data)
    assert [one.title for one in archive.candidates(Run(("word",)))] == ["c", "a"]
