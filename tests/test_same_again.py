"""The very same answer again: nothing is read, as long as all that it shows is kept."""

import json
from pathlib import Path

import pytest

from archive import connect
from feeds.intake.sorting import recalled
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

ITEMS = [item(str(number), f"Title {number}", description=lorem(number)) for number in range(3)]
ATOM = "http://www.w3.org/2005/Atom"
ILL = rss(*ITEMS).replace(b"Title 1", b"Title &nosuch; 1")
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A",
        "items": [{"id": str(n), "title": f"Title {n}", "content_text": lorem(n)} for n in range(3)],
    }
).encode()


@pytest.fixture
def polled(world: World) -> World:
    world.configure(f"  - {{feed: '{{site}}/f', name: paper, pages: never, {PRIVATE}}}")
    return world


@pytest.mark.parametrize("body", [rss(*ITEMS), ILL, JSON], ids=["rss", "ill-formed", "json"])
def test_it_is_not_read_again_until_it_changes(polled: World, body: bytes) -> None:
    polled.site.pages["/f"] = Page(body)
    assert [polled.round().news for _ in range(3)] == [3, 0, 0]
    assert polled.bureau.workers.ways.total() == 1
    polled.site.pages["/f"] = Page(body.replace(b"Title 2", b"Title 4"))
    assert [polled.round().news for _ in range(2)] == [1, 0]
    assert polled.bureau.workers.ways.total() == 2
    assert len(polled.site.asked_for("/f")) == 5


def test_it_is_read_again_where_it_is_to_be_read_otherwise(polled: World) -> None:
    polled.site.pages["/f"] = Page(rss(*ITEMS))
    polled.round()
    polled.site.pages["/f"] = Page(rss(*ITEMS), headers={"Content-Type": "text/xml; charset=koi8-r"})
    polled.round()
    assert polled.bureau.workers.ways.total() == 2


def test_it_is_read_again_where_an_entry_is_no_more_known(polled: World, tmp_path: Path) -> None:
    polled.site.pages["/f"] = Page(rss(*ITEMS))
    polled.round()
    bureau = polled.bureau
    (key,) = bureau.sources
    claim = bureau.ledger.claim_one(key, polled.clock.now(), bureau.lease())
    assert claim is not None
    assert recalled(bureau.archive, key, claim.shown, claim.seen).print
    other = connect(tmp_path / "another")
    assert recalled(other, key, claim.shown, claim.seen).print == b""
    other.close()


def test_what_it_leads_back_to_is_asked_for_once_its_past_is_wanted(world: World) -> None:
    source = f"  - {{feed: '{{site}}/f', name: paper, pages: never, history: %s, {PRIVATE}}}"
    world.configure(source % "false")
    about = (
        f'<atom:link xmlns:atom="{ATOM}" rel="prev-archive" href="{world.site.url}/o"/><pubDate>%s</pubDate>'
    )
    world.site.pages["/o"] = Page(rss(item("9", "Title 9", description=lorem("nine"))))
    for date in ("today", "tomorrow"):
        body = rss(*ITEMS).replace(b"<item>", (about % date).encode() + b"<item>", 1)
        world.site.pages["/f"] = Page(body)
        world.round()
    assert world.bureau.workers.ways == {"new": 1, "delta": 1}
    world.restart()
    world.configure(source % "true")
    for _ in range(3):
        world.round()
    assert "Title 9" in world.kept()
