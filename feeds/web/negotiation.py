"""What a reader accepts -> the coding in which it is sent something (RFC 9110, 12.5.3). Pure."""

import functools
import re

from feeds.publish.shelf.twins import CODINGS, encode

IDENTITY = "identity"
_ELEMENT = re.compile(
    r"([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;[ \t]*q[ \t]*=[ \t]*([01](?:\.[0-9]{0,3})?)[ \t]*)?"
)
_OTHERWISE_CALLED = {"x-gzip": "gzip"}


def weights(header: str | None) -> dict[str, float]:
    """Return how much each coding is wanted, from 0 to 1; what cannot be read is passed over."""
    if header is None:
        return {}
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        match = _ELEMENT.fullmatch(part.strip(" \t"))
        if match is not None:
            weight = min(1.0, float(match[2])) if match[2] is not None else 1.0
            found[_OTHERWISE_CALLED.get(match[1], match[1])] = weight
    return found


def choose(header: str | None, able: tuple[str, ...] = CODINGS, *, worth: bool = True) -> str | None:
    """Return the coding to send: what is wanted most, of equals what we would rather send.

    None where the reader accepts nothing that there is.

    able    codings that can be had beside the identity
    worth   packing gains something; else nobody gets it who can do without
    """
    wanted = weights(header)
    rest = wanted.get("*", 0.0)
    plain = wanted.get(IDENTITY, rest if "*" in wanted else None)
    best = max(able, key=lambda one: (wanted.get(one, rest), -CODINGS.index(one)), default=IDENTITY)
    weight = wanted.get(best, rest) if best != IDENTITY else 0.0
    if weight and (plain == 0 or (worth and weight >= (wanted.get(IDENTITY, 0.0)))):
        return best
    return IDENTITY if plain is None or plain > 0 else None


@functools.lru_cache(64)
def packed(path: str, body: bytes, coding: str) -> bytes:
    """Return *body* in a coding, for what is not packed beforehand."""
    return encode(path, body, coding)
