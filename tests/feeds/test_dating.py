"""A date that nothing can have been published at is no date; that there was one, and why it fell, is said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from archive import Draft
from feeds.ingest.normalize import Coming, by_age, oldest_first, to_draft
from feeds.model import Entry, Page
from feeds.times import rfc3339
from tests.builders import START, item, rss
from tests.site import Page as Answer
from tests.world import World

NOW = Coming(key="k", name="n", via="feed", at=START)
SOON, LATER = START + timedelta(hours=47), START + timedelta(days=3)
PAGE = Page(
    url="https://s.example/1",
    published=START - timedelta(days=1),
    published_raw="yesterday",
    date_source="og",
)


def entry(name: str, **fields: object) -> Entry:
    return Entry(guid=name, title=name, text=f"text of {name}", **fields)  # type: ignore[arg-type]


def of(found: Draft) -> tuple[str | None, str, str | None]:
    return found.content.date_published, found.origin.date_source, found.origin.date_raw


def test_a_date_a_little_ahead_is_a_clocks_or_a_zones_fault_and_stands() -> None:
    found = to_draft(entry("1", published=SOON, published_raw="soon"), None, NOW)
    assert of(found) == (rfc3339(SOON), "feed", "soon")


def test_a_date_days_ahead_is_none_and_its_words_stay() -> None:
    found = to_draft(entry("1", published=LATER, published_raw="later", updated=LATER), None, NOW)
    assert of(found) == (None, "future", "later")
    assert found.content.date_modified is None


def test_an_impossible_date_is_none_and_its_words_stay() -> None:
    assert of(to_draft(entry("1", published_raw="31 June"), None, NOW)) == (None, "unreadable", "31 June")
    assert of(to_draft(entry("1"), None, NOW)) == (None, "none", None)


@pytest.mark.parametrize(
    "fields", [{}, {"published_raw": "31 June"}, {"published": LATER, "published_raw": "l"}]
)
def test_where_the_feeds_date_falls_the_pages_stands(fields: dict[str, object]) -> None:
    assert of(to_draft(entry("1", **fields), PAGE, NOW)) == (rfc3339(PAGE.published), "og", "yesterday")
    ahead = replace(PAGE, published=LATER)
    assert of(to_draft(entry("1", **fields), ahead, NOW))[0] is None


def test_with_a_clock_that_cannot_be_believed_every_date_stands() -> None:
    found = to_draft(entry("1", published=LATER, published_raw="later"), None, replace(NOW, doubtful=True))
    assert of(found) == (rfc3339(LATER), "feed", "later")


def test_order_never_rests_on_a_date_that_is_not_believed() -> None:
    day = timedelta(days=1)
    found = [
        entry("newest", published=START - day),
        entry("event", published=START + 300 * day),
        entry("oldest", published=START - 5 * day),
    ]
    drafts = oldest_first([to_draft(one, None, NOW) for one in found])
    assert [one.guid for one in by_age(found, START)] == ["oldest", "event", "newest"]
    assert [one.content.title for one in drafts] == ["oldest", "event", "newest"], (
        "as they stand, from the end"
    )
    assert [one.guid for one in by_age(found, None)] == ["oldest", "newest", "event"]


def test_a_coming_event_does_not_stand_above_all_news_for_months(world: World) -> None:
    world.configure(
        "  - {feed: '{site}/f', name: f, pages: never, allow_private: [127.0.0.0/8]}",
        "  all: {any: [event, news]}",
    )
    event = item("1", "Event", content="e", date="Fri, 01 Jan 2038 10:00:00 GMT")
    world.site.pages["/f"] = Answer(rss(event))
    world.round()
    world.site.pages["/f"] = Answer(rss(item("2", "News", content="n"), event))
    world.round()
    assert world.titles("all") == ["News", "Event"]
    article = world.bureau.archive.since(0, 1)[0].record
    assert (article.date_published, article.archive.date_source) == (None, "future")
