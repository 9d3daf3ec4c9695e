"""A question -> an answer: one bounded, guarded, polite GET over every redirect."""

import contextlib
import http.client
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from feeds.errors import FetchError
from feeds.net.adapter import GuardedAdapter, Reach
from feeds.net.body import read
from feeds.net.gate import Gate
from feeds.net.guard import Network, beyond_proxy
from feeds.net.hops import Hop, headers_for, hop, next_hop
from feeds.net.telling import told
from feeds.net.watchdog import Exchange, Watchdog
from feeds.net.wire import current
from feeds.times import http_date

REDIRECTS = 5
_MOVES = frozenset((301, 302, 303, 307, 308))
_FOR_GOOD = frozenset((301, 308))
_ENCODINGS = "gzip, deflate, br, zstd"
IDLE = 20.0
"""Seconds for which a connection is kept open: routers and sleeping machines forget it without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One GET to be made.

    headers         beside our own; validators go here, exactly as received
    allow_private   networks of the owner's own; for the source's own host nobody need wait then
    deadline        for the whole answer, over all redirects
    max_bytes       of the body after decoding
    tells_time      the `Date` of its answer is heard; so each source has one word on what
                    the time is, however many hosts it sends us on to
    """

    url: str
    deadline: timedelta
    max_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    allow_private: tuple[Network, ...] = ()
    tells_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    url         where the redirects ended
    headers     by name in small letters: those that anybody here asks for (feeds.net.head)
    truncated   the body was longer than max_bytes, or it `broke` off
    redirects   the addresses passed through before, the first asked for first
    moved       there were redirects, and each said that it is for good (301, 308)
    wait        `Retry-After` as it was said: a span of time, or a moment
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False
    broke: bool = False
    redirects: tuple[str, ...] = ()
    moved: bool = False
    wait: timedelta | datetime | None = None


class Door:
    """Every request leaves through here.

    Nothing is taken from the environment (no proxy, no netrc), no cookie is
    kept, no Referer sent: there is no session that could. Every hop is our own.

    ports   at which any public host may be asked, beside the usual ones
    """

    def __init__(
        self,
        user_agent: str,
        *,
        gate: Gate | None = None,
        heard: Callable[[str, datetime], None] | None = None,
        tls: ssl.SSLContext | None = None,
        ports: frozenset[int] = frozenset(),
        idle: float = IDLE,
    ) -> None:
        self._idle = idle
        self._user_agent = user_agent
        self._gate = gate or Gate()
        self._heard = heard
        self._tls = tls
        self._watchdog = Watchdog()
        self._local = threading.local()
        self._ports = ports

    @contextlib.contextmanager
    def on_behalf(self, url: str, proxy: str | None = None) -> Iterator[None]:
        """Let all that this thread asks count as asked for the source at *url*.

        So far as its owner's word goes: the port of its address may be asked, its
        password is told to all of its origin, and *proxy* stands between.
        """
        port = urlsplit(url).port
        before = self._on_behalf(), self._owner()
        self._local.reach = Reach(ports=frozenset([port] if port else ()), proxy=proxy)
        self._local.owner = hop(url)
        try:
            yield
        finally:
            self._local.reach, self._local.owner = before

    def _on_behalf(self) -> Reach:
        found: Reach = getattr(self._local, "reach", Reach())
        return found

    def _owner(self) -> Hop | None:
        found: Hop | None = getattr(self._local, "owner", None)
        return found

    def get(self, ask: Ask) -> Answer:
        """Return the answer to *ask*. Raises FetchError with a sentence an owner can use."""
        exchange = self._watchdog.begin(ask.deadline.total_seconds())
        current.exchange, current.max_bytes = exchange, ask.max_bytes
        try:
            return self._follow(ask, exchange)
        except (
            requests.RequestException,
            HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as error:
            raise told(error, ask.url, ask.deadline, exchange) from error
        finally:
            current.exchange = None
            self._watchdog.end(exchange)

    def call_us(self, user_agent: str) -> None:
        """Send another User-Agent from now on."""
        self._user_agent = user_agent

    def allow(self, ports: frozenset[int]) -> None:
        """Ask at these ports too from now on."""
        self._ports = ports

    def put_off(self, thread: int) -> bool:
        """Cut what a thread waits for: it gets PutOff. Return whether it was waiting."""
        return self._watchdog.put_off(thread)

    def close(self) -> None:
        """Cut all that is under way; whoever waits gets Stopped."""
        self._watchdog.close()

    def _follow(self, ask: Ask, exchange: Exchange) -> Answer:
        now = first = hop(ask.url)
        owner = self._owner()
        if owner is not None and first.credentials is None and owner.origin == first.origin:
            now = first = replace(first, credentials=owner.credentials)
        passed: list[str] = []
        moved = True
        while True:
            answer = self._once(now, first, ask, exchange)
            target = answer.headers.get("location")
            if answer.status not in _MOVES or not target:
                if ask.tells_time:
                    self._note_date(first.host, answer.headers.get("date"))
                return replace(
                    answer,
                    redirects=tuple(passed),
                    moved=moved and bool(passed),
                    wait=_retry_after(answer.headers.get("retry-after", "").strip()),
                )
            moved = moved and answer.status in _FOR_GOOD
            passed.append(now.url)
            if len(passed) > REDIRECTS:
                why = f"was sent on more than {REDIRECTS} times, last to {target}"
                raise FetchError(why, limit=True, status=answer.status)
            now = next_hop(now, target)

    def _once(self, now: Hop, first: Hop, ask: Ask, exchange: Exchange) -> Answer:
        """Make one hop: at the host's gate, with a body no longer than asked for."""
        owner = self._owner() or first
        own = ask.allow_private and now.host == owner.host  # Where it leads may be a stranger's.
        with contextlib.nullcontext() if own else self._gate.turn(now.host, exchange.left()):
            if exchange.cut_off:
                raise OSError("cut off")
            asked_for = self._on_behalf()
            reach = replace(asked_for, private=ask.allow_private, ports=self._ports | asked_for.ports)
            if reach.proxy is not None:
                beyond_proxy(now.host, now.origin[2], reach.private, reach.ports)
            said = headers_for(now, first, dict(ask.headers))
            headers = {"User-Agent": self._user_agent, "Accept-Encoding": _ENCODINGS, **said}
            request = requests.Request("GET", now.url, headers=headers).prepare()
            with self._adapter(reach).send(
                request,
                stream=True,
                timeout=exchange.left() or 0.001,
                verify=True,
                proxies={"http": reach.proxy, "https": reach.proxy} if reach.proxy is not None else None,
            ) as response:
                body, truncated = read(response.raw, ask.max_bytes)
                found = {name.lower(): value for name, value in response.headers.items()}
            exchange.body(begins=False)
        if exchange.cut_off:
            raise OSError("cut off")
        return Answer(
            url=now.url,
            status=response.status_code,
            headers=MappingProxyType(found),
            body=body,
            truncated=truncated,
            broke=truncated and len(body) < ask.max_bytes,
        )

    def _adapter(self, reach: Reach) -> GuardedAdapter:
        """Return this thread's connections for sources that reach so far."""
        adapters: dict[Reach, GuardedAdapter] = getattr(self._local, "adapters", {})
        used: dict[Reach, float] = getattr(self._local, "used", {})
        if reach not in adapters:
            adapters[reach] = GuardedAdapter(reach, self._tls)
            self._local.adapters, self._local.used = adapters, used
        elif time.monotonic() - used[reach] > self._idle:
            adapters[reach].close()  # Its connections; it makes new ones.
        used[reach] = time.monotonic()
        return adapters[reach]

    def _note_date(self, host: str, text: str | None) -> None:
        if self._heard is None or not text:
            return
        moment = http_date(text)
        if moment is not None:
            self._heard(host, moment)


def _retry_after(text: str) -> timedelta | datetime | None:
    """Return what a `Retry-After` says (RFC 9110, section 10.2.3), or None."""
    if re.fullmatch(r"[0-9]+", text):
        return timedelta(seconds=int(text[:9]))
    return http_date(text) if text else None
