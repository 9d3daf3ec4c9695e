"""A rare word in everything that an article has: after `erase` it stands nowhere below data/."""

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from archive import faults, verify
from feeds.care.erasing import carry_on
from feeds.config import load
from feeds.curate import lines, redact
from feeds.editing import desk
from feeds.office.bureau import Bureau
from feeds.rounds import begin
from tests.archive.test_erasing import hits
from tests.builders import TurnedClock, item, lorem, rss
from tests.hatchery import Hatched, hatch
from tests.site import Page
from tests.world import PRIVATE, World, tree

REPO = Path(__file__).parents[1]
WORD = "zanzibarquoll"
SOURCES = "\n".join(
    [
        f"  - {{feed: '{{site}}/paper', name: paper, pages: never, {PRIVATE}}}",
        f"  - {{feed: '{{site}}/other', name: other, pages: never, {PRIVATE}}}",
    ]
)
TOPICS = f"""
  one: {{title: One, query: harbour, limit: 50}}
  two: {{title: Two, query: harbour AND night, content: full}}
  slow: {{title: Slow, query: harbour, delay: 300h}}
  liked: {{title: Liked, like: ["https://paper.example/{WORD}"]}}
"""
AFTER = {"one": "withdrawn", "two": "withdrawn", "slow": "dropped", "liked": "withdrawn"}


def slowly(value: str) -> Any:
    """Return a parameter that is tried in the slow set only."""
    return pytest.param(value, marks=pytest.mark.slow)


POINTS = [
    "erase.decided", "erase.parked", "erase.blobs", "erase.again", "erase.lines", "erase.catalog", "erase.search", "erase.told",
    "erase.decisions", "erase.rendered", "erase.done", "decisions.torn", "decisions.synced:2", "publications.torn",
    "publish.advanced", "publish.told", "publish.rendered", "seal.write:2", "seal.packed:3", "seal.proven:4",
    "seal.named", "seal.named:4", "seal.told:2", "seal.told:5", "seal.sealed", "seal.sealed:3", "seal.unlink:2",
    "seal.unlink:7", "seal.unlink:11", "catalog.before", "shelf.swap", "shelf.swapped:3",
]  # fmt: skip


def rare(edit: str = "", guid: str = f"tag:{WORD}") -> str:
    """An entry with the word in its guid, title, text, address, author, tags and bytes."""
    text = f"<p>{WORD} at the harbour by night {edit}. {lorem('c', 60)} {WORD}</p><!-- {WORD} raw -->"
    return item(
        guid, f"The {WORD} {edit}", content=text, link=f"https://paper.example/{WORD}",
        author=f"{WORD}@paper.example ({WORD})", category=WORD, date="05 Dec 2025 10:00:00 GMT",
    )  # fmt: skip


def common(*numbers: int) -> list[str]:
    """Other entries of the paper; every third is much like the rare one."""
    found: list[str] = []
    for n in numbers:
        body = lorem("c", 40) if n % 3 == 0 else lorem(f"w{n}", 40)
        found.append(
            item(
                f"n{n}",
                f"Harbour {n}",
                content=f"<p>{body} harbour {n}</p>",
                link=f"https://paper.example/{n}",
            )
        )
    return found


def filled(world: World) -> str:
    """Three days, three revisions, a name from another feed; published, held, an example, parked bytes."""
    paper = world.site.pages
    world.configure(SOURCES, TOPICS)
    paper["/other"] = Page(rss(item("x", "elsewhere", content=lorem("elsewhere"))))
    for day, edit in enumerate(("", "again", "at last")):
        number = day * 6
        paper["/paper"] = Page(
            rss(*common(number + 1, number + 2, number + 3), rare(edit), *common(number + 4))
        )
        world.round(hours=24)
        world.bureau.archive.seal()
        if day == 0:  # Now the example can be found.
            world.restart()
    paper["/other"] = Page(rss(rare("at last", f"other:{WORD}")))
    paper["/paper"] = Page(rss(*common(21, 22, 24), rare("at last")))
    world.round()
    ((article,),) = [[one.id for one in world.bureau.archive.newest(100) if WORD in one.title]]
    parked = world.data / "archive/quarantine/articles"
    parked.mkdir(parents=True, exist_ok=True)
    (parked / "2026-01-05.000+99.0").write_bytes(f'"content_text":"{WORD} at the harbour'.encode())
    return article


def states(world: World, article: str) -> dict[str, str]:
    items = world.bureau.told.of_article(article)
    slugs = {rule.topic: rule.slug for rule in world.bureau.book.all()}
    return {slugs[one.topic]: one.state for one in items}


def told(world: World) -> list[lines.Publication]:
    found = (lines.publication(one.body) for one in world.bureau.archive.publications.since(0, 10_000))
    return [one for one in found if one is not None]


def test_the_world_is_as_the_canary_needs_it(world: World) -> None:
    article = filled(world)
    world.published()
    assert len(world.bureau.archive.revisions(article)) == 3
    assert states(world, article) == {
        "one": "published",
        "two": "published",
        "slow": "held",
        "liked": "published",
    }
    assert any(isinstance(one, lines.Publish) and one.shown.like and one.shown.like.article == article for one in told(world))  # fmt: skip
    found = " ".join(hits(world.data, WORD))
    for place in ("articles/", "blobs/", "publications/", "decisions/", "quarantine/", "catalog.sqlite", "matches.sqlite",
                  "search.sqlite", "one/rss.xml", "one/rss.xml.br", "one/atom.xml.gz", "two/feed.json.zst", "two/atom.xml", "liked/index.html", "feeds/articles/"):  # fmt: skip
        assert place in found, place


def test_after_an_erasure_the_word_stands_nowhere(world: World) -> None:
    article = filled(world)
    world.published()
    before = told(world)
    done = desk.carry_out(world.bureau, {"do": "erase", "article": article[9:17], "reason": "a court"})
    assert (done["withdrawn"], done["dropped"]) == (["one", "two", "liked"], ["slow"])
    assert (done["revisions"], done["names"], done["blobs"], done["backups"]) == (3, 1, 3, [])
    assert hits(world.data, WORD) == []
    assert states(world, article) == AFTER
    assert world.bureau.book.erasures == {}
    check_told(before, told(world), article)
    assert not (world.data / "feeds/articles" / f"{article[9:]}.json").exists()
    assert article[9:] in (world.data / "feeds/one/atom.xml").read_text(), "its tombstone"
    assert redact.GONE in (world.data / "feeds/liked/index.html").read_text()
    world.restart()
    assert hits(world.data, WORD) == []
    assert verify(world.data).flaws == []


def check_told(before: list[lines.Publication], after: list[lines.Publication], article: str) -> None:
    """Every line says what it said, but for why; behind them stand the withdrawals."""

    def bare(line: lines.Publication) -> dict[str, object]:
        found = json.loads(lines.encode(line))
        if found.get("article") == article or found.get("shown", {}).get("like"):
            found.pop("shown", None)
        return dict(found)

    assert [bare(one) for one in after[: len(before)]] == [bare(one) for one in before]
    kinds = [type(one).__name__ for one in after[len(before) :]]
    assert kinds == ["Withdrawn", "Withdrawn", "Drop", "Withdrawn", "Advance"]


def test_the_source_shows_it_again_and_nothing_comes_back(world: World) -> None:
    article = filled(world)
    desk.carry_out(world.bureau, {"do": "erase", "article": article})
    kept = world.bureau.archive.count()
    for again in range(2):
        world.site.pages["/paper"] = Page(rss(*common(25), rare("once more"), *common(26)))
        world.site.pages["/other"] = Page(rss(rare("again", f"third:{WORD}")))
        world.round()
        assert hits(world.data, WORD) == []
        assert world.bureau.archive.count() == kept + 2
        if not again:
            desk.carry_out(world.bureau, {"do": "rebuild"})
    assert world.titles("one")[0] in {"Harbour 25", "Harbour 26"}


def test_no_page_is_fetched_for_it_at_every_poll(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/paper', name: paper, pages: always, {PRIVATE}}}")
    page = item("g", "The title", link=f"{world.site.url}/page", description="a teaser")
    world.site.pages["/paper"] = Page(rss(page))
    world.site.pages["/page"] = Page(b"<html><body><p>" + lorem("p", 200).encode() + b"</p></body></html>")
    world.round()
    (card,) = world.bureau.archive.newest(10)
    desk.carry_out(world.bureau, {"do": "erase", "article": card.id})
    asked = [one.path for one in world.site.asked].count("/page")
    for number in range(3):
        world.site.pages["/paper"] = Page(rss(page, title=f"Edition {number}"))
        world.round()
    assert [one.path for one in world.site.asked].count("/page") == asked
    assert world.bureau.archive.count() == 0


def test_rebuild_is_exact_after_an_erasure(world: World) -> None:
    article = filled(world)
    desk.carry_out(world.bureau, {"do": "erase", "article": article})
    world.round()
    before = world.published()
    world.restart()
    archive = tree(world.data / "archive")
    kept = world.home / "kept"
    shutil.copytree(world.data / "feeds", kept)
    shutil.rmtree(world.data / "index")
    shutil.rmtree(world.data / "feeds")
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert subprocess.run(["diff", "-r", kept, world.data / "feeds"], check=False).returncode == 0
    assert world.published() == before
    assert tree(world.data / "archive") == archive, (
        "no new definition, though config.yaml still names the address"
    )
    assert hits(world.data, WORD) == []


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, TurnedClock]:
    """A filled world at rest, to be copied; the article; and what its clock says."""
    world = World(tmp_path_factory.mktemp("prepared"))
    article = filled(world)
    world.close()
    return world.home, article, world.clock


def erase_until(home: Path, clock: TurnedClock, article: str, fault: str) -> int:
    """Let a child erase until it is killed at a named point; return its status."""
    child = os.fork()
    if child == 0:
        try:
            bureau = Bureau(load(home / "config.yaml"), clock=clock)
            begin(bureau)
            faults.plan(fault)
            desk.carry_out(bureau, {"do": "erase", "article": article})
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    "point",
    POINTS[:: len(POINTS) // 6] + [slowly(one) for one in POINTS if one not in POINTS[:: len(POINTS) // 6]],
)
def test_killed_at_any_point_it_is_completed_at_the_next_start(
    tmp_path: Path, prepared: tuple[Path, str, TurnedClock], point: str
) -> None:
    home, article, clock = prepared
    shutil.copytree(home, tmp_path / "home")
    world = World(tmp_path / "home", TurnedClock(clock.now()))
    fault = f"{point}:kill" if ":" in point else f"{point}:1:kill"
    assert erase_until(world.home, world.clock, article, fault) == -9
    world.clock.advance(hours=1)
    if point == "decisions.torn":  # The decision itself was not durable: nothing was begun.
        assert states(world, article)["one"] == "published"
        desk.carry_out(world.bureau, {"do": "erase", "article": article})
    assert world.bureau.book.erasures == {}
    assert hits(world.data, WORD) == []
    assert states(world, article) == AFTER
    feeds = tree(world.data / "feeds")
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert tree(world.data / "feeds") == feeds
    world.close()
    assert verify(world.data).flaws == []


def test_it_waits_where_the_clock_is_doubtful_and_is_done_with_a_tick(world: World) -> None:
    article = filled(world)
    world.clock.jump(hours=50)
    done = desk.carry_out(world.bureau, {"do": "erase", "article": article})
    assert "waiting" in done
    assert hits(world.data, WORD) != []
    assert carry_on(world.bureau) == {}
    world.clock.jump(hours=-50)
    world.clock.advance(hours=1)
    assert list(carry_on(world.bureau)) == [article]
    assert hits(world.data, WORD) == []


def test_a_local_file_that_was_an_example_is_erased_too(world: World) -> None:
    topics = "  liked: {title: Liked, like: [inbox/rare.txt]}\n  all: {title: All, query: harbour}\n"
    world.configure("  - {folder: inbox}", topics)
    (world.inbox / "rare.txt").write_text(f"The {WORD}\n\n{lorem('c', 40)} harbour {WORD}\n")
    (world.inbox / "near.txt").write_text(f"Another\n\n{lorem('c', 40)} harbour\n")
    world.round()
    ((article,),) = [[one.id for one in world.bureau.archive.newest(100) if WORD in one.title]]
    assert "Another" in world.titles("liked")
    desk.carry_out(world.bureau, {"do": "erase", "article": article})
    assert hits(world.data, WORD) == []
    (world.inbox / "rare.txt").write_text(f"The {WORD}\n\n{lorem('c', 40)} harbour {WORD}, edited\n")
    world.round()
    world.restart()
    world.round()
    assert hits(world.data, WORD) == []
    done = desk.carry_out(world.bureau, {"do": "add", "file": str(world.inbox / "rare.txt")})
    assert [(one["status"], one["id"], one["title"]) for one in done["articles"]] == [
        ("erased", article, None)
    ]


def merged(world: World) -> tuple[str, str]:
    """Two articles of two sources that an editor has made one; both published before."""
    world.configure(SOURCES, "  all: {title: All, query: harbour}")
    other = item(
        f"late:{WORD}",
        f"A {WORD} too",
        content=f"<p>{lorem('d', 60)} harbour {WORD}</p>",
        link=f"https://o.example/{WORD}",
    )
    world.site.pages["/paper"] = Page(rss(*common(1, 2), rare()))
    world.site.pages["/other"] = Page(rss(other))
    world.round()
    ids = {card.title.strip(): card.id for card in world.bureau.archive.newest(10)}
    whole, part = ids[f"The {WORD}"], ids[f"A {WORD} too"]
    desk.carry_out(world.bureau, {"do": "merge", "article": whole, "other": part})
    world.round()
    return whole, part


@pytest.mark.parametrize("number", [0, 1])
def test_what_counts_as_one_is_erased_as_one(world: World, number: int) -> None:
    both = merged(world)
    assert world.bureau.archive.members(both[1])[0] == both[0]
    desk.carry_out(world.bureau, {"do": "erase", "article": both[number]})
    assert hits(world.data, WORD) == []
    assert {state for one in both for state in states(world, one).values()} == {"withdrawn"}
    for _ in range(2):
        world.site.pages["/other"] = Page(
            rss(item(f"late:{WORD}", f"A {WORD} again", content=f"<p>{lorem('d', 60)}</p>"))
        )
        world.round()
        desk.carry_out(world.bureau, {"do": "rebuild"})
        assert hits(world.data, WORD) == []
    world.restart()
    assert hits(world.data, WORD) == []
    assert verify(world.data).flaws == []


def test_what_was_one_with_another_once_is_erased_alone(world: World) -> None:
    whole, part = merged(world)
    desk.carry_out(world.bureau, {"do": "split", "article": part})
    desk.carry_out(world.bureau, {"do": "erase", "article": part})
    assert hits(world.data, f"A {WORD} too") == hits(world.data, f"late:{WORD}") == []
    assert world.bureau.archive.get(whole).title == f"The {WORD} "[:-1]
    world.round()
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert hits(world.data, f"late:{WORD}") == []
    assert states(world, whole) == {"all": "published"}
    assert verify(world.data).flaws == []


def test_what_it_gave_another_while_they_were_one_is_erased_with_it(world: World) -> None:
    def part(edit: str) -> str:
        text = f"<p>quaggawombat {edit} {lorem('d', 60)} harbour</p>"
        return item("part", f"A quaggawombat {edit}", content=text, link="https://paper.example/part")

    def whole(edit: str = "") -> str:
        text = f"<p>{lorem('e', 60)} harbour {edit}</p>"
        return item("whole", "The whole", content=text, link="https://paper.example/whole")

    world.configure(SOURCES, "  all: {title: All, query: harbour}")
    world.site.pages["/other"] = Page(rss(*common(1)))
    world.site.pages["/paper"] = Page(rss(whole(), part("first")))
    world.round()
    ids = {card.title.split()[0]: card.id for card in world.bureau.archive.newest(10)}
    a, b = ids["The"], ids["A"]
    desk.carry_out(world.bureau, {"do": "merge", "article": a, "other": b})
    world.site.pages["/paper"] = Page(rss(whole(), part("second")))
    world.round()
    assert "quaggawombat second" in world.bureau.archive.get(a).content_text
    assert states(world, a) == {"all": "published"}
    desk.carry_out(world.bureau, {"do": "split", "article": b})
    assert "The whole" in world.titles("all"), "it says its own again"
    desk.carry_out(world.bureau, {"do": "erase", "article": b})
    assert hits(world.data, "quaggawombat") == []
    world.site.pages["/paper"] = Page(rss(whole("edited"), part("third")))
    world.round()
    assert [one.archive.rev for one in world.bureau.archive.revisions(a)] == [1, 3, 4]
    feeds = tree(world.data / "feeds")
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert tree(world.data / "feeds") == feeds
    assert verify(world.data).flaws == []


def test_a_page_in_which_another_item_showed_it_says_nothing_of_it(world: World) -> None:
    def whole(text: str) -> str:
        return item(
            "whole", "The whole", content=f"<p>{text} {lorem('e', 40)}</p>", link="https://o.example/w"
        )

    def quays(count: int) -> list[str]:
        return [item(f"q{n}", f"Quay {n}", content=lorem(f"q{n}", 8)) for n in range(count)]

    part = item(
        "part", "The part", content=f"<p>{lorem('d', 40)} quay</p>", link="https://paper.example/part"
    )
    world.configure(SOURCES, "  all: {title: All, query: quay OR zanzi*}")
    world.site.pages["/other"] = Page(rss(whole("first")))
    world.site.pages["/paper"] = Page(rss(part, *quays(48)))
    world.round()
    ids = {card.title: card.id for card in world.bureau.archive.newest(100)}
    desk.carry_out(world.bureau, {"do": "merge", "article": ids["The whole"], "other": ids["The part"]})
    world.site.pages["/other"] = Page(rss(whole(WORD)))
    world.round()
    world.site.pages["/paper"] = Page(rss(part, *quays(49)))
    world.round()
    page = "all/archive/1.json"
    assert WORD in world.file(page).decode()
    desk.carry_out(world.bureau, {"do": "split", "article": ids["The part"]})
    assert WORD in world.file(page).decode(), "that it shows its own again changes no page"
    desk.carry_out(world.bureau, {"do": "erase", "article": ids["The whole"]})
    assert hits(world.data, WORD) == []
    shown = {one["id"]: one["title"] for one in json.loads(world.file(page))["items"]}
    assert len(shown) == 50
    assert shown[ids["The part"]] == "The part"
    feeds = tree(world.data / "feeds")
    desk.carry_out(world.bureau, {"do": "rebuild"})
    assert tree(world.data / "feeds") == feeds


def newsweir(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    return hatch("feeds", "-c", str(world.home / "config.yaml"), *arguments)


def test_the_command_asks_or_wants_to_be_told(world: World) -> None:
    article = filled(world)
    world.restart()
    refused = newsweir(world, "erase", article)
    assert refused.returncode == 2
    assert f"The {WORD} at last" in refused.stderr
    assert "--yes" in refused.stderr
    assert hits(world.data, WORD) != []
    done = newsweir(world, "erase", article[9:18], "--yes", "--reason", "asked to", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["revisions"] == 3
    assert hits(world.data, WORD) == []
    again = newsweir(world, "erase", article, "--yes")
    assert again.returncode == 2
    assert "no article" in again.stderr


@pytest.mark.slow
def test_backups_within_reach_are_brought_up_and_the_others_named(world: World, tmp_path: Path) -> None:
    article = filled(world)
    world.restart()
    near, far = tmp_path / "near", tmp_path / "far"
    for place in (near, far):
        assert newsweir(world, "backup", str(place)).returncode == 0
        assert hits(place, WORD) != []
    far.rename(tmp_path / "away")
    (near / "quarantine/articles").mkdir(parents=True)
    (near / "quarantine/articles/2026-01-05.000.jsonl.zst").write_bytes(b"torn")
    done = newsweir(world, "erase", article, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["aside"] == {str(near): 4}
    assert facts["backups"] == [str(near)]
    assert list(facts["not_reached"]) == [str(far)]
    assert "may still hold it" not in done.stderr, "nobody is warned of what was brought up"
    assert hits(near, WORD) == ["config.yaml"], "which is its owner's, and names its address"
    assert newsweir(world, "verify", str(near)).returncode == 0
    (tmp_path / "away").rename(far)
    assert newsweir(world, "backup", str(far)).returncode == 0
    assert hits(far, WORD) == ["config.yaml"]


@pytest.mark.parametrize(
    "lost", ["everything", *map(slowly, ("articles", "publications", "decisions", "blobs"))]
)
def test_a_repair_from_an_older_copy_brings_nothing_of_it_back(
    world: World, tmp_path: Path, lost: str
) -> None:
    article = filled(world)
    world.restart()
    shutil.copytree(world.data / "archive", tmp_path / "older")
    assert newsweir(world, "erase", article, "--yes").returncode == 0
    assert hits(world.data, WORD) == []
    for path in sorted((world.data / "archive").glob("*/*/*")):
        top = path.parts[-3]
        if top == lost or (lost == "everything" and top != "decisions" and ".0" in path.name):
            path.unlink()
    done = newsweir(world, "repair", "--from", str(tmp_path / "older"))
    assert hits(world.data, WORD) == [], done.stdout
    assert verify(world.data).flaws == []
    gone = {flaw.place.partition("/")[0] for flaw in verify(world.data).lost}
    assert gone == ({"decisions"} if lost == "decisions" else set()), "the copy is older than the decision"
    assert done.returncode == len(gone), done.stdout + done.stderr
    world.site.pages["/paper"] = Page(rss(*common(1, 2), rare("once more")))
    world.round()
    assert hits(world.data / "archive", WORD) == []


def test_on_a_terminal_it_shows_what_will_go_and_asks(world: World) -> None:
    article = filled(world)
    world.restart()
    for answer, code in (("n", 2), ("y", 0)):
        outer, inner = pty.openpty()
        done = Hatched(
            "feeds", "-c", str(world.home / "config.yaml"), "erase", article, files=(inner, None, inner)
        )
        os.close(inner)
        seen = b""
        while b"[y/N]" not in seen:
            seen += os.read(outer, 1000)
        os.write(outer, f"{answer}\n".encode())
        out, _ = done.communicate(timeout=120)
        os.close(outer)
        assert done.returncode == code
        for told in (f"The {WORD} at last", "from paper, 3 revisions", "published in", "held in slow"):
            assert told in seen.decode()
        assert (hits(world.data, WORD) == []) == (answer == "y")
    assert "is erased: 3 revisions, 3 originals; withdrawn from one, two," in out
