"""A question -> an answer: one bounded, guarded, polite GET over every redirect."""

import contextlib
import http.client
import http.cookiejar
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import GzipDecoderState

from feeds.errors import FetchError, Stopped
from feeds.net.adapter import GuardedAdapter, current
from feeds.net.gate import Gate
from feeds.net.guard import Network
from feeds.net.watchdog import Exchange, Watchdog
from feeds.times import http_date

REDIRECTS = 5
_CHUNK = 64 * 1024
_SWALLOWS = GzipDecoderState.SWALLOW_DATA
_MOVES = frozenset((301, 302, 303, 307, 308))
_FOR_GOOD = frozenset((301, 308))
_ENCODINGS = "gzip, deflate, br, zstd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One GET to be made.

    headers         beside our own; validators go here, exactly as received
    allow_private   networks of the owner's own; for these hosts nobody need wait
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
    headers     by name in small letters
    truncated   the body was longer than max_bytes, or broke off
    redirects   the addresses passed through before, the first asked for first
    moved       there were redirects, and each said that it is for good (301, 308)
    wait        `Retry-After` as it was said: a span of time, or a moment
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False
    redirects: tuple[str, ...] = ()
    moved: bool = False
    wait: timedelta | datetime | None = None


class Door:
    """Every request leaves through here.

    Nothing is taken from the environment (no proxy, no netrc), no cookie is
    kept, no Referer sent.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        gate: Gate | None = None,
        heard: Callable[[str, datetime], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._gate = gate or Gate()
        self._heard = heard
        self._tls = tls
        self._watchdog = Watchdog()
        self._local = threading.local()

    def get(self, ask: Ask) -> Answer:
        """Return the answer to *ask*. Raises FetchError with a sentence an owner can use."""
        exchange = self._watchdog.begin(ask.deadline.total_seconds())
        current.exchange = exchange
        try:
            return self._follow(ask, exchange)
        except (
            requests.RequestException,
            HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as error:
            raise _told(error, ask, exchange) from error
        finally:
            current.exchange = None
            self._watchdog.end(exchange)

    def call_us(self, user_agent: str) -> None:
        """Send another User-Agent from now on."""
        self._user_agent = user_agent

    def close(self) -> None:
        """Cut all that is under way; whoever waits gets Stopped."""
        self._watchdog.close()

    def _follow(self, ask: Ask, exchange: Exchange) -> Answer:
        url = urldefrag(ask.url).url
        passed: list[str] = []
        moved = True
        while True:
            answer = self._once(url, ask, exchange)
            target = answer.headers.get("location")
            if answer.status not in _MOVES or not target:
                if ask.tells_time:
                    self._note_date(_host(ask.url), answer.headers.get("date"))
                return Answer(
                    url=url,
                    status=answer.status,
                    headers=answer.headers,
                    body=answer.body,
                    truncated=answer.truncated,
                    redirects=tuple(passed),
                    moved=moved and bool(passed),
                    wait=_retry_after(answer.headers.get("retry-after", "").strip()),
                )
            moved = moved and answer.status in _FOR_GOOD
            passed.append(url)
            if len(passed) > REDIRECTS:
                raise FetchError(f"was sent on more than {REDIRECTS} times, last to {target}")
            url = _next_hop(url, target)

    def _once(self, url: str, ask: Ask, exchange: Exchange) -> Answer:
        """Make one hop: at the host's gate, with a body no longer than asked for."""
        with contextlib.nullcontext() if ask.allow_private else self._gate.turn(_host(url)):
            if exchange.stopped:
                raise Stopped("stopped")
            session = self._session(ask.allow_private)
            headers = {"User-Agent": self._user_agent, "Accept-Encoding": _ENCODINGS, **ask.headers}
            seconds = ask.deadline.total_seconds()
            with session.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=seconds, verify=True
            ) as response:
                body, truncated = _read(response.raw, ask.max_bytes)
                found = {name.lower(): value for name, value in response.headers.items()}
        if exchange.late or exchange.stopped:
            raise OSError("cut off")
        return Answer(
            url=url,
            status=response.status_code,
            headers=MappingProxyType(found),
            body=body,
            truncated=truncated,
        )

    def _session(self, private: tuple[Network, ...]) -> requests.Session:
        """Return this thread's session for sources with these networks."""
        sessions: dict[tuple[Network, ...], requests.Session] = getattr(self._local, "sessions", {})
        if private not in sessions:
            session = _Session()
            session.trust_env = False
            session.headers.clear()
            session.cookies.set_policy(_NoCookies())
            adapter = GuardedAdapter(private, self._tls)
            session.adapters.clear()
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            sessions[private] = session
            self._local.sessions = sessions
        return sessions[private]

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


class _Session(requests.Session):
    """A session that leaves redirects alone: else it reads their bodies whole and stumbles over odd addresses."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: every hop is our own."""
        return None


class _NoCookies(http.cookiejar.DefaultCookiePolicy):
    """Take no cookie and send none."""

    def __init__(self) -> None:
        super().__init__(allowed_domains=[])


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _next_hop(url: str, target: str) -> str:
    """Return where a redirect leads. Raises FetchError for a way that is not gone."""
    with contextlib.suppress(UnicodeError):  # Headers are read as latin-1; what was sent may be UTF-8.
        target = target.encode("latin-1").decode("utf-8")
    following = urldefrag(urljoin(url, target.strip())).url
    old, new = urlsplit(url), urlsplit(following)
    if new.scheme not in {"http", "https"} or not new.hostname:
        raise FetchError(f"was sent on to {target!r}, which is no web address")
    if old.scheme == "https" and new.scheme == "http":
        raise FetchError(f"was sent on from https to {following}, which anybody on the way could change")
    return following


def _read(raw: urllib3.BaseHTTPResponse, most: int) -> tuple[bytes, bool]:
    """Return up to *most* bytes of the decoded body, and whether there was or should be more."""
    chunks: list[bytes] = []
    size = 0
    for chunk in raw.stream(_CHUNK, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raw.close()
            return b"".join(chunks)[:most], True
    return b"".join(chunks), not _unpacked_whole(raw)


def _unpacked_whole(raw: urllib3.BaseHTTPResponse) -> bool:
    """Say whether what was packed came to its own end: without a length nothing else tells.

    urllib3 asks this of zstd alone, and takes half a gzip stream for a whole one;
    it has no public way to ask, so its decoders are looked at.
    """
    decoder = getattr(raw, "_decoder", None)
    for one in getattr(decoder, "_decoders", [decoder]):
        stream = getattr(one, "_obj", None)
        junk_behind = getattr(one, "_state", 0) == _SWALLOWS  # Of gzip: the whole of it came before.
        if getattr(stream, "eof", None) is False and not junk_behind:
            return False
        finished = getattr(stream, "is_finished", None)  # Of brotli.
        if finished is not None and not finished():
            return False
    return True


def _told(error: BaseException, ask: Ask, exchange: Exchange) -> FetchError:
    """Return *error* as a sentence for the owner."""
    if exchange.stopped:
        return Stopped("stopped while it was under way")
    if exchange.late or isinstance(error, requests.Timeout | TimeoutError):
        seconds = ask.deadline.total_seconds()
        return FetchError(f"was not done after {seconds:g} s (fetch.deadline)")
    for cause in _causes(error):
        if isinstance(cause, FetchError):
            return cause
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            host = urlsplit(ask.url).hostname
            return FetchError(f"no address is known for {host} (is the name right, is the network up?)")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(f"its certificate is not to be trusted: {cause.verify_message}")
        if isinstance(cause, ConnectionRefusedError):
            return FetchError("refused the connection (is the server up, is the port right?)")
        if isinstance(cause, urllib3.exceptions.DecodeError):
            return FetchError("sent a body that does not unpack as its Content-Encoding says")
    last = _causes(error)[-1]
    return FetchError(f"the connection failed: {type(last).__name__}: {last}")


def _causes(error: BaseException) -> list[BaseException]:
    """Return *error* and all that led to it, the first cause last."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [one.__cause__, getattr(one, "reason", None), *one.args]
    return found
