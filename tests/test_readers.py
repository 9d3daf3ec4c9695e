"""Real feed readers, headless: all entries, no doubles after an edit, 304 on repeat."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from feeds.settings import Site, Tcp
from feeds.web.answer import Answers
from feeds.web.files import Request
from feeds.web.listening import address, listen
from feeds.web.replies import Reply
from feeds.web.server import WebServer
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

TITLES = [f"Kabul story {n} & <more>" for n in range(8)]


class Published:
    """A world whose feeds are served, with a log of what readers asked and got."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.replies: list[tuple[str, int]] = []
        self._sock = listen(Tcp(port=0))
        self.url = address(self._sock)
        world.configure(
            f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}",
            "  kabul: {title: Kabul, query: kabul}\n  also: {title: Also, query: story}",
            site=f"title: Test, base_url: '{self.url}'",
        )
        answers = Answers(
            lambda: world.bureau.shelf, lambda: Site(base_url=self.url), lambda _: None, lambda: (True, {})
        )
        answer = answers.answer

        def logged(asked: Request) -> Reply:
            reply = answer(asked)
            self.replies.append((asked.target, reply.status))
            return reply

        answers.answer = logged  # type: ignore[method-assign]
        self._server = WebServer(answers, self._sock)
        self._server.start()

    def round(self, edited: tuple[int, ...] = (), more: int = 0) -> None:
        stories = [
            item(f"g{n}", title + (" corrected" if n in edited else ""), content=f"<p>{lorem(f's{n}')}</p>",
                 link=f"https://paper.example/{n}", date=f"{1 + n:02d} Dec 2025 10:00:00 GMT")
            for n, title in enumerate([*TITLES, *(f"Kabul late story {n}" for n in range(more))])
        ]  # fmt: skip
        self.world.site.pages["/feed"] = Page(rss(*reversed(stories), title="The Paper"))
        self.world.round()

    def statuses(self, path: str) -> list[int]:
        return [status for asked, status in self.replies if asked == path]

    def close(self) -> None:
        self._server.stop()


@pytest.fixture
def published(world: World):  # type: ignore[no-untyped-def]
    made = Published(world)
    made.round()
    yield made
    made.close()


def needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_newsboat(published: Published, tmp_path: Path, name: str) -> None:
    program = needs("newsboat")
    urls, cache = tmp_path / "urls", tmp_path / "cache.db"
    urls.write_text(f"{published.url}kabul/{name}\n")
    (tmp_path / "config").write_text("")

    def reload() -> list[tuple[str, str, int]]:
        import sqlite3

        done = subprocess.run(
            [program, "-u", urls, "-c", cache, "-C", tmp_path / "config", "-x", "reload"],
            env={**os.environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with sqlite3.connect(cache) as database:
            return database.execute(
                "SELECT guid, title, unread FROM rss_item WHERE deleted=0 ORDER BY guid"
            ).fetchall()

    first = reload()
    assert sorted(title for _, title, _ in first) == TITLES
    assert reload() == first
    assert reload() == first  # Its validators are stored only with the second.
    assert published.statuses(f"/kabul/{name}")[-1] == 304
    published.round(edited=(3,), more=1)
    third = reload()
    assert len(third) == 9
    assert len({guid for guid, _, _ in third}) == 9
    assert {guid for guid, _, _ in first} < {guid for guid, _, _ in third}


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_sfeed(published: Published, tmp_path: Path, name: str) -> None:
    needs("sfeed_update")
    rc = tmp_path / "sfeedrc"
    # As its manual shows it: conditional requests are curl's own.
    rc.write_text(
        f'sfeedpath="{tmp_path}/feeds"\n'
        'fetch() {\n  curl -s -f -L --etag-save "$sfeedpath/etag" --etag-compare "$sfeedpath/etag" "$2"\n}\n'
        f'feeds() {{\n  feed kabul "{published.url}kabul/{name}"\n}}\n'
    )
    needs("curl")

    def update() -> list[list[str]]:
        subprocess.run(["sfeed_update", str(rc)], check=True, capture_output=True, timeout=60)
        return [line.split("\t") for line in (tmp_path / "feeds/kabul").read_text().splitlines()]

    first = update()
    assert sorted(fields[1] for fields in first) == TITLES
    assert all(fields[5].startswith("urn:uuid:") for fields in first)
    (tmp_path / "feeds").exists()
    again = update()
    assert sorted(again) == sorted(first)
    assert published.statuses(f"/kabul/{name}")[-1] == 304
    published.round(edited=(3,), more=1)
    ids = [fields[5] for fields in update()]
    assert set(ids) > {fields[5] for fields in first}
    assert len(set(ids)) == 9


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml", "feed.json"])
def test_reader_from_the_package_index(published: Published, name: str) -> None:
    reader = pytest.importorskip("reader")
    library = reader.make_reader(":memory:")
    feed = f"{published.url}kabul/{name}"
    library.add_feed(feed)
    library.update_feed(feed)
    first = {entry.id: entry.title for entry in library.get_entries()}
    assert sorted(first.values()) == TITLES
    assert all(entry.link.startswith("https://paper.example/") for entry in library.get_entries())
    library.update_feed(feed)
    assert {entry.id: entry.title for entry in library.get_entries()} == first
    assert published.statuses(f"/kabul/{name}") == [200, 304]
    published.round(edited=(3,), more=1)
    library.update_feed(feed)
    third = {entry.id: entry.title for entry in library.get_entries()}
    assert len(third) == 9
    assert set(first) < set(third)
    assert sum("corrected" in title for title in third.values()) == 1


def test_the_same_article_in_two_topics(published: Published) -> None:
    """By default both feeds carry the article's id; `guid: per-topic` gives each its own."""
    ids = {
        slug: {one["id"] for one in json.loads(published.world.file(f"{slug}/feed.json"))["items"]}
        for slug in ("kabul", "also")
    }
    assert ids["kabul"] == ids["also"]


def test_pages_in_a_browser(published: Published, tmp_path: Path) -> None:
    """Headless Chromium shows the pages, runs nothing, and asks no other host."""
    program = needs("chromium")
    article = next((published.world.data / "feeds/articles").iterdir()).name.removesuffix(".json")
    for number, path in enumerate(("", "kabul/", f"articles/{article}/")):
        shot = tmp_path / f"{number}.png"
        done = subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
             f"--user-data-dir={tmp_path}/profile{number}", "--window-size=390,844", f"--screenshot={shot}",
             "--dump-dom", published.url + path],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert "newsweir" in done.stdout, done.stderr
        assert "Kabul" in done.stdout
    asked = {path for path, _ in published.replies}
    assert all(status in {200, 304, 404} for _, status in published.replies)
    assert any(path.startswith("/static/site.") for path in asked)
