"""What came as a source's past, in topics: held until an editor decides on the source."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from archive import Article
from feeds.curate.lines import Drop, DropSource, Hold, Publish, ReleaseSource
from feeds.past import FIRST, FLOOD, HISTORY, PAST
from feeds.settings import Topic
from feeds.times import rfc3339, stamp
from tests.builders import START
from tests.feeds.test_curate import Desk, article

DAY = timedelta(days=1)


def came_as(number: int, arrival: str | None, **more: str) -> Article:
    made = article(number, f"kabul {number}", **more)  # type: ignore[arg-type]
    return msgspec.structs.replace(made, archive=msgspec.structs.replace(made.archive, arrival=arrival))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.define(kabul=Topic(query="kabul"))
    made.tick()
    return made


@pytest.mark.parametrize("arrival", sorted(PAST))
def test_the_past_is_held_in_every_topic_until_an_editor_decides(desk: Desk, arrival: str) -> None:
    desk.keep(came_as(1, arrival), came_as(2, None), came_as(3, FIRST))
    hold, *others = [one for one in desk.tick() if isinstance(one, Hold | Publish)]
    assert isinstance(hold, Hold)
    assert (hold.reason, hold.until, hold.source) == (arrival, None, "k")
    assert [one.article[9:17] for one in others] == ["00000002", "00000003"]
    desk.keep(msgspec.structs.replace(came_as(1, None, rev=2), content_text="kabul again"))  # type: ignore[arg-type]
    (again,) = [one for one in desk.tick() if isinstance(one, Hold | Publish)]
    assert isinstance(again, Hold)
    assert (again.rev, again.reason, again.source) == (2, arrival, "k")
    desk.decide(ReleaseSource(source="k", at=stamp(desk.now + DAY)))
    (out,) = [one for one in desk.tick() if isinstance(one, Publish)]
    assert (out.article, out.rev) == (hold.article, 2)


@pytest.mark.parametrize("kind", [ReleaseSource, DropSource])
def test_a_tick_that_decides_on_a_source_may_be_cut_anywhere(tmp_path: Path, kind: type) -> None:
    count = 7

    def scene(folder: Path) -> Desk:
        folder.mkdir()
        desk = Desk(folder)
        desk.define(kabul=Topic(query="kabul"), towns=Topic(query="kabul OR doha"))
        dates = [START - n * DAY for n in (3, 1, 5, 2, 9, 4, 6)]
        desk.keep(*(came_as(n, FLOOD, date=rfc3339(date)) for n, date in enumerate(dates, 1)))
        desk.tick()
        desk.decide(kind(source="k", at=stamp(desk.now + DAY)))
        return desk

    whole = scene(tmp_path / "whole")
    expected = [type(one) for one in whole.tick()]
    rules = whole.book.in_force()
    order = [whole.told.articles_in(rule.topic) for rule in rules]
    if kind is ReleaseSource:
        assert order == [[f"urn:uuid:{n:08d}-0000-8000-8000-000000000000" for n in (5, 7, 3, 6, 1, 4, 2)]] * 2
    assert expected.count(Publish if kind is ReleaseSource else Drop) == 2 * count
    for cut in range(2 * count + 1):
        desk = scene(tmp_path / f"cut{cut}")
        desk.tick(cut=cut)
        desk.tick()
        assert [desk.told.articles_in(rule.topic) for rule in rules] == order
        assert desk.told.held() == []
        assert desk.tick() == []


def test_a_word_on_a_source_is_on_what_was_kept_by_then(desk: Desk) -> None:
    desk.decide(ReleaseSource(source="k", at=stamp(START)))
    desk.keep(came_as(1, FLOOD, seen=rfc3339(START + DAY)), came_as(2, FLOOD, seen=rfc3339(START - DAY)))
    found = {one.article[9:17]: type(one) for one in desk.tick() if isinstance(one, Hold | Publish)}
    assert found == {"00000001": Hold, "00000002": Publish}


def test_a_new_topic_counts_the_past_as_older_than_all_news(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old = [came_as(n, HISTORY, date=f"2020-01-{n:02d}T00:00:00Z") for n in (9, 8, 7)]
    desk.keep(*(article(n, "kabul") for n in (1, 2)), *old)
    desk.define(kabul=Topic(query="kabul", limit=4))
    found = [one.article[9:17] for one in desk.tick() if isinstance(one, Publish)]
    assert found == ["00000008", "00000009", "00000001", "00000002"]
