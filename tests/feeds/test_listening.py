"""Where the server listens, whom it takes a request to be from, and who is told to wait."""

import os
import socket
import stat
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from starlette.requests import Request as Received

from feeds.errors import CommandError
from feeds.publish.shelf.memory import MemoryShelf
from feeds.publish.shelf.port import File
from feeds.settings import Server, Site, Tcp, Throttle, Unix
from feeds.web import pollers
from feeds.web.answer import Answers
from feeds.web.callers import caller
from feeds.web.files import Request
from feeds.web.listening import address, listen, listen_at_all
from feeds.web.pollers import Pollers
from feeds.web.server import WebServer, _asked
from tests.builders import START, TurnedClock

SITE = Site(base_url="http://x.example/kabul/")


def has_six() -> bool:
    try:
        listen(Tcp(host="::1", port=0)).close()
    except CommandError:
        return False
    return True


six = pytest.mark.skipif(not has_six(), reason="this machine has no IPv6")


def answers(throttle: Throttle = "never", clock: TurnedClock | None = None) -> Answers:
    shelf = MemoryShelf()
    for path in ("kabul/rss.xml", "other/rss.xml", "kabul/index.html", "index.html"):
        shelf.put(File(path, path.encode(), START, timedelta(minutes=5)))
    limit = Pollers(throttle, (clock or TurnedClock()).monotonic)
    return Answers(lambda: shelf, lambda: SITE, lambda _: None, lambda: (True, {}), pollers=limit)


def asked_over(sock: socket.socket, more: bytes = b"") -> bytes:
    sock.settimeout(5)
    sock.sendall(b"GET /other/rss.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n" % more)
    found = b""
    while data := sock.recv(65536):
        found += data
    return found


def unix(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(os.path.relpath(path))
    return sock


@six
def test_all_places_answer_and_say_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deep = tmp_path / ("d" * 90) / "web.sock"
    deep.parent.mkdir()
    where = Server(listen=(Tcp(port=0), Tcp(host="::1", port=0), Unix(path=deep)), socket_mode=0o622)
    socks = listen_at_all(where)
    server = WebServer(answers(), *socks)
    server.start()
    try:
        four, six, third = server.addresses
        assert (four.split(":")[:2], six[:13], third) == (
            ["http", "//127.0.0.1"],
            "http://[::1]:",
            f"unix:{deep}",
        )
        assert stat.S_IMODE(deep.stat().st_mode) == 0o622
        assert [one.name for one in deep.parent.iterdir()] == ["web.sock"]
        monkeypatch.chdir(deep.parent)
        for sock in (
            socket.create_connection(socks[0].getsockname(), 5),
            socket.create_connection(socks[1].getsockname()[:2], 5),
            unix(deep),
        ):
            with sock:
                assert asked_over(sock).endswith(b"\r\n\r\nother/rss.xml")
    finally:
        server.stop()
    assert not deep.exists(), "it goes with the server"


def test_a_socket_that_nobody_listens_at_any_more_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    sock = listen(Unix(path=path))
    with pytest.raises(
        CommandError, match=r"cannot listen at unix:.*web.sock: another program listens there"
    ):
        listen(Unix(path=path))
    assert path.exists()
    later = tmp_path / "later.sock"
    path.rename(later)
    again = listen(Unix(path=path))
    sock.close()
    assert path.exists(), "another's is left alone"
    again.close()
    assert not path.exists()
    again.close()


@pytest.mark.parametrize("made", ["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone(tmp_path: Path, made: str) -> None:
    path = tmp_path / "web.sock"
    if made == "file":
        path.write_text("mine")
    elif made == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="something else stands there"):
        listen(Unix(path=path))
    assert os.path.lexists(path)
    with pytest.raises(CommandError, match="No such file or directory"):
        listen(Unix(path=tmp_path / "none" / "web.sock"))


def test_where_one_place_is_taken_it_listens_at_none(tmp_path: Path) -> None:
    taken = listen(Tcp(port=0))
    port = taken.getsockname()[1]
    path = tmp_path / "web.sock"
    with pytest.raises(CommandError, match=f"cannot listen at 127.0.0.1:{port}"):
        listen_at_all(Server(listen=(Unix(path=path), Tcp(port=port))))
    assert not path.exists()
    taken.close()


def _both(port: int) -> list[socket.socket]:
    """Listen at a port by both kinds of address; at none where somebody else has it."""
    with suppress(CommandError):
        return listen_at_all(Server(listen=(Tcp(host="0.0.0.0", port=port), Tcp(host="::", port=port))))
    return []


@six
def test_both_kinds_of_address_may_have_one_port() -> None:
    first = 20_000 + os.getpid() % 10_000  # Below those that the system gives to whoever asks for any.
    port, socks = next((port, found) for port in range(first, first + 50) if (found := _both(port)))
    assert [address(one) for one in socks] == [f"http://0.0.0.0:{port}/", f"http://[::]:{port}/"]
    for one in socks:
        one.close()


# -- who asks -------------------------------------------------------------------------

OURS = (ip_network("10.0.0.0/8"), ip_network("::1/128"), ip_network("127.0.0.0/8"))


@pytest.mark.parametrize(
    ("peer", "headers", "found"),
    [
        ("192.0.2.1", {}, "192.0.2.1"),
        ("192.0.2.1", {"x-forwarded-for": "198.51.100.7"}, "192.0.2.1"),  # No proxy of ours: it may say anything.
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.7"}, "198.51.100.7"),
        ("10.0.0.1", {"x-forwarded-for": "1.1.1.1, 198.51.100.7"}, "198.51.100.7"),  # The first is made up.
        ("10.0.0.1", {"x-forwarded-for": "1.1.1.1, 198.51.100.7, 10.2.3.4"}, "198.51.100.7"),
        ("10.0.0.1", {"x-forwarded-for": "10.9.9.9, 10.2.3.4"}, "10.9.9.9"),
        ("10.0.0.1", {"x-forwarded-for": "nonsense, 10.2.3.4"}, "10.2.3.4"),
        ("10.0.0.1", {"x-forwarded-for": ""}, "10.0.0.1"),
        ("10.0.0.1", {"x-forwarded-for": "[2001:db8::7]:443"}, "2001:db8::7"),
        ("10.0.0.1", {"x-forwarded-for": "198.51.100.7:4711"}, "198.51.100.7"),
        ("10.0.0.1", {"x-forwarded-for": "::ffff:198.51.100.7"}, "198.51.100.7"),
        ("::ffff:10.0.0.1", {"x-forwarded-for": "198.51.100.7"}, "198.51.100.7"),
        ("::1", {"forwarded": "for=198.51.100.7;proto=https"}, "198.51.100.7"),
        ("::1", {"forwarded": 'for=1.1.1.1, For="[2001:db8::7]:4711";by=x'}, "2001:db8::7"),
        ("::1", {"forwarded": "for=198.51.100.7, for=10.1.1.1"}, "198.51.100.7"),
        ("::1", {"forwarded": "for=_hidden"}, "::1"),
        ("::1", {"forwarded": "proto=https"}, "::1"),
        ("::1", {"forwarded": "for=1.1.1.1", "x-forwarded-for": "198.51.100.7"}, "198.51.100.7"),
        (None, {"x-forwarded-for": "198.51.100.7"}, "198.51.100.7"),  # A Unix socket.
        (None, {}, None),
        ("fe80::1%eth0", {}, "fe80::1"),
    ],
)  # fmt: skip
def test_the_last_address_that_no_proxy_of_ours_has_is_the_readers(
    peer: str | None, headers: dict[str, str], found: str | None
) -> None:
    assert caller(peer, headers, OURS) == (ip_address(found) if found else None)


def test_a_client_that_is_gone_already_is_no_proxy() -> None:
    """Of what it says the address is made up; only at a Unix socket is there none to be had."""
    said = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/",
        "headers": [(b"x-forwarded-for", b"192.0.2.1")],
        "client": None,
    }
    for server, found in ((("127.0.0.1", 8080), None), (("/run/web.sock", None), ip_address("192.0.2.1"))):
        assert _asked(Received({**said, "server": server}), OURS).caller == found


# -- who asks too often ---------------------------------------------------------------


def ask(
    answers: Answers,
    path: str = "/kabul/rss.xml",
    who: str | None = "192.0.2.1",
    method: str = "GET",
    **headers: str,
) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers.answer(Request(path, named, method, ip_address(who) if who else None)).status


def test_who_asks_for_all_of_it_again_and_again_is_told_to_wait() -> None:
    clock = TurnedClock()
    ours = answers("auto", clock)
    statuses = [ask(ours) for _ in range(pollers.BURST + 5)]
    assert statuses == [200] * pollers.BURST + [429] * 5
    reply = ours.answer(Request("/kabul/rss.xml", {}, "GET", ip_address("192.0.2.1")))
    assert int(reply.headers["Retry-After"]) == 60
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert ask(ours, if_none_match='"x"') == 200, "who asks as it should is answered all the same"
    assert ask(ours, if_modified_since="Mon, 05 Jan 2026 08:00:00 GMT") == 304
    assert ask(ours, method="HEAD") == ask(ours, "/kabul/") == ask(ours, "/") == 200
    for other in ({"who": "192.0.2.2"}, {"path": "/other/rss.xml"}, {"user_agent": "another"}):
        assert ask(ours, **other) == 200, "of many behind one address each is measured by itself"
    clock.advance(seconds=60)
    assert [ask(ours) for _ in range(4)] == [200, 200, 200, 429], "as many as were earned meanwhile"


def test_a_reader_that_never_learnt_of_validators_is_no_abuser() -> None:
    clock = TurnedClock()
    ours = answers("always", clock)
    for _ in range(500):
        clock.advance(seconds=30)
        assert ask(ours) == 200


@pytest.mark.parametrize(
    ("throttle", "who", "last"),
    [
        ("auto", "192.0.2.1", 429), ("auto", "2001:db8::1", 429), ("auto", "127.0.0.1", 200), ("auto", "::1", 200),
        ("auto", "172.17.0.1", 200), ("auto", "fd00::1", 200), ("auto", "fe80::1", 200), ("auto", "172.32.0.1", 429),
        ("auto", None, 200), ("always", "172.17.0.1", 429), ("always", "127.0.0.1", 429), ("always", None, 429), ("never", "192.0.2.1", 200),
    ],
)  # fmt: skip
def test_it_can_be_switched(throttle: Throttle, who: str | None, last: int) -> None:
    ours = answers(throttle)
    assert [ask(ours, who=who) for _ in range(pollers.BURST + 1)][-1] == last


def test_a_network_of_one_owner_is_one_poller_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = Pollers("auto", TurnedClock().monotonic)
    waits = [
        limit.wait(ip_address(f"2001:db8::{n:x}"), "kabul/rss.xml", "") for n in range(1, pollers.BURST + 2)
    ]
    assert waits == [None] * pollers.BURST + [60]
    monkeypatch.setattr(pollers, "MOST", 50)
    for number in range(500):
        limit.wait(ip_address(number + 2**24), "kabul/rss.xml", f"agent {number}")
    assert len(limit) == 50


def test_behind_a_proxy_the_reader_is_measured_and_not_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "web.sock"
    front = listen(Tcp(port=0))
    server = WebServer(answers("auto"), front, listen(Unix(path=path)), trusted=OURS)
    server.start()
    try:
        for opened in (lambda: socket.create_connection(front.getsockname(), 5), lambda: unix(path)):
            said = b"X-Forwarded-For: 192.0.2.9\r\nUser-Agent: %d\r\n" % id(opened)
            for number in range(pollers.BURST + 1):
                with opened() as sock:
                    reply = asked_over(sock, said)
                assert reply.startswith(b"HTTP/1.1 429 " if number == pollers.BURST else b"HTTP/1.1 200 "), (
                    number
                )
            with opened() as sock:
                assert asked_over(sock).startswith(b"HTTP/1.1 200 ")
    finally:
        server.stop()


def test_a_topic_may_be_called_as_the_prefix_is() -> None:
    ours = answers()
    for path, body in (
        ("/kabul/kabul/rss.xml", b"kabul/rss.xml"),  # As readers ask, and as a proxy passes it on.
        ("/kabul/rss.xml", b"kabul/rss.xml"),  # A proxy took the prefix away.
        ("/kabul/other/rss.xml", b"other/rss.xml"),
        ("/other/rss.xml", b"other/rss.xml"),
    ):
        assert ours.get(path, {}).body == body
