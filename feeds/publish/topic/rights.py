"""Article, Content -> the part of it that readers are given. Pure.

Text belongs to whoever wrote it. A site that others can reach gives excerpts
unless its owner says otherwise; one that only its own machine reaches gives all.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from archive import Article
from feeds.settings import Content, Site, Topic, usual_content

EXCERPT: Final = 500
"""Characters of an excerpt at most."""
_BY_AMOUNT: Final[tuple[Content, ...]] = ("link", "excerpt", "full")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’»)]*(?= )|(?<=[。！？])")  # noqa: RUF001 - those of Chinese


def content_in(keys: Topic, site: Site, article: Article) -> Content:
    """Return how much of an article a topic gives: as much as it says, and its source allows.

    What the source reserves for machines to read lowers what is given where the
    topic does not say; what the owner says of the source bounds it in any case.
    """
    rights = article.archive.rights
    content = keys.content or usual_content(site)
    if rights is None:
        return content
    if not rights.publish or rights.words == 0:
        return "link"
    if content == "full" and rights.reserved and keys.content is None:
        return "excerpt"
    if content == "full" and rights.words is not None and len(article.content_text.split()) > rights.words:
        return "excerpt"
    return content


def shared_content(topics: Sequence[Topic], site: Site, article: Article) -> Content:
    """Return how much is shown of an article that stands in these topics: as the most generous says.

    Of one that stands in none, as much as a topic that does not say.
    """
    return max((content_in(keys, site, article) for keys in topics or (Topic(),)), key=_BY_AMOUNT.index)


def part_of(article: Article, content: Content) -> Article:
    """Return the article with no more of its text than *content* lets out.

    An excerpt is the source's own summary, else the beginning of the text. A
    link is title, names, dates and address alone.
    """
    if content == "full":
        return article
    if content == "link":
        return msgspec.structs.replace(
            article,
            content_html=None,
            content_text="",
            summary=None,
            image=None,
            attachments=(),
            archive=msgspec.structs.replace(article.archive, extensions=()),
        )
    text = excerpt(article.summary or article.content_text, EXCERPT)
    most = article.archive.rights.words if article.archive.rights else None
    if most is not None and len(words := text.split()) > most:
        text = " ".join(words[:most]).rstrip(" ,;:") + "…"
    return msgspec.structs.replace(article, content_html=None, content_text=text, summary=text or None)


def excerpt(text: str, longest: int = 300) -> str:
    """Return the beginning of *text*, at most *longest* characters, cut behind a sentence or a word."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    head = flat[: longest + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(head) if longest // 3 < match.end() <= longest]
    if ends:
        return head[: ends[-1]]
    words, space, _ = head[:longest].rpartition(" ")
    return (words if space else head[: longest - 1]).rstrip(" ,;:") + "…"
