"""OPML <-> the feeds it lists: forgiving in what it takes, version 2.0 in what it gives."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from feeds.errors import CommandError
from feeds.ingest.discovery.typed import web_address_of
from feeds.ingest.local.files import decode
from feeds.ingest.text.clean import line
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
    found: dict[str, Listed] = {}
    skipped: list[str] = []
    for said, is_folder in _outlines(data):
        title = line(said.get("title")) or line(said.get("text"))
        address = said.get("xmlurl", "").strip()
        shown = title or address or "an outline without words"
        if not address:
            if not is_folder:
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


def _outlines(data: bytes) -> list[tuple[dict[str, str], bool]]:
    """Return the attributes of each outline, by small names, and whether it only holds others."""
    start = max(data.find(b"<"), 0)
    for text in dict.fromkeys((data, data[start:])):  # Some have words before the first tag.
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(text, parser)
        except (etree.XMLSyntaxError, ValueError):
            continue
        if root is None or not any(_name(one) in {"opml", "outline"} for one in root.iter()):
            continue
        if len(parser.error_log):
            return list(_by_pattern(decode(data)))
        return [(_said(one), any(_name(child) == "outline" for child in one)) for one in _all(root)]
    raise CommandError("is no OPML (a list of feeds as feed readers export it)")


def _all(root: Any) -> list[Any]:
    return [one for one in root.iter() if _name(one) == "outline"]


def _said(element: Any) -> dict[str, str]:
    return {str(key).rpartition("}")[2].lower(): str(value) for key, value in element.attrib.items()}


def _by_pattern(text: str) -> Iterator[tuple[dict[str, str], bool]]:
    """Yield the outlines of an ill-formed list: a parser that mends it loses attributes."""
    for part in re.split(r"<outline\b", text)[1:]:
        said = {
            name.lower(): html.unescape(value)
            for name, _, value in re.findall(
                r"\b(xmlurl|title|text)\s*=\s*([\"'])(.*?)\2", part, re.IGNORECASE | re.DOTALL
            )
        }
        yield said, "/>" not in part and "</outline" not in part


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
