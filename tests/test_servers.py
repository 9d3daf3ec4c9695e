"""Other servers over the published tree give what ours does: types, headers, twins, validators."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from feeds.answering.reception import answers_of
from feeds.care.targets import mirror
from feeds.editing import desk
from feeds.office.bureau import Bureau
from feeds.rounds import publish_all
from feeds.settings import Tcp
from feeds.web.files import is_feed
from feeds.web.listening import address, listen
from feeds.web.server import WebServer
from tests.builders import draft, lorem, showing
from tests.world import World, tree

EXAMPLES = Path(__file__).parents[1] / "examples/servers"
TOPICS = "  kabul: {title: Kabul, query: kabul}\n  doha: {title: Doha, query: doha}"
SAME = (
    "Content-Type", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy",
    "Access-Control-Allow-Origin", "Last-Modified", "Vary", "Cache-Control",
)  # fmt: skip
"""Headers that are ours there too. ETag differs: servers make it of time and size."""
PREFLIGHT = ("Allow", "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Max-Age")
OFTEN = "max-age=300, stale-while-revalidate=300, stale-if-error=86400"
"""How long a feed is good there, whatever its topic's rhythm."""


def free_port() -> int:
    sock = listen(Tcp(port=0))
    port = int(sock.getsockname()[1])
    sock.close()
    return port


@contextmanager
def running(command: list[str], port: int, **env: str) -> Iterator[str]:
    """A server on loopback, until it is not needed any more."""
    log = Path(env.pop("log"))
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx(folder: Path, config: str, port: int) -> Iterator[str]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    config = re.sub(r"listen 80;.*", f"listen 127.0.0.1:{port};", config)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "" if os.geteuid() else "user root;\n"  # Else its workers may not enter a test's own folder.
    path = folder / "nginx.conf"
    path.write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\nhttp {{ access_log off;\n{places}{config} }}\n"
    )
    with running(
        [program, "-c", str(path), "-e", str(folder / "error.log")], port, log=f"{folder}/log"
    ) as url:
        yield url


@contextmanager
def caddy(folder: Path, config: str, port: int) -> Iterator[str]:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    path = folder / "Caddyfile"
    path.write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        + config.replace("cuttings.example.org", f"http://127.0.0.1:{port}")
    )
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [program, "run", "--config", str(path), "--adapter", "caddyfile"]
    with running(command, port, log=f"{folder}/log", **home) as url:
        yield url


def for_its_owner(name: str, config: str, folder: Path) -> str:
    """The example with the lines that ask for a password at /operator/."""
    if name == "nginx.conf":
        (folder / "htpasswd").write_text("owner:{PLAIN}secret\n")
        text = config.replace("# auth_basic", "auth_basic")
        return text.replace("/etc/nginx/operator.htpasswd", f"{folder}/htpasswd")
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed")
    command = [program, "hash-password", "--plaintext", "secret"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = (
        config.replace("# @op", "@op")
        .replace("# basicauth", "basicauth")
        .replace("# \towner", "\towner")
        .replace("# }", "}")
    )
    return text.replace("HASH-THAT-caddy-hash-password-PRINTED", done.stdout.strip())


SERVERS = {
    "nginx.conf": (nginx, {"gzip": ".gz"}),
    "Caddyfile": (caddy, {"gzip": ".gz", "br": ".br", "zstd": ".zst"}),
}
"""Each with the codings in which it finds twins, and how these are called."""


@contextmanager
def ours(bureau: Bureau) -> Iterator[str]:
    sock = listen(Tcp(port=0))
    server = WebServer(answers_of(bureau, lambda: (True, {})), sock)
    server.start()
    try:
        yield address(sock).rstrip("/")
    finally:
        server.stop()


def grow(world: World, *titles: str, twins: bool = True) -> None:
    for title in titles:
        world.clock.advance(minutes=5)
        world.bureau.archive.keep([showing(draft(title, title, f"{title} {lorem(title, 300)}"))])
    publish_all(world.bureau)
    if twins:
        world.bureau.shelf.pack()


def sent(asked: requests.Session, url: str, coding: str, **headers: str) -> tuple[requests.Response, bytes]:
    """A reply, and its body as it was sent."""
    how = {"Accept-Encoding": coding, **headers}
    found = asked.get(url, headers=how, timeout=5, allow_redirects=False, stream=True)
    return found, found.raw.read(decode_content=False)


def headers_of(reply: requests.Response, names: Sequence[str]) -> dict[str, str | None]:
    return {one: reply.headers.get(one) for one in names}


@pytest.mark.parametrize("name", ["nginx.conf", pytest.param("Caddyfile", marks=pytest.mark.slow)])
def test_a_static_server_gives_what_ours_does(world: World, tmp_path: Path, name: str) -> None:
    """File by file (of articles, four). These ours packs when they are asked for, and they have no twins: there
    they are sent as they are."""
    world.configure(topics=TOPICS, site="title: Test, operator: true")
    past = [draft(f"k{n}", f"Kabul {n}", f"Kabul {n} {lorem(str(n), 9)}") for n in range(51)]
    world.bureau.archive.keep([showing(one) for one in past])
    grow(world, "Kabul 51", "Doha 1")
    feeds, root = world.data / "feeds", tmp_path / "www"
    mirror(world.bureau.settings, root, world.bureau.archive.store)
    (root / ".well-known").mkdir()
    (root / ".well-known/security.txt").write_text("mine")
    server, codings = SERVERS[name]
    config = (EXAMPLES / name).read_text().replace("/srv/www/cuttings", str(root))
    with server(tmp_path, config, free_port()) as there, ours(world.bureau) as here:
        asked = requests.Session()
        files = tree(feeds)
        assert {path.rpartition(".")[2] for path in files} == {"html", "xml", "json", "css", "js"}
        assert {f"kabul/{one}" for one in ("archive/1.rss.xml", "archive/1.json", "sources.opml.xml")} <= {
            *files
        }
        articles = [path for path in files if path.startswith("articles/")]
        for path in [one for one in files if one not in articles[8:]]:
            address = path.removesuffix("index.html")
            for coding in ("identity", *codings):
                twin = feeds / f"{path}{codings.get(coding, '')}"
                packed = coding != "identity" and twin.exists()
                wanted, ours_sent = sent(asked, f"{here}/{address}", coding)
                found, theirs_sent = sent(asked, f"{there}/{address}", coding)
                assert (found.status_code, wanted.status_code) == (200, 200), path
                assert theirs_sent == (twin.read_bytes() if packed else files[path]), path
                assert found.headers.get("Content-Encoding") == (coding if packed else None), path
                if path not in articles or coding == "identity":
                    assert ours_sent == theirs_sent, path
                same = headers_of(wanted, SAME)
                if is_feed(path):
                    same["Cache-Control"] = OFTEN
                if path == "404.html":
                    same["Cache-Control"] = "no-cache"
                assert headers_of(found, SAME) == same, path
                assert ("ETag" in found.headers.get("Access-Control-Expose-Headers", "")) is (
                    "Access-Control-Expose-Headers" in wanted.headers
                ), path
                tag = found.headers["ETag"]
                again, body = sent(asked, f"{there}/{address}", coding, **{"If-None-Match": tag})
                assert (again.status_code, body) == (304, b""), path
                kept = ("Access-Control-Allow-Origin", "Cache-Control", "Vary")
                assert headers_of(again, kept) == headers_of(found, kept), path
            since = {"If-Modified-Since": found.headers["Last-Modified"]}
            assert asked.get(f"{there}/{address}", headers=since, timeout=5).status_code == 304
            head = asked.head(f"{there}/{address}", headers={"Accept-Encoding": "identity"}, timeout=5)
            assert int(head.headers["Content-Length"]) == len(files[path])
            may, ours_may = (asked.options(f"{one}/{address}", timeout=5) for one in (there, here))
            assert (may.status_code, headers_of(may, PREFLIGHT)) == (204, headers_of(ours_may, PREFLIGHT)), (
                path
            )
            allowed = may.headers.get("Access-Control-Allow-Headers", "")
            assert ("If-None-Match" in allowed) is ("Access-Control-Allow-Headers" in ours_may.headers)

        for address in ("kabul/nothing/", "kabul/nothing.json"):
            missing, wanted = (asked.get(f"{one}/{address}", timeout=5) for one in (there, here))
            assert (missing.status_code, "Nothing here" in missing.text) == (404, True)
            assert missing.headers["Content-Security-Policy"]
            kept = ("Access-Control-Allow-Origin", "Cache-Control")
            assert headers_of(missing, kept) == headers_of(wanted, kept)
        for hidden in (".newsweir/manifest.json", ".newsweir/", ".git/config"):
            assert asked.get(f"{there}/{hidden}", timeout=5).status_code == 404
        assert asked.get(f"{there}/.well-known/security.txt", timeout=5).text == "mine"
        slash = asked.get(f"{there}/kabul", allow_redirects=False, timeout=5)
        assert slash.status_code in {301, 308}
        assert slash.headers["Location"].endswith("/kabul/")

        before, _ = sent(asked, f"{there}/kabul/rss.xml", "gzip")
        grow(world, "Kabul 52")
        mirror(world.bureau.settings, root, world.bureau.archive.store)
        tag = before.headers["ETag"]
        after, body = sent(asked, f"{there}/kabul/rss.xml", "gzip", **{"If-None-Match": tag})
        assert after.status_code == 200, "no old twin is given, nor called unchanged"
        assert body == (feeds / "kabul/rss.xml.gz").read_bytes()


@pytest.mark.parametrize("name", ["nginx.conf", pytest.param("Caddyfile", marks=pytest.mark.slow)])
def test_the_operator_feed_asks_for_a_password_where_its_owner_wants_that(tmp_path: Path, name: str) -> None:
    root = tmp_path / "www"
    for path in ("operator/index.html", "operator/rss.xml", "operator/feed.json", "kabul/rss.xml"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    config = (EXAMPLES / name).read_text().replace("/srv/www/cuttings", str(root))
    server, _ = SERVERS[name]
    with server(tmp_path, for_its_owner(name, config, tmp_path), free_port()) as there:
        for path in ("operator/", "operator/rss.xml", "operator/feed.json"):
            assert requests.get(f"{there}/{path}", timeout=30).status_code == 401, path
        found = requests.get(f"{there}/operator/rss.xml", auth=("owner", "secret"), timeout=30)
        assert (found.status_code, found.headers["Content-Type"][:19]) == (200, "application/rss+xml")
        assert requests.get(f"{there}/kabul/rss.xml", timeout=30).status_code == 200


@pytest.mark.slow
def test_no_server_ever_gives_an_old_twin(world: World, tmp_path: Path) -> None:
    """Readers by two encodings beside twenty publications: what they get is never older than what stood before."""
    world.configure(topics=TOPICS)
    grow(world, "Kabul 0")
    root = tmp_path / "www"
    standing, faulty, over = [0], list[str](), threading.Event()

    def newest(body: bytes) -> int:
        return max(int(one) for one in re.findall(rb"<title>Kabul (\d+)", body))

    def bring_up() -> None:
        mirror(world.bureau.settings, root, world.bureau.archive.store)

    bring_up()
    config = (EXAMPLES / "nginx.conf").read_text().replace("/srv/www/cuttings", str(root))
    with nginx(tmp_path, config, free_port()) as there:

        def read(encoding: str) -> None:
            asked = requests.Session()
            while not over.is_set():
                least = standing[0]
                found = asked.get(f"{there}/kabul/rss.xml", headers={"Accept-Encoding": encoding}, timeout=5)
                if found.status_code != 200 or newest(found.content) < least:
                    faulty.append(f"{encoding}: {found.status_code} at {least}")

        readers = [threading.Thread(target=read, args=(one,)) for one in ("identity", "gzip")]
        for reader in readers:
            reader.start()
        try:
            for n in range(1, 21):
                grow(world, f"Kabul {n}", twins=n % 3 > 0)  # Every third time they have not followed by then.
                bring_up()
                standing[0] = n
        finally:
            over.set()
            for reader in readers:
                reader.join()
    assert faulty == []


PROXIES = {
    "nginx": "server {{ listen 80;\nlocation / {{ proxy_pass {here}; proxy_set_header Host $host; }} }}",
    "caddy": "cuttings.example.org {{\n\treverse_proxy {here}\n}}\n",
}


@pytest.mark.parametrize("name", ["nginx", pytest.param("caddy", marks=pytest.mark.slow)])
def test_behind_a_proxy_all_that_only_we_know_comes_through(world: World, tmp_path: Path, name: str) -> None:
    world.configure(topics=TOPICS)
    grow(world, "Kabul 1", "Doha 1", "Doha 2")
    article = world.bureau.archive.newest(1)[0].id
    desk.carry_out(world.bureau, {"do": "withdraw", "article": article})
    world.restart()
    world.configure(topics="  herat: {title: Herat, query: kabul, was: kabul}")
    world.publish()
    world.bureau.shelf.pack()
    with (
        ours(world.bureau) as here,
        {"nginx": nginx, "caddy": caddy}[name](
            tmp_path,
            PROXIES[name].format(here=here.removeprefix("http://") if name == "caddy" else here),
            free_port(),
        ) as there,
    ):

        def get(path: str, **headers: str) -> requests.Response:
            return requests.get(f"{there}{path}", headers=headers, allow_redirects=False, timeout=5)

        moved = get("/kabul/rss.xml")
        assert (moved.status_code, moved.headers["Location"]) == (308, "/herat/rss.xml")
        assert get("/doha/rss.xml").status_code == 410
        assert get(f"/articles/{article[9:]}/").status_code == 410
        found = get("/search.json?q=kabul")
        assert [one["title"] for one in found.json()["results"]] == ["Kabul 1"]
        feed = get("/herat/rss.xml")
        assert get("/herat/rss.xml", **{"If-None-Match": feed.headers["ETag"]}).status_code == 304
        direct = requests.get(
            f"{here}/herat/rss.xml", headers={"A-IM": "feed", "If-None-Match": '"x"'}, timeout=5
        )
        delta = get("/herat/rss.xml", **{"A-IM": "feed", "If-None-Match": '"x"'})
        assert (delta.status_code, delta.content) == (direct.status_code, direct.content)
        assert delta.headers.get("IM") == direct.headers.get("IM")
