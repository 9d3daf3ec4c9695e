"""An address -> its feed, in as few requests as possible: what discovery asks for.

One GET where the address is a feed; of a page at most two more.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

from feeds.errors import FetchError, Private, Stopped
from feeds.ingest.discovery import discover
from feeds.ingest.discovery.ranking import Choice, Found, is_real
from feeds.ingest.fetch import ACCEPT, fetched
from feeds.model import Document, Fetched
from feeds.net import Answer, Ask, Door, bare
from feeds.settings import FetchLimits, Network
from feeds.times import LONGEST_WAIT

MOST_REQUESTS = 3
_ACCEPT = f"{ACCEPT}, text/html;q=0.6, application/xhtml+xml;q=0.6"
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "a packed file"),
    (b"\x1f\x8b", "a packed file"),
)
_LABELS = {"application/pdf": "a PDF", "image/": "an image", "audio/": "a sound", "video/": "a film"}


class Finder:
    """Looks for the feed of one address.

    choose          given more than one choice, the page's address and the number of
                    requests made returns the one that is wanted
    parse           reads a feed
    allow_private   addresses of private networks that are met are allowed, and named
    networks        private networks that are allowed from the beginning
    """

    def __init__(
        self,
        door: Door,
        limits: FetchLimits,
        choose: Callable[[Sequence[Choice]], Choice] = lambda found: found[0],
        *,
        parse: Callable[[Fetched], Document],
        allow_private: bool = False,
        networks: tuple[Network, ...] = (),
    ) -> None:
        self._door = door
        self._limits = limits
        self._choose = choose
        self._allow_private = allow_private
        self._networks = networks
        self._parse = parse
        self._left = MOST_REQUESTS
        self._tried: list[str] = []

    def find(self, url: str) -> Found:
        """Return the feed at *url*, or of the page there. Raises FetchError with what was tried."""
        answer = self._get(url)
        if answer.status != 200:
            wait = answer.wait if isinstance(answer.wait, timedelta) else None
            asked = min(wait, LONGEST_WAIT) if wait is not None else None
            raise FetchError(
                f"{bare(url)} {_refusal(answer.status)}", status=answer.status, retry_after=asked
            )
        page = fetched(answer)
        if (feed := self._read(url, answer, ())) is not None:
            return feed
        _no_other_thing(page, self._limits.max_bytes)
        choices = discover.choices(page, answer.headers.get("link", ""))
        if not choices:
            return self._guessed(url, page)
        wanted = self._wanted(choices)
        others = [one.url for one in choices if one is not wanted]
        found = self._follow([wanted.url, *wanted.also, *others], choices)
        if found is None:
            raise FetchError(f"{bare(url)} leads to feeds that cannot be read: {'; '.join(self._tried)}")
        return found

    def _wanted(self, choices: tuple[Choice, ...]) -> Choice:
        return self._choose(choices) if is_real(choices) else choices[0]

    def _guessed(self, url: str, page: Fetched) -> Found:
        found = self._follow(discover.guesses(page), ())
        if found is not None:
            return found
        raise FetchError(
            f"{bare(url)} is a web page that names no feed, and none was found at the usual places "
            f"({', '.join(urlsplit(one.split(' ')[0]).path for one in self._tried)}); look on the page for a link "
            "called RSS, Atom or Feed and give its address"
        )

    def _follow(self, urls: Sequence[str], choices: tuple[Choice, ...]) -> Found | None:
        """Return the first of *urls* that is a feed, as far as requests are left."""
        for url in urls:
            if self._left <= 0:
                return None
            try:
                answer = self._get(url)
            except (Private, Stopped):
                raise
            except FetchError as error:
                self._tried.append(str(error))
                continue
            if answer.status != 200:
                self._tried.append(f"{url} answered {answer.status}")
                continue
            if (feed := self._read(url, answer, choices)) is not None:
                return feed
            self._tried.append(f"{url} is no feed")
            further = discover.choices(fetched(answer), answer.headers.get("link", "")) if choices else ()
            if further and self._left > 0:  # A page that lists the feeds.
                return self._follow([self._wanted(further).url], further)
        return None

    def _read(self, url: str, answer: Answer, choices: tuple[Choice, ...]) -> Found | None:
        """Return the feed that an answer holds, or None where it holds a page or nothing known."""
        page = fetched(answer)
        if discover.looks_like_page(page):
            return None
        try:
            document = self._parse(page)
        except Stopped:
            raise
        except FetchError:
            if choices or not page.body.strip():
                return None
            _no_other_thing(page, self._limits.max_bytes)
            raise FetchError(
                f"{bare(url)} is no feed that can be read: neither RSS nor Atom nor JSON Feed"
            ) from None
        # Where it moved for good it is asked for next time.
        lasting = answer.url if answer.moved else url
        took = replace(page, redirects=()) if answer.moved else page
        return Found(
            url=lasting,
            fetched=took,
            document=document,
            choices=choices,
            networks=self._networks,
            requests=MOST_REQUESTS - self._left,
        )

    def _get(self, url: str) -> Answer:
        self._left -= 1
        while True:
            ask = Ask(
                url=url,
                deadline=self._limits.deadline,
                max_bytes=self._limits.max_bytes,
                headers={"Accept": _ACCEPT},
                allow_private=self._networks,
            )
            try:
                return self._door.get(ask)
            except Private as error:
                met = tuple(ip_network(address) for address in error.addresses)
                if not self._allow_private:
                    raise Private(f"{bare(url)}: {error}", error.addresses) from error
                if all(network in self._networks for network in met):
                    raise
                self._networks = (*self._networks, *met)
            except FetchError as error:
                raise type(error)(f"{bare(url)} {error}") from error


def _refusal(status: int) -> str:
    mend = {
        401: " (it is behind a login, and newsweir has no account there; look for an address that is open to all)",
        403: " (it does not let us in: behind a login, or closed to programs; look for an address that is open)",
        404: " (there is nothing at this address: is it typed right?)",
        410: " (it was taken away for good)",
        429: " (it was asked too often; try again later)",
    }.get(status, " (the fault is the server's; try again later)" if status >= 500 else "")
    return f"answered {status}{mend}"


def _no_other_thing(page: Fetched, most: int) -> None:
    """Raise FetchError where the answer is neither a page nor a feed, saying what it is."""
    label = page.content_type.partition(";")[0].strip().lower()
    what = next((name for magic, name in _MAGIC if page.body.startswith(magic)), None)
    what = what or next((name for prefix, name in _LABELS.items() if label.startswith(prefix)), None)
    if what:
        raise FetchError(f"{page.url} is {what}, neither a feed nor a web page")
    if not page.body.strip():
        raise FetchError(f"{page.url} answered with nothing at all; a feed or a web page was expected")
    if page.truncated and not discover.looks_like_page(page):
        raise FetchError(
            f"{page.url} is longer than fetch.max_bytes ({most}) and no feed as far as it was read"
        )
