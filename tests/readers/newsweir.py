"""Another newsweir: what it has archived of a feed, with `history: true`."""

from collections.abc import Sequence
from pathlib import Path

from feeds import __version__
from feeds.net import Door, Gate
from feeds.office.bureau import user_agent
from tests.readers.program import ATOM, JSON, RSS, Held, Program
from tests.world import PRIVATE, World


class Newsweir(Program):
    """It stays up, as it would; an older document is a turn of its own."""

    name = "newsweir"
    kind = "archive"
    formats = (RSS, ATOM, JSON)
    walks = True

    def __init__(self) -> None:
        self._running: dict[Path, World] = {}

    def version(self) -> str | None:
        return __version__

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        if home not in self._running:
            self._running[home] = World(home)
            self._running[home].door = Door(user_agent(None), gate=Gate(0.0))
            self._running[home].configure(
                "".join(
                    f"  - {{feed: '{feed}', name: f{number}, pages: never, history: true, {PRIVATE}}}\n"
                    for number, feed in enumerate(feeds)
                )
            )
        for _ in range(4):
            self._running[home].round(hours=6)

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        archive = self._running[home].bureau.archive
        found = [archive.get(card.id) for card in archive.newest(1000)]
        return [
            Held(feed=feeds[0], id=one.archive.source.guid or "", title=one.title or "", link=one.url or "",
                 date=one.date_published or "")
            for one in found
        ]  # fmt: skip

    def close(self) -> None:
        for world in self._running.values():
            world.close()
        self._running.clear()
