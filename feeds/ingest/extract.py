"""An article's own page -> Page, where an entry is too thin to stand for it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from feeds.errors import FetchError, Private, Stopped, stumble
from feeds.ingest.pages import chain
from feeds.ingest.reserved import reserved
from feeds.ingest.text.clean import web_address
from feeds.ingest.text.quality import of_entry
from feeds.model import Entry, Fetched, Page
from feeds.net import Ask, Door
from feeds.settings import FeedSource, FetchLimits, Selectors

MOST_FAILURES = 3
"""Pages of one host that may fail in one poll before its others wait for the next:
a site that is down must not hold up its whole feed."""

GONE = 410
_PASSING = frozenset((408, 425, 429))
"""Answers that say nothing of the page; so does that of a server which has a fault of its own."""
_REFUSED = frozenset((401, 403))

SLICE = 20
"""Pages fetched before what was read so far is kept."""
ENTRIES_AT_ONCE, BYTES_AT_ONCE = 400, 2**19
"""Entries, and bytes of their own, that are kept at once: what is made of them takes many times their room."""

_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


def wants_page(entry: Entry, source: FeedSource) -> bool:
    """Say whether the article's page is to be fetched."""
    if web_address(entry.link) is None or source.pages == "never":
        return False
    return source.pages == "always" or of_entry(entry) != "full"


@dataclass(slots=True)
class Pages:
    """The pages of one document's entries, fetched one by one as they are asked for.

    over     says that enough time was spent on this document
    read     reads a page, where what stands on it is told by its selectors
    faults   what went wrong, a sentence each
    left     entries that were not come to before time was over
    again    entries that are without their page, or a part of it, and may have it another time
    gone     addresses of pages that answered 410
    """

    limits: FetchLimits
    door: Door
    over: Callable[[], bool]
    read: Callable[[Fetched, Selectors], Page]
    faults: list[str] = field(default_factory=list)
    left: int = 0
    again: list[Entry] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    _found: dict[int, Page] = field(default_factory=dict)
    _failures: Counter[str | None] = field(default_factory=Counter)
    _missed: bool = False

    def beside(self, source: FeedSource, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Yield the entries in slices of few pages, fetched by then: each can be kept before the next is begun."""
        some: list[Entry] = []
        asked = size = 0
        for number, entry in enumerate(entries):
            page = None
            if wants_page(entry, source):
                if asked and self.over():
                    self.left = len(entries) - number
                    break
                self._missed = self._failures[_host(entry.link)] >= MOST_FAILURES
                if not self._missed:
                    page = self._page(entry, source)
                    asked += 1
                if self._missed:
                    self.again.append(entry)
            some.append(entry)
            size += len(entry.raw)
            if page is not None:
                self._found[id(entry)] = page
            if (page and asked % SLICE == 0) or len(some) == ENTRIES_AT_ONCE or size > BYTES_AT_ONCE:
                yield some
                some, size = [], 0
        if some:
            yield some

    def of(self, entry: Entry) -> Page | None:
        """Return an entry's page, where one was fetched; once."""
        return self._found.pop(id(entry), None)

    def _page(self, entry: Entry, source: FeedSource) -> Page | None:
        try:
            page = self._read(entry.link or "", source)
            return self._joined(page, source) if page.following else page
        except Stopped:
            raise
        except FetchError as error:
            if error.status == GONE:  # It stood there once: a word on the article, not on its site.
                self.gone.add(entry.link or "")
            else:
                self.faults.append(f"{entry.link} {error}")
        except Exception as error:  # noqa: BLE001 - a page the extractor stumbles over costs its text alone
            self.faults.append(f"{entry.link} is a page that cannot be read: {stumble(error)}")
        return None

    def _read(self, url: str, source: FeedSource) -> Page:
        """Return the page at an address; note where it may be had another time."""
        try:
            fetched = _fetch(url, source, self.limits, self.door)
        except (Stopped, Private):
            raise
        except FetchError as error:
            passing = error.status is None or error.status in _PASSING or error.status >= 500
            self._missed = self._missed or passing
            self._failures[_host(url)] += passing or error.status in _REFUSED
            raise
        return replace(self.read(fetched, source.select), reserved=fetched.reserved)

    def _joined(self, first: Page, source: FeedSource) -> Page:
        """Return an article with the pages on which it goes on; where one cannot be read, without the rest."""
        pages = [first]
        seen = {first.url}
        while (there := pages[-1].following) is not None and there not in seen and len(pages) < chain.MOST:
            if self.over():
                self._missed = True
                return replace(chain.joined(pages), cut=True)
            seen.add(there)
            try:
                page = self._read(there, source)
            except Stopped:
                raise
            except FetchError as error:
                self.faults.append(f"{there}, where {first.url} goes on, {error}")
                return replace(chain.joined(pages), cut=True)
            if not chain.goes_on(first, page):
                break
            pages.append(page)
        return chain.joined(pages)


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _fetch(url: str, source: FeedSource, limits: FetchLimits, door: Door) -> Fetched:
    answer = door.get(
        Ask(
            url=url,
            deadline=limits.deadline,
            max_bytes=limits.max_bytes,
            headers={"Accept": _ACCEPT},
            allow_private=source.allow_private,
        )
    )
    if answer.status != 200:
        raise FetchError(f"answered {answer.status}", status=answer.status)
    if answer.broke:
        raise FetchError("broke off on its way here")
    kind = answer.headers.get("content-type", "")
    if kind and "html" not in kind.lower():
        raise FetchError(f"is no page but {kind.split(';')[0].strip()}", status=answer.status)
    return Fetched(
        url=answer.url,
        status=200,
        body=answer.body,
        content_type=kind,
        encoding=source.encoding,
        reserved=reserved(answer.headers, answer.body),
    )
