"""A sighting -> the key by which a rung looks for it; the key -> the articles that it may be.

A key is looked up once for all entries of a document that share it.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from archive.cards import Card
from archive.knowing import identity, naming
from archive.knowing.evidence import SAME, Evidence
from archive.knowing.recall import Recall
from archive.knowing.shape import Shape
from archive.record.draft import Sighting

COPY_DAYS = 14
COPY_WORDS = 80


@dataclass(frozen=True, slots=True)
class Rung:
    """One way by which an entry is recognised.

    key     what is looked for; None where this rung is not for the sighting
    look    the articles under a key, the longest known first
    judge   how sure it is that a sighting is one of them
    name    the name that is looked up under a key (see archive.naming), where it is one: those of
            all entries of a document are looked up at once
    """

    key: Callable[[Sighting, Shape], Hashable | None]
    look: Callable[[Any, Recall], Iterable[str]]
    judge: Callable[[Evidence, Sighting, Card], float]
    name: Callable[[Any], str] | None = None


def _digest(sighting: Sighting, shape: Shape) -> Hashable | None:
    return (sighting.source, sighting.digest) if sighting.is_nameless and sighting.digest else None


def _by_digest(key: tuple[str, str], recall: Recall) -> Iterable[str]:
    return [name.article for name in recall.called(naming.digest(*key))]


def _place(sighting: Sighting, shape: Shape) -> Hashable | None:
    return (sighting.source, sighting.list_file) if sighting.list_file else None


def _by_place(key: tuple[str, str], recall: Recall) -> Iterable[str]:
    """Return all articles of a file that holds several: their places move when one is put on top."""
    source, path = key
    found = [name.article for name in recall.called(naming.guid(source, path))]
    for number in count(1):
        names = recall.called(naming.guid(source, f"{path}#{number}"))
        if not names:
            break
        found += [name.article for name in names]
    return found


def _file(sighting: Sighting, shape: Shape) -> Hashable | None:
    return (sighting.source, sighting.guid) if sighting.is_file and not sighting.list_file else None


def _guid(sighting: Sighting, shape: Shape) -> Hashable | None:
    return (sighting.source, sighting.guid) if sighting.guid and not sighting.list_file else None


def _by_guid(key: tuple[str, str], recall: Recall) -> Iterable[str]:
    return [name.article for name in recall.called(naming.guid(*key))]


def _bytes(sighting: Sighting, shape: Shape) -> Hashable | None:
    raw = sighting.draft.origin.raw
    return raw.sha256 if sighting.is_file and raw is not None else None


def _by_bytes(key: str, recall: Recall) -> Iterable[str]:
    return recall.view.by_bytes(key)


def _loose(sighting: Sighting, shape: Shape) -> Hashable | None:
    tells = sighting.loose and not sighting.is_file and sighting.loose not in shape.loose
    return (sighting.source, sighting.loose) if tells else None


def _by_loose(key: tuple[str, str], recall: Recall) -> Iterable[str]:
    return [name.article for name in recall.called(naming.loose(*key))]


def _address(sighting: Sighting, shape: Shape) -> Hashable | None:
    key = sighting.url_key
    if key is None or not identity.is_own(key) or key in shape.addresses:
        return None
    return (sighting.source, key, sighting.fragment, key in shape.fragments)


def _by_address(key: tuple[str, str, str, bool], recall: Recall) -> Iterable[str]:
    source, url_key, fragment, by_fragment = key
    place = recall.place(url_key, by_fragment=by_fragment)
    if source in place.crowded:
        return []
    return [name.article for name in place.at(fragment) if name.source not in place.crowded]


def _title(sighting: Sighting, shape: Shape) -> Hashable | None:
    if sighting.guid or not (sighting.title_key or sighting.is_nameless):
        return None
    return (sighting.source, sighting.title_key, sighting.draft.content.date_published)


def _by_title(key: tuple[str, str, str | None], recall: Recall) -> Iterable[str]:
    return recall.view.by_title(*key)


def _content(sighting: Sighting, shape: Shape) -> Hashable | None:
    if not sighting.site or sighting.words < COPY_WORDS:
        return None
    return (sighting.content_sha256, sighting.site, _days_before(sighting.draft.origin.fetched, COPY_DAYS))


def _by_content(key: tuple[str, str, str], recall: Recall) -> Iterable[str]:
    return recall.view.by_content(*key)


def _days_before(time: str, days: int) -> str:
    moment = datetime.fromisoformat(time).astimezone(UTC) - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


RUNGS = (
    Rung(_digest, _by_digest, lambda *_: SAME, lambda key: naming.digest(*key)),
    Rung(_place, _by_place, Evidence.by_place),
    Rung(_guid, _by_guid, Evidence.by_name, lambda key: naming.guid(*key)),
    Rung(_bytes, _by_bytes, Evidence.by_name),
    Rung(_file, _by_place, Evidence.by_place),
    Rung(_loose, _by_loose, Evidence.by_sign, lambda key: naming.loose(*key)),
    Rung(_address, _by_address, Evidence.by_sign, lambda key: naming.address(key[1])),
    Rung(_title, _by_title, Evidence.by_title),
    Rung(_content, _by_content, Evidence.by_words),
)
