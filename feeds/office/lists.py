"""Settings with living lists -> settings with the lists' feeds among their sources."""

import msgspec

from feeds.config.read import free_name, name_of
from feeds.errors import CommandError
from feeds.office.opml import Listed, read_opml
from feeds.settings import FeedList, FeedSource, Settings, Source, address_of


def expanded(settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings with every feed of their lists, and a sentence for each list that cannot be read.

    A feed that is a source of its own, or stands in an earlier list, is not taken twice.
    """
    sources: list[Source] = list(settings.sources)
    addresses = {address_of(source) for source in sources}
    names = {source.name for source in sources}
    faults: list[str] = []
    for one in settings.lists:
        try:
            listed, _ = read_opml(one.path.read_bytes())
        except OSError as error:
            faults.append(f"sources: opml {one.opml}: cannot be read: {error.strerror}")
            continue
        except CommandError as error:
            faults.append(f"sources: opml {one.opml}: {error}")
            continue
        for feed in listed:
            if feed.url not in addresses:
                source = _source(one, feed, names)
                addresses.add(feed.url)
                names.add(source.name)
                sources.append(source)
    return msgspec.structs.replace(settings, sources=tuple(sources)), tuple(faults)


def _source(one: FeedList, feed: Listed, names: set[str]) -> FeedSource:
    return FeedSource(
        url=feed.url,
        name=free_name(feed.title or name_of(feed.url), names),
        named=feed.title is not None,
        every=one.every,
        pages=one.pages,
        select=one.select,
        allow_private=one.allow_private,
        initial=one.initial,
        history=one.history,
        flood=one.flood,
        proxy=one.proxy,
        rights=one.rights,
        enabled=one.enabled,
    )
