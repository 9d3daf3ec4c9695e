"""try and add: a source is looked at, added once and for all, and archived in the same breath."""

import json
import os
import pty
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.config import load
from feeds.office.opml import read_opml
from tests.builders import item, lorem, rss
from tests.hatchery import Hatched
from tests.site import Page, Site
from tests.test_cli import Cli
from tests.test_daemon import FOLDER, Running, home, start  # noqa: F401 - fixtures

REPO = Path(__file__).parents[1]
HTML = {"Content-Type": "text/html"}
CONFIG = """\
# mine
site: {title: Test}
fetch: {deadline: 5s}

sources:          # what is read
  - folder: inbox

topics:
  kabul: {title: Kabul, query: kabul}
  slow: {query: kabul, delay: 1d}
"""
PRIVATE = "--allow-private"


def entries(count: int = 7) -> list[str]:
    return [
        item(f"g{n}", f"Kabul {n}" if n < 3 else f"Doha {n}", content=f"<p>{lorem(f'w{n}', 400)}</p>",
             date=f"Mon, {n + 1:02d} Jan 2024 10:00:00 GMT", link=f"https://site.example/{n}")
        for n in range(count)
    ]  # fmt: skip


def feed(title: str = "The paper", count: int = 7) -> Page:
    return Page(
        rss(*entries(count), title=title), etag='"one"', headers={"Content-Type": "application/rss+xml"}
    )


def link(href: str, title: str) -> str:
    return f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG)
    return Cli(tmp_path, capsys)


def config(cli: Cli) -> str:
    return (cli.home / "config.yaml").read_text()


def paths(site: Site) -> list[str]:
    return [one.path for one in site.asked]


def test_adding_a_feed_costs_one_request_in_all(cli: Cli, site: Site) -> None:
    site.pages["/rss.xml"] = feed()
    code, out, err = cli("add", f"{site.url}/rss.xml", PRIVATE)
    assert code == 0, err
    assert out.count("archived id=") == 7
    told = [line for line in out.splitlines() if not line.startswith("archived")]
    assert told[:2] == [
        f'found RSS 2.0 "The paper", 7 entries: {site.url}/rss.xml',
        f"written to {cli.home}/config.yaml as 127.0.0.1",
    ]
    assert told[2:9] == [
        "7 new articles archived",
        "  2024-01-07  Doha 6", "  2024-01-06  Doha 5", "  2024-01-05  Doha 4", "  2024-01-04  Doha 3", "  2024-01-03  Kabul 2  [kabul]",
        "  and 2 more",
    ]  # fmt: skip
    assert told[9] == "published in kabul (3)"
    assert told[10].startswith("next poll: ")
    lines = f"  - feed: {site.url}/rss.xml\n    allow_private: [127.0.0.1]\n"
    assert config(cli) == CONFIG.replace("  - folder: inbox\n", f"  - folder: inbox\n{lines}")
    assert paths(site) == ["/rss.xml"]
    assert cli("once")[0] == 0
    assert paths(site) == ["/rss.xml"], "the next poll is due after `every`"
    assert cli("once", "--all")[0] == 0
    assert site.asked[1].headers["if-none-match"] == '"one"', "its validators are remembered"


def test_options_are_written_with_the_source(cli: Cli, site: Site) -> None:
    site.pages["/rss.xml"] = feed()
    done = cli.json(
        "add", f"{site.url}/rss.xml", PRIVATE, "--name", "paper: one", "--every", "2h", "--pages", "never"
    )
    assert (done["source"], done["new"], done["topics"], done["requests"]) == (
        "paper: one",
        7,
        {"kabul": 3},
        1,
    )
    source = load(cli.home / "config.yaml").sources[-1]
    assert (source.name, source.every.total_seconds(), source.pages) == ("paper: one", 7200, "never")  # type: ignore[union-attr]
    account = next(one for one in cli.json("sources") if one["name"] == "paper: one")
    assert (account["why"], account["kept"]) == ("every 2h", 7)


def test_what_is_published_at_first_and_the_past_are_options_too(cli: Cli, site: Site) -> None:
    site.pages["/rss.xml"] = feed()
    done = cli.json("add", f"{site.url}/rss.xml", PRIVATE, "--initial", "2", "--history")
    assert (done["new"], done["topics"]) == (7, {}), "the two newest are of Doha"
    assert config(cli).count("\n    initial: 2\n    history: true\n") == 1
    code, _, err = cli("add", f"{site.url}/other.xml", PRIVATE, "--initial", "some")
    assert (code, "write 50, 7d or all" in err) == (2, True)


def test_a_password_is_written_with_the_feed_that_it_opens_and_is_not_told(cli: Cli, site: Site) -> None:
    site.pages["/"] = Page(link("/rss.xml", "All").encode(), headers=HTML)
    site.pages["/rss.xml"] = feed()
    code, out, err = cli("add", site.url.replace("://", "://me:swordfish@"), PRIVATE)
    assert (code, "swordfish" in out + err) == (0, False)
    assert f"feed: {site.url.replace('://', '://me:swordfish@')}/rss.xml" in config(cli)
    assert all("authorization" in one.headers for one in site.asked)


def test_a_site_costs_three_requests_at_most(cli: Cli, site: Site) -> None:
    site.pages["/"] = Page(
        (link("/dead", "Dead") + link("/comments/feed", "Comments")).encode(), headers=HTML
    )
    assert cli("add", site.url, PRIVATE)[0] == 2
    assert (len(site.asked), config(cli)) == (3, CONFIG)
    site.asked.clear()
    site.pages["/"] = Page(
        (link("/feed", "Paper") + link("/comments/feed", "Comments")).encode(), headers=HTML
    )
    site.pages["/feed"] = feed()
    assert cli("add", site.url.removeprefix("http://"), PRIVATE)[0] == 0
    assert paths(site) == ["/", "/feed"]
    assert cli("once")[0] == 0
    assert paths(site) == ["/", "/feed"]


def test_where_there_is_a_choice_and_no_terminal_the_commands_are_told(cli: Cli, site: Site) -> None:
    site.pages["/"] = Page((link("/world.rss", "World") + link("/sport.rss", "Sport")).encode(), headers=HTML)
    site.pages["/sport.rss"] = site.pages["/world.rss"] = feed()
    code, out, err = cli("add", site.url, PRIVATE, "--every", "1h")
    assert (code, out, config(cli)) == (2, "", CONFIG)
    rows = re.findall(r"^  (newsweir .*?)   # (.*)$", err, re.MULTILINE)
    path = cli.home / "config.yaml"
    assert rows == [
        (f"newsweir -c {path} add --every 1h --allow-private {site.url}/{name.lower()}.rss", name)
        for name in ("World", "Sport")
    ]
    code, out, _ = cli("add", site.url, PRIVATE, "--json")
    assert (code, [one["title"] for one in json.loads(out)["choices"]]) == (2, ["World", "Sport"])
    assert cli("add", site.url, PRIVATE, "--yes")[0] == 0
    assert "world.rss" in config(cli)


def test_at_a_terminal_it_asks(cli: Cli, site: Site) -> None:
    site.pages["/"] = Page((link("/world.rss", "World") + link("/sport.rss", "Sport")).encode(), headers=HTML)
    site.pages["/sport.rss"] = site.pages["/world.rss"] = feed()
    outer, inner = pty.openpty()
    done = Hatched(
        "feeds", "-c", str(cli.home / "config.yaml"), "add", site.url, PRIVATE, files=(inner, None, inner)
    )
    os.close(inner)
    seen = b""
    while b"Which one" not in seen:
        seen += os.read(outer, 1000)
    os.write(outer, b"7\n2\n")
    out, _ = done.communicate(timeout=30)
    os.close(outer)
    assert re.search(rb"1  World  .*\n.*2  Sport  ", seen), seen
    assert (done.returncode, "sport.rss" in config(cli)) == (0, True), out


def test_a_source_that_is_there_already_is_left_alone(cli: Cli, site: Site) -> None:
    site.pages["/"] = Page((link("/rss.xml", "Paper")).encode(), headers=HTML)
    site.pages["/rss.xml"] = feed()
    address = f"{site.url}/rss.xml"
    cli("add", address, PRIVATE)
    before, asked = config(cli), len(site.asked)
    for typed in (
        address,
        f" <{address}/> ",
        address.replace("http://127.0.0.1", "127.0.0.1"),
        f"{address}#x",
    ):
        code, out, _ = cli("add", typed)
        assert (code, out) == (
            0,
            f"{address} is a source already: 127.0.0.1 (new, 7 articles); nothing was changed\n",
        )
    assert len(site.asked) == asked
    code, out, _ = cli("add", site.url, PRIVATE)
    assert (code, "is a source already" in out) == (0, True), "also where it is only found to be"
    assert cli.json("add", address)["status"] == "known"
    assert config(cli) == before


def test_a_source_that_said_it_is_gone_is_asked_once_more_when_it_is_added_again(
    cli: Cli, site: Site
) -> None:
    site.pages["/rss.xml"] = feed(count=5)
    address = f"{site.url}/rss.xml".replace("://", "://me:swordfish@")
    assert cli("add", address, PRIVATE, "--name", "paper")[0] == 0
    site.pages["/rss.xml"] = Page(status=410)
    assert "newsweir add" in cli.json("once", "--all")["failed"]["paper"]
    site.pages["/rss.xml"] = feed()
    asked = len(site.asked)
    cli("once", "--all")
    assert len(site.asked) == asked, "it is left alone"
    site.pages["/rss.xml"] = Page(status=410)
    code, out, _ = cli("add", address)
    assert (code, "it answered 410" in out, "swordfish" in out) == (1, True, False)
    assert cli.json("sources")[-1]["due"] is None
    site.pages["/rss.xml"] = Page(status=503)
    assert cli.json("add", address)["error"] == "answered 503"
    assert cli.json("sources")[-1]["due"], "that is another word than 410, and asked again as ever"
    site.pages["/rss.xml"] = Page(status=410)
    cli("once", "--all")
    site.pages["/rss.xml"] = now = feed()
    now.etag = '"two"'
    done = cli.json("add", address)
    assert (done["source"], done["new"], done["known"], done["topics"]) == ("paper", 2, 0, {})
    assert config(cli).count("rss.xml") == 1
    cli("once", "--all")
    assert site.asked[-1].headers["if-none-match"] == '"two"', "and so it goes on"


def test_a_source_that_was_never_asked_is_known_as_well(cli: Cli) -> None:
    (cli.home / "config.yaml").write_text("sources: [{feed: 'https://x.example/f', name: x}]\n")
    code, out, _ = cli("add", "x.example/f")
    assert (code, out) == (
        0,
        "https://x.example/f is a source already: x (not asked yet); nothing was changed\n",
    )


def test_a_feed_that_is_there_in_another_format_is_not_added_twice(cli: Cli, site: Site) -> None:
    both = link("/feed/rss", "Paper RSS") + link("/feed/atom", "Paper Atom").replace("rss+xml", "atom+xml")
    site.pages["/"] = Page(both.encode(), headers=HTML)
    site.pages["/feed/rss"] = site.pages["/feed/atom"] = feed()
    cli("add", f"{site.url}/feed/rss", PRIVATE)
    before = config(cli)
    assert "is a source already" in cli("add", site.url, PRIVATE)[1]
    assert config(cli) == before


@pytest.mark.parametrize("command", ["add", "try"])
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "the address is empty (write one like https://example.org/)"),
        ("gopher://example.org/", "gopher: is not read (only http:// and https:// are)"),
        ("http://no-such-host.invalid/", "no address is known for no-such-host.invalid"),
        ("no-such-host.invalid/x", "https was taken, as none was written; if it has only http: http://no-such-host.invalid/x"),
        ("http://127.0.0.1:1/", "refused the connection"),
        ("{site}/404", "answered 404 (there is nothing at this address: is it typed right?)"),
        ("{site}/401", "behind a login"),
        ("{site}/pdf", "is a PDF, neither a feed nor a web page"),
        ("{site}/image", "is an image, neither a feed nor a web page"),
        ("{site}/page", "names no feed, and none was found at the usual places (/feed, /rss.xml)"),
        ("{site}/slow", "was not done after 1 s"),
        ("{site}/large", "longer than fetch.max_bytes"),
        ("missing.txt", "missing.txt: "),
        ("http://", "names no host"),
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_told_in_a_sentence(
    cli: Cli, site: Site, command: str, typed: str, why: str
) -> None:
    site.pages |= {
        "/401": Page(b"", 401),
        "/pdf": Page(b"%PDF-1.4", headers={"Content-Type": "application/pdf"}),
        "/image": Page(b"\xff\xd8\xff", headers={"Content-Type": "image/jpeg"}),
        "/page": Page(b"<html><p>Words.", headers=HTML),
        "/slow": Page(b"x" * 1000, drip=0.5),
        "/large": Page(b"x" * 30_000, headers={"Content-Type": "text/plain"}),
    }
    text = CONFIG.replace("deadline: 5s", "deadline: 1s, max_bytes: 20kB")
    (cli.home / "config.yaml").write_text(text)
    code, out, err = cli(command, typed.replace("{site}", site.url), PRIVATE)
    assert (code, out, why in err) == (2, "", True), err
    assert err.startswith("newsweir: ")
    assert err.count("\n") == 1
    assert config(cli) == text
    assert not (cli.home / "data").exists()


def test_files_and_folders_are_told_apart(cli: Cli, site: Site) -> None:
    (cli.home / "inbox/none.md").write_text("# x\n\ny\n")
    for target, why in (
        (str(cli.home / "inbox"), "is a folder: write it below `sources:` in config.yaml, as `- folder:"),
        ("missing.txt", "there is no such file"),
        ("./missing", "there is no such file"),
    ):
        code, _, err = cli("add", target)
        assert (code, why in err) == (2, True), err
    assert "are for addresses" in cli("add", str(cli.home / "inbox/none.md"), "--name", "x")[2]
    assert "is no web address" in cli("try", str(cli.home / "inbox/none.md"))[2]
    site.pages["/f"] = feed()
    assert "repeat the command with --allow-private" in cli("add", f"{site.url}/f")[2]
    assert site.asked == []


def test_wrong_options_are_told_before_anybody_is_asked(cli: Cli, site: Site) -> None:
    site.pages["/f"] = feed()
    for options, why in (
        (("--every", "5"), "every: '5' has no unit"),
        (("--pages", "some"), "'some' is none of auto, always, never"),
        (("--name", "inbox"), "is the name of another source (names: inbox)"),
        (("--name", ""), "name: is empty"),
    ):
        code, _, err = cli("add", f"{site.url}/f", PRIVATE, *options)
        assert (code, why in err) == (2, True), err
    assert (site.asked, config(cli)) == ([], CONFIG)


def test_a_file_that_cannot_be_edited_is_left_and_the_lines_are_told(cli: Cli, site: Site) -> None:
    site.pages["/f"] = feed()
    (cli.home / "config.yaml").write_text("{site: {title: x}}\n")
    code, _, err = cli("add", f"{site.url}/f", PRIVATE)
    assert (code, config(cli), site.asked) == (2, "{site: {title: x}}\n", [])
    assert f"by hand:\n  - feed: {site.url}/f" in err


def test_try_shows_what_would_be_archived_and_keeps_nothing(cli: Cli, site: Site, tmp_path: Path) -> None:
    page = item("t", "Thin one", description="Few words.", link=f"{site.url}/thin", author="A. Writer (a@x.example)",
                date="Mon, 01 Jan 2025 10:00:00 GMT")  # fmt: skip
    site.pages["/"] = Page((link("/world.rss", "World") + link("/sport.rss", "Sport")).encode(), headers=HTML)
    site.pages["/world.rss"] = Page(rss(page, *entries(), title="World news"), etag='"e"')
    (tmp_path / "empty").mkdir()
    for at in ("config.yaml", "empty/config.yaml"):
        site.asked.clear()
        code, out, err = cli("try", f"{site.url}/", PRIVATE, config=at)
        assert code == 0, err
        assert paths(site) == ["/", "/world.rss"]
        for told in (
            "RSS 2.0: World news\n", f"{site.url}/world.rss\n", "8 entries, ", "found in 2 requests",
            f"  {site.url}/sport.rss  Sport\n", "ETag sent: ", "1 of 8 entries are short: their pages would be fetched",
            "Thin one\n  2025-01-01T10:00:00Z, ", "Doha 6\n  2024-01-07T10:00:00Z, no author, 400 words\n  w60 w61 ",
            f"nothing was kept; to keep it: newsweir add --allow-private {site.url}/world.rss\n",
        ):  # fmt: skip
            assert told in out, told
        assert "Doha 2" not in out
    assert config(cli) == CONFIG
    assert not (cli.home / "data").exists()
    assert list((tmp_path / "empty").iterdir()) == []
    facts = cli.json("try", f"{site.url}/", PRIVATE)
    assert (facts["kind"], facts["entries"], facts["short"], facts["etag"]) == ("RSS 2.0", 8, 1, '"e"')
    cli("add", f"{site.url}/world.rss", PRIVATE, "--pages", "never")
    kept = [
        json.loads(cli("show", one["id"], "--json")[1]) for one in cli.json("search", "doha OR kabul OR thin")
    ]
    records = {one["title"]: one for one in kept}
    for one in facts["latest"]:
        record = records[one["title"]]
        assert one["words"] == record["_archive"]["extract"]["words"]
        assert (one["date_published"], one["url"]) == (record["date_published"], record["url"])
        assert record["content_text"].startswith(one["first_line"])


@pytest.mark.parametrize("where", ["with a daemon", "without"])
def test_adding_beside_a_daemon_asks_nobody_twice(
    start: Callable[..., Running],  # noqa: F811
    home: Path,  # noqa: F811
    site: Site,
    where: str,
) -> None:
    site.pages["/"] = Page(link("/rss.xml", "Paper").encode(), headers=HTML)
    site.pages["/rss.xml"] = feed()
    running = start(FOLDER)
    assert running.url
    if where == "without":
        running.stop()
    done = running.command("add", site.url, PRIVATE)
    assert done.returncode == 0, done.stderr
    assert "7 new articles archived" in done.stdout
    assert paths(site) == ["/", "/rss.xml"]
    if where == "without":
        return
    assert running.titles("kabul") == ["Kabul 2", "Kabul 1", "Kabul 0"], "published when the command ends"
    assert len(running.archived()) == 7
    time.sleep(4)
    assert paths(site) == ["/", "/rss.xml"]
    assert not any("refused" in line or "broke" in line for line in running.err), running.err
    assert "every 30m" in running.told("sources").stdout
    assert running.stop()[0] == 0


def test_a_stop_in_the_midst_of_it_is_calm(cli: Cli, site: Site) -> None:
    site.pages["/rss.xml"] = Page(b"x" * 1000, drip=0.5)
    done = Hatched("feeds", "-c", str(cli.home / "config.yaml"), "add", f"{site.url}/rss.xml", PRIVATE)
    while not site.asked:
        time.sleep(0.05)
    done.send_signal(signal.SIGINT)
    out, err = done.communicate(timeout=10)
    assert (done.returncode, out, "Traceback" in err, config(cli)) == (130, "", False, CONFIG), err


OPML = """<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head><body>
<outline text="News"><outline title="World &amp; more" text="x" type="rss" xmlUrl="https://a.example/f?x=1&amp;y=[2]"/>
<outline text="Deeper"><outline TEXT="World &amp; more" xmlURL="feed://b.example/f"/></outline></outline>
<outline text="No feed" htmlUrl="https://c.example/"/><outline text="Bad" xmlUrl="ftp://d.example/"/>
<outline text="Again" xmlUrl="https://a.example/f?x=1&amp;y=[2]"/><outline xmlUrl="https://e.example/rss"/>
</body></opml>"""


def test_a_list_of_feeds_is_added_and_given_back(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_text(OPML)
    code, out, _ = cli("add", str(path), "--every", "3h")
    assert code == 0
    assert out.splitlines() == [
        f"3 sources added to {tmp_path}/config.yaml, 0 were there, 3 skipped",
        "  No feed: names no feed (there is no xmlUrl)",
        "  Bad: ftp://d.example/: ftp: is not read (only http:// and https:// are)",
        "  Again: https://a.example/f?x=1&y=[2] stands there already",
    ]
    sources = load(tmp_path / "config.yaml").sources[1:]
    assert [(one.name, one.url, one.every.total_seconds()) for one in sources] == [  # type: ignore[union-attr]
        ("World & more", "https://a.example/f?x=1&y=[2]", 10800),
        ("World & more-2", "https://b.example/f", 10800),
        ("e.example", "https://e.example/rss", 10800),
    ]
    assert not (tmp_path / "data").exists(), "nothing is polled"
    before = config(cli)
    assert cli.json("add", str(path))["added"] == []
    assert config(cli) == before

    given = cli("sources", "--opml")[1]
    (tmp_path / "back.xml").write_text(given)
    (tmp_path / "config.yaml").write_text(CONFIG)
    assert len(cli.json("add", str(tmp_path / "back.xml"), "--every", "3h")["added"]) == 3
    assert [(one.name, one.url) for one in load(tmp_path / "config.yaml").sources[1:]] == [  # type: ignore[union-attr]
        (one.name, one.url)
        for one in sources  # type: ignore[union-attr]
    ]
    assert cli("sources", "--opml")[1] == given


def test_an_ill_formed_list_loses_no_feed() -> None:
    broken = (
        b"\n<opml><body><outline text='A & B' xmlUrl='https://a.example/?x=1&y=2'><outline text=\"C\" description=\"\"'D'\""
        b' e." xmlUrl="https://c.example/f" /><outline title="Ungeschlossen" xmlUrl="https://d.example/f">'
    )
    found, skipped = read_opml(broken)
    assert [(one.title, one.url) for one in found] == [
        ("A & B", "https://a.example/?x=1&y=2"),
        ("C", "https://c.example/f"),
        ("Ungeschlossen", "https://d.example/f"),
    ]
    assert skipped == []
    wide = OPML.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16")
    assert read_opml(wide) == read_opml(OPML.encode())


def test_what_is_no_list_is_told(cli: Cli, tmp_path: Path) -> None:
    for body, why in (
        ("", "is no OPML"),
        ("<html/>", "is no OPML"),
        ("words", "is no OPML"),
        ("<opml><body/></opml>", "lists no feed"),
    ):
        (tmp_path / "x.opml").write_text(body)
        code, _, err = cli("add", str(tmp_path / "x.opml"))
        assert (code, why in err, config(cli)) == (2, True, CONFIG), err
    (tmp_path / "x.opml").write_text(OPML)
    assert "--name is for one source" in cli("add", str(tmp_path / "x.opml"), "--name", "x")[2]


def test_lists_of_real_feeds_are_read(corpus: Path, cli: Cli, tmp_path: Path) -> None:
    lists = sorted((corpus / "opml").rglob("*.opml"))
    assert len(lists) > 20
    for path in lists:
        (tmp_path / "config.yaml").write_text(CONFIG)
        code, out, err = cli("add", str(path), "--json")
        assert code == 0 or "lists no feed" in err or "is no OPML" in err, (path, err)
        if code == 0 and (done := json.loads(out))["added"]:
            sources = load(tmp_path / "config.yaml").sources[1:]
            assert [one["feed"] for one in done["added"]] == [one.url for one in sources]  # type: ignore[union-attr]
            assert config(cli).startswith(CONFIG[: CONFIG.index("\ntopics")])
