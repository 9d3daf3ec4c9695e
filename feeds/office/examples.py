"""`like:` -> the examples' texts, wherever they are, and the model fitted to them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from archive import Archive, ArchiveError, Mention
from archive.knowing.identity import url_key
from feeds.curate import likeness
from feeds.curate.lines import Model
from feeds.curate.match import Reading
from feeds.curate.rules import Rule
from feeds.errors import FetchError
from feeds.ingest.local.files import KINDS, read_file
from feeds.ingest.local.folder import spelled
from feeds.ingest.normalize import Coming, to_draft
from feeds.settings import FolderSource, Settings, Source, Topic
from feeds.times import stamp


@dataclass(frozen=True, slots=True)
class Found:
    """The text of one example."""

    title: str
    reading: Reading
    article: str | None


def erased_example(
    archive: Archive, settings: Settings, sources: Mapping[str, tuple[Source, object]], name: str
) -> str | None:
    """Return the id of the erased article that an example's name means (an address, a local file), or None."""
    if name.startswith("urn:uuid:"):
        return None
    if name.startswith(("http://", "https://")):
        return archive.erased([Mention("", None, name)], signs=True)[0]
    path = (settings.home / name).resolve()
    places = [("added", str(path))]
    for key, (source, _) in sources.items():
        if isinstance(source, FolderSource) and path.is_relative_to(source.path.resolve()):
            places.append((key, path.relative_to(source.path.resolve()).as_posix()))
    found = archive.erased([Mention(key, spelled(place), None) for key, place in places])
    return next((one for one in found if one is not None), None)


def topics_by_id(
    archive: Archive, settings: Settings, sources: Mapping[str, tuple[Source, object]]
) -> dict[str, Topic]:
    """Return the topics as configured, but that examples which were erased are named by their ids alone."""

    def named(topic: Topic) -> Topic:
        like = (erased_example(archive, settings, sources, name) or name for name in topic.like)
        return msgspec.structs.replace(topic, like=tuple(like))

    return {slug: named(topic) for slug, topic in settings.topics.items()}


class Examples:
    """Finds examples among local files and in the archive, and fits topics to them."""

    def __init__(self, archive: Archive, home: Path, most: int) -> None:
        self._archive = archive
        self._home = home
        self._most = most

    def fit(self, rule: Rule, now: datetime) -> Model | None:
        """Return a new model for *rule*, or None where it needs none or has a whole one.

        An example that cannot be found is named in `missing`, and looked for
        again whenever the topics are gone through.
        """
        names = rule.keys.like
        if not names or (rule.model is not None and not rule.model.missing):
            return None
        found = {name: self.find(name, now) for name in names}
        missing = tuple(name for name, example in found.items() if example is None)
        if rule.model is not None and missing == rule.model.missing:
            return None
        fitted = tuple(
            likeness.fit(name, one.title, one.reading, one.article)
            for name, one in found.items()
            if one is not None
        )
        return Model(
            id=f"{rule.slug}.{rule.seq}.{len(fitted)}",
            topic=rule.topic,
            define=rule.seq,
            at=stamp(now),
            method=likeness.METHOD,
            examples=fitted,
            through=self._archive.position,
            missing=missing,
            versions={"python": sys.version.split()[0], "newsweir": version("newsweir")},
        )

    def find(self, name: str, now: datetime) -> Found | None:
        """Return the example called *name*: a file, the address or the id of a kept article; or None."""
        try:
            if name.startswith("urn:uuid:"):
                return self._kept(self._archive.find_id(name))
            if name.startswith(("http://", "https://")):
                articles = self._archive.addressed(url_key(name) or "")
                return self._kept(articles[0]) if articles else None
            return self._file(self._home / name, now)
        except (ArchiveError, FetchError, OSError, ValueError):
            return None

    def _kept(self, article: str) -> Found:
        record = self._archive.get(article)
        return Found(record.title or article, Reading.of(record), article)

    def _file(self, path: Path, now: datetime) -> Found | None:
        if path.suffix.lower() not in KINDS:
            return None
        entry = read_file(path.name, path.read_bytes()[: self._most])[0]
        content = to_draft(entry, None, Coming(key=path.name, name=path.name, via="file", at=now)).content
        title = content.title or path.name
        return Found(title, Reading(content.title or "", content.content_text), None)
