"""A whole newsweir with cuttings of two months, its pages served on loopback."""

import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from feeds.answering.enquiries import Enquiries
from feeds.settings import Tcp
from feeds.web.answer import Answers, Past
from feeds.web.listening import address, listen
from feeds.web.server import WebServer
from tests.builders import TurnedClock, item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

SOURCES = ("Kabul Courier", "Невская лента", "هشت صبح شمال", "丝路晨报")
TOPICS = """
  kabul: {title: Kabul & beyond, description: All that names the city., query: "(kabul OR кабул* OR کابل OR 喀布尔) NOT football"}
  grain: {title: Black Sea grain, query: grain}
  lithium: {title: Lithium in Ghazni, query: lithium}
  liked: {title: Like this one, like: [inbox/example.txt]}
  empty: {title: Nothing yet, query: zzzz}
"""
LONG = "Joint statement of the participants in Kabul on the Trans-Afghan_railway_corridor_feasibility_study_and_more"
FOREIGN = {
    1: (
        "Кабул и Москва обсудят наркотрафик",
        "На встрече в Душанбе речь пойдёт о границе и рейсах, сообщили в Кабуле.",
    ),
    2: (
        "نگاهی به مرز شمالی کابل",
        "کاروان‌ها شب از مرز شمالی می‌گذرند، و در Kabul Courier از سه راه یاد شده است.",
    ),
    3: (
        "俄美拟就喀布尔设立工作组",
        "双方代表最快下月在杜尚别会面，议题包括边境、航班与鸦片贸易，喀布尔问题特使表示。",
    ),
}


CORRECTED = "Moscow says it will sit with Washington on Kabul, if sanctions are on the table"
OFTEN = "What is known so far about the talks in Kabul"
EDITIONS = 8
"""Of what is known so far."""


def corrected(n: int) -> str:
    """An article as it first stood, and as it stood when it had been corrected."""
    will = ("will", "and drug-enforcement officers could")[n]
    denied = (
        "denied that any message had been.",
        "confirmed that messages had been exchanged, and declined to say whether sanctions were among the subjects.",
    )[n]
    return item(
        "corrected", ("Moscow will sit with Washington on Kabul", CORRECTED)[n],
        content=f"<p>The envoy told reporters at the embassy that a working group of diplomats {will} hold its first "
        "session before the new year. He named three subjects: the northern border, flights that cross it, and the "
        "trade in opium that pays for much of the fighting.</p><p>But he tied the offer to sanctions. Those who "
        "imposed them, he added, would have to show some movement first.</p><p>In Washington a State Department "
        f"official {denied} A Taliban spokesman in Doha answered that the group had not been consulted.</p>",
        link="https://paper.example/world/corrected", date="20 Nov 2026 09:05:00 GMT",
    )  # fmt: skip


def often(n: int) -> str:
    """An article that says one thing more each hour."""
    known = "".join(f"<li>At {hour} o'clock: {lorem(f'h{hour}x', 9)}</li>" for hour in range(n + 1))
    text = f"<p>Kabul, day {n}: {lorem('known', 20)}</p><ul>{known}</ul>"
    return item("often", OFTEN, content=text, link="https://paper.example/world/often")


def enquiries_of(world: World) -> Enquiries:
    """What the daemon would answer questions with."""
    bureau = world.bureau
    return Enquiries(
        lambda: bureau.archive,
        lambda: bureau.told,
        lambda: bureau.book,
        lambda: bureau.settings.site,
        time.monotonic,
    )


class Served:
    """A world that was filled over forty days, and the server before it.

    past   what `Answers` is told of paths that are no more
    """

    def __init__(self, home: Path) -> None:
        self.world = World(home, TurnedClock(datetime(2026, 10, 12, 2, 17, tzinfo=UTC)))
        self.past: dict[str, Past] = {
            "00000001-0000-8000-8000-000000000000": Past(when=datetime(2026, 11, 20, tzinfo=UTC)),
            "closed": Past(),
        }
        sock = listen(Tcp(port=0))
        self.url = address(sock)
        self.host = urlsplit(self.url).netloc
        self._configure()
        self._fill()
        world = self.world
        enquiries = enquiries_of(world)
        self.answers = Answers(
            lambda: world.bureau.shelf,
            lambda: world.bureau.settings.site,
            self._gone,
            lambda: (True, {}),
            enquiries,
        )
        self._server = WebServer(self.answers, sock)
        self._server.start()

    def _gone(self, name: str) -> Past | None:
        if name == "broken":
            raise RuntimeError("a bug of ours")
        return self.past.get(name)

    def _configure(self) -> None:
        (self.world.inbox / "example.txt").write_text(
            "An example of opium\n\n" + lorem("opium", 30) + " poppy trade\n"
        )
        feeds = [
            f"  - {{feed: '{{site}}/s{n}', name: s{n}, pages: never, {PRIVATE}}}" for n in range(len(SOURCES))
        ]
        site = f"title: Northgate cuttings, contact: desk@example.org, base_url: '{self.url}'"
        self.world.configure("\n".join([*feeds, "  - {folder: inbox}"]), TOPICS, site=site)

    def _fill(self) -> None:
        """Two cuttings a day, each kept on its own day; on the last day one in each script."""
        shown: dict[int, list[str]] = {n: [] for n in range(len(SOURCES))}
        for day in range(40):
            date = f"{self.world.clock.now():%d %b %Y %H:%M:%S} GMT"
            place = "https://paper.example/world"
            shown[0].append(
                item(f"k{day}", f"Kabul story {day}", content=f"<p>{lorem(f'k{day}', 60)} Kabul, he said.</p>",
                     link=f"{place}/{day}", date=date)
            )  # fmt: skip
            if day % 4 == 0:
                shown[0].append(
                    item(f"g{day}", f"Grain {day}", content=f"<p>{lorem(f'g{day}')} grain</p>", date=date)
                )
            if day in {3, 4}:
                shown[0].append(
                    item(f"l{day}", f"Brine {day}", content=f"<p>{lorem(f'l{day}')} lithium</p>", date=date)
                )
            if day == 39:
                for n, (title, text) in FOREIGN.items():
                    shown[n].append(
                        item(f"f{n}", title, content=f"<p>{text}</p>", link=f"{place}/f{n}", date=date)
                    )
                picture = '<p>Kabul.</p><img src="https://tracker.example/p.jpg" alt="A bridge at dusk">'
                shown[0].append(item("long", LONG, content=picture))
                shown[0].append(
                    item("alone", "Nobody asks for this", content=f"<p>{lorem('alone')} unpublished</p>")
                )
            for n, title in enumerate(SOURCES):
                self.world.site.pages[f"/s{n}"] = Page(rss(*reversed(shown[n]), title=title))
            if day > 20 or day % 4 == 0:
                self.world.round(hours=24 if day > 20 else 96)
        self._correct(shown)
        while self.world.bureau.archive.feed_search():
            pass

    def _correct(self, shown: dict[int, list[str]]) -> None:
        """Let the sources change what they showed last, and one of them a text again and again."""
        shown[0][-1:] = [shown[0][-1].replace("unpublished", "unpublished, revised")]
        shown[2][-1:] = [shown[2][-1].replace("سه راه", "چهار راه و یک پل")]
        shown[3][-1:] = [shown[3][-1].replace("下月", "下周").replace("航班与鸦片贸易", "航班")]
        for n in range(EDITIONS):
            edited = [*shown[0], corrected(min(n, 1)), often(n)]
            self.world.site.pages["/s0"] = Page(rss(*reversed(edited), title=SOURCES[0]))
            for other in (2, 3):
                self.world.site.pages[f"/s{other}"] = Page(rss(*reversed(shown[other]), title=SOURCES[other]))
            self.world.round(hours=1)

    def article(self, title: str) -> str:
        """Return the path of the article with this title."""
        found = next(card for card in self.world.bureau.archive.newest(500) if card.title == title)
        return f"articles/{found.id.removeprefix('urn:uuid:')}/"

    def close(self) -> None:
        self._server.stop()
        self.world.close()
