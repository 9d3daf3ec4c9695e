"""The door to the network: bounded, guarded, polite, and clear about what went wrong."""

import gzip
import itertools
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import brotli
import pytest
from backports import zstd

from feeds.errors import FetchError, Stopped
from feeds.ingest.fetch import fetch_feed
from feeds.model import Fetched, Memory, NotModified
from feeds.net import Ask, Door, Gate, guard
from feeds.net.guard import is_allowed, is_public
from feeds.settings import FeedSource, FetchLimits
from tests.builders import START
from tests.site import Page, Site

LOOPBACK = (ip_network("127.0.0.0/8"),)
REFUSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.0.0.192",
    "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1",
    "::", "::1", "fe80::1", "fc00::1", "fd00::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("text", REFUSED)
def test_no_private_address_is_public_whatever_it_looks_like(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not is_allowed(ip_address(text), ())


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed(text: str) -> None:
    assert is_allowed(ip_address(text), ())


def test_an_owner_allows_networks_of_their_own() -> None:
    assert is_allowed(ip_address("127.0.0.1"), LOOPBACK)
    assert is_allowed(ip_address("::ffff:127.0.0.1"), LOOPBACK)
    assert not is_allowed(ip_address("10.0.0.1"), LOOPBACK)
    assert not is_allowed(ip_address("::1"), LOOPBACK)


FORMS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/", "http://127.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0:{port}/",
    "http://0.0.0.0:{port}/", "http://LOCALHOST:{port}/", "http://127.0.0.1.:{port}/",
]  # fmt: skip


def ask(url: str, *, seconds: float = 5, most: int = 1_000_000, private: bool = True, **headers: str) -> Ask:
    return Ask(
        url=url,
        deadline=timedelta(seconds=seconds),
        max_bytes=most,
        headers=headers,
        allow_private=LOOPBACK if private else (),
    )


@pytest.fixture
def door() -> Door:
    return Door("tester/1", gate=Gate(0.0))


@pytest.mark.parametrize("form", FORMS)
def test_no_spelling_of_a_private_address_is_ever_connected_to(site: Site, door: Door, form: str) -> None:
    port = site.url.rsplit(":", 1)[1]
    with pytest.raises(FetchError):
        door.get(ask(form.format(port=port), private=False))
    assert site.asked == []


def test_a_redirect_to_a_private_address_is_refused_at_that_hop(
    site: Site, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hop is resolved and checked anew: here the resolver is turned between the two."""
    answers = iter([[("8.8.8.8")], ["127.0.0.1"]])
    real = socket.getaddrinfo
    port = int(site.url.rsplit(":", 1)[1])

    def lookup(host: str, *args: object, **kwargs: object) -> object:
        if host in {"one.example", "two.example"}:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers)[0], port))]
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert guard.resolve("one.example", port, (), frozenset([port])) == [(socket.AF_INET, "8.8.8.8")]
    with pytest.raises(FetchError, match="no public address"):
        door.get(ask(f"http://two.example:{port}/", private=False))
    assert site.asked == []


def test_one_private_answer_among_public_ones_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: both)
    with pytest.raises(FetchError, match="allow_private"):
        guard.resolve("mixed.example", 80, ())


@pytest.mark.parametrize(
    ("name", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_every_encoding_asked_for_is_unpacked(site: Site, door: Door, name: str, pack) -> None:  # type: ignore[no-untyped-def]
    site.pages["/"] = Page(pack(b"hello " * 1000), headers={"Content-Encoding": name})
    answer = door.get(ask(site.url + "/"))
    assert answer.body == b"hello " * 1000
    assert name in site.asked[0].headers["accept-encoding"]


@pytest.mark.parametrize(
    ("name", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_a_body_that_breaks_off_packed_is_no_whole_one(site: Site, door: Door, name: str, pack) -> None:  # type: ignore[no-untyped-def]
    packed = pack(random.Random(1).randbytes(100_000))
    for path, body in (("/half", packed[: len(packed) // 2]), ("/whole", packed)):
        site.pages[path] = Page(body, headers={"Content-Encoding": name})
    half = door.get(ask(site.url + "/half"))
    assert half.truncated
    assert 0 < len(half.body) < 100_000
    assert not door.get(ask(site.url + "/whole")).truncated


def test_gzip_of_several_members_or_with_junk_behind_is_whole(site: Site, door: Door) -> None:
    site.pages["/two"] = Page(gzip.compress(b"a") + gzip.compress(b"b"), headers={"Content-Encoding": "gzip"})
    site.pages["/junk"] = Page(gzip.compress(b"a") + b"junk" * 9, headers={"Content-Encoding": "gzip"})
    found = [door.get(ask(site.url + path)) for path in ("/two", "/junk")]
    assert [(one.body, one.truncated) for one in found] == [(b"ab", False), (b"a", False)]


def test_a_body_is_cut_at_the_cap_also_when_it_only_unpacks_beyond_it(site: Site, door: Door) -> None:
    site.pages["/plain"] = Page(b"x" * 100_000)
    site.pages["/bomb"] = Page(gzip.compress(b"\0" * 200_000_000, 9), headers={"Content-Encoding": "gzip"})
    for path in ("/plain", "/bomb"):
        answer = door.get(ask(site.url + path, most=50_000, seconds=20))
        assert (len(answer.body), answer.truncated) == (50_000, True)


def test_a_dripping_server_is_cut_at_the_deadline(site: Site, door: Door) -> None:
    site.pages["/"] = Page(b"x" * 1000, drip=0.2)
    began = time.monotonic()
    with pytest.raises(FetchError, match="was not done after 1 s"):
        door.get(ask(site.url + "/", seconds=1))
    assert time.monotonic() - began < 2


def test_a_server_that_says_nothing_is_cut_at_the_deadline(door: Door) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        for scheme in ("http", "https"):
            with pytest.raises(FetchError, match="was not done"):
                door.get(ask(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/", seconds=1))
        assert time.monotonic() - began < 4


def test_closing_the_door_ends_what_is_under_way(site: Site, door: Door) -> None:
    site.pages["/"] = Page(b"x" * 1000, drip=0.2)
    caught: list[BaseException] = []

    def go() -> None:
        try:
            door.get(ask(site.url + "/", seconds=60))
        except FetchError as error:
            caught.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    time.sleep(0.3)
    door.close()
    thread.join(2)
    assert isinstance(caught[0], Stopped)
    with pytest.raises(Stopped):
        door.get(ask(site.url + "/"))


def test_redirects_are_followed_and_counted(site: Site, door: Door) -> None:
    for n in range(10):
        site.pages[f"/{n}"] = Page(status=302, headers={"Location": f"/{n + 1}"})
    site.pages["/5"] = Page(b"there")
    answer = door.get(ask(site.url + "/1"))
    assert (answer.body, answer.url) == (b"there", site.url + "/5")
    assert answer.redirects == tuple(f"{site.url}/{n}" for n in range(1, 5))
    site.pages["/5"] = Page(status=302, headers={"Location": "/6"})
    with pytest.raises(FetchError, match="more than 5 times"):
        door.get(ask(site.url + "/1"))
    site.pages["/away"] = Page(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(FetchError, match="no web address"):
        door.get(ask(site.url + "/away"))


def test_a_redirect_in_raw_utf8_leads_where_it_says(site: Site, door: Door) -> None:
    site.pages["/"] = Page(status=302, headers={"Location": "/café".encode().decode("latin-1")})
    site.pages["/latin"] = Page(status=302, headers={"Location": "/caf\xe9"})
    site.pages["/caf%C3%A9"] = Page(b"here")
    assert [door.get(ask(site.url + path)).body for path in ("/", "/latin")] == [b"here", b"here"]


def test_the_body_of_a_redirect_is_bounded_too(site: Site, door: Door) -> None:
    bomb = {"Location": "/end", "Content-Encoding": "gzip"}
    site.pages["/"] = Page(gzip.compress(b"\0" * 300_000_000, 1), status=302, headers=bomb)
    site.pages["/end"] = Page(b"here")
    tracemalloc.start()
    assert door.get(ask(site.url + "/", most=50_000)).body == b"here"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_nothing_of_the_environment_or_of_earlier_answers_is_sent(
    site: Site, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.pages["/"] = Page(b"x", headers={"Set-Cookie": "a=b; Path=/"})
    for _ in range(2):
        door.get(ask(site.url + "/"))
    for asked in site.asked:
        assert set(asked.headers) == {"host", "user-agent", "accept-encoding"}
        assert asked.headers["user-agent"] == "tester/1"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://nowhere.invalid/", "no address is known for nowhere.invalid"),
        ("http://127.0.0.1:1/", "refused the connection"),
        ("http://exa mple.org/", "the connection failed"),
        ("http://" + "a" * 300 + ".example/", "failed|known"),
    ],
)
def test_each_failure_is_a_sentence(door: Door, url: str, why: str) -> None:
    with pytest.raises(FetchError, match=why):
        door.get(ask(url))


def test_a_body_that_does_not_unpack_says_so(site: Site, door: Door) -> None:
    site.pages["/"] = Page(b"no gzip at all", headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="does not unpack"):
        door.get(ask(site.url + "/"))


class Script:
    """A server that sends bytes as they are written, one piece for each request, and says nothing to any other."""

    def __init__(self, *answers: bytes, closes: bool = False) -> None:
        self.asked = 0
        self._answers, self._closes = answers, closes
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/"

    def _accept(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        for answer in (*self._answers, b""):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            self.asked += 1
            connection.sendall(answer)
            if self._closes:
                connection.close()
                return


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>"


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_interim_answers_are_passed_over(door: Door, status: bytes) -> None:
    server = Script(b"HTTP/1.1 " + status + b"\r\nLink: </a.css>; rel=preload\r\n\r\n" + OK, OK)
    for _ in range(2):
        answer = door.get(ask(server.url))
        assert (answer.status, answer.body, answer.truncated) == (200, b"<rss>", False)


@pytest.mark.parametrize(
    "head", [b"Content-Length: 100\r\n\r\n<rss>", b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"]
)
def test_of_a_body_that_breaks_off_what_came_counts(door: Door, head: bytes) -> None:
    server = Script(b"HTTP/1.1 200 OK\r\n" + head, closes=True)
    answer = door.get(ask(server.url))
    assert (answer.body, answer.truncated) == (b"<rss>", True)


@pytest.mark.parametrize(
    "odd",
    [
        b"no colon in this line\r\n",
        b" behind the status line, as if it went on\r\n",
        b"Set-Cookie: a=b\r\n" * 300,
        b"Content-Security-Policy: " + b"x" * 100_000 + b"\r\n",
        b"Link: </a>\r\n" * 300,
        b": no name\r\n\xff\xfe: none that is one\r\n",
        b"X-Long: goes\r\n\ton\r\n and on\r\n",
    ],
    ids=["no colon", "no first line", "cookies", "long", "one again and again", "no name", "folded"],
)
def test_what_a_head_holds_beside_what_we_ask_for_costs_no_answer(door: Door, odd: bytes) -> None:
    body = gzip.compress(b"<rss>")
    known = b'Content-Length: %d\r\nContent-Encoding : gzip\r\nETag: "a\r\n  b"\r\n' % len(body)
    server = Script(b"HTTP/1.1 200 OK\r\nDate: x\r\n" + odd + known + b"\r\n" + body, OK)
    if odd.startswith(b"Link"):  # Of what is asked for, a few are enough: these stand before it.
        server = Script(b"HTTP/1.1 200 OK\r\n" + known + odd + b"\r\n" + body, OK)
    answer = door.get(ask(server.url))
    assert (answer.status, answer.body, answer.truncated) == (200, b"<rss>", False)
    assert answer.headers["etag"].split() == ['"a', 'b"']
    assert "set-cookie" not in answer.headers
    assert door.get(ask(server.url)).body == b"<rss>", "and the connection goes on"


@pytest.mark.parametrize("said", ["gzip,", ",gzip", "gzip, identity", "identity, , gzip", "x-gzip", "GZIP"])
def test_an_encoding_is_known_whatever_stands_beside_it(site: Site, door: Door, said: str) -> None:
    site.pages["/"] = Page(gzip.compress(b"<rss>"), headers={"Content-Encoding": said})
    assert door.get(ask(site.url + "/")).body == b"<rss>"
    site.pages["/plain"] = Page(b"<rss>", headers={"Content-Encoding": "identity,"})
    assert door.get(ask(site.url + "/plain")).body == b"<rss>"


def test_a_connection_that_lay_idle_is_not_trusted() -> None:
    """Routers and sleeping machines forget connections without a word; who asks by one waits for ever."""
    server = Script(OK)
    door = Door("t", gate=Gate(0.0), idle=0.1)
    door.get(ask(server.url))
    time.sleep(0.2)
    assert door.get(ask(server.url, seconds=2)).body == b"<rss>"


def test_the_host_that_has_no_address_is_the_one_that_was_looked_up(site: Site, door: Door) -> None:
    site.pages["/"] = Page(status=302, headers={"Location": "http://gone.invalid/"})
    with pytest.raises(FetchError, match=r"known for gone\.invalid"):
        door.get(ask(site.url + "/"))
    with pytest.raises(FetchError, match="known for bücher"):
        door.get(ask("http://bücher.invalid/"))


def test_a_host_is_asked_one_at_a_time_with_a_pause(site: Site) -> None:
    gate = Gate(0.2)
    inside: list[int] = []
    most: list[int] = []
    times: list[float] = []

    def go() -> None:
        with gate.turn("h"):
            inside.append(1)
            most.append(len(inside))
            times.append(time.monotonic())
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.2
    with gate.turn("another"):
        pass


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for localhost, made by openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


def test_certificates_and_names_are_checked(tmp_path: Path) -> None:
    key, cert = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Site() as secure:
        secure._server.socket = context.wrap_socket(secure._server.socket, server_side=True)
        secure.pages["/"] = Page(b"secret")
        port = secure.url.rsplit(":", 1)[1]
        with pytest.raises(FetchError, match="certificate is not to be trusted"):
            Door("t", gate=Gate(0.0)).get(ask(f"https://localhost:{port}/"))
        knowing = Door("t", gate=Gate(0.0), tls=ssl.create_default_context(cafile=str(cert)))
        assert knowing.get(ask(f"https://localhost:{port}/")).body == b"secret"
        with pytest.raises(FetchError, match="certificate is not to be trusted"):
            knowing.get(ask(f"https://127.0.0.1:{port}/"))
        secure.pages["/down"] = Page(status=301, headers={"Location": secure.url + "/"})
        with pytest.raises(FetchError, match="from https to"):
            knowing.get(ask(f"https://localhost:{port}/down"))


def test_a_date_header_that_is_none_costs_no_answer(site: Site) -> None:
    heard: list[datetime] = []
    door = Door("t", gate=Gate(0.0), heard=lambda _, date: heard.append(date))
    for date in ("Mon, 01 Jan 2020 00:00:00 +99999999999999", "Tue, 31 Feb 2020", "\xb2"):
        site.pages["/feed"] = Page(b"x", headers={"Date": date})
        assert isinstance(fetch(site, door), Fetched)
    assert all(abs(date - datetime.now(UTC)) < timedelta(minutes=1) for date in heard)


def test_a_source_has_one_word_on_the_time_however_often_it_sends_us_on(site: Site) -> None:
    heard: list[tuple[str, datetime]] = []
    door = Door("t", gate=Gate(0.0), heard=lambda host, date: heard.append((host, date)))
    old = {"Date": "Mon, 01 Jan 1990 00:00:00 GMT"}
    site.pages["/feed"] = Page(status=302, headers={**old, "Location": "/b"})
    site.pages["/b"] = Page(status=302, headers={**old, "Location": "/c"})
    site.pages["/c"] = Page(b"x")
    assert isinstance(fetch(site, door), Fetched)
    door.get(ask(site.url + "/c"))  # An article's page has none.
    ((host, date),) = heard
    assert host == "127.0.0.1"
    assert abs(date - datetime.now(UTC)) < timedelta(minutes=1)


def test_only_the_source_of_ones_own_need_not_wait_and_not_where_it_leads(site: Site) -> None:
    """A bridge at home names pages of the open web: their hosts are asked as any others are."""
    waited: list[float] = []
    door = Door("t", gate=Gate(60, sleep=waited.append))
    site.pages.update({"/feed": Page(b"feed"), "/page": Page(b"page")})
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    with door.on_behalf(site.url + "/feed"):
        for url in (site.url + "/feed", site.url + "/page", elsewhere + "/page", elsewhere + "/page"):
            door.get(ask(url))
    assert [round(seconds) for seconds in waited] == [60]


# -- fetching feeds --------------------------------------------------------------


def source(site: Site) -> FeedSource:
    return FeedSource(url=site.url + "/feed", name="f", allow_private=LOOPBACK)


def fetch(site: Site, door: Door, memory: Memory | None = None) -> Fetched | NotModified:
    return fetch_feed(source(site), memory or Memory(), FetchLimits(), door, START)


@pytest.mark.parametrize(
    "tag",
    ['"plain"', 'W/"weak"', "without quotes", '"with \\" inside"', "''", '"ü"'.encode().decode("latin-1")],
)
def test_validators_are_kept_and_sent_back_unchanged(site: Site, door: Door, tag: str) -> None:
    site.pages["/feed"] = Page(b"x", etag=tag, last_modified="yesterday, more or less")
    first = fetch(site, door)
    assert isinstance(first, Fetched)
    assert (first.etag, first.last_modified) == (tag, "yesterday, more or less")
    assert isinstance(fetch(site, door, Memory(first.etag, first.last_modified)), NotModified)
    assert site.asked[1].headers["if-none-match"] == tag
    assert site.asked[1].headers["if-modified-since"] == "yesterday, more or less"
    assert not site.asked[0].conditional


@pytest.mark.parametrize("tag", ["\xa0x", "a\x01b", "\x85", "\tx"])
def test_a_validator_that_cannot_be_sent_is_not_remembered_and_kills_no_source(
    site: Site, door: Door, tag: str
) -> None:
    site.pages["/feed"] = Page(b"x", headers={"ETag": tag})
    first = fetch(site, door)
    assert isinstance(first, Fetched)
    assert first.etag in {None, tag.strip("\t")}
    assert isinstance(fetch(site, door, Memory(tag, tag)), Fetched), "also one that an older newsweir kept"


def test_a_304_that_was_not_asked_for_is_a_failure(site: Site, door: Door) -> None:
    site.pages["/feed"] = Page(status=304)
    with pytest.raises(FetchError, match="answered 304"):
        fetch(site, door)


@pytest.mark.parametrize(
    ("status", "headers", "gone", "wait"),
    [
        (404, {}, False, None),
        (410, {}, True, None),
        (429, {"Retry-After": "120"}, False, timedelta(seconds=120)),
        (503, {"Retry-After": "Mon, 05 Jan 2026 09:00:00 GMT"}, False, timedelta(hours=1)),
        (503, {"Retry-After": "soon"}, False, None),
        (503, {"Retry-After": "\xb2"}, False, None),
        (503, {"Retry-After": "Mon, 05 Jan 2026 09:00:00 +99999999999999"}, False, None),
        (429, {"Retry-After": "99999999999999"}, False, timedelta(days=7)),
        (503, {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, False, timedelta(0)),
        (500, {}, False, None),
        (204, {}, False, None),
    ],
)
def test_other_answers_are_told_with_what_follows(
    site: Site, door: Door, status: int, headers: dict[str, str], gone: bool, wait: timedelta | None
) -> None:
    site.pages["/feed"] = Page(status=status, headers=headers)
    with pytest.raises(FetchError, match=f"answered {status}") as caught:
        fetch(site, door)
    assert (caught.value.gone, caught.value.retry_after, caught.value.status) == (gone, wait, status)
