"""Why an item is in a topic, in every word and number that readers are shown."""

import msgspec


class Like(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is shown of the nearest example: its title, and the terms in common."""

    title: str
    score: str
    terms: tuple[str, ...] = ()
    article: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every word and number that a feed or page prints about why an item is there.

    matched    the words that matched, as they stand in the article
    sentence   offsets of the best sentence in the text of the revision shown
    """

    matched: tuple[str, ...] = ()
    sentence: tuple[int, int] | None = None
    like: Like | None = None
