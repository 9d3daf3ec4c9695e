"""A whole newsweir on loopback and a temporary folder, with a clock that tests turn."""

from pathlib import Path

from feeds.config import load
from feeds.net import Door, Gate
from feeds.office.bureau import Bureau
from feeds.publish.shelf.twins import file_of
from feeds.rounds import Tally, begin, one_round, publish_all
from tests.builders import TurnedClock
from tests.site import Site

PRIVATE = "allow_private: [127.0.0.0/8]"


class World:
    """One data folder, opened and closed at will.

    site   another's, which stays open
    """

    def __init__(self, home: Path, clock: TurnedClock | None = None, site: Site | None = None) -> None:
        self.home = home
        self.clock = clock or TurnedClock()
        self.site = site or Site(self.clock)
        self._own_site = site is None
        self.inbox = home / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.door: Door | None = None
        self._bureau: Bureau | None = None

    def configure(self, sources: str = "", topics: str = "", site: str = "title: Test") -> None:
        """Write config.yaml; {site} in the sources is the loopback site's address."""
        text = f"site: {{{site}}}\ndata: data\nfetch: {{workers: 1, deadline: 5s}}\n"
        text += f"sources:\n{sources.replace('{site}', self.site.url)}\n" if sources else ""
        text += f"topics:\n{topics}\n" if topics else ""
        (self.home / "config.yaml").write_text(text)

    @property
    def bureau(self) -> Bureau:
        if self._bureau is None:
            door = self.door or Door("test", gate=Gate(0.0))
            self._bureau = Bureau(load(self.home / "config.yaml"), clock=self.clock, door=door)
            begin(self._bureau)
        return self._bureau

    def round(self, *, hours: float = 1) -> Tally:
        """Let time pass, poll everything, publish."""
        self.clock.advance(hours=hours)
        self.bureau.ledger.hasten(self.clock.now())
        return one_round(self.bureau)

    def publish(self) -> int:
        return publish_all(self.bureau)

    def published(self) -> dict[str, bytes]:
        """Every published file, and its twins, which are made for that."""
        self.bureau.shelf.pack()
        return tree(self.data / "feeds", twins=True)

    def restart(self) -> None:
        """Stop; the next use starts anew, with config.yaml as it is then."""
        if self._bureau is not None:
            self._bureau.close()
            self._bureau = None

    def close(self) -> None:
        self.restart()
        if self._own_site:
            self.site.__exit__()

    @property
    def data(self) -> Path:
        return self.home / "data"

    def file(self, path: str) -> bytes:
        return (self.data / "feeds" / path).read_bytes()

    def titles(self, slug: str) -> list[str]:
        """Titles in a topic's feed, newest first."""
        import json

        return [one.get("title", "") for one in json.loads(self.file(f"{slug}/feed.json"))["items"]]

    def kept(self) -> list[str]:
        """Titles of everything kept, in the order it was first kept."""
        cards = self.bureau.archive.newest(100_000)
        return [card.title for card in sorted(cards, key=lambda card: card.first_seq)]


def tree(folder: Path, *, twins: bool = False) -> dict[str, bytes]:
    """Every file below a folder, by its path; of published files the twins, too, where that is meant."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (twins or not is_twin(path))
    }


def is_twin(path: Path) -> bool:
    """Say whether a file is another one packed: a running daemon may not be that far."""
    packed = file_of(str(path))
    return packed is not None and Path(packed).exists()
