"""Programs and a stage -> what each of them held and asked, scene by scene.

All programs follow one story together; each asks in its turn, so that it is known
whose request was whose.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.readers.program import Held, Program
from tests.readers.stage import STORIES, Asked, Stage

EDITED, TAKEN_BACK, BUMPED = 3, 5, 4
CORRECTED, CHANGED = " corrected", " changed"
MONTH = 26
"""Days away, with five articles each."""
LAST = STORIES + 1 + 5 * MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one program held behind one scene, and what it asked for in it.

    fault   why it could not be asked, in its own words; else empty
    """

    held: tuple[Held, ...]
    asked: tuple[Asked, ...]
    fault: str = ""

    @property
    def statuses(self) -> list[int]:
        """What the feed's own requests were answered."""
        return [one.status for one in self.asked if one.path.endswith(("rss.xml", "atom.xml", "feed.json"))]

    def stories(self) -> Counter[int]:
        """Return how often each story stands there."""
        return Counter(map(_number, self.held))

    def of(self, story: int) -> list[Held]:
        """Return the items of one story."""
        return [one for one in self.held if _number(one) == story]


def _number(item: Held) -> int:
    found = re.search(r"story (\d+)", item.title)
    assert found is not None, item
    return int(found[1])


@dataclass(frozen=True, slots=True)
class Part:
    """One program that reads one format, in a home of its own."""

    program: Program
    format: str
    home: Path

    def polls(self, stage: Stage, *feeds: str) -> Seen:
        """Have it ask for the feeds."""
        before, fault = len(stage.asked), ""
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            self.program.poll(self.home, feeds)
        except AssertionError as error:
            fault = str(error)
        held = self.program.held(self.home, feeds)
        return Seen(held=tuple(held), asked=tuple(stage.asked[before:]), fault=fault)


Story = dict[str, dict[tuple[str, str], Seen]]
"""By scene, then by program and format."""


def parts(programs: Sequence[Program], home: Path) -> list[Part]:
    """Return each program with each format it reads."""
    return [
        Part(program, name, home / f"{number}-{name}")
        for number, program in enumerate(programs)
        for name in program.formats
    ]


def one_feed(programs: Sequence[Program], home: Path, last: str = "moved") -> Story:
    """Tell the story of one feed, up to its *last* scene."""
    stage = Stage(home / "stage")
    players = parts(programs, home)
    feeds = {name: stage.feed(name) for name in ("rss.xml", "atom.xml", "feed.json")}
    story: Story = {}

    def scene(name: str, *, read: bool = False) -> None:
        story[name] = {}
        for one in players:
            story[name][one.program.name, one.format] = one.polls(stage, feeds[one.format])
            if read:
                one.program.read_all(one.home)

    scenes: list[tuple[str, Callable[[], None]]] = [
        ("first", lambda: None),
        ("again", lambda: None),
        ("once more", lambda: None),
        ("rebuilt", lambda: stage.restart("index", "feeds")),
        ("a day", lambda: _day(stage)),
        ("bump", lambda: _bump(stage)),
        ("a month", lambda: _month(stage)),
        ("renamed", lambda: stage.rename("kabul-and-beyond")),
        ("moved", lambda: _move(stage)),
    ]
    try:
        for name, happens in scenes:
            happens()
            scene(name, read=name == "once more")
            if name == last:
                break
    finally:
        stage.close()
        for program in programs:
            program.close()
    return story


def _day(stage: Stage) -> None:
    """One new article, one corrected silently, one taken back."""
    stage.publish(STORIES)
    stage.publish(EDITED, words=CORRECTED)
    stage.withdraw(TAKEN_BACK)


def _bump(stage: Stage) -> None:
    stage.set("updates: bump")
    stage.publish(BUMPED, words=CHANGED)


def _month(stage: Stage) -> None:
    for day in range(MONTH):
        begin = STORIES + 1 + 5 * day
        stage.publish(*range(begin, begin + 5), hours=24)


def _move(stage: Stage) -> None:
    stage.move()
    stage.publish(LAST)


def two_feeds(programs: Sequence[Program], home: Path, guid: str) -> dict[tuple[str, str], Seen]:
    """Have each subscribe to two topics that hold the same articles; return what it held then."""
    stage = Stage(home / f"stage-{guid}", f"guid: {guid}")
    try:
        return {
            (one.program.name, one.format): one.polls(
                stage, stage.feed(one.format), stage.feed(one.format, "also")
            )
            for one in parts(programs, home / guid)
        }
    finally:
        stage.close()
        for program in programs:
            program.close()
