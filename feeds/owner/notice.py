"""A line of the publications journal that tells the owner how newsweir itself fares, as a value.

Readers of older versions pass over it, as over every kind they do not know.
"""

import uuid
from collections.abc import Iterable
from typing import Literal

import msgspec

SLUG = "operator"
"""Where notices are published; no topic can be called so."""
What = Literal["network", "dead", "silent", "moved", "held", "disk", "recovered", "flaws", "unreached"]
"""What a notice is about; each kind begins, ends and is bounded on its own.

network     no source answers
dead        a source does not answer any more
silent      a source answers, and brings nothing
moved       a source says that it lies elsewhere, for good
held        more came than is a source's way, and waits for its owner
disk        nothing could be written
recovered   bytes were found after a crash that prove nothing
flaws       a piece of the archive is not as it was written
unreached   what was erased may still stand in a place that could not be reached
"""
State = Literal["began", "ended", "happened"]


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="notice", tag_field="kind"):
    """One entry of the operator feed.

    id         `urn:uuid:`, for ever
    at         when it was written; unique among notices, and never before the last
    subjects   whom it is about: sources by their keys without a password, places, paths
    since      when that began, where it is known
    text       paragraphs, parted by one empty line
    """

    id: str
    at: str
    what: What
    state: State
    subjects: tuple[str, ...] = ()
    since: str | None = None
    title: str
    text: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Notice).decode
_MARK = b'{"kind":"notice"'


def encode(line: Notice) -> bytes:
    """Return the JSON of a notice."""
    return _encode(line)


def notice(body: bytes) -> Notice | None:
    """Return the notice in a line of the publications journal; None for any other line."""
    if not body.startswith(_MARK):
        return None
    try:
        return _decode(body)
    except msgspec.ValidationError:  # Of a later version, about something not known here.
        return None


def id_of(store: str, at: str, what: What, state: State, subjects: Iterable[str]) -> str:
    """Return the id of a notice: the same for the same words of the same archive."""
    name = "\n".join(("notice", at, what, state, *subjects))
    return uuid.uuid5(uuid.UUID(store), name).urn
