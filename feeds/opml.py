"""OPML <-> the feeds it lists: forgiving in what it takes, version 2.0 in what it gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from feeds.errors import CommandError
from feeds.ingest.clean import line
from feeds.ingest.typed import web_address_of
from feeds.settings import FeedSource

MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One feed of a list."""

    url: str
    title: str | None = None


def read_opml(data: bytes) -> tuple[list[Listed], list[str]]:
    """Return the feeds of a list, each once, and a sentence for each outline that names none.

    Outlines may be nested as deep as they are; one that only holds others is a
    folder. Raises CommandError where it is no OPML at all.
    """
    if len(data) > MOST_BYTES:
        raise CommandError(f"has {len(data)} bytes, more than {MOST_BYTES}")
    root = _parsed(data)
    found: dict[str, Listed] = {}
    skipped: list[str] = []
    for element in root.iter():
        if _name(element) != "outline":
            continue
        said = {str(key).rpartition("}")[2].lower(): str(value) for key, value in element.attrib.items()}
        title = line(said.get("title")) or line(said.get("text"))
        address = said.get("xmlurl", "").strip()
        shown = title or address or "an outline without words"
        if not address:
            if not any(_name(child) == "outline" for child in element):
                skipped.append(f"{shown}: names no feed (there is no xmlUrl)")
            continue
        try:
            url = web_address_of(address)
        except CommandError as error:
            skipped.append(f"{shown}: {error}")
            continue
        if url in found:
            skipped.append(f"{shown}: {url} stands there already")
            continue
        found[url] = Listed(url, title)
    return list(found.values()), skipped


def write_opml(title: str, sources: Sequence[FeedSource]) -> bytes:
    """Return the list of these sources."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = line(title)
    body = etree.SubElement(root, "body")
    for source in sources:
        name = line(source.name) or source.url
        etree.SubElement(body, "outline", text=name, title=name, type="rss", xmlUrl=source.url)
    return bytes(etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8"))


def _parsed(data: bytes) -> Any:
    for text in _spellings(data):
        parser = etree.XMLParser(
            recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            root = etree.fromstring(text, parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is not None and any(_name(one) == "opml" for one in (root, *root)):
            return root
        if root is not None and _name(root) in {"outline", "body"}:
            return root
    raise CommandError("is no OPML (a list of feeds as feed readers export it)")


def _spellings(data: bytes) -> Iterator[bytes]:
    """Yield the bytes as they are, then without what stands before the first tag."""
    yield data
    start = data.find(b"<")
    if start > 0:
        yield data[start:]


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
