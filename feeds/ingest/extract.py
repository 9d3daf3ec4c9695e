"""An article's own page -> Page, where an entry is too thin to stand for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from feeds.errors import FetchError, Stopped, stumble
from feeds.ingest.clean import web_address
from feeds.ingest.pages import chain
from feeds.ingest.quality import of_entry
from feeds.model import Entry, Fetched, Page
from feeds.net import Ask, Door
from feeds.settings import FeedSource, FetchLimits, Selectors

MOST_FAILURES = 3
"""Pages that may fail in one poll before the others are left for what they are:
a site that is down, or no network at all, must not hold up its whole feed."""

GONE = 410

SLICE = 20
"""Pages fetched before what was read so far is kept."""
MOST_ENTRIES, MOST_BYTES = 400, 2**19
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
    gone     addresses of pages that answered 410
    """

    limits: FetchLimits
    door: Door
    over: Callable[[], bool]
    read: Callable[[Fetched, Selectors], Page]
    faults: list[str] = field(default_factory=list)
    left: int = 0
    gone: set[str] = field(default_factory=set)
    _found: dict[int, Page] = field(default_factory=dict)

    def beside(self, source: FeedSource, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Yield the entries in slices of few pages, fetched by then: each can be kept before the next is begun."""
        some: list[Entry] = []
        asked = size = 0
        for number, entry in enumerate(entries):
            page = None
            if wants_page(entry, source) and len(self.faults) < MOST_FAILURES:
                if asked and self.over():
                    self.left = len(entries) - number
                    break
                page = self._page(entry, source)
                asked += 1
            some.append(entry)
            size += len(entry.raw)
            if page is not None:
                self._found[id(entry)] = page
            if (page and asked % SLICE == 0) or len(some) == MOST_ENTRIES or size > MOST_BYTES:
                yield some
                some, size = [], 0
        if some:
            yield some

    def of(self, entry: Entry) -> Page | None:
        """Return an entry's page, where one was fetched; once."""
        return self._found.pop(id(entry), None)

    def _page(self, entry: Entry, source: FeedSource) -> Page | None:
        try:
            fetched = _fetch(entry.link or "", source, self.limits, self.door)
            page = self.read(fetched, source.select)
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

    def _joined(self, first: Page, source: FeedSource) -> Page:
        """Return an article with the pages on which it goes on; where one cannot be read, without the rest."""
        pages = [first]
        seen = {first.url}
        while (there := pages[-1].following) is not None and there not in seen and len(pages) < chain.MOST:
            if self.over():
                break
            seen.add(there)
            try:
                page = self.read(_fetch(there, source, self.limits, self.door), source.select)
            except Stopped:
                raise
            except FetchError as error:
                self.faults.append(f"{there}, where {first.url} goes on, {error}")
                break
            if not chain.goes_on(first, page):
                break
            pages.append(page)
        return chain.joined(pages)


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
    kind = answer.headers.get("content-type", "")
    if kind and "html" not in kind.lower():
        raise FetchError(f"is no page but {kind.split(';')[0].strip()}")
    return Fetched(url=answer.url, status=200, body=answer.body, content_type=kind, encoding=source.encoding)
