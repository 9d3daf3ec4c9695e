"""The state journal -> what is remembered of each source; the last line of a key wins."""

from collections.abc import Sequence

import msgspec

from archive import Journal
from feeds.settings import FeedSource, Source, address_of


class Walk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a source's past was walked back, or what was missed of it.

    next       the older document that comes next; None where there is none
    pages      documents that were read, `articles` what was new in them
    mark       an address it came by, to notice that it goes round in a circle
    over       why it ended; None while it goes on
    again      documents with entries whose page was not to be had: asked for once more in the end
    end        why it ends, while those are asked for
    since      of what was missed: when that was noticed; what was kept before then is where it ends
    after      what is dated before it was not missed
    room       so many may have been missed
    """

    next: str | None = None
    pages: int = 0
    articles: int = 0
    mark: str | None = None
    over: str | None = None
    again: tuple[str, ...] = ()
    end: str | None = None
    since: str | None = None
    after: str | None = None
    room: int | None = None


class Remembered(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="source", tag_field="kind"
):
    """One source in the state journal, written only when it changes.

    key         its first URL or folder as configured: part of its articles' ids
    url         as configured now; `name` likewise
    gone        it answered 410 under this URL
    moved       where it says that it lies for good (301, 308), while it is asked elsewhere
    not_before  what a Retry-After asked for, while it lies ahead
    feed        of a page: where its feed was found
    lost        how often in a row no feed was there any more
    first       its first document was not wholly taken in yet
    encoding    what its owner says it is in
    broke       when its document broke off, where it did: the rest of that one is still to come
    walk        how far its past was walked back; None where that was not begun
    gap         likewise what it showed while it was not asked; the last such walk
    """

    key: str
    name: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    gone: bool = False
    moved: str | None = None
    not_before: str | None = None
    feed: str | None = None
    lost: int = 0
    first: bool = False
    encoding: str | None = None
    broke: str | None = None
    walk: Walk | None = None
    gap: Walk | None = None


class _Kind(msgspec.Struct):
    kind: str = ""


_kind = msgspec.json.Decoder(_Kind).decode
_source = msgspec.json.Decoder(Remembered).decode


MOST_DEAD, DEAD_A_LIVING = 1000, 4
"""Lines that no longer count: the journal is compacted where there are more than so many, and
more than so many for each that does."""
_FRAMES = frozenset(("snapshot", "snapshot-end", "hole"))


class States:
    """All sources' states, folded from the journal and appended to it.

    A snapshot stands for all before it, once its end is there; one without an end
    repeats what counts anyway, and changes nothing. Lines of other kinds are not ours
    to judge: each of them counts, and is carried along as it is.
    """

    def __init__(self, journal: Journal) -> None:
        self._by_key: dict[str, Remembered] = {}
        self._others: dict[bytes, None] = {}
        self._within: tuple[dict[str, Remembered], dict[bytes, None]] | None = None
        self._position = 0
        self._lines = 0
        self.catch_up(journal)

    def catch_up(self, journal: Journal) -> None:
        """Take in the lines that were not seen."""
        while lines := journal.since(self._position, 1000):
            for line in lines:
                self._take(line.body)
                self._position = line.seq
                self._lines += 1

    def _take(self, body: bytes) -> None:
        kind = _kind(body).kind
        if kind == "snapshot":
            self._within = ({}, {})
        elif kind == "snapshot-end" and self._within is not None:
            self._by_key, self._others = self._within
            self._within, self._lines = None, len(self._by_key) + len(self._others) + 1
        elif kind == "source":
            state = _source(body)
            for by_key in (self._by_key, *(self._within[:1] if self._within else ())):
                by_key[state.key] = state
        elif kind not in _FRAMES:
            for others in (self._others, *(self._within[1:] if self._within else ())):
                others.setdefault(body)

    @property
    def dead(self) -> int:
        """How many lines of the journal no longer count."""
        return max(0, self._lines - len(self._by_key) - len(self._others))

    def compact(self, journal: Journal) -> bool:
        """Let only what counts stand in the journal, where most of it does not; return whether it was done.

        Nobody else may append meanwhile. Raises ReadOnly where the disk takes nothing.
        """
        self.catch_up(journal)
        if self.dead <= max(MOST_DEAD, DEAD_A_LIVING * len(self._by_key)):
            return False
        living = [msgspec.json.encode(state) for state in self._by_key.values()]
        journal.compact([*living, *self._others])
        self._position, self._lines = journal.last, len(living) + len(self._others) + 2
        return True

    def assign(self, sources: Sequence[Source]) -> list[tuple[Source, Remembered]]:
        """Return each configured source with its state.

        Found by its URL; else, its URL having been edited, by the name its owner
        gave it, or where only scheme or password are others: the key stays, for
        ids are made of it. Under a new URL the
        validators and the 410 of the old one mean nothing; nor do those of a page's
        feed, once the address is said to be a feed itself. See also _to_be_read_again.
        """
        by_url = {state.url: state for state in self._by_key.values()}
        taken = {by_url[address].key for one in sources if (address := address_of(one)) in by_url}
        found: list[tuple[Source, Remembered]] = []
        for source in sources:
            url = address_of(source)
            state = by_url.get(url)
            if state is None:
                free = [s for s in self._by_key.values() if s.key not in taken]
                named = (s for s in free if source.named and s.name == source.name)
                state = next(named, None) or next((s for s in free if _is_same_place(s.url, url)), None)
            if state is None:
                key = url if url not in self._by_key else f"{url}#{source.name}"
                state = Remembered(key=key, name=source.name, url=url, first=True)
            elif state.url == url and (state.feed is None or _discovers(source)):
                state = msgspec.structs.replace(state, name=source.name)
            else:
                # What was walked of its past under another address goes on only from where it ended.
                walk = state.walk if state.walk is not None and state.walk.over is not None else None
                state = Remembered(key=state.key, name=source.name, url=url, first=state.first, walk=walk)
            taken.add(state.key)
            found.append((source, _to_be_read_again(source, state)))
        return found

    def called(self, text: str) -> list[Remembered]:
        """Return the sources, also of long ago, that have this name, address or key."""
        return [one for one in self._by_key.values() if text in {one.name, one.url, one.key}]

    def now(self, key: str) -> Remembered | None:
        """Return the newest state of the source with this key."""
        return self._by_key.get(key)

    def remember(self, state: Remembered, journal: Journal) -> None:
        """Append *state* if it says anything new; return when it is durable."""
        if self._by_key.get(state.key) == state:
            return
        (line,) = journal.append([msgspec.json.encode(state)])
        self._by_key[state.key] = state
        self._position = max(self._position, line.seq)
        self._lines += 1


def _is_same_place(one: str, other: str) -> bool:
    """Say whether two addresses differ in nothing but their schemes and passwords."""
    places = []
    for url in (one, other):
        scheme, _, rest = url.partition("://")
        place, _, path = rest.partition("/")
        places.append((scheme.lower() in {"http", "https"}, place.rpartition("@")[2].lower(), path))
    return places[0] == places[1] and places[0][0]


def _to_be_read_again(source: Source, state: Remembered) -> Remembered:
    """Return the state without validators, where an answer that nothing changed would leave something out.

    So where the owner says that it is in another encoding, and where its past is asked for, to
    which only its document leads.
    """
    if not isinstance(source, FeedSource):
        return state
    if source.encoding != state.encoding or (source.history and state.walk is None and not state.first):
        return msgspec.structs.replace(state, encoding=source.encoding, etag=None, last_modified=None)
    return state


def _discovers(source: Source) -> bool:
    return isinstance(source, FeedSource) and source.discover
