"""Threads: what an entry answers to and what answers to it (RFC 4685, slash, wfw, RSS's own `comments`)."""

from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Thread

THR: Final = "http://purl.org/syndication/thread/1.0"
SLASH: Final = "http://purl.org/rss/1.0/modules/slash/"
WFW: Final = "http://wellformedweb.org/CommentAPI/"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The namespaces of the entries' elements, where any has one.

    rss   it is an RSS feed: it has two more
    """

    def __init__(self) -> None:
        self.used = False
        self.rss = False

    def extend_ns(self) -> dict[str, str]:
        """Declare them."""
        if not self.used:
            return {}
        return {"thr": THR, "slash": SLASH, "wfw": WFW} if self.rss else {"thr": THR}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """An entry's place in a conversation."""

    def __init__(self) -> None:
        self.thread: Thread | None = None

    def extend_rss(self, item: Any) -> Any:
        """Write what it answers to, the page and the feed of its comments, and how many there are."""
        thread = self.thread
        if thread is None:
            return item
        if thread.page is not None:
            etree.SubElement(item, "comments").text = thread.page
        if thread.feed is not None:
            etree.SubElement(item, f"{{{WFW}}}commentRss").text = thread.feed
        if thread.count is not None:
            etree.SubElement(item, f"{{{SLASH}}}comments").text = str(thread.count)
        return _answers(item, thread)

    def extend_atom(self, entry: Any) -> Any:
        """Write what it answers to, and how many comments there are; where they are is said by links."""
        thread = self.thread
        if thread is None:
            return entry
        if thread.count is not None:
            etree.SubElement(entry, f"{{{THR}}}total").text = str(thread.count)
        return _answers(entry, thread)


def _answers(element: Any, thread: Thread) -> Any:
    if thread.ref is not None:
        answer = etree.SubElement(element, f"{{{THR}}}in-reply-to", ref=thread.ref)
        if thread.href is not None:
            answer.set("href", thread.href)
    return element
