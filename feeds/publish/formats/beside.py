"""What an entry said beside its members -> the part of it that a feed has words for.

The archive keeps every element of an entry as it was written. Of those in vocabularies
that readers know, what is well-formed leaves again; all else stays where it is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from archive import Article
from feeds.publish.formats.elements import Found, take
from feeds.publish.formats.generator.values import Credit, Episode, Link, Person, Place, Thread

_LONGEST_SHORT: Final = 255
"""Characters of a subtitle or a name in the podcast vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What leaves of it.

    description   of a picture, a sound or a film
    banner        address of the large picture that a JSON Feed names
    """

    contributors: tuple[Person, ...] = ()
    links: tuple[Link, ...] = ()
    thread: Thread | None = None
    places: tuple[Place, ...] = ()
    credits: tuple[Credit, ...] = ()
    description: str | None = None
    rights: str | None = None
    banner: str | None = None
    episode: Episode | None = None


NOTHING: Final = Beside()


def beside(article: Article) -> Beside:
    """Return what leaves of what the entry said beside its members."""
    elements = article.archive.extensions
    if not elements:
        return NOTHING
    found = Found()
    for element in elements:
        take(element, found, article.url or "")
    texts = found.texts
    return Beside(
        contributors=tuple(dict.fromkeys(found.contributors)),
        links=tuple(_unlike(found.links)),
        thread=_thread(texts),
        places=tuple(dict.fromkeys(found.places)),
        credits=tuple(dict.fromkeys(found.credits)),
        description=texts.get("description"),
        rights=texts.get("rights"),
        banner=texts.get("banner"),
        episode=_episode(texts),
    )


def _unlike(links: Iterable[Link]) -> Iterator[Link]:
    """Yield links of which no two are one to a reader (RFC 4287, section 4.1.2)."""
    seen: set[tuple[str | None, ...]] = {("alternate", "text/html", None), ("alternate", None, None)}
    for link in links:
        key = (link.rel, link.type, link.hreflang) if link.rel == "alternate" else (link.rel, link.href)
        if key not in seen:
            seen.add(key)
            yield link


def _thread(texts: dict[str, str]) -> Thread | None:
    count = texts.get("comments count", "")
    thread = Thread(
        ref=texts.get("ref"),
        href=texts.get("answers"),
        page=texts.get("comments page"),
        feed=texts.get("comments feed"),
        kind=texts.get("comments kind", "application/rss+xml") if "comments feed" in texts else None,
        count=_whole(count),
    )
    return None if thread == Thread() else thread


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _episode(texts: dict[str, str]) -> Episode | None:
    explicit = texts.get("explicit", "").lower()
    short = {name: texts[name][:_LONGEST_SHORT] for name in ("author", "subtitle") if name in texts}
    kind = texts.get("kind", "").lower()
    episode = Episode(
        image=texts.get("image"),
        author=short.get("author"),
        subtitle=short.get("subtitle"),
        explicit={"yes": True, "true": True, "no": False, "false": False, "clean": False}.get(explicit),
        number=_whole(texts.get("episode", "")) or None,
        season=_whole(texts.get("season", "")) or None,
        kind=kind if kind in {"full", "trailer", "bonus"} else None,
    )
    return None if episode == Episode() else episode
