"""Article -> the source it is from, as anybody may know it."""

from dataclasses import dataclass

from archive import Article
from feeds.publish.text.iris import public
from feeds.publish.text.urls import as_uri
from feeds.publish.text.wording import source_name


@dataclass(frozen=True, slots=True)
class Origin:
    """A source by its name, where it is followed and where it is read; the owner's own folders are nowhere."""

    name: str
    feed: str | None = None
    site: str | None = None


def origin(article: Article) -> Origin:
    """Return the source that showed an article."""
    source = article.archive.source
    return Origin(source_name(article), public(source.feed_url), as_uri(source.feed_link))
