"""Merged, split, withheld, taken back by the source, changing at every visit: what readers see of it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from archive.record.article import Alias
from feeds.answering.reception import answers_of
from feeds.curate import lines
from feeds.curate.standing import Item
from feeds.editing.desk import carry_out
from feeds.errors import CommandError
from feeds.web.answer import Answers
from tests.builders import item, lorem, rss
from tests.hatchery import hatch
from tests.site import Page
from tests.world import PRIVATE, World, tree

REPO = Path(__file__).parents[1]
SOURCES = "\n".join(
    f"  - {{feed: '{{site}}/{name}', name: {name}, pages: never, {PRIVATE}}}" for name in ("paper", "other")
)
TOPICS = "  kabul: {query: kabul, guid: per-topic}\n  slow: {query: kabul, delay: 5h}\n  all: {query: word}\n"


def entry(guid: str, title: str, text: str = "") -> str:
    return item(
        guid, title, content=f"<p>{lorem(guid, 50)} word {text}</p>", link=f"https://paper.example/{guid}"
    )


def show(world: World, *entries: str, feed: str = "paper") -> None:
    world.site.pages[f"/{feed}"] = Page(rss(*entries), etag=f'"{hash(entries)}"')


def ids(world: World) -> dict[str, str]:
    return {card.title: card.id for card in world.bureau.archive.newest(100)}


def do(world: World, what: str, *articles: str, **more: Any) -> dict[str, Any]:
    world.clock.advance(minutes=1)
    names = dict(zip(("article", "other"), articles, strict=False))
    return carry_out(world.bureau, {"do": what, **names, **more})


def items(world: World, slug: str) -> dict[str, Item]:
    """Every item that a topic knows, by its article."""
    rule = world.bureau.book.called(slug)
    assert rule is not None
    found = (world.bureau.told.item(rule.topic, card.id) for card in world.bureau.archive.newest(100))
    return {one.article: one for one in found if one is not None}


def feed(world: World, slug: str) -> dict[str, dict[str, Any]]:
    """The items of a topic's feed as readers have them, by their ids."""
    return {one["id"]: one for one in json.loads(world.file(f"{slug}/feed.json"))["items"]}


def rebuilt(world: World) -> None:
    """Delete all that is derived, make it anew, and compare every byte."""
    before = world.published()
    world.restart()
    kept = tree(world.data / "archive")
    copy = world.home / "again"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(world.home, copy, ignore=shutil.ignore_patterns("again", "run"))
    shutil.rmtree(copy / "data" / "index")
    shutil.rmtree(copy / "data" / "feeds")
    done = hatch("feeds", "-c", str(copy / "config.yaml"), "rebuild", env={"TZ": "Asia/Kabul"})
    assert done.returncode == 0, done.stderr
    diff = subprocess.run(["diff", "-r", world.data / "feeds", copy / "data" / "feeds"], check=False)
    assert diff.returncode == 0
    assert tree(copy / "data" / "feeds", twins=True) == before
    assert tree(copy / "data" / "archive") == kept
    shutil.rmtree(copy)


@pytest.fixture
def two(world: World) -> World:
    """The paper's article is in no topic of Kabul; the other's is, and is published."""
    world.configure(SOURCES, TOPICS)
    show(world, entry("a", "Doha talks"))
    show(world, entry("b", "Kabul talks"), feed="other")
    world.round()
    return world


def test_an_item_keeps_its_id_and_shows_what_it_was_merged_into(two: World) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    (before,) = feed(two, "kabul").values()
    assert do(two, "merge", a, b) == {"article": a, "other": b}
    (after,) = feed(two, "kabul").values()
    assert (after["id"], after["title"]) == (before["id"], "Doha talks")
    assert after["_newsweir"]["n"] == before["_newsweir"]["n"]
    show(two, entry("a", "Doha talks corrected"))
    two.round()
    (revised,) = feed(two, "kabul").values()
    assert (revised["id"], revised["title"]) == (before["id"], "Doha talks corrected")
    told = [lines.publication(line.body) for line in two.bureau.archive.publications.since(0, 100)]
    updates = [
        one for one in told if isinstance(one, lines.Update) and one.topic == items(two, "kabul")[b].topic
    ]
    assert [(one.article, one.shows, one.rev) for one in updates] == [(b, a, 1), (b, a, 2)]
    page = two.file(f"articles/{b.removeprefix('urn:uuid:')}/index.html").decode()
    assert "Doha talks corrected" in page
    assert a not in items(two, "kabul"), "it counts as published"
    rebuilt(two)

    assert do(two, "split", b) == {"article": a, "other": b}
    (alone,) = feed(two, "kabul").values()
    assert (alone["id"], alone["title"]) == (before["id"], "Kabul talks")
    show(two, entry("b", "Kabul talks go on"), feed="other")
    show(two, entry("a", "Doha talks go on"))
    two.round()
    assert [one["title"] for one in feed(two, "kabul").values()] == ["Kabul talks go on"]
    assert sorted(two.kept()) == ["Doha talks go on", "Kabul talks go on"]
    rebuilt(two)


def test_what_both_were_published_stays(two: World) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    before = feed(two, "all")
    do(two, "merge", a, b)
    assert feed(two, "all") == before
    show(two, entry("a", "Doha talks corrected"))
    two.round()
    titles = {one["id"]: one["title"] for one in feed(two, "all").values()}
    assert titles == {a: "Doha talks corrected", b: "Kabul talks"}
    do(two, "split", a)
    assert {one["id"]: one["title"] for one in feed(two, "all").values()} == titles
    rebuilt(two)


def test_the_page_of_a_part_that_was_never_published_leads_to_the_whole(two: World) -> None:
    quiet = item("q", "Quiet", content=f"<p>{lorem('quiet', 50)}</p>", link="https://paper.example/q")
    show(two, quiet, feed="other")
    two.round()
    a, q = (ids(two)[title].removeprefix("urn:uuid:") for title in ("Doha talks", "Quiet"))
    answers = answers_of(two.bureau, lambda: (True, {}))

    def get(path: str) -> tuple[int, str | None]:
        reply = answers.get(path, {})
        return reply.status, reply.headers.get("Location")

    assert get(f"/articles/{q}/") == (200, None)
    do(two, "merge", a, q)
    for tail in ("", "/", ".json"):
        assert get(f"/articles/{q}{tail}") == (308, f"/articles/{a}{tail}")
    assert get(f"/articles/{a}/") == (200, None)
    two.restart()
    answers = answers_of(two.bureau, lambda: (True, {}))
    assert get(f"/articles/{q}/") == (308, f"/articles/{a}/")
    do(two, "split", q)
    assert get(f"/articles/{q}/") == (200, None)
    do(two, "withhold", q)
    do(two, "merge", ids(two)["Kabul talks"], a)
    assert get(f"/articles/{q}/") == (410, None)


def test_what_waits_waits_as_what_it_was_merged_into(two: World) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    assert items(two, "slow")[b].state == "held"
    show(two, entry("a", "Kabul and Doha talks"))
    do(two, "merge", a, b)
    two.round()
    assert {one.article: one.state for one in items(two, "slow").values()} == {a: "held", b: "dropped"}
    two.round(hours=6)
    assert list(feed(two, "slow")) == [a]
    do(two, "backfill", topic="slow")
    assert list(feed(two, "slow")) == [a], "both are published"


def test_an_editors_word_on_one_is_a_word_on_both(two: World) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    do(two, "merge", a, b)
    assert do(two, "withdraw", a, topic="kabul")["topics"] == ["kabul"]
    assert feed(two, "kabul") == {}
    show(two, entry("a", "Kabul talks after all"))
    two.round()
    do(two, "backfill", topic="kabul")
    assert feed(two, "kabul") == {}, "what was withdrawn is not published under its other id"


def test_what_cannot_be_merged_is_refused_with_a_way_on(two: World) -> None:
    show(two, entry("a", "Doha talks"), entry("c", "Third"), entry("d", "Fourth"))
    two.round()
    found = ids(two)
    a, b, c, d = (found[title] for title in ("Doha talks", "Kabul talks", "Third", "Fourth"))
    with pytest.raises(CommandError, match="named twice"):
        do(two, "merge", a, a)
    with pytest.raises(CommandError, match="no article in the archive"):
        do(two, "merge", a, "ffffffff-ffff")
    with pytest.raises(CommandError, match="nothing to split"):
        do(two, "split", b)
    do(two, "merge", a, b)
    with pytest.raises(CommandError, match=f"count as one already .*split {b[9:]}"):
        do(two, "merge", b, a)
    assert do(two, "merge", b, c)["article"] == a, "merged into what survives"
    with pytest.raises(CommandError, match=f"part of {a} already: merge that one .*{d[9:]} {a[9:]}"):
        do(two, "merge", d, c)
    with pytest.raises(CommandError, match="2 parts"):
        do(two, "split", a)
    do(two, "merge", d, a)
    assert two.bureau.archive.members(b) == [d, a, *sorted([b, c])]
    do(two, "split", c)
    do(two, "split", a)
    assert two.bureau.archive.members(b) == [a, b]
    do(two, "withhold", d)
    with pytest.raises(CommandError, match="withheld since"):
        do(two, "merge", a, d)
    rebuilt(two)


@pytest.mark.parametrize("fault", ["union.decided:1:kill", "articles.torn:1:kill", "catalog.before:1:kill"])
def test_a_merge_that_was_decided_is_carried_out_at_the_next_start(two: World, fault: str) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    two.restart()
    done = hatch("feeds", "-c", str(two.home / "config.yaml"), "merge", a, b, env={"NEWSWEIR_FAULT": fault})
    assert done.returncode == -9, done.stderr
    assert two.bureau.archive.members(b) == [a, b]
    two.clock.advance(days=400)  # The command went by the real clock.
    two.publish()
    assert [one["title"] for one in feed(two, "kabul").values()] == ["Doha talks"]
    two.restart()
    two.publish()
    told = [one.record for one in two.bureau.archive.since(0, 100)]
    assert sum(isinstance(one, Alias) and one.archive.decision is not None for one in told) == 1, "once"
    rebuilt(two)


def answers(world: World) -> Answers:
    """What readers are answered, as the daemon has it."""
    return answers_of(world.bureau, lambda: (True, {}))


def test_what_is_withheld_leaves_topics_pages_and_search_for_good(two: World) -> None:
    a, b = ids(two)["Doha talks"], ids(two)["Kabul talks"]
    assert do(two, "withhold", b, reason="a court said so") == {"article": b, "topics": ["kabul", "all"]}
    assert (feed(two, "kabul"), list(feed(two, "all"))) == ({}, [a])
    assert items(two, "slow")[b].state == "dropped"
    assert b"deleted-entry" in two.file("all/atom.xml")
    web = answers(two)
    for path in (f"/articles/{b[9:]}/", f"/articles/{b[9:]}.json"):
        assert web.get(path, {}).status == 410
    assert b[9:].encode() not in web.get("/search.json?q=word", {}).body
    assert a[9:].encode() in web.get("/search.json?q=word", {}).body

    show(two, entry("b", "Kabul talks again"), feed="other")
    two.round(hours=9)
    do(two, "backfill", topic="kabul")
    assert two.bureau.archive.get(b).title == "Kabul talks again", "it goes on being kept"
    assert (feed(two, "kabul"), feed(two, "slow")) == ({}, {})
    with pytest.raises(CommandError, match=r"withheld since .*, for good"):
        do(two, "release", b)
    with pytest.raises(CommandError, match="withheld since"):
        do(two, "withhold", b)
    rebuilt(two)
    assert answers(two).get(f"/articles/{b[9:]}/", {}).status == 410


def test_what_was_never_published_is_withheld_as_well(world: World) -> None:
    world.configure(SOURCES, "  kabul: {query: kabul}")
    show(world, entry("a", "Doha talks"))
    world.round()
    a = ids(world)["Doha talks"]
    assert answers(world).get(f"/articles/{a[9:]}/", {}).status == 200
    do(world, "withhold", a)
    assert answers(world).get(f"/articles/{a[9:]}/", {}).status == 410


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>T</title><id>urn:t</id><updated>2026-01-05T08:00:00Z</updated>{}</feed>"""


def atom_entry(number: int, text: str) -> str:
    return (
        f"<entry><id>urn:e{number}</id><title>Entry {number}</title><updated>2026-01-05T08:00:00Z</updated>"
        f"<content type='text'>{lorem(f'e{number}', 40)} word {text}</content></entry>"
    )


def test_what_its_feed_takes_back_stays_and_says_so_until_it_is_shown_again(world: World) -> None:
    world.configure(SOURCES.splitlines()[0], TOPICS)

    def atom(*parts: str) -> None:
        world.site.pages["/paper"] = Page(ATOM.format("".join(parts)).encode())

    atom(atom_entry(1, "one"), atom_entry(2, "two"))
    world.round()
    one = ids(world)["Entry 1"]
    path = f"articles/{one[9:]}/index.html"
    assert b"took it back" not in world.file(path)
    deleted = [f'<at:deleted-entry ref="urn:e{n}" when="2026-01-05T08:30:00Z"/>' for n in (1, 2, 77)]
    atom(atom_entry(2, "two"), *deleted)
    world.round()
    assert "The source took it back on" in world.file(path).decode()
    assert "5 January 2026" in world.file(path).decode()
    assert json.loads(world.file(f"articles/{one[9:]}.json"))["_newsweir"]["gone"] == "2026-01-05T08:30:00Z"
    assert set(world.titles("all")) == {"Entry 1", "Entry 2"}, "it stays in the feeds"
    assert b"took it back" not in world.file(f"articles/{ids(world)['Entry 2'][9:]}/index.html"), (
        "it is shown"
    )
    before = len(world.bureau.archive.publications.since(0, 100))
    world.round()
    assert len(world.bureau.archive.publications.since(0, 100)) == before, "told once"
    rebuilt(world)
    atom(atom_entry(1, "one again"))
    world.round()
    assert b"took it back" not in world.file(path)
    rebuilt(world)


def test_a_page_that_answers_410_is_said_on_the_slip(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/paper', name: paper, pages: always, {PRIVATE}}}", TOPICS)
    links = {n: f"{world.site.url}/page{n}" for n in range(6)}
    world.site.pages["/paper"] = Page(
        rss(
            *(
                item(f"g{n}", f"Title {n}", description=f"word {lorem(f'g{n}', 30)}", link=link)
                for n, link in links.items()
            )
        )
    )
    for n in range(5):
        world.site.pages[f"/page{n}"] = Page(b"gone", 410)
    world.site.pages["/page5"] = Page(
        f"<html><body><article><p>{lorem('page', 200)}</p></article></body></html>".encode(),
        headers={"Content-Type": "text/html"},
    )
    world.round()
    found = ids(world)
    gone = {title: world.bureau.archive.tombstone(article) for title, article in found.items()}
    assert {title for title, why in gone.items() if why and why.reason == "410"} == {
        f"Title {n}" for n in range(5)
    }
    assert len(world.bureau.archive.get(found["Title 5"]).content_text.split()) == 200, "no fault of its site"
    assert b"took it back" in world.file(f"articles/{found['Title 0'][9:]}/index.html")


def test_a_page_that_changes_at_every_visit_fills_no_archive_and_its_last_state_comes_in(
    world: World,
) -> None:
    world.configure(SOURCES.splitlines()[0], TOPICS)
    for visit in range(40):
        show(world, entry("n", "Noisy", f"visit {visit}"), entry("q", "Quiet"))
        world.round(hours=0.1)
    article = ids(world)["Noisy"]
    revisions = world.bureau.archive.revisions(article)
    assert len(revisions) == 8
    assert "visit 39" not in revisions[-1].content_text
    world.restart()
    for _ in range(11):
        world.round(hours=0.1)
    assert "visit 39" in world.bureau.archive.get(article).content_text, "though nothing changed any more"
    assert len(world.bureau.archive.revisions(article)) == 9
    assert len(world.bureau.archive.revisions(ids(world)["Quiet"])) == 1
    world.site.asked.clear()
    world.round(hours=0.1)
    world.round(hours=0.1)
    assert world.site.asked[-1].conditional, "and then its validators are remembered"


def test_a_local_file_may_be_edited_more_often(world: World) -> None:
    world.configure("  - {folder: inbox}", TOPICS)
    note = world.inbox / "note.txt"
    for edit in range(65):
        note.write_text(f"A note\n\n{lorem('note', 30)} {edit}\n")
        os.utime(note, (world.clock.now().timestamp(), world.clock.now().timestamp() + edit))
        world.round(hours=0.01)
    (card,) = world.bureau.archive.newest(10)
    assert card.rev == 60
    world.round(hours=1)
    assert world.bureau.archive.get(card.id).content_text.endswith(" 64")
