"""What is sent: a status, a body, headers. The replies that need nothing but themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from feeds.owner.notice import SLUG

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DATA_CSP = "default-src 'none'; frame-ancestors 'none'"
"""For what is no page: a browser that shows it all the same runs and fetches nothing."""
METHODS = "GET, HEAD, OPTIONS"
EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FOR_GOOD_AGE = 3600
"""Seconds for which it is believed that something moved, or is gone: a topic may be called otherwise again."""
_SHOWN_TO_SCRIPTS = "ETag, IM, Delta-Base, Link, Retry-After, Accept-Ranges, Content-Range"
_ASKED_BY_SCRIPTS = "A-IM, If-None-Match, If-Modified-Since, Range, If-Range, Cache-Control"
_PREFLIGHT_AGE = 86_400
_IN_QUERIES = "%/?:@-._~!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def with_headers(reply: Reply, **headers: str) -> Reply:
    """Return *reply* with further headers; `_` stands for `-`."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(reply, headers={**reply.headers, **more})


def text(status: int, line: str) -> Reply:
    """Return one line of text."""
    kind = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
    policy = {"Content-Security-Policy": DATA_CSP}
    return Reply(status, line.encode() + b"\n", {**EVERYWHERE, **kind, **policy})


def page(status: int, body: bytes) -> Reply:
    """Return a page that was made for this reader."""
    kind = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": CSP,
    }
    return Reply(status, body, {**EVERYWHERE, **kind})


def record(status: int, body: bytes, **headers: str) -> Reply:
    """Return JSON that was made for this reader."""
    kind = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
    policy = {"Content-Security-Policy": DATA_CSP}
    return with_headers(Reply(status, body, {**EVERYWHERE, **kind, **policy}), **headers)


def moved(target: str, query: str = "") -> Reply:
    """Return the way to where something stands for good, with the query it was asked with."""
    # Decoded it was compared, and encoded it leaves: a header holds no letters but Latin ones.
    place = quote(target) + (f"?{quote(query, safe=_IN_QUERIES)}" if query else "")
    kind = {"Location": place, "Cache-Control": f"max-age={_FOR_GOOD_AGE}"}
    return Reply(308, b"", {**EVERYWHERE, **kind})


def for_good(reply: Reply) -> Reply:
    """Return *reply* as one that holds for good."""
    return with_headers(reply, Cache_Control=f"max-age={_FOR_GOOD_AGE}")


def is_data(name: str) -> bool:
    """Say whether programs read what is at this path: feeds, lists, records."""
    return name.endswith((".xml", ".json"))


def is_open(name: str, *, to_owner: bool) -> bool:
    """Say whether scripts of any site may read what is at this path: what is published, for whoever wants it.

    Not how newsweir itself fares, which names its owner's folders; and where the site is its owner's
    alone no search, which finds what is published to nobody: any page they look at might ask for it.

    to_owner   the site's address leads to its owner's own machine alone
    """
    return is_data(name) and not name.startswith(f"{SLUG}/") and not (to_owner and name == "search.json")


def opened(reply: Reply) -> Reply:
    """Return *reply* as scripts of any site may read it."""
    return with_headers(
        reply, Access_Control_Allow_Origin="*", Access_Control_Expose_Headers=_SHOWN_TO_SCRIPTS
    )


def options() -> Reply:
    """Return what may be asked of a path."""
    return Reply(204, b"", {**EVERYWHERE, "Allow": METHODS})


def preflight() -> Reply:
    """Return what may be asked of a path, and what scripts of any site may say in asking."""
    return with_headers(
        options(),
        Access_Control_Allow_Origin="*",
        Access_Control_Allow_Methods="GET, HEAD",
        Access_Control_Allow_Headers=_ASKED_BY_SCRIPTS,
        Access_Control_Max_Age=str(_PREFLIGHT_AGE),
    )


def too_often(wait: int) -> Reply:
    """Return that somebody has asked too often, and for how many seconds nothing comes of asking."""
    line = (
        "Asked too often without a validator. Send the ETag you were given in If-None-Match, and less often."
    )
    return with_headers(text(429, line), Retry_After=str(wait), Cache_Control="no-store")


def refused_method() -> Reply:
    """Return that nothing here can be changed by asking."""
    return with_headers(text(405, "Only reading is possible here."), Allow=METHODS)
