"""What is played, of a topic's items -> the podcast vocabulary's part of a feed."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from feeds.ingest.text.clean import clean
from feeds.publish.formats import entries
from feeds.publish.formats.entries import Said
from feeds.publish.formats.generator import itunes, speak
from feeds.publish.formats.generator.values import Episode, File
from feeds.publish.text.languages import known
from feeds.publish.topic.assemble import TopicFeed

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+")


def introduce(extension: itunes.FeedExtension, feed: TopicFeed, saids: Sequence[Said]) -> bool:
    """Say what players ask of a feed, and whether it is said.

    It is where something can be played, the owner has an e-mail address, and the topic a
    language: players ask for all three.
    """
    contact = (feed.site.contact or "").removeprefix("mailto:")
    played = [said for said in saids if entries.is_played(entries.enclosed(said))]
    if not played or not known(feed.language) or not _EMAIL.fullmatch(contact):
        return False
    extension.email, extension.owner = contact, clean(feed.author)
    extension.explicit = any(said.beside.episode and said.beside.episode.explicit for said in played)
    return True


def tell(entry: Any, said: Said, file: File | None) -> None:
    """Say what is known of an episode."""
    if file is not None and entries.is_played(file):
        told = said.beside.episode or Episode()
        speak(entry, "itunes").episode = msgspec.structs.replace(told, seconds=file.seconds)
