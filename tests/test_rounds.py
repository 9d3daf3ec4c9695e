"""One round: what it asks, what it waits for, what it counts."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from feeds import events
from feeds.clock import SystemClock
from feeds.errors import CommandError
from feeds.intake.pipeline import poll
from feeds.rounds import one_round
from tests.builders import item, lorem, rss
from tests.site import Asked, Page
from tests.world import PRIVATE, World

KABUL = "  kabul: {query: kabul}"
FOLDER = "  - {folder: inbox}"


def feed(name: str) -> str:
    return f"  - {{feed: '{{site}}/{name}', name: {name}, every: 12h, pages: never, {PRIVATE}}}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world in real time: files are at rest two seconds after they were written."""
    world = World(tmp_path)
    world.clock = SystemClock()  # type: ignore[assignment]
    yield world
    world.close()


def drop(world: World, name: str) -> None:
    (world.inbox / f"{name}.txt").write_text(f"Kabul {name}\n\n{lorem(name, 30)}\n")


def test_a_fresh_file_is_waited_for_and_no_feed_is_asked_for_it(world: World) -> None:
    world.configure(f"{FOLDER}\n{feed('f')}\n{feed('bad')}", KABUL)
    world.site.pages["/f"] = Page(rss(item("1", "Doha", content="x")))
    assert one_round(world.bureau).failed.keys() == {"bad"}
    for name in ("one", "two"):
        drop(world, name)
        tally = one_round(world.bureau)
        assert (tally.polled, tally.news, tally.failed) == (1, 1, {})
    assert (len(world.site.asked_for("/f")), len(world.site.asked_for("/bad"))) == (1, 1)
    assert world.titles("kabul") == ["Kabul two", "Kabul one"]


def test_another_sources_answer_does_not_end_the_wait_for_a_file(world: World) -> None:
    def slow(_: Asked) -> Page:
        time.sleep(0.5)
        return Page(rss(item("1", "Doha", content="x")))

    world.configure(f"{FOLDER}\n{feed('f')}", KABUL)
    world.site.pages["/f"] = slow
    drop(world, "one")
    tally = one_round(world.bureau)
    assert (tally.polled, tally.news) == (2, 2)
    assert world.titles("kabul") == ["Kabul one"]


def test_what_the_daemon_asks_meanwhile_is_waited_for_and_counted(world: World) -> None:
    gate = threading.Event()

    def held(_: Asked) -> Page:
        gate.wait(10)
        return Page(b"", 500)

    world.configure(f"{feed('a')}\n{feed('b')}\n{feed('c')}", KABUL)
    world.site.pages |= {"/a": held, "/b": Page(rss(item("1", "Kabul", content="x"))), "/c": held}
    bureau = world.bureau
    taken, *others = bureau.ledger.claim(bureau.clock.now(), 3, bureau.lease(), "net")
    for other in others:
        bureau.ledger.give_back(other)
    threads = [threading.Thread(target=poll, args=(bureau, taken)), threading.Timer(0.5, gate.set)]
    for thread in threads:
        thread.start()
    assert bureau.sources[taken.key][0].name == "a"
    tally = one_round(bureau)
    assert tally.failed.keys() == {"a", "c"}
    assert (tally.polled, tally.news, tally.published) == (3, 1, 1)
    for thread in threads:
        thread.join()


def test_a_round_that_is_cut_short_says_so(world: World) -> None:
    world.configure(feed("f"), KABUL)
    world.bureau.door.close()
    with pytest.raises(CommandError, match="stopped before the round was over"):
        one_round(world.bureau)


def test_a_bug_met_in_a_source_is_told_and_the_source_asked_again(world: World) -> None:
    world.configure(feed("f") + "\n" + feed("g"), KABUL)
    world.site.pages["/g"] = Page(rss(item("1", "Kabul", content="x")))
    bureau = world.bureau
    key = f"{world.site.url}/f"
    source, state = bureau.sources[key]
    bureau.sources[key] = (msgspec.structs.replace(source, allow_private=5), state)  # type: ignore[type-var]
    tally = one_round(bureau)
    assert (tally.failed.keys(), tally.published) == ({"f"}, 1)
    assert "met a fault of newsweir: TypeError" in tally.failed["f"]
    (account, _) = bureau.ledger.accounts()
    assert (account.name, account.failures) == ("f", 1)
    assert key not in bureau.ledger.pending(bureau.clock.now())


def test_work_goes_on_when_nobody_reads_stdout_any_more() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", closefd=False) as stream:
        events.say("archived", stream)
        with contextlib.suppress(OSError):
            stream.close()
    os.close(writing)
