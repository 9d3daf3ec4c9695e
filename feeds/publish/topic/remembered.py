"""What was made of items and topics lately, so that what did not change is not made again.

A topic with one new item among fifty is rendered anew as a whole, and so is a front page
of a thousand topics. Whatever is made of an item is a pure function of it and of what else
is handed in, so it may be remembered beside the item itself; and an item is the same as
long as the line that tells of it, the revision and the topic's `content:` are.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, TypeVarTuple

_Item = TypeVar("_Item")
_Kept = TypeVar("_Kept", bound="Kept")
_Made = TypeVar("_Made")
_Given = TypeVarTuple("_Given")
MOST_ITEMS: Final = 1000
"""Each with its text, HTML and its part of each format: some 40 KB of a text of 4 KB."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A value that is itself and no other, with what was made of it for as long as it is."""

    made: dict[object, Any] = field(default_factory=dict, init=False, repr=False)


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


class Made(Generic[_Kept, *_Given, _Made]):
    """One thing that is made of values, remembered beside each: the last one, and what else was given for it."""

    def __init__(self, make: Callable[[_Kept, *_Given], _Made]) -> None:
        self._make = make

    def of(self, value: _Kept, *given: *_Given) -> _Made:
        """Return what is made of a value and of what else is given, which is compared: let it be small."""
        known: tuple[tuple[*_Given], _Made] | None = value.made.get(self)
        if known is not None and known[0] == given:
            return known[1]
        found = self._make(value, *given)
        value.made[self] = (given, found)
        return found
