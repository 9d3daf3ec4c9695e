"""A feed and its items -> the document that feedgen writes, in which each item is written once.

A feed with one new item among fifty is written with that one alone; the others stand between it
as they were written before. In what feedgen writes, `<` within a text is escaped: an entry begins
and ends where its tag stands.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feeds.publish.topic.remembered import Kept

_Item = TypeVar("_Item", bound=Kept)


class Entry(FeedEntry):  # type: ignore[misc]  # feedgen has no types
    """A feedgen entry, which loads no extension but those it is given."""

    def register_extension(self, name: str, extension: Any = None, *loads: bool) -> None:
        """Load an extension; a feed would load all of its own with each entry."""
        if extension is not None:
            super().register_extension(name, extension, *loads)


class Entries(Generic[_Item]):
    """The entries of items, as feedgen wrote them.

    begins   how an entry begins, indented
    ends     what stands behind the last one
    make     returns the entry of an item
    """

    def __init__(self, begins: bytes, ends: bytes, make: Callable[[_Item], Entry]) -> None:
        self._begins, self._ends, self._make = begins, ends, make

    def written(self, feed: FeedGenerator, items: Sequence[_Item], write: Callable[..., bytes]) -> bytes:
        """Return a feed's document with the entries of these items, written by feedgen's *write*."""
        new = [item for item in items if self not in item.made]
        for item in new:
            feed.add_entry(self._make(item), order="append")
        pieces = write(pretty=True).split(self._begins)
        pieces[-1] = pieces[-1].removesuffix(self._ends)
        for item, part in zip(new, pieces[1:], strict=True):
            item.made[self] = self._begins + part
        return b"".join([pieces[0], *(item.made[self] for item in items), self._ends])
