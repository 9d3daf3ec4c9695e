"""What comes over the wire: slow readers, strange requests, and what of them is logged."""

import contextlib
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from archive import Article
from feeds.publish.pages.search_page import Asked
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File
from feeds.settings import Site, Tcp
from feeds.web import patience
from feeds.web.answer import Answers
from feeds.web.listening import listen
from feeds.web.server import PIECE, WebServer
from tests.builders import START

FEED = File("kabul/rss.xml", b"<rss/>", START)
LARGE = File("kabul/archive/1.json", b"0123456789abcdef" * 2**19, START)
SLOWLY = 0.3


class Slow:
    """An archive in which looking takes a while."""

    def search(self, query: str, page: int = 1) -> Asked:
        time.sleep(SLOWLY)
        return Asked(query=query, page=page)

    def article(self, name: str) -> Article | None:
        return None

    def earlier(self, article: Article) -> list[Article]:
        return []

    def gone(self, name: str) -> str | None:
        return None


def started() -> WebServer:
    shelf = MemoryShelf()
    shelf.put(FEED)
    shelf.put(LARGE)
    answers = Answers(
        lambda: shelf, lambda: Site(base_url="http://x.example/"), lambda _: None, lambda: (True, {}), Slow()
    )
    made = WebServer(answers, listen(Tcp(port=0)))
    made.start()
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    made = started()
    yield made
    made.stop()


def url(server: WebServer, path: str) -> str:
    return server.addresses[0] + path


def connected(server: WebServer, said: bytes) -> socket.socket:
    found = urlsplit(server.addresses[0])
    sock = socket.socket()
    sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768
    )  # Else the system takes all of it for the reader.
    sock.settimeout(10)
    sock.connect((found.hostname, found.port))
    sock.sendall(said)
    return sock


def get(path: str) -> bytes:
    return b"GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode()


def taken(sock: socket.socket, pause: float = 0) -> bytes:
    found = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while more := sock.recv(2**19):
            found += more
            time.sleep(pause)
    return bytes(found)


def body(reply: bytes) -> bytes:
    return reply.partition(b"\r\n\r\n")[2]


def test_a_slow_reader_gets_all_of_it_and_little_of_it_waits_in_memory(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.15)
    with connected(server, get(LARGE.path)) as sock:
        time.sleep(0.1)
        waits = [one.transport.get_write_buffer_size() for one in server._server.server_state.connections]
        assert 0 < max(waits) <= 3 * PIECE
        began = time.monotonic()
        assert body(taken(sock, pause=0.004)) == LARGE.body
        assert time.monotonic() - began > patience.PATIENCE, "or it was no slow one"


def test_a_small_answer_waits_for_nothing(server: WebServer) -> None:
    """Else its body waits until the reader has told that the head came, forty milliseconds at each request."""
    with connected(server, get(FEED.path).replace(b"Connection: close\r\n", b"")) as sock:
        assert sock.recv(10)
        sockets = [one.transport.get_extra_info("socket") for one in server._server.server_state.connections]
        assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in sockets)


def test_readers_that_take_nothing_keep_no_other_out(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "MOST", 8)
    monkeypatch.setattr(patience, "PATIENCE", 0.2)
    held = [connected(server, get(LARGE.path)) for _ in range(8)]
    time.sleep(0.3)
    assert len(server._server.server_state.connections) == 8, "none has had time enough"
    assert requests.get(url(server, FEED.path), timeout=5).content == FEED.body
    for sock in held:
        sock.close()


@pytest.mark.parametrize("path", ["search?q=x", LARGE.path, FEED.path])
def test_who_has_said_all_it_will_say_gets_its_answer_and_is_left(server: WebServer, path: str) -> None:
    """As `printf … | nc` does: it ends its side with the request."""
    with connected(server, get(path).replace(b"Connection: close\r\n", b"")) as sock:
        sock.shutdown(socket.SHUT_WR)
        began = time.monotonic()
        reply = taken(sock)
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert f"content-length: {len(body(reply))}\r\n".encode() in reply
    assert time.monotonic() - began < 5, "nobody waits for another request"


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (b"GET http://x.example/kabul/rss.xml HTTP/1.1\r\nHost: x.example\r\n", b"HTTP/1.1 200 "),
        (b"GET HTTPS://[::1]:8080/kabul/rss.xml?a=http://b/ HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.1 200 "),
        (b"GET http://x.example HTTP/1.1\r\nHost: x.example\r\n", b"HTTP/1.1 404 "),  # There is no front page here.
        (b"GET /x/http://x.example/kabul/rss.xml HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.1 404 "),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.1 204 "),
        (b"CONNECT x.example:443 HTTP/1.1\r\nHost: x.example:443\r\n", b"HTTP/1.1 405 "),
        (b"GET /kabul/rss.xml HTTP/1.0\r\n", b"HTTP/1.1 200 "),
        (b"GET /kabul/rss.xml HTTP/1.1\r\nHost: [::1]:8080\r\n", b"HTTP/1.1 200 "),
        (b"GET /kabul/rss.xml HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n", b"HTTP/1.1 200 "),
        (b"GET /kabul/rss.xml HTTP/1.1\r\n", b"HTTP/1.1 400 "),
        (b"GET /kabul/rss.xml HTTP/1.1\r\nHost: x\r\nX: %s\r\n" % (b"x" * 10**6), b"HTTP/1.1 400 "),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HTTP/1.1 400 "),  # TLS, at the wrong door.
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n", b"HTTP/1.1 405 "),
    ],
)  # fmt: skip
def test_a_request_is_answered_however_it_is_put_and_no_line_is_logged_for_it(
    server: WebServer, caplog: pytest.LogCaptureFixture, said: bytes, answered: bytes
) -> None:
    with connected(server, b"") as sock:
        with contextlib.suppress(OSError):  # It need not wait for the end of what is far too long.
            sock.sendall(said + (b"" if b"Connection" in said else b"Connection: close\r\n") + b"\r\n")
        sock.settimeout(2)
        assert sock.recv(20).startswith(answered)
    assert [one.getMessage() for one in caplog.records if one.name.startswith("uvicorn")] == []


def test_at_a_stop_readers_that_take_nothing_are_left_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = started()
    held = [connected(server, get(LARGE.path)) for _ in range(20)]
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 4
    assert caplog.records == []
    for sock in held:
        assert len(taken(sock)) < len(LARGE.body), "cut, as its length tells"
        sock.close()
