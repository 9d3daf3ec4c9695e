"""/metrics: true figures, in the format that Prometheus reads."""

import re
from pathlib import Path

from feeds.answering.figures import figures
from feeds.web.answer import Answers
from feeds.web.metrics import MEDIA_TYPE, Figure, gauge, labelled, write
from tests.builders import item, lorem, rss
from tests.site import Page
from tests.world import PRIVATE, World

DOCS = Path(__file__).parents[2] / "docs/http.md"
_LINE = re.compile(r"(newsweir_[a-z_]+)(\{[a-z]+=\"(?:[^\"\\\n]|\\[\\n\"])*\"\})? (-?[0-9.e+-]+)")


def read(text: str) -> dict[str, float]:
    """Read what was written as its format has it: each name with help and type before its values."""
    found: dict[str, float] = {}
    known = ""
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            assert (what, bool(rest)) in {("HELP", True), ("TYPE", True)}
            known = name
            continue
        match = _LINE.fullmatch(line)
        assert match, line
        assert match[1].removesuffix("_sum").removesuffix("_count") == known
        assert match[0] not in found
        found[match[1] + (match[2] or "")] = float(match[3])
    assert text.endswith("\n")
    return found


def test_values_labels_and_what_is_not_known() -> None:
    text = write(
        [
            gauge("articles", "Articles.", 3),
            gauge("unknown", "Left out.", None),
            Figure("fsync_seconds", "Waited.", {"_sum": 0.125, "_count": 2}, "summary"),
            Figure("events_total", "Events.", labelled("event", {'a "b"\\\n': 1}), "counter"),
        ]
    ).decode()
    assert read(text) == {
        "newsweir_articles": 3,
        "newsweir_fsync_seconds_sum": 0.125,
        "newsweir_fsync_seconds_count": 2,
        'newsweir_events_total{event="a \\"b\\"\\\\\\n"}': 1,
    }
    assert "# TYPE newsweir_fsync_seconds summary\n" in text


def answers_of(world: World) -> Answers:
    bureau = world.bureau
    return Answers(
        lambda: bureau.shelf,
        lambda: bureau.settings.site,
        lambda _: None,
        lambda: (True, {}),
        figures=lambda: figures(bureau),
    )


def test_the_figures_are_those_of_the_bureau(world: World) -> None:
    world.configure(
        f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}\n"
        f"  - {{feed: '{{site}}/gone', name: gone, pages: never, {PRIVATE}}}",
        "  kabul: {query: kabul}",
    )
    world.site.pages["/feed"] = Page(rss(*(item(str(n), f"T{n}", content=lorem(f"x{n}")) for n in range(3))))
    world.round()
    parked = world.data / "archive/quarantine/articles"
    parked.mkdir(parents=True)
    (parked / "x").write_bytes(b"12345")
    reply = answers_of(world).get("/metrics", {})
    assert (reply.status, reply.headers["Content-Type"]) == (200, MEDIA_TYPE)
    found = read(reply.body.decode())
    assert found["newsweir_articles"] == 3
    assert (found["newsweir_sources"], found["newsweir_sources_failing"]) == (2, 1)
    assert (found["newsweir_topics"], found["newsweir_writable"]) == (1, 1)
    assert found["newsweir_quarantine_bytes"] == 5
    assert found["newsweir_search_lag_lines"] == 0
    assert found["newsweir_commit_waiting_lines"] == 0
    assert found["newsweir_fsync_seconds_count"] == 1
    assert 0 < found["newsweir_fsync_last_seconds"] <= found["newsweir_fsync_worst_seconds"]
    assert found['newsweir_events_total{event="polled"}'] >= 1
    assert "newsweir_verified_flaws" not in found
    (world.data / "index/verified.json").write_text('{"date":"2026-01-05","flaws":2,"lost":1}')
    found = read(answers_of(world).get("/metrics", {}).body.decode())
    assert (found["newsweir_verified_flaws"], found["newsweir_verified_timestamp_seconds"]) == (2, 1767571200)
    world.bureau.broken = True
    assert read(answers_of(world).get("/metrics", {}).body.decode())["newsweir_writable"] == 0


def test_every_figure_stands_in_the_docs_and_the_other_way_round(world: World) -> None:
    world.configure()
    told = {f"newsweir_{one.name}" for one in figures(world.bureau)}
    assert told == set(re.findall(r"`(newsweir_[a-z_]+)`", DOCS.read_text()))
