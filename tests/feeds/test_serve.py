"""What a reader gets over HTTP, and how a command reaches the daemon."""

import contextlib
import os
import socket
import stat
import threading
import time
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from feeds import control
from feeds.errors import CommandError
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File
from feeds.settings import Site, Tcp
from feeds.web import patience
from feeds.web.answer import Answers, Past
from feeds.web.listening import address, listen
from feeds.web.replies import Reply
from feeds.web.server import WebServer
from tests.builders import START

FEED = File("kabul/rss.xml", b"<rss/>", START + timedelta(milliseconds=700))
SITE = Site(base_url="http://x.example/news/")
PAST = {"old": Past("kabul"), "removed": Past(), "00000001-0000-8000-8000-000000000000": Past()}


@pytest.fixture
def shelf() -> MemoryShelf:
    made = MemoryShelf()
    for file in (FEED, File("kabul/index.html", b"<html>", START), File("index.html", b"front", START),
                 File("static/site.0123456789ab.css", b"css", START), File("kabul/feed.json", b"{}", START), File("static/about.html", b"about", START)):  # fmt: skip
        made.put(file)
    return made


@pytest.fixture
def answers(shelf: MemoryShelf) -> Answers:
    return Answers(lambda: shelf, lambda: SITE, PAST.get, lambda: (False, {"ready": False}))


def get(answers: Answers, path: str, **headers: str) -> Reply:
    return answers.get(path, {name.replace("_", "-"): value for name, value in headers.items()})


def test_files_leave_with_their_type_tag_and_date(answers: Answers) -> None:
    reply = get(answers, "/kabul/rss.xml")
    assert (reply.status, reply.body) == (200, b"<rss/>")
    assert reply.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert reply.headers["Last-Modified"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    assert reply.headers["ETag"] == f'"{FEED.digest[:32]}"'
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert get(answers, "/kabul/feed.json").headers["Content-Type"] == "application/feed+json"
    page = get(answers, "/kabul/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "immutable" in get(answers, "/static/site.0123456789ab.css").headers["Cache-Control"]
    assert "immutable" not in get(answers, "/static/about.html").headers["Cache-Control"]
    for path in ("/kabul/rss.xml", "/kabul/feed.json", "/nowhere.xml", "/healthz", "/readyz"):
        assert get(answers, path).headers["Content-Security-Policy"].startswith("default-src 'none'; frame-")
    for path in ("/", "/kabul/rss.xml", "/nowhere", "/healthz"):
        assert get(answers, path).headers["X-Content-Type-Options"] == "nosniff"


def test_either_validator_gives_304_and_the_tag_counts_before_the_date(answers: Answers) -> None:
    tag, date = f'"{FEED.digest[:32]}"', format_datetime(START, usegmt=True)
    for headers in (
        {"if_none_match": tag},
        {"if_none_match": f'"x", W/{tag}'},
        {"if_none_match": "*"},
        {"if_modified_since": date},
    ):
        reply = get(answers, "/kabul/rss.xml", **headers)
        assert (reply.status, reply.body) == (304, b"")
        assert reply.headers["ETag"] == tag
    for headers in (
        {"if_none_match": '"other"', "if_modified_since": date},
        {"if_modified_since": "Mon, 05 Jan 2026 07:59:59 GMT"},
        {"if_modified_since": "nonsense"},
        {"if_modified_since": "Mon, 01 Jan 2020 00:00:00 +99999999999999"},
        {"if_none_match": ""},
    ):
        assert get(answers, "/kabul/rss.xml", **headers).status == 200


def test_what_is_no_more_answers_for_ever(answers: Answers) -> None:
    assert (get(answers, "/old/rss.xml").status, get(answers, "/old/rss.xml").headers["Location"]) == (
        308,
        "/news/kabul/rss.xml",
    )
    assert get(answers, "/old/").headers["Location"] == "/news/kabul/"
    assert get(answers, "/old").headers["Location"] == "/news/kabul"
    assert (
        get(answers, "/old/%E2%82%AC%0d%0aX:%20y").headers["Location"]
        == "/news/kabul/%E2%82%AC%0D%0AX%3A%20y"
    )
    assert get(answers, "/removed/atom.xml").status == 410
    assert get(answers, "/articles/00000001-0000-8000-8000-000000000000/").status == 410
    assert get(answers, "/articles/00000001-0000-8000-8000-000000000000.json").status == 410
    assert get(answers, "/articles/00000002-0000-8000-8000-000000000000/").status == 404
    assert get(answers, "/never").status == 404


def test_a_prefix_is_understood_with_and_without_it(answers: Answers) -> None:
    for path in ("/news/kabul/", "/kabul/", "/news/", "/"):
        assert get(answers, path).status == 200
    assert get(answers, "/kabul").headers["Location"] == "/news/kabul/"


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/kabul/../../x",
        "//",
        "/\x00",
        "/kabul/%00",
        "/" + "a" * 5000,
    ],
)
def test_no_path_leads_out(answers: Answers, path: str) -> None:
    assert get(answers, path).status in {404, 308}


def test_health_and_readiness(answers: Answers) -> None:
    assert get(answers, "/healthz").body == b"ok\n"
    assert get(answers, "/readyz").status == 503


@pytest.fixture
def base(answers: Answers):  # type: ignore[no-untyped-def]
    sock = listen(Tcp(port=0))
    server = WebServer(answers, sock)
    server.start()
    yield address(sock)
    server.stop()


def test_over_the_wire(base: str) -> None:
    first = requests.get(base + "kabul/rss.xml", timeout=5)
    assert (first.status_code, first.content) == (200, b"<rss/>")
    again = requests.get(base + "kabul/rss.xml", headers={"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    head = requests.head(base + "kabul/rss.xml", timeout=5)
    assert head.content == b""
    same = ("etag", "content-type", "last-modified", "content-length")
    assert [head.headers[name] for name in same] == [first.headers[name] for name in same]
    assert requests.post(base, timeout=5).status_code == 405
    assert requests.get(base + "kabul", timeout=5).url == base + "news/kabul/"
    moved = requests.get(base + "old/\u20ac", timeout=5, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (308, "/news/kabul/%E2%82%AC")


def connected(base: str, said: bytes) -> socket.socket:
    found = urlsplit(base)
    sock = socket.create_connection((found.hostname, found.port), timeout=5)
    sock.sendall(said)
    return sock


def test_who_never_finishes_a_request_is_left(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    whole = b"GET /kabul/rss.xml HTTP/1.1\r\nHost: x\r\n\r\n"
    for said in (b"", b"GET / HT", whole + b"GET / HT"):
        with connected(base, said) as sock:
            began, got = time.monotonic(), b""
            with contextlib.suppress(ConnectionResetError):
                while more := sock.recv(10_000):
                    got += more
            assert time.monotonic() - began < 3
            assert (b"<rss/>" in got) == (said.startswith(whole))


def test_silent_clients_keep_no_reader_out(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST", 8)
    held = [connected(base, b"GET / HT") for _ in range(60)]
    assert requests.get(base + "kabul/rss.xml", timeout=5).content == b"<rss/>"
    closed = 0
    for sock in held:
        sock.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            try:
                closed += sock.recv(10) == b""
            except ConnectionResetError:
                closed += 1
        sock.close()
    assert closed >= 50


def test_a_fault_of_ours_is_a_status_and_no_traceback(shelf: MemoryShelf) -> None:
    def broken(_: str) -> Past | None:
        raise RuntimeError("secret detail")

    sock = listen(Tcp(port=0))
    server = WebServer(Answers(lambda: shelf, lambda: SITE, broken, lambda: (True, {})), sock)
    server.start()
    reply = requests.get(address(sock) + "nowhere", timeout=5)
    server.stop()
    assert (reply.status_code, "secret" in reply.text) == (500, False)


def test_a_port_that_is_taken_says_what_to_do() -> None:
    taken = listen(Tcp(port=0))
    with pytest.raises(CommandError, match=r"set server\.listen"):
        listen(Tcp(port=taken.getsockname()[1]))
    taken.close()
    for host in ("192.0.2.1", "ü" * 70, "..", "a\0b"):
        with pytest.raises(CommandError, match="cannot listen"):
            listen(Tcp(host=host, port=0))


# -- the control socket -------------------------------------------------------------


def echo(request: dict[str, Any]) -> dict[str, Any]:
    if request.get("fail"):
        raise CommandError("it cannot be done")
    if request.get("break"):
        raise RuntimeError("a bug")
    return {"got": request}


def test_a_command_is_carried_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "run" / "control.sock"
    listening = control.Control(path, echo)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert control.ask(path, {"do": "x", "text": "ä\n"}) == {"got": {"do": "x", "text": "ä\n"}}
    with pytest.raises(CommandError, match="it cannot be done"):
        control.ask(path, {"fail": True})
    with pytest.raises(CommandError, match="RuntimeError: a bug"):
        control.ask(path, {"break": True})
    listening.close()
    assert not path.exists()
    assert control.ask(path, {}) is None


def test_a_path_that_is_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("d" * 90) / ("e" * 60) / "control.sock"
    listening = control.Control(path, echo)
    assert control.ask(path, {"a": 1}) == {"got": {"a": 1}}
    listening.close()


def test_a_socket_left_behind_is_nobody(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    listening = control.Control(path, echo)
    os.rename(path, tmp_path / "kept.sock")
    listening.close()
    os.rename(tmp_path / "kept.sock", path)
    assert control.ask(path, {}) is None
    again = control.Control(path, echo)
    assert control.ask(path, {"a": 1}) == {"got": {"a": 1}}
    again.close()


def test_many_commands_at_once_are_each_answered(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    listening = control.Control(path, echo)
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(control.ask(path, {"n": n}))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listening.close()
    assert sorted(answer["got"]["n"] for answer in answers) == list(range(20))
