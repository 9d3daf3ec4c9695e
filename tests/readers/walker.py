"""A client that walks a feed's history (RFC 5005, next_url) and takes back what was withdrawn (RFC 6721)."""

import json
from collections.abc import Sequence
from pathlib import Path

import requests
from lxml import etree

from feeds import __version__
from tests.readers.program import ATOM, JSON, RSS, Held, Program

_ATOM, _DELETED = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
_LINK = f"{_ATOM}link"


class Walker(Program):
    """All that one need know to miss nothing: these lines. It asks for an archived document once."""

    name = "a program that walks"
    kind = "RFC 5005"
    formats = (RSS, ATOM, JSON)

    def version(self) -> str | None:
        return __version__

    def poll(self, home: Path, feeds: Sequence[str]) -> None:
        kept = home / "kept.json"
        memory = json.loads(kept.read_text()) if kept.exists() else {}
        for feed in feeds:
            self._poll(feed, memory.setdefault(feed, {"tag": "", "documents": [], "items": {}}))
        kept.write_text(json.dumps(memory))

    def held(self, home: Path, feeds: Sequence[str]) -> list[Held]:
        memory = json.loads((home / "kept.json").read_text())
        return [
            Held(feed=feed, id=name, title=title, link=link, date=date)
            for feed, known in memory.items()
            for name, (title, link, date, _) in known["items"].items()
        ]

    def _poll(self, feed: str, known: dict) -> None:  # type: ignore[type-arg]
        answer = requests.get(feed, headers={"If-None-Match": known["tag"]}, timeout=20)
        answer.raise_for_status()
        if answer.status_code == 304:
            return
        known["tag"] = answer.headers["ETag"]
        body, walked = answer.content, []
        items, gone, earlier = read(body)
        documents = [(items, gone)]
        while earlier and earlier not in known["documents"]:
            walked.append(earlier)
            answer = requests.get(earlier, timeout=20)
            answer.raise_for_status()
            items, gone, earlier = read(answer.content)
            documents.append((items, gone))
        for items, gone in reversed(documents):  # The oldest first: what is newer takes its place.
            known["items"] |= items
            for name in gone:
                known["items"].pop(name, None)
        known["documents"] += walked


def read(body: bytes) -> tuple[dict[str, list[str]], list[str], str | None]:
    """Return a document's items by id (title, link, date, updated), what it takes back, and the one before it."""
    if body.startswith(b"{"):
        feed = json.loads(body)
        rows = {
            one["id"]: [one.get("title", ""), one["url"], one["date_published"], one["_newsweir"]["updated"]]
            for one in feed["items"]
        }
        return rows, feed["_newsweir"].get("withdrawn", []), feed.get("next_url")
    root = etree.fromstring(body)
    channel = root if root.tag.startswith(_ATOM) else root[0]
    earlier = [link.get("href") for link in channel.findall(_LINK) if link.get("rel") == "prev-archive"]
    gone = [stone.get("ref") for stone in channel.findall(f"{_DELETED}deleted-entry")]
    found = {}
    for entry in channel.findall(f"{_ATOM}entry"):
        link = next(one.get("href") for one in entry.findall(_LINK) if one.get("rel") == "alternate")
        words = [entry.findtext(f"{_ATOM}{name}", "") for name in ("title", "published", "updated")]
        found[entry.findtext(f"{_ATOM}id", "")] = [words[0], link, words[1], words[2]]
    for entry in channel.findall("item"):
        title, link, date = (entry.findtext(name, "") for name in ("title", "link", "pubDate"))
        found[entry.findtext("guid", "")] = [title, link, date, ""]
    return found, gone, earlier[0] if earlier else None
