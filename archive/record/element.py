"""What an entry says beside its members -> elements as the record keeps them."""

from typing import Any

import msgspec

from archive.record.provenance import Value


class Element(Value, frozen=True, kw_only=True):
    """One element of an entry that has no member of its own in the record.

    name         as written, with its prefix: `itunes:duration`, `comments`
    ns           the namespace that the prefix stands for; absent for RSS's own elements
    attributes   by their names as written, in their order
    text         as written, where there is nothing in the element but text
    children     elements within, in their order; text between them stands among them
    value        of a JSON Feed's item: the member `name`, whatever it holds
    """

    name: str
    ns: str | None = None
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    text: str | None = None
    children: "tuple[Element | str, ...]" = ()
    value: Any = None
