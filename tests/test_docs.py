"""The documentation does what it says: generated parts are current, commands run, snippets work."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from archive import verify
from feeds.config import config_reference, config_schema, load
from feeds.curate.query import QueryError, parse_query
from feeds.settings import Site, Tcp
from feeds.web.answer import Answers
from feeds.web.listening import address, listen
from feeds.web.server import WebServer
from tests.builders import item, rss
from tests.served import enquiries_of
from tests.site import Page
from tests.world import PRIVATE, World
from tools import house

REPO = Path(__file__).parents[1]
DOCS = [REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))]


def test_the_reference_and_the_schema_are_current() -> None:
    """Made anew by `make docs`."""
    assert (REPO / "docs/configuration.md").read_text() == config_reference()
    assert json.loads((REPO / "docs/config.schema.json").read_text()) == config_schema()


def test_the_picture_of_the_house_is_the_house_that_stands() -> None:
    """Drawn anew by `make docs`."""
    assert (REPO / "docs/house.svg").read_text() == house.draw(house.floors(house.rooms()))


def test_every_documented_command_exists() -> None:
    import typer

    from feeds.cli.app import app

    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    for path in DOCS:
        for name in re.findall(r"`newsweir ([a-z]+)", path.read_text()):
            assert name in known, f"{path.name}: newsweir {name}"


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_examples_of_configuration_are_valid(tmp_path: Path) -> None:
    for number, text in enumerate(
        re.findall(r"```yaml\n(.*?)```", (REPO / "README.md").read_text(), re.DOTALL)
    ):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text)
        assert load(path).topics


def test_the_queries_in_the_reference_are_read_as_it_says() -> None:
    text = (REPO / "docs/queries.md").read_text()
    for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        for query in re.findall(r"`([^`]+)`", row):
            parse_query(query)
    with pytest.raises(QueryError) as caught:
        parse_query("a AND b OR c")
    assert str(caught.value) in text


def test_the_archive_can_be_read_as_the_documents_say(world: World) -> None:
    world.configure(f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}")
    world.site.pages["/feed"] = Page(
        rss(item("1", "Kabul calls", content="x"), item("2", "Doha", content="y"))
    )
    world.round()
    world.restart()
    lines = next((world.data / "archive/articles").glob("*/*.jsonl"))
    (snippet,) = re.findall(r"```python\n(.*?)```", (REPO / "docs/record.md").read_text(), re.DOTALL)
    subprocess.run([sys.executable, "-c", snippet], stdin=lines.open("rb"), check=True)
    broken = lines.read_bytes().replace(b"Kabul", b"Mabul")
    assert (
        subprocess.run(
            [sys.executable, "-c", snippet], input=broken, capture_output=True, check=False
        ).returncode
        != 0
    )
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    (command,) = re.findall(r"```sh\n(jq .*?)\n```", (REPO / "README.md").read_text(), re.DOTALL)
    done = subprocess.run(["bash", "-c", command], cwd=world.home, capture_output=True, text=True, check=True)
    assert sorted(line.split("  ")[1] for line in done.stdout.splitlines()) == ["Doha", "Kabul calls"]


def test_every_documented_address_answers_and_every_file_is_documented(world: World) -> None:
    world.configure(
        f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}", "  kabul: {query: kabul}"
    )
    calls = [item(str(n), f"Kabul calls {n}", content="x") for n in range(50)]
    world.site.pages["/feed"] = Page(rss(*calls))
    world.round()
    bureau = world.bureau
    enquiries = enquiries_of(world)
    answers = Answers(
        lambda: bureau.shelf, lambda: bureau.settings.site, lambda _: None, lambda: (True, {}), enquiries
    )
    paths = bureau.shelf.paths()
    article = bureau.archive.newest(1)[0].id.removeprefix("urn:uuid:")
    rows = re.findall(r"^\| `(/[^`]*)`", (REPO / "docs/http.md").read_text(), re.MULTILINE)
    assert len(rows) >= 13
    told = {
        f"articles/{card.id[9:]}{end}"
        for card in bureau.archive.newest(50)[1:]
        for end in ("/index.html", ".json")
    }
    for row in rows:
        address = (
            row.replace("SLUG", "kabul")
            .replace("ID", article)
            .replace("/N.", "/1.")
            .replace("QUERY&page=N", "kabul&page=1")
        )
        if "DIGEST" in row:
            named = {path for path in paths if re.fullmatch(r"static/[a-z]+\.[0-9a-f]{12}\.(css|js)", path)}
            assert {path.rsplit(".")[-1] for path in named} == {"css", "js"}
            told |= named
            continue
        assert answers.get(address, {}).status == 200, row
        told.add(f"{address}index.html".lstrip("/") if address.endswith("/") else address.lstrip("/"))
    assert paths <= told, "a file that no document names"


def test_behind_nginx_as_the_documents_say(world: World, tmp_path: Path) -> None:
    """The snippet in docs/operations.md, below a path: pages and feeds come through, and so do validators."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    sock, front = listen(Tcp(port=0)), listen(Tcp(port=0))
    ours, port = address(sock), front.getsockname()[1]
    front.close()
    world.configure(
        f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}",
        "  kabul: {title: Kabul, query: kabul}",
        site=f"title: Test, base_url: 'http://127.0.0.1:{port}/cuttings/'",
    )
    world.site.pages["/feed"] = Page(rss(item("1", "Kabul calls", content="x")))
    world.round()
    (snippet,) = re.findall(r"```nginx\n(.*?)```", (REPO / "docs/operations.md").read_text(), re.DOTALL)
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\nhttp {{ access_log off;\n{temporary}"
        f"server {{ listen 127.0.0.1:{port};\n{snippet.replace('http://127.0.0.1:8080', ours.rstrip('/'))} }} }}\n"
    )
    base = f"http://127.0.0.1:{port}/cuttings/"
    server = WebServer(
        Answers(lambda: world.bureau.shelf, lambda: Site(base_url=base), lambda _: None, lambda: (True, {})),
        sock,
    )
    server.start()
    proxy = subprocess.Popen([nginx, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")])
    try:
        for _ in range(100):
            try:
                page = requests.get(f"{base}kabul/", timeout=5)
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        assert "Kabul calls" in page.text
        (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page.text)
        assert requests.get(sheet, timeout=5).headers["Content-Type"].startswith("text/css")
        feed = requests.get(f"{base}kabul/rss.xml", timeout=5)
        again = requests.get(feed.url, headers={"If-None-Match": feed.headers["ETag"]}, timeout=5)
        assert (feed.status_code, again.status_code) == (200, 304)
    finally:
        proxy.terminate()
        proxy.wait(10)
        server.stop()


def test_a_backup_made_while_it_runs_opens_and_goes_on(world: World) -> None:
    (command,) = re.findall(
        r"```sh\n(mkdir -p backup\n.*?)\n```", (REPO / "docs/operations.md").read_text(), re.DOTALL
    )
    world.configure(
        f"  - {{feed: '{{site}}/feed', name: paper, pages: never, {PRIVATE}}}", "  kabul: {query: kabul}"
    )
    before, after = command.split("for part in ")
    parts, loop = after.split("\ndo ")
    found: list[str] = []

    def arrive() -> None:
        found.append(item(f"g{len(found)}", f"Kabul {len(found)}", content="x"))
        world.site.pages["/feed"] = Page(rss(*found), etag=f'"{len(found)}"')
        world.round()

    for part in parts.split():  # As if it took long, with news between any two parts.
        arrive()
        step = f"{before}for part in {part}\ndo {loop}"
        subprocess.run(["bash", "-ec", step], cwd=world.home, check=True)
    assert {path.name for path in (world.home / "backup").iterdir()} == {
        path.name for path in (world.data / "archive").iterdir()
    }
    published = set(world.titles("kabul"))
    world.restart()
    shutil.rmtree(world.data)
    shutil.move(world.home / "backup", world.data / "archive")
    assert verify(world.data).sound
    arrive()
    assert set(world.titles("kabul")) == {*published, f"Kabul {len(found) - 1}"}, (
        "what was not copied is read anew"
    )
    assert sorted(world.kept()) == sorted(world.titles("kabul")), "and nothing doubled"


def test_the_lock_files_name_no_host_and_hash_everything() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (REPO / name).read_text()
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9.-]+==", text, re.MULTILINE)
        assert len(pins) > 40
        for block in re.split(r"\n(?=[a-z])", text.strip()):
            assert "--hash=sha256:" in block, block.splitlines()[0]
