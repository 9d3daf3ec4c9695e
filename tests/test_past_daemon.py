"""A source's past beside a running daemon: a flood, an election night, a walk that is killed on its way."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.site import Page, Site
from tests.test_daemon import Running
from tests.test_past import post
from tests.test_walks import rss as documents

TOPIC = "topics:\n  all: {title: All, query: post* OR news* OR story*, limit: 1000}\n"


@pytest.fixture
def begin(tmp_path: Path, site: Site) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def start(more: str = "", **options: object) -> Running:
        source = f"  - {{feed: '{site.url}/feed', name: paper, every: 1s, pages: never, allow_private: [127.0.0.0/8]{more}}}"
        (tmp_path / "config.yaml").write_text(
            f"site: {{title: Test}}\nserver: {{listen: '127.0.0.1:0'}}\nsources:\n{source}\n{TOPIC}"
        )
        made.append(Running(tmp_path, **options))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for running in made:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def shows(site: Site, *items: str) -> None:
    from tests.builders import rss

    site.pages["/feed"] = Page(rss(*items))


def test_a_flood_beside_a_busy_night_is_held_told_once_and_released(
    begin: Callable[..., Running], site: Site
) -> None:
    now = datetime.now(UTC)
    usual = [post(f"post {n}", now - timedelta(hours=n + 1)) for n in range(10)]
    shows(site, *usual)
    running = begin()
    running.wait_for(lambda: len(running.titles("all")) == 10, 30)
    night = [post(f"story {n}", now + timedelta(milliseconds=n)) for n in range(40)]
    flood = [post(f"post old {n}", now - timedelta(days=100 + n), guid=f"new-{n}") for n in range(200)]
    shows(site, *night, *usual, *flood)
    running.wait_for(lambda: len(running.archived()) == 250, 60)
    running.wait_for(lambda: len(running.titles("all")) == 50, 30)
    time.sleep(2.5)  # It is asked again, and shows the same.
    assert len(running.titles("all")) == 50
    (told,) = [line for line in running.err if "held source=paper" in line]
    assert "count=200" in told
    table = running.told("sources")
    assert "200 held (flood): newsweir release or drop paper" in table.stdout
    (facts,) = json.loads(running.told("sources", "--json").stdout)
    assert (facts["held"], facts["history"]) == ({"flood": 200}, None)
    done = running.told("release", "paper")
    assert (done.returncode, done.stdout) == (0, "200 articles of paper released to all\n")
    assert running.titles("all")[:2] == ["post old 0", "post old 1"], "the oldest came first"
    assert len(running.titles("all")) == 250
    again = running.told("drop", "paper")
    assert (again.returncode, again.stdout) == (0, "nothing of paper is held: there is nothing to do\n")
    assert running.stop()[0] == 0


def test_a_walk_that_is_killed_goes_on_where_it_was(begin: Callable[..., Running], site: Site) -> None:
    now = datetime.now(UTC)
    for number in range(6):
        names = [f"{number}x{n}" for n in range(3)]
        before = f"{site.url}/old/{number + 1}" if number < 5 else None
        when = now - timedelta(days=number)
        page = Page(documents(site.url, names, before, when), etag=f'"{number}"')
        site.pages[f"/old/{number}" if number else "/feed"] = page
    running = begin(", history: true")
    running.wait_for(lambda: any("walked source=paper documents=2" in line for line in running.err), 60)
    running.process.send_signal(signal.SIGKILL)
    running.process.wait()
    running = begin(", history: true")
    running.wait_for(lambda: any("over=complete" in line for line in running.err), 60)
    assert len(site.asked_for("/old/1")) == 1, "what was read is not asked for again"
    assert all(len(site.asked_for(f"/old/{n}")) in {1, 2} for n in range(2, 6))
    told = "history: 5 older documents, 15 articles, complete; 15 held (history)"
    running.wait_for(lambda: told in running.told("sources").stdout, 30)  # Topics look at them next.
    assert len(running.titles("all")) == 3
