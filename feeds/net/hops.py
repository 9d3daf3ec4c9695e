"""An address as it was written -> where that leads, and what may be told there. Pure.

requests, urllib3 and the resolver each read an address in their own way. It is taken
apart here once and put together anew, so that there is one reading of it.
"""

import base64
import contextlib
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

from feeds.errors import FetchError

_FIRST_ONLY = frozenset(("authorization", "cookie", "proxy-authorization"))
"""Headers that only the origin which was asked first may see (RFC 9110, section 15.4)."""
_USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Hop:
    """One address on the way.

    url           without user, password and fragment: they are sent nowhere and kept nowhere
    origin        scheme, host and port
    credentials   the value of an `Authorization`, of the user and password that stood in it
    """

    url: str
    host: str
    origin: tuple[str, str, int]
    credentials: str | None = None


def hop(url: str) -> Hop:
    """Return where *url* leads. Raises FetchError where that is not one clear web address."""
    parts = urlsplit(urldefrag(url).url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in _USUAL or not host:
        raise FetchError(f"{url!r} is no web address (http:// or https:// and a host)")
    if "\\" in parts.netloc:
        raise FetchError(f"{url!r} is an address that programs read differently; it is not asked")
    user, at, place = parts.netloc.rpartition("@")
    bare = SplitResult(parts.scheme, place, parts.path, parts.query, "").geturl()
    port = parts.port if parts.port is not None else _USUAL[parts.scheme]
    return Hop(bare, host, (parts.scheme, host, port), _basic(user) if at else None)


def bare(url: str) -> str:
    """Return an address as it may be told to anybody: without user and password."""
    scheme, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}"


def with_password_of(owner: str, url: str) -> str:
    """Return *url* with the user and password that stand in *owner*, where both are of one origin."""
    ours, theirs = hop(owner), hop(url)
    if ours.credentials is None or theirs.credentials is not None or ours.origin != theirs.origin:
        return url
    user = urlsplit(owner).netloc.rpartition("@")[0]
    return url.replace("://", f"://{user}@", 1)


def next_hop(now: Hop, target: str) -> Hop:
    """Return where a redirect leads. Raises FetchError for a way that is not gone."""
    with contextlib.suppress(UnicodeError):  # Headers are read as latin-1; what was sent may be UTF-8.
        target = target.encode("latin-1").decode("utf-8")
    following = urljoin(now.url, target.strip())
    parts = urlsplit(following)
    if parts.scheme not in _USUAL or not parts.hostname:
        raise FetchError(f"was sent on to {target!r}, which is no web address")
    if now.origin[0] == "https" and parts.scheme == "http":
        raise FetchError(f"was sent on from https to {following}, which anybody on the way could change")
    return hop(following)


def headers_for(now: Hop, first: Hop, headers: dict[str, str]) -> dict[str, str]:
    """Return what may be said at this hop: credentials stay with the origin they were written for.

    Those that a redirect brings along are nobody's word but the server's, and go nowhere.
    """
    if now.origin != first.origin:
        return {name: value for name, value in headers.items() if name.lower() not in _FIRST_ONLY}
    if first.credentials is None or any(name.lower() == "authorization" for name in headers):
        return headers
    return {**headers, "Authorization": first.credentials}


def _basic(user: str) -> str:
    name, _, password = user.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"
