"""Servers that mean harm: nobody but the open web is reached, and each ends within its bounds."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from feeds.errors import FetchError, Private, PutOff
from feeds.net import Ask, Door, Gate, guard
from feeds.net.hops import headers_for, hop, next_hop
from feeds.net.watchdog import LEAST_RATE, PATIENT, Exchange
from tests.feeds.test_net import REFUSED
from tests.hostile import Bounds, Raw, Watched, endless, handshake_drip, once, twice_packed, watching
from tests.site import Page, Site

OURS = ip_network("127.77.0.0/16")
"""The only network that the owner allows here; all else of 127/8 is as foreign as 10/8."""
SPELLINGS = [
    "localhost", "LOCALHOST", "127.0.0.1.", "2130706433", "0x7f000001", "0X7F.0.0.1", "0177.0.0.1", "017700000001",
    "127.1", "127.0.1", "0", "0.0.0.0", "0x7f.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "127。0。0。1",
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[fe80::1%25lo]",
    "[::1%25lo]", "[0:0:0:0:0:ffff:169.254.169.254]", "169.254.43518", "0xa9fea9fe", "2852039166",
    "example.org@127.0.0.1", "127.0.0.1:80@127.0.0.1", "example.org:80@[::1]", "example.org\\@127.0.0.1",
    "127.0.0.1\\@example.org", "@127.0.0.1", "a@b@127.0.0.1", "127.0.0.1%00.example.org", "127.0.0.1\t", "metadata",
]  # fmt: skip
FORMS = [*SPELLINGS, *(f"[{one}]" if ":" in one else one for one in REFUSED)]


def ask(url: str, *, seconds: float = 1, most: int = 1_000_000) -> Ask:
    return Ask(url=url, deadline=timedelta(seconds=seconds), max_bytes=most, allow_private=(OURS,))


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door("tester/1", gate=Gate(0.0), ports=frozenset(range(1024, 65536)))
    yield made
    made.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Host names and what they resolve to: each time the next address, the last for ever."""
    known: dict[str, list[str]] = {"metadata": ["169.254.169.254"], "localhost": ["127.0.0.1"]}
    real = socket.getaddrinfo

    def lookup(host: str, port: object, *args: object, **kwargs: object) -> object:
        if host.lower() in known:
            listed = known[host.lower()]
            found = listed.pop(0) if len(listed) > 1 else listed[0]
            host = found
        return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return known


def foreign(watched: Watched) -> list[object]:
    """Connects to anything but the open web and the owner's own network."""
    addresses = [str(where[0]).partition("%")[0] for where in watched.connects]
    return [one for one in addresses if not guard.is_allowed(ip_address(one), (OURS,))]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_form_of_a_private_address_is_connected_to_directly(
    door: Door, names: dict[str, list[str]], form: str, scheme: str
) -> None:
    with watching() as watched, pytest.raises(FetchError):
        door.get(ask(f"{scheme}://{form}/feed"))
    assert watched.connects == []


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_private_address_is_connected_to_by_a_redirect(
    door: Door, names: dict[str, list[str]], form: str
) -> None:
    location = f"http://{form}/feed".encode()
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
    with Raw(once(answer), "127.77.0.1") as first:
        with watching() as watched, pytest.raises(FetchError):
            door.get(ask(first.url))
        assert [where[0] for where in watched.connects] == ["127.77.0.1"]
        assert foreign(watched) == []


@pytest.mark.parametrize("second", [one for one in REFUSED if not one.startswith("::ffff:0:")])
def test_a_name_that_changes_its_address_leads_nowhere_else(
    door: Door, names: dict[str, list[str]], second: str
) -> None:
    """What was checked is what is connected to; the next hop is looked up, and checked, anew."""
    names["rebind.example"] = ["127.77.0.1", second]
    with Raw(once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "127.77.0.1") as server:
        with watching() as watched:
            assert door.get(ask(f"http://rebind.example:{server.port}/")).body == b"ok"
        assert len(watched.connects) == 1
        names["rebind.example"] = ["127.77.0.1", second]
        back = f"HTTP/1.1 302 Found\r\nLocation: http://rebind.example:{server.port}/b\r\nContent-Length: 0\r\n\r\n"
        with Raw(once(back.encode()), "127.77.0.1") as first:
            with watching() as watched, pytest.raises(Private):
                door.get(ask(f"http://rebind.example:{first.port}/"))
            assert (len(watched.connects), foreign(watched)) == (1, [])


def test_a_public_host_is_asked_at_the_webs_ports_alone(
    monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]
) -> None:
    names["db.example"] = ["93.184.216.34"]
    with watching() as watched:
        for port in (22, 25, 6379, 8081, 65535):
            with pytest.raises(FetchError, match=r"fetch: \{ports: \[" + str(port)):
                Door("t", gate=Gate(0.0)).get(ask(f"http://db.example:{port}/"))
    assert watched.connects == []
    for port, ports in ((80, ()), (443, ()), (8080, ()), (9000, (9000,))):
        assert guard.resolve("db.example", port, (), frozenset(ports))


def test_the_port_of_a_sources_own_address_is_its_owners_word(names: dict[str, list[str]]) -> None:
    names["own.example"] = ["127.0.0.1"]
    door = Door("t", gate=Gate(0.0))
    with door.on_behalf("https://own.example:8443/feed"):
        reach = door._on_behalf()
    assert (reach.ports, door._on_behalf().ports) == (frozenset([8443]), frozenset())


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/", "ftp://x/", "/etc/passwd", "data:,x", "//x/y", "unix:/x"]
)
def test_only_web_addresses_are_asked(door: Door, url: str) -> None:
    with watching() as watched, pytest.raises(FetchError, match="no web address"):
        door.get(ask(url))
    assert watched.connects == []
    assert "/etc/passwd" not in watched.opens


# -- credentials -------------------------------------------------------------------


def test_credentials_stay_with_their_origin_and_are_written_nowhere() -> None:
    with Site() as own, Site() as other:
        own.pages["/feed"] = Page(status=301, headers={"Location": "/moved"})
        own.pages["/moved"] = Page(status=302, headers={"Location": f"{other.url}/there"})
        other.pages["/there"] = Page(status=302, headers={"Location": f"http://me:x@{other.url[7:]}/end"})
        other.pages["/end"] = Page(b"here")
        asked = Ask(
            url=own.url.replace("//", "//us%40er:pa:ss@") + "/feed#frag",
            deadline=timedelta(seconds=5), max_bytes=1000, allow_private=(ip_network("127.0.0.0/8"),),
            headers={"Cookie": "a=b", "If-None-Match": '"x"'},
        )  # fmt: skip
        answer = Door("t", gate=Gate(0.0)).get(asked)
    assert [one.headers.get("authorization") for one in own.asked] == ["Basic dXNAZXI6cGE6c3M="] * 2
    assert [one.headers.get("cookie") for one in own.asked] == ["a=b"] * 2
    assert [set(one.headers) & {"authorization", "cookie"} for one in other.asked] == [set(), set()]
    assert [one.headers.get("if-none-match") for one in other.asked] == ['"x"', '"x"']
    assert answer.url == f"{other.url}/end"
    assert answer.redirects == (f"{own.url}/feed", f"{own.url}/moved", f"{other.url}/there")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("/b", True), ("http://A.example:80/b", True), ("https://a.example/", False), ("http://a.example:8080/", False),
        ("http://b.example/", False), ("//c.example", False),
    ],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_port(other: str, same: bool) -> None:
    first = hop("http://u:p@a.example/feed")
    sent = headers_for(next_hop(first, other), first, {"Authorization": "Bearer x", "Accept": "y"})
    assert sent == ({"Authorization": "Bearer x", "Accept": "y"} if same else {"Accept": "y"})


# -- bounds ------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY_BLOCKS = gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * 10_000
SCRIPTS: dict[str, Callable[..., None]] = {
    "head drips": endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"a", 0.05),
    "status drips": endless(b"", b"H", 0.05),
    "body drips": endless(HEAD + b"Content-Length: 100000\r\n\r\n", b"a", 0.05),
    "chunks drip": endless(CHUNKED, b"1\r\na\r\n", 0.05),
    "nothing comes": endless(b"", b"", 0.2),
    "one endless header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-%d: yes\r\n" * 1000),
    "endless interim answers": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "endless body": endless(HEAD + b"\r\n", b"a" * 65536),
    "endless chunk extensions": endless(CHUNKED, b"1;" + b"x" * 60_000 + b"\r\na\r\n"),
    "endless trailers": endless(CHUNKED + b"1\r\na\r\n0\r\n", b"X: yes\r\n" * 1000),
    "endless empty blocks": endless(HEAD + b"Content-Encoding: gzip\r\n\r\n" + EMPTY_BLOCKS[:10], EMPTY_BLOCKS[10:]),
    "packed twice": once(HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + twice_packed(1_000_000_000)),
    "packed three times": once(HEAD + b"Content-Encoding: gzip, gzip, gzip\r\n\r\n" + gzip.compress(twice_packed(10**8))),
    "redirects for ever": once(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
    "redirect with a dripping body": endless(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 9999\r\n\r\n", b"a", 0.05),
}  # fmt: skip


def within_bounds(door: Door, url: str, seconds: float = 1) -> FetchError | None:
    """Ask, and see that it ends within the deadline and a second, and takes little memory."""
    bounds = Bounds()
    failed = None
    try:
        door.get(ask(url, seconds=seconds, most=10_000_000))
    except FetchError as error:
        failed = error
    bounds.end()
    assert bounds.took < seconds + 1
    assert bounds.grown < 64 * 2**20
    return failed


@pytest.mark.parametrize("what", SCRIPTS)
def test_each_hostile_server_ends_in_time_and_takes_little_memory(door: Door, what: str) -> None:
    with Raw(SCRIPTS[what], "127.77.0.1") as server:
        failed = within_bounds(door, server.url)
    assert failed is None or not isinstance(failed, PutOff)
    assert failed is not None or what in {
        "endless body",
        "packed twice",
        "endless empty blocks",
        "endless chunk extensions",
    }


def test_a_handshake_that_drips_ends_in_time(door: Door) -> None:
    with Raw(handshake_drip, "127.77.0.1") as server:
        failed = within_bounds(door, server.url.replace("http:", "https:"))
    assert failed is not None
    assert failed.limit


def test_many_addresses_that_answer_nothing_have_one_deadline_together(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener whose queue is full lets connects wait, as a dead host does."""
    full = []
    addresses = []
    for last in range(1, 5):
        listener = socket.create_server(
            (f"127.77.0.{last}", 0 if not full else full[0].getsockname()[1]), backlog=0
        )
        full.append(listener)
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
            full.append(waiting)
        addresses.append((socket.AF_INET, socket.SOCK_STREAM, 6, "", listener.getsockname()))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: addresses)
    failed = within_bounds(door, f"http://dead.example:{addresses[0][4][1]}/")
    for one in full:
        one.close()
    assert failed is not None
    assert "was not done after 1 s" in str(failed)


def test_a_resolver_that_does_not_answer_ends_in_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(10) and [])
    failed = within_bounds(door, "http://slow.example/")
    over.set()
    assert failed is not None
    assert "was not done after 1 s" in str(failed)


def test_waiting_for_a_host_that_others_keep_busy_ends_in_time() -> None:
    gate = Gate(0.0)
    door = Door("t", gate=gate)
    with gate.turn("busy.example"):
        began = time.monotonic()
        with pytest.raises(FetchError, match="was not done after 1 s"):
            door.get(Ask(url="http://busy.example/", deadline=timedelta(seconds=1), max_bytes=1000))
        assert time.monotonic() - began < 2


def test_a_body_must_come_at_a_least_rate_once_it_had_ten_seconds() -> None:
    exchange = Exchange(time.monotonic() + 60)
    now = time.monotonic()
    assert not (exchange.look(now + 30), exchange.cut_off)[1], "a server may think before it answers"
    exchange.body(begins=True)
    exchange.came(LEAST_RATE * 20)
    exchange.look(now + PATIENT + 9)
    assert not exchange.slow
    exchange.look(now + PATIENT + 11)
    assert exchange.slow
    assert exchange.look(now + 70) <= exchange.until
    assert exchange.late


@pytest.mark.slow
def test_a_drip_is_cut_long_before_the_deadline(door: Door) -> None:
    with Raw(SCRIPTS["body drips"], "127.77.0.1") as server:
        began = time.monotonic()
        with pytest.raises(FetchError, match="less than 1000 bytes a second") as caught:
            door.get(ask(server.url, seconds=60))
        assert caught.value.limit
        assert PATIENT <= time.monotonic() - began < PATIENT + 2


def test_a_put_off_exchange_ends_at_once_and_says_so(door: Door) -> None:
    caught: list[FetchError] = []

    def go() -> None:
        try:
            door.get(ask(server.url, seconds=30))
        except FetchError as error:
            caught.append(error)

    with Raw(SCRIPTS["nothing comes"], "127.77.0.1") as server:
        thread = threading.Thread(target=go)
        thread.start()
        time.sleep(0.2)
        assert thread.ident is not None
        assert door.put_off(thread.ident)
        thread.join(2)
        assert not door.put_off(thread.ident)
    assert isinstance(caught[0], PutOff)


# -- proxies -----------------------------------------------------------------------


def test_a_source_is_asked_through_its_owners_proxy_and_no_other(
    door: Door, monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    heard: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    names["feeds.example"] = ["93.184.216.34"]
    with Raw(proxy, "127.0.0.5") as server, watching() as watched:
        with door.on_behalf("http://feeds.example/a", server.url):
            assert door.get(ask("http://feeds.example/a")).body == b"ok"
            with pytest.raises(FetchError):
                door.get(ask("https://feeds.example/b"))
            for bad in (
                "http://127.0.0.1/",
                "http://0x7f.1/",
                "http://[::1]/",
                "http://localhost/",
                "http://x.example:22/",
            ):
                with pytest.raises(FetchError, match=r"no public|not asked"):
                    door.get(ask(bad))
        assert {where[0] for where in watched.connects} == {"127.0.0.5"}
    assert heard[0].startswith(b"GET http://feeds.example/a HTTP/1.1")
    assert heard[1].startswith(b"CONNECT feeds.example:443 ")
    assert len(heard) == 2
