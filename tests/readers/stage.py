"""What a source shows -> a real newsweir that publishes it on loopback, with a log of what readers asked."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from feeds.answering.reception import answers_of
from feeds.editing.desk import carry_out
from feeds.settings import Tcp
from feeds.web.answer import Answers
from feeds.web.files import Request
from feeds.web.listening import address, listen
from feeds.web.replies import Reply
from feeds.web.server import WebServer
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

STORIES = 8
LIMIT = 20
SHOWN = 30
"""Entries that the source shows at once: what comes in a month is far more."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the source shows of one story."""

    title: str
    text: str
    date: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what was answered."""

    host: str
    path: str
    headers: Mapping[str, str]
    status: int


class _Porter:
    """Answers at one address for whatever newsweir runs just then, and writes down who asked for what."""

    def __init__(self, stage: "Stage", at: str) -> None:
        self._stage, self._at = stage, at

    def __getattr__(self, name: str) -> Any:
        return getattr(answers_of(self._stage.world.bureau, lambda: (True, {})), name)

    def answer(self, asked: Request) -> Reply:
        reply = self._reply(asked)
        self._stage.asked.append(Asked(self._at, asked.target, dict(asked.headers), reply.status))
        return reply

    def _reply(self, asked: Request) -> Reply:
        if self._at != self._stage.url:  # As its owner's own web server would say.
            return Reply(308, b"", {"Location": self._stage.url.rstrip("/") + asked.target})
        return answers_of(self._stage.world.bureau, lambda: (True, {})).answer(asked)


class Stage:
    """A source, and two topics that take all it has, served under one of two addresses.

    slug    of the first topic, as it is now
    asked   every request, in order
    """

    def __init__(self, home: Path, keys: str = "") -> None:
        self.world = World(home)
        self.asked: list[Asked] = []
        self.slug, self.was = "kabul", ""
        self._keys = [keys] if keys else []
        self._stories: dict[int, Story] = {}
        self._moved = False
        self._urls: list[str] = []
        self._doors = [self._open(host) for host in ("127.0.0.1", "127.0.0.2")]
        self._configure()
        self.publish(*range(STORIES))

    # -- what readers meet -----------------------------------------------------

    @property
    def url(self) -> str:
        """Where the feeds are now."""
        return self._urls[self._moved]

    def feed(self, name: str, slug: str | None = None) -> str:
        """Return the address of a feed."""
        return f"{self.url}{slug or self.slug}/{name}"

    def shown(self, slug: str | None = None) -> dict[str, str]:
        """Return the titles that stand in a topic's feed now, by the items' ids."""
        items = json.loads(self.world.file(f"{slug or self.slug}/feed.json"))["items"]
        return {one["id"]: one["title"] for one in items}

    def _open(self, host: str) -> WebServer:
        sock = listen(Tcp(host=host, port=0))
        self._urls.append(address(sock))
        server = WebServer(self._answers(self._urls[-1]), sock)
        server.start()
        return server

    def _answers(self, at: str) -> "Answers":
        return cast("Answers", _Porter(self, at))

    # -- what becomes of the articles ----------------------------------------

    def publish(self, *numbers: int, words: str = "", hours: float = 1) -> None:
        """Have the source show stories, new ones or corrected by some words, and publish what it shows."""
        now = self.world.clock.now()
        for number in numbers:
            known = self._stories.get(number)
            date = known.date if known else f"{now:%d %b %Y %H:%M}:{number % 60:02d} GMT"
            title = f"Kabul story {number} & <more>{words}"
            self._stories[number] = Story(title, f"<p>{lorem(f's{number}x')}{words}</p>", date)
        entries = [
            item(f"g{number}", story.title, content=story.text, date=story.date,
                 link=f"https://paper.example/{number}")
            for number, story in sorted(self._stories.items(), reverse=True)[:SHOWN]
        ]  # fmt: skip
        self.world.site.pages["/feed"] = Page(rss(*entries, title="The Paper"))
        self.world.round(hours=hours)

    def withdraw(self, number: int) -> None:
        """Have an editor take a story back."""
        self.world.clock.advance(minutes=1)
        (article,) = (
            one.id
            for one in self.world.bureau.archive.newest(1000)
            if one.title == self._stories[number].title
        )
        carry_out(self.world.bureau, {"do": "withdraw", "article": article, "topic": None})

    # -- what becomes of newsweir ---------------------------------------------

    def restart(self, *gone: str) -> None:
        """Stop, lose these folders of the data, and begin again."""
        self.world.restart()
        for folder in gone:
            shutil.rmtree(self.world.data / folder)
        self.world.publish()

    def set(self, key: str) -> None:
        """Give both topics one more key."""
        self._keys.append(key)
        self._begin_anew()

    def rename(self, slug: str) -> None:
        """Give the first topic another slug."""
        self.was, self.slug = self.slug, slug
        self._begin_anew()

    def move(self) -> None:
        """Move to the other host; who asks the first is sent there."""
        self._moved = True
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.world.restart()
        self._configure()
        self.world.clock.advance(minutes=1)
        self.world.publish()

    def _configure(self) -> None:
        keys = ", ".join([f"limit: {LIMIT}", *self._keys])
        was = f", was: {self.was}" if self.was else ""
        self.world.configure(
            f"  - {{feed: '{{site}}/feed', name: paper, pages: never, flood: publish, {PRIVATE}}}",
            f"  {self.slug}: {{title: Kabul, query: kabul, {keys}{was}}}\n"
            f"  also: {{title: Also, query: story, {keys}}}",
            site=f"title: Test, base_url: '{self.url}'",
        )

    def close(self) -> None:
        """End it all."""
        for door in self._doors:
            door.stop()
        self.world.close()
