"""The podcast vocabulary: what is heard or seen, for players that know it.

A feed that uses it must name a category and an owner with an e-mail address, so it
is used only where the site has such a contact. How long a file plays is said by
Media RSS in any case.
"""

from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Episode
from feeds.publish.formats.generator.words import add_plain

NAMESPACE: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_CATEGORY: Final = "News"


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """What players ask of a feed with episodes.

    email   of the owner, where any entry is an episode; else nothing is said
    """

    def __init__(self) -> None:
        self.email: str | None = None
        self.owner = ""
        self.explicit = False

    def extend_ns(self) -> dict[str, str]:
        """Declare the namespace, where it is used."""
        return {"itunes": NAMESPACE} if self.email else {}

    def extend_rss(self, feed: Any) -> Any:
        """Write category, owner and whether anything is explicit."""
        if self.email:
            _channel(feed.find("channel"), self)
        return feed

    def extend_atom(self, feed: Any) -> Any:
        """Write the same."""
        if self.email:
            _channel(feed, self)
        return feed


def _channel(element: Any, said: FeedExtension) -> None:
    etree.SubElement(element, _name("category"), text=_CATEGORY)
    etree.SubElement(element, _name("explicit")).text = _boolean(said.explicit)
    owner = etree.SubElement(element, _name("owner"))
    add_plain(owner, _name("name"), said.owner[:255])
    etree.SubElement(owner, _name("email")).text = said.email


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """One episode."""

    def __init__(self) -> None:
        self.episode: Episode | None = None

    def extend_rss(self, item: Any) -> Any:
        """Write what is known of it."""
        episode = self.episode
        if episode is None:
            return item
        if episode.image is not None:
            etree.SubElement(item, _name("image"), href=episode.image)
        for name, text in (("author", episode.author), ("subtitle", episode.subtitle)):
            if text is not None:
                add_plain(item, _name(name), text)
        for name, said in (
            ("duration", None if episode.seconds is None else str(round(episode.seconds))),
            ("explicit", None if episode.explicit is None else _boolean(episode.explicit)),
            ("episode", None if episode.number is None else str(episode.number)),
            ("season", None if episode.season is None else str(episode.season)),
            ("episodeType", episode.kind),
        ):
            if said is not None:
                etree.SubElement(item, _name(name)).text = said
        return item

    def extend_atom(self, entry: Any) -> Any:
        """Write the same."""
        return self.extend_rss(entry)


def _boolean(value: object) -> str:
    return "true" if value else "false"
