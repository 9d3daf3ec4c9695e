"""What an item says beside RSS and Atom -> the vocabularies that both may use: media, threads, places, terms."""

from collections.abc import Sequence
from typing import Any

from feeds.publish.formats.entries import Said
from feeds.publish.formats.generator import speak
from feeds.publish.formats.generator.values import File


def introduce(feed: Any, saids: Sequence[Said]) -> None:
    """Say which of them a feed's entries use; those that hardly any entry uses are declared only then."""
    feed.threads.used = any(said.beside.thread is not None for said in saids)
    feed.places.used = any(said.beside.places for said in saids)
    feed.terms.used = any(said.available is not None for said in saids)


def speak_of(entry: Any, said: Said, files: Sequence[File]) -> None:
    """Give an entry its words in them; of its *files* those that the format's own elements do not say whole."""
    words = said.beside
    if not files and (words.description or words.credits):
        files = said.files[:1]  # It is what they speak of.
    if said.picture or files or words.description or words.credits:
        media = speak(entry, "media")
        media.thumbnail, media.files = said.picture, files
        media.description, media.credits = words.description, words.credits
    if words.thread is not None:
        speak(entry, "threads").thread = words.thread
    if words.places:
        speak(entry, "places").places = words.places
    if said.available is not None:
        speak(entry, "terms").available = said.available
