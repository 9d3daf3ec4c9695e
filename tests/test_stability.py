"""Two hundred rounds of everything that happens to a newsweir: what nobody touched stays, to the byte.

What was touched is read from the journals: the lines and definitions of each round. A
file may change only where one of them speaks of what it shows.
"""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd

from archive import verify
from feeds.answering.reception import answers_of
from feeds.curate import lines
from feeds.editing.desk import carry_out
from feeds.owner.notice import Notice, notice
from tests.builders import item, lorem, rss
from tests.faults.test_kill import POINTS
from tests.site import Page
from tests.world import PRIVATE, World

ROUNDS = int(os.environ.get("NEWSWEIR_ROUNDS", "200"))
SEED = int(os.environ.get("NEWSWEIR_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
SHOWN = 25
"""Entries that the source shows at once."""
WINDOWS = {"kabul": 12, "moscow": 5, "loud": 8, "own": 6}
LOSABLE = (
    "index", "feeds", "feeds/kabul", "feeds/articles", "feeds/index.html", "index/catalog.sqlite",
    "index/matches.sqlite", "index/shelf.sqlite", "index/ledger.sqlite", "index/search.sqlite",
)  # fmt: skip
UNPACKED = {".gz": gzip.decompress, ".br": brotli.decompress, ".zst": zstd.decompress}
TWINS = tuple(UNPACKED)


@dataclass
class Story:
    """What the source shows of an article, and what became of it."""

    title: str
    words: str
    edits: int = 0
    gone: bool = False


@dataclass(frozen=True)
class Shot:
    """A published file at one moment."""

    body: bytes
    modified: float


@dataclass
class Model:
    """What ought to be so.

    stories   in the order in which they were first shown
    ids       of each story's item in each topic, once it was seen there, with what never changes about it
    tags      of all bytes that were ever served, and the other way about
    """

    stories: dict[int, Story] = field(default_factory=dict)
    ids: dict[tuple[str, int], tuple[str, int, str]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    tags: dict[tuple[str, bytes], str] = field(default_factory=dict)


class Life:
    """A world to which things happen."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance, self.model = world, chance, Model()
        self._titles = {slug: slug.title() for slug in WINDOWS}
        self._publications = self._decisions = 0
        self._erased = False
        self._configure()

    # -- what happens --------------------------------------------------------

    def nothing(self) -> None:
        self.world.round(hours=0.3)

    def articles(self) -> None:
        for _ in range(self.chance.randint(1, 6)):
            number = len(self.model.stories)
            place = ("kabul", "moscow", "kabul moscow", "nowhere")[self.chance.randrange(4)]
            self.model.stories[number] = Story(f"{place} {number}", f"{lorem(f'w{number}', 30)} {place}")
        self._show()
        self.world.round()

    def edit(self) -> None:
        if standing := [one for _, one in self._newest() if not one.gone]:
            story = self.chance.choice(standing)
            story.edits += 1
            story.title = f"{story.title.partition(' (')[0]} ({story.edits})"
            story.words += f" more{story.edits}"
        self._show()
        self.world.round()

    def withdraw(self) -> None:
        if (number := self._any_published()) is not None:
            self.model.stories[number].gone = True
            self._do("withdraw", number, topic=None)

    def erase(self) -> None:
        if (number := self._any_published()) is not None:
            self.model.stories[number].gone = self._erased = True
            self._do("erase", number)

    def restart(self) -> None:
        self.world.restart()

    def be_killed(self) -> None:
        """Have a process of its own do what comes next, and kill it in the midst of that."""
        self.world.restart()
        number = len(self.model.stories)
        self.model.stories[number] = Story(
            f"kabul moscow {number}", f"{lorem(f'w{number}', 30)} kabul moscow"
        )
        self._show()
        code = (
            "import sys; from datetime import datetime; from pathlib import Path;"
            "from tests.world import World; from tests.builders import TurnedClock;"
            "w = World(Path(sys.argv[1]), TurnedClock(datetime.fromisoformat(sys.argv[2]))); w.round(); w.restart()"
        )
        fault = f"{self.chance.choice(POINTS)}:{self.chance.randint(1, 3)}:kill"
        done = subprocess.run(
            [sys.executable, "-c", code, str(self.world.home), self.world.clock.now().isoformat()],
            env={**os.environ, "NEWSWEIR_FAULT": fault}, capture_output=True, text=True, check=False,
            cwd=Path(__file__).parents[1],
        )  # fmt: skip
        assert done.returncode in {-9, 0}, done.stderr
        self.world.clock.advance(hours=2)  # Behind whatever it told before it died.
        self.world.round()

    def rebuild(self) -> None:
        carry_out(self.world.bureau, {"do": "rebuild"})

    def lose(self) -> None:
        """Have something derived deleted, under the running service or while it is stopped."""
        running = self.chance.random() < 0.5
        if not running:
            self.world.restart()
        path = self.world.data / self.chance.choice(LOSABLE)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if running:
            self.world.bureau.look_after()
            self.world.bureau.press.mend(thorough=True)

    def retitle(self) -> None:
        slug = self.chance.choice([*WINDOWS])
        self._titles[slug] += "!"
        self._configure()
        self.world.restart()
        self.world.clock.advance(minutes=1)
        self.world.publish()

    # -- its means -------------------------------------------------------------

    def _configure(self) -> None:
        queries = {"kabul": "kabul", "moscow": "moscow", "loud": "kabul AND moscow", "own": "kabul OR moscow"}
        more = {"loud": ", updates: bump", "own": ", guid: per-topic"}
        self.world.configure(
            f"  - {{feed: '{{site}}/paper', name: paper, pages: never, flood: publish, {PRIVATE}}}",
            "\n".join(
                f"  {slug}: {{title: {self._titles[slug]}, query: {query}, limit: {WINDOWS[slug]}{more.get(slug, '')}}}"
                for slug, query in queries.items()
            ),
        )

    def _newest(self) -> list[tuple[int, Story]]:
        return list(self.model.stories.items())[-SHOWN:]

    def _show(self) -> None:
        entries = [
            item(str(number), story.title, content=f"<p>{story.words}</p>", link=f"https://paper.example/{number}",
                 date=f"{1 + number % 28:02d} Dec 2025 10:00:00 GMT")
            for number, story in reversed(self._newest())
        ]  # fmt: skip
        self.world.site.pages["/paper"] = Page(rss(*entries, title="The Paper"))

    def _any_published(self) -> int | None:
        seen = {number for _, number in self.model.ids}
        standing = [number for number in sorted(seen) if not self.model.stories[number].gone]
        return self.chance.choice(standing) if standing else None

    def _do(self, what: str, number: int, **more: object) -> None:
        self.world.clock.advance(minutes=1)
        article = next(name for (_, one), (name, _, _) in self.model.ids.items() if one == number)
        article = self._article_of(article, number)
        carry_out(self.world.bureau, {"do": what, "article": article, "reason": None, **more})

    def _article_of(self, item_id: str, number: int) -> str:
        """Return the article's own id: with `guid: per-topic` an item has another."""
        cards = self.world.bureau.archive.newest(10_000)
        found = {card.id for card in cards if card.title.partition(" (")[0].endswith(f" {number}")}
        assert len(found) == 1, (item_id, number, found)
        return found.pop()

    # -- what must be so ---------------------------------------------------------

    def tree(self) -> dict[str, Shot]:
        folder = self.world.data / "feeds"
        return {
            str(path.relative_to(folder)): Shot(path.read_bytes(), round(path.stat().st_mtime, 3))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def touched(self) -> Callable[[str], bool]:
        """Return what says whether a file may have changed since this was asked last."""
        bureau = self.world.bureau
        topics: set[str] = set()
        articles: set[str] = set()
        owner = False
        for seq, decision in _since(bureau.archive.decisions, self._decisions, lines.decision):
            self._decisions = seq
            if isinstance(decision, lines.Define):
                topics.add(decision.topic)
                articles |= set(bureau.told.articles_in(decision.topic))  # Their pages name it.
        for seq, told in _since(bureau.archive.publications, self._publications, _told):
            self._publications = seq
            if isinstance(told, lines.Publish | lines.Update | lines.Withdrawn):
                topics.add(told.topic)
                articles.add(told.article)
            elif isinstance(told, lines.Page):
                topics.add(told.topic)
            owner |= isinstance(told, Notice)
        slugs = {rule.slug for rule in bureau.book.all() if rule.topic in topics}

        def may_change(path: str) -> bool:
            first, _, rest = path.partition("/")
            if first == "articles":
                return f"urn:uuid:{rest[:36]}" in articles
            if first == "operator":
                return owner
            return first in slugs or (first in {"index.html", "opml.xml"} and bool(slugs))

        return may_change

    def check(self, before: dict[str, Shot], name: str) -> dict[str, Shot]:
        """Say whether all that must hold does; return the files as they are."""
        may_change = self.touched()
        after = self.tree()
        for path in sorted(before.keys() | after.keys()):
            old, new = before.get(path), after.get(path)
            if path.endswith(TWINS):
                plain, ending = path[: path.rfind(".")], path[path.rfind(".") :]
                assert new is None or Shot(UNPACKED[ending](new.body), new.modified) == after[plain], (
                    name,
                    path,
                )
                continue
            touched = may_change(path) or not before
            assert old == new or touched, f"{name}: {path} changed, and nobody had touched it"
            if old is not None and new is not None:
                assert new.modified >= old.modified, f"{name}: {path} is older than it was"
                later = new.modified >= old.modified + 1  # A header has whole seconds.
                assert old.body == new.body or later, f"{name}: {path} has changed behind its date's back"
                assert "/archive/" not in path or self._erased or old.body == new.body, f"{name}: {path}"
        self._erased = False
        self._serves(after, name)
        for slug in WINDOWS:
            self._shows(slug, name)
        return after

    def _serves(self, files: dict[str, Shot], name: str) -> None:
        """Each file has one tag for ever, and a tag stands for one file's bytes; both validators give a 304."""
        answers = answers_of(self.world.bureau, lambda: (True, {}))
        chosen = [path for path in files if not path.startswith("articles/") and not path.endswith(TWINS)]
        for path in chosen + self.chance.sample(sorted(files), min(10, len(files))):
            if path.endswith(TWINS):
                continue
            url = f"/{path.removesuffix('index.html')}"
            for how in ({}, {"accept-encoding": "gzip"}):
                reply = answers.get(url, how)
                assert reply.status == 200, (name, path)
                tag, body = reply.headers["ETag"], bytes(reply.body)
                assert self.model.bodies.setdefault(f"{path} {tag}", body) == body, (
                    f"{name}: {path}: one tag, two bodies"
                )
                assert self.model.tags.setdefault((path, body), tag) == tag, (
                    f"{name}: {path}: two tags for one body"
                )
                assert answers.get(url, {**how, "if-none-match": tag}).status == 304
                moment = reply.headers["Last-Modified"]
                assert parsedate_to_datetime(moment).timestamp() == int(files[path].modified), (name, path)
                assert answers.get(url, {**how, "if-modified-since": moment}).status == 304

    def _shows(self, slug: str, name: str) -> None:
        """A topic's feed has the newest of what it published, each as it stands at the source, under its one id."""
        items = json.loads(self.world.file(f"{slug}/feed.json"))["items"]
        shown = []
        for one in items:
            number = int(one["title"].partition(" (")[0].split()[-1])
            shown.append(number)
            story = self.model.stories[number]
            assert not story.gone, f"{name}: {slug} still has {one['title']}"
            assert one["title"] == story.title, f"{name}: {slug}"
            lasting = (one["id"], one["_newsweir"]["n"], one["date_published"])
            assert self.model.ids.setdefault((slug, number), lasting) == lasting, (
                f"{name}: {slug}: {one['title']}"
            )
        assert len(set(shown)) == len(shown), f"{name}: {slug} has one twice"
        places = [one["_newsweir"]["n"] for one in items]
        assert places == sorted(places, reverse=True), f"{name}: {slug}"
        ever = [number for topic, number in self.model.ids if topic == slug]
        standing = [number for number in ever if not self.model.stories[number].gone]
        newest = sorted(standing, key=lambda number: self.model.ids[slug, number][1])[-WINDOWS[slug] :]
        assert set(newest) <= set(shown), f"{name}: {slug} misses {set(newest) - set(shown)}"


def _since(journal, seq: int, read) -> Iterator[tuple[int, object]]:  # type: ignore[no-untyped-def]
    while found := journal.since(seq, 500):
        for line in found:
            yield line.seq, read(line.body)
        seq = found[-1].seq


def _told(body: bytes) -> lines.Publication | Notice | None:
    return notice(body) or lines.publication(body)


HAPPENINGS = {
    "nothing": 5, "articles": 8, "edit": 5, "withdraw": 2, "erase": 0.7, "restart": 2, "be_killed": 3,
    "rebuild": 1, "lose": 2, "retitle": 0.5,
}  # fmt: skip
"""What happens, and how often in comparison."""


@pytest.mark.slow
def test_bytes_and_tags_change_only_where_content_does(world: World) -> None:
    print(f"\nNEWSWEIR_SEED={SEED} NEWSWEIR_ROUNDS={ROUNDS}")
    chance = random.Random(SEED)
    life = Life(world, chance)
    life.articles()
    files = life.check({}, "first")
    happened = chance.choices([*HAPPENINGS], [*HAPPENINGS.values()], k=ROUNDS)
    for number, what in enumerate(happened):
        getattr(life, what)()
        files = life.check(files, f"round {number}, {what}")
    world.restart()
    assert verify(world.data).flaws == []
    print({what: happened.count(what) for what in HAPPENINGS}, f"{len(files)} files")
