"""The search of the archive over HTTP, and the pages for what is kept, withdrawn or unknown."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from feeds.answering.enquiries import Enquiries
from feeds.editing import desk
from feeds.publish.pages.search_page import Asked
from feeds.publish.shelf.memory import MemoryShelf
from feeds.settings import Site, Tcp
from feeds.web.answer import Answers, Past
from feeds.web.listening import address, listen
from feeds.web.server import LOOKING, WAITING, WebServer
from tests.builders import lorem
from tests.served import LONG, Served, enquiries_of
from tests.world import World


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served"))
    yield made
    made.close()


def get(served: Served, path: str, **query: str) -> requests.Response:
    return requests.get(served.url + path, params=query, timeout=20)


def test_results_are_newest_first_twenty_at_a_time_with_their_hits(served: Served) -> None:
    first = get(served, "search.json", q="kabul AND said").json()
    assert first["read_as"] == "kabul and said"
    assert [one["title"] for one in first["results"]] == [f"Kabul story {n}" for n in range(39, 19, -1)]
    assert first["complete"] is True
    second = requests.get(first["next"], timeout=20).json()
    assert [one["title"] for one in second["results"]] == [f"Kabul story {n}" for n in range(19, -1, -1)]
    assert "next" not in second
    page = get(served, "search", q="kabul AND said").text
    assert page.count('<article class="result">') == 20
    assert "<mark>Kabul</mark>, he <mark>said</mark>." in page
    assert 'rel="next"' in page
    assert "Cuttings 1 to 20" in page
    assert '<a href="' + served.url + 'kabul/" dir="auto">Kabul &amp; beyond</a>' in page


@pytest.mark.parametrize(
    ("query", "character", "part"),
    [
        ('(opium OR heroin AND "northern border', 22, "&#34;northern border"),
        ("(kabul", 1, "("),
        ("kabul and doha", 7, "and"),
    ],
)
def test_a_fault_is_shown_where_it_is_and_nothing_is_searched(
    served: Served, query: str, character: int, part: str
) -> None:
    reply = get(served, "search", q=query)
    assert reply.status_code == 400
    assert f"Character {character}:" in reply.text
    assert f"<mark>{part}</mark>" in reply.text
    assert "Nothing was searched." in reply.text
    assert 'aria-invalid="true"' in reply.text
    twin = get(served, "search.json", q=query)
    assert (twin.status_code, twin.json()["fault"]["position"]) == (400, character)


def test_without_a_question_the_help_is_open(served: Served) -> None:
    page = get(served, "search").text
    assert '<details class="help" open>' in page
    assert '<details class="help">' in get(served, "search", q="kabul").text
    assert "Results" not in page


def test_nothing_found_says_which_part_is_to_blame(served: Served) -> None:
    page = get(served, "search", q='kabul AND "salang tunnel"').text
    assert "No cutting has all of that" in page
    assert '<b dir="auto">kabul</b> alone: found.' in page
    assert '<b dir="auto">&#34;salang tunnel&#34;</b> alone: nothing.' in page
    assert "No cutting has that" in get(served, "search", q="salang").text


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a" * 5000, "%00\x00", "喀布尔"]
)
def test_no_question_gets_through_as_markup(served: Served, query: str) -> None:
    reply = get(served, "search", q=query)
    assert reply.status_code in {200, 400}
    assert not set(reply.text.lower().split("<")) & {"script>alert(1)", "img src=x onerror=alert(1)>"}
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999", "²"])
def test_any_page_number_is_answered(served: Served, page: str) -> None:
    assert get(served, "search", q="kabul", page=page).status_code == 200


def test_what_is_kept_and_not_published_has_a_page_that_is_not_indexed(served: Served) -> None:
    (found,) = get(served, "search.json", q="unpublished").json()["results"]
    assert (found["title"], found["topics"]) == ("Nobody asks for this", [])
    page = requests.get(found["page"], timeout=20)
    assert page.status_code == 200
    assert '<meta name="robots" content="noindex">' in page.text
    assert "Kept, in no topic" in page.text
    assert "Why it is here" not in page.text
    assert "1 to 2, compared" in page.text
    assert "revised<bdi" in page.text
    assert requests.get(found["page"].rstrip("/"), timeout=20).url == found["page"]
    record = requests.get(found["page"].rstrip("/") + ".json", timeout=20)
    assert (record.json()["title"], record.headers["X-Robots-Tag"]) == ("Nobody asks for this", "noindex")
    published = get(served, served.article("Kabul story 39"))
    assert "noindex" not in published.text
    assert "ETag" in published.headers


def test_what_was_withdrawn_is_neither_found_nor_shown(served: Served) -> None:
    path = served.article("Kabul story 5")
    identity = "urn:uuid:" + path.split("/")[1]
    desk.carry_out(served.world.bureau, {"do": "withdraw", "article": identity, "topic": None})
    titles = [one["title"] for one in get(served, "search.json", q='"story 5"').json()["results"]]
    assert titles == []
    assert get(served, path).status_code == 404, "nobody here knows its past; the daemon does"


def test_pages_for_what_is_not_there(served: Served) -> None:
    unknown = get(served, "world/kabul-story.html")
    assert (unknown.status_code, "Nothing here" in unknown.text) == (404, True)
    assert 'value="world kabul story"' in unknown.text
    gone = get(served, "articles/00000001-0000-8000-8000-000000000000/")
    assert (gone.status_code, "On 20 November 2026." in gone.text) == (410, True)
    assert "This topic was closed" in get(served, "closed/").text
    broken = get(served, "broken")
    assert (broken.status_code, "This page could not be made" in broken.text) == (500, True)
    for path, status in (("nowhere/rss.xml", 404), ("closed/feed.json", 410), ("articles/x.json", 404)):
        reply = get(served, path)
        assert (reply.status_code, reply.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
        assert len(reply.content) < 100


def test_pages_are_sent_packed_with_a_tag_of_their_own(served: Served) -> None:
    plain = requests.get(served.url + "kabul/", headers={"Accept-Encoding": "identity"}, timeout=20)
    packed = requests.get(served.url + "kabul/", headers={"Accept-Encoding": "gzip"}, timeout=20, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 4
    assert packed.content == plain.content
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for coding, tag in (("identity", plain.headers["ETag"]), ("gzip", packed.headers["ETag"])):
        asked = {"If-None-Match": tag, "Accept-Encoding": coding}
        again = requests.get(served.url + "kabul/", headers=asked, timeout=20)
        assert (again.status_code, again.content) == (304, b"")
    refused = requests.get(served.url + "kabul/", headers={"Accept-Encoding": "gzip;q=0"}, timeout=20)
    assert "Content-Encoding" not in refused.headers


def test_an_answer_that_is_the_same_again_is_not_sent_again(served: Served) -> None:
    for path in ("search?q=kabul", "search.json?q=kabul"):
        first = requests.get(served.url + path, timeout=20)
        again = requests.get(served.url + path, headers={"If-None-Match": first.headers["ETag"]}, timeout=20)
        other = requests.get(
            f"{served.url}{path}&page=2", headers={"If-None-Match": first.headers["ETag"]}, timeout=20
        )
        assert (first.status_code, again.status_code, again.content, other.status_code) == (
            200,
            304,
            b"",
            200,
        )


def test_time_runs_out_and_that_is_said(served: Served) -> None:
    ticks = itertools.count()
    bureau = served.world.bureau
    hasty = Enquiries(
        lambda: bureau.archive, lambda: bureau.told, lambda: bureau.book, Site, lambda: next(ticks) * 0.5
    )
    asked = hasty.search("kabul")
    assert asked.looked_at == len(asked.results) == 4, "two seconds, half a second for each"
    late = Enquiries(
        lambda: bureau.archive, lambda: bureau.told, lambda: bureau.book, Site, lambda: next(ticks) * 5.0
    )
    assert late.search("kabul AND zzzz").parts == (), "no time to look for the parts"
    assert late.search("kabul").looked_at == 0


class Slow:
    """Enquiries that are answered when the test says so."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def search(self, query: str, page: int = 1) -> Asked:
        self.go.wait(20)
        return Asked(query="")

    def article(self, name: str) -> None:
        return None


def test_the_server_answers_others_while_it_searches_and_turns_too_many_away() -> None:
    sock = listen(Tcp(port=0))
    base, slow = address(sock), Slow()
    answers = Answers(MemoryShelf, lambda: Site(base_url=base), lambda _: None, lambda: (True, {}), slow)
    server = WebServer(answers, sock)
    server.start()
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(requests.get(base + "search?q=x", timeout=30).status_code)

    threads = [threading.Thread(target=ask) for _ in range(LOOKING + WAITING + 3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(statuses) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    began = time.monotonic()
    assert requests.get(base + "healthz", timeout=5).text == "ok\n"
    assert time.monotonic() - began < 2
    assert statuses == [503] * 3
    slow.go.set()
    for thread in threads:
        thread.join()
    server.stop()
    assert statuses.count(200) == LOOKING + WAITING


def test_an_unchanged_site_keeps_its_bytes_through_another_round(served: Served, tmp_path: Path) -> None:
    world = served.world
    before = {path: world.file(path) for path in ("index.html", "kabul/index.html", "lithium/index.html")}
    world.round(hours=400)
    assert {path: world.file(path) for path in before} == before, "no page has a clock"
    assert LONG in before["kabul/index.html"].decode()


def test_a_topic_that_gives_links_gives_no_snippet_either(world: World) -> None:
    for number, word in enumerate(("linked", "quoted")):
        (world.inbox / f"{number}.txt").write_text(
            f"Kabul {word}\n\n" + lorem(f"s{number}", 30) + f" kabul {word}.\n"
        )
    world.configure(
        "  - {folder: inbox}",
        "  links: {query: linked, content: link}\n  quotes: {query: quoted, content: excerpt}",
    )
    world.round()
    enquiries = enquiries_of(world)
    found = {one.topics[0][0]: one for one in enquiries.search("kabul").results}
    assert (found["links"].snippet, found["links"].article.content_text) == ((), "")
    assert any(marked for _, marked in found["quotes"].snippet)


def test_while_the_index_is_made_anew_nothing_is_told_that_may_be_wrong(served: Served) -> None:
    settled = [False]
    answers = Answers(MemoryShelf, Site, lambda _: Past(), lambda: (True, {}), None, lambda: settled[0])
    for path in (
        "/search?q=x",
        "/search.json?q=x",
        "/articles/00000001-0000-8000-8000-000000000000/",
        "/kabul/rss.xml",
    ):
        reply = answers.get(path, {})
        assert (reply.status, reply.headers["Retry-After"]) == (503, "2"), path
    settled[0] = True
    assert answers.get("/kabul/rss.xml", {}).status == 410
    soon = Answers(MemoryShelf, Site, lambda _: Past(soon=True), lambda: (True, {}))
    assert soon.get("/articles/00000001-0000-8000-8000-000000000000.json", {}).status == 503


def test_articles_of_a_topic_that_was_taken_out_are_not_found(world: World) -> None:
    (world.inbox / "a.txt").write_text("Kabul calls\n\n" + lorem("a", 30) + "\n")
    world.configure("  - {folder: inbox}", "  kabul: {query: kabul, content: link}\n  other: {query: zzzz}")
    world.round()
    world.restart()
    world.configure("  - {folder: inbox}", "  other: {query: zzzz}")
    world.round()
    bureau = world.bureau
    enquiries = enquiries_of(world)
    (kept,) = bureau.archive.newest(1)
    assert enquiries.search("kabul").results == ()
    assert enquiries.article(kept.id.removeprefix("urn:uuid:")) is None, "its topic gave a link, no text"
