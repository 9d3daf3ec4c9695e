"""What was made of items lately, so that an item that did not change is not made again.

A topic with one new item among fifty is rendered anew as a whole. Whatever is made of
an item is a pure function of it, so it may be remembered by the item itself; and an item
is the same as long as the line that tells of it, the revision and the topic's `content:` are.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")
MOST_ITEMS: Final = 1000
"""Each with its text, HTML and its part of each format: some 40 KB of a text of 4 KB."""


class Lately(Generic[_Item]):
    """The items made last, by what they were made of."""

    def __init__(self, most: int = MOST_ITEMS) -> None:
        self._most = most
        self._items: OrderedDict[Hashable, _Item] = OrderedDict()

    def item(self, key: Hashable, make: Callable[[], _Item | None]) -> _Item | None:
        """Return the item of this key; makes it where it is not remembered, and remembers it."""
        found = self._items.get(key)
        if found is not None:
            self._items.move_to_end(key)
            return found
        found = make()
        if found is not None:
            self._items[key] = found
            if len(self._items) > self._most:
                self._items.popitem(last=False)
        return found


class Made(Generic[_Item, _Made]):
    """What was made of each item that still is."""

    def __init__(self, make: Callable[[_Item], _Made]) -> None:
        self._make = make
        self._known: WeakKeyDictionary[_Item, _Made] = WeakKeyDictionary()

    def of(self, item: _Item) -> _Made:
        """Return what is made of an item."""
        found = self._known.get(item)
        if found is None:
            found = self._known[item] = self._make(item)
        return found
