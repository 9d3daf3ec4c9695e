"""JSON Feed 1.0 and 1.1 -> Document: strict in what it believes, forgiving in what it takes."""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from archive import Attachment, Author, Element
from feeds.errors import FetchError, stumble
from feeds.ingest.documents.extensions import fit
from feeds.ingest.documents.jsonslices import is_dense, outline
from feeds.ingest.text.clean import clean, line, link, verbatim, web_address
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.encodings import decode
from feeds.ingest.text.sanitize import address
from feeds.model import LARGE, MOST_ENTRIES, Channel, Document, Entry, Fetched, packed, too_many

_BEYOND = 10**15
"""Bytes and seconds that no file has."""
_LONGEST_NUMBER = 19
"""Digits; a longer one is an id, which is a text."""
_MEMBERS = frozenset(
    "id url external_url title content_html content_text summary image banner_image date_published "
    "date_modified author authors tags language attachments".split()
)
_AT_ONCE = 2**18
_SIGN = b"jsonfeed.org/version/"
_FIRST = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\x00\x00\xfe\xff|\xfe\xff)?[\x00 \t\r\n]*([{\[]?)")
"""What comes first behind a byte order mark; with zeros about it in UTF-16 and UTF-32, where it should not be."""


def looks_like(body: bytes, content_type: str) -> bool:
    """Say whether *body* is JSON, whatever the header calls it and whatever it is in."""
    head = _FIRST.match(body)
    first = head[1] if head else b""
    return first == b"{" or (first == b"[" and "json" in content_type.lower())


def parse(fetched: Fetched, hand_on: Callable[[Entry], None] | None = None) -> Document:
    """Return the feed. Raises FetchError with what is wrong with it.

    hand_on   is handed each entry; the document is then returned without them
    """
    text = _as_utf8(fetched)
    feed, items, total, repaired = _opened(text.body, truncated=fetched.truncated)
    if _SIGN not in str(feed.get("version", "")).encode() and items is None:
        raise FetchError("is JSON, but no JSON Feed: it has neither `version` nor `items`")
    channel = Channel(
        id=_text(feed.get("feed_url")),
        url=fetched.url,
        title=line(_text(feed.get("title"))),
        link=web_address(feed.get("home_page_url")),
        language=line(_text(feed.get("language"))),
    )
    shared = _authors(feed)
    entries: list[Entry] = []
    passed_over = [*too_many(total)]
    for number, read in enumerate(islice(items or (), MOST_ENTRIES), 1):
        try:
            (hand_on or entries.append)(read_item(read(), fetched.url, shared))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - an item we stumble over costs itself, not its feed
            passed_over.append(f"its item {number} cannot be read and is passed over: {stumble(error)}")
    version = str(feed.get("version", "")).rpartition("/")[2]
    kind = f"JSON Feed {version}" if version[:1].isdigit() else "JSON Feed"
    earlier = _text(feed.get("next_url"))
    return Document(
        channel,
        tuple(entries),
        repaired,
        passed_over=tuple(passed_over),
        kind=kind,
        earlier=address(earlier, fetched.url) if earlier else None,
        encoding=text.encoding,
        encoding_source=text.source,
    )


class _Text(NamedTuple):
    """A document in UTF-8, and in what encoding it came."""

    body: bytes
    encoding: str
    source: str


def _as_utf8(fetched: Fetched) -> _Text:
    """Return the document in UTF-8, as it must be, unless its owner says otherwise or it cannot be."""
    body = fetched.body.removeprefix(codecs.BOM_UTF8)
    if fetched.encoding is None and b"\x00" not in body[:64] and _is_utf8(body):
        return _Text(body, "utf-8", "ascii")
    decoded = decode(fetched.body, fetched.content_type, told=fetched.encoding)
    return _Text(decoded.utf8, decoded.encoding, decoded.source)


def _is_utf8(body: bytes) -> bool:
    """Say whether *body* is UTF-8, piece by piece: as a text a large one would take up to four times its room."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(body), _AT_ONCE):
            decoder.decode(body[at : at + _AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Opened(NamedTuple):
    """A feed but for its items; each of them when it is asked for, and how many there are."""

    feed: dict[str, Any]
    items: Iterable[Callable[[], dict[str, Any]]] | None
    total: int
    repaired: str | None


def _opened(body: bytes, *, truncated: bool) -> _Opened:
    """Return a document's parts. Raises FetchError where it is none."""
    if len(body) > LARGE and (found := _piecewise(body)) is not None:
        return found
    try:
        feed, repaired = _decode(body, truncated=truncated)
    except FetchError:
        if (found := _piecewise(body)) is None or not found.total:
            raise
        return found
    if not isinstance(feed, dict):
        raise FetchError("is JSON, but no JSON Feed: there is a list where its members should stand")
    items = feed.get("items")
    if not isinstance(items, list):
        return _Opened(feed, None, 0, repaired)
    whole = [item for item in items if isinstance(item, dict)]
    return _Opened(feed, (partial(dict, item) for item in whole), len(whole), repaired)


def _piecewise(body: bytes) -> _Opened | None:
    """Return a feed whose items are read one by one; None where no list of them is to be seen."""
    found = outline(body)
    if found is None:
        return None
    head, tail = body[: found.begin], body[found.end :] if found.whole else b""
    if is_dense(head) or is_dense(tail):
        raise FetchError("is JSON with more values in it than are read")
    repaired = None
    try:
        feed = _value(head + tail)
    except (ValueError, RecursionError):
        repaired = f"it breaks off behind its item {found.count}"
        try:
            feed = _value(head + b"]}")
        except (ValueError, RecursionError):
            return None
    items = (partial(_item, body[start:end]) for start, end in found.spans)
    return _Opened(feed, items, found.count, repaired) if isinstance(feed, dict) else None


def _item(piece: bytes) -> dict[str, Any]:
    """Return an item. Raises ValueError."""
    if is_dense(piece):
        raise ValueError("more values than are read")
    found = _value(piece)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found


def _value(piece: bytes) -> Any:
    try:
        return msgspec.json.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_loosely(piece)


def _decode(body: bytes, *, truncated: bool) -> tuple[Any, str | None]:
    """Return the document's value, and what had to be overlooked to read it."""
    try:
        return msgspec.json.decode(body), None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        first = error
    except RecursionError as error:
        raise FetchError("is JSON nested deeper than anything that is read") from error
    try:
        return _decode_loosely(body), line(str(first))
    except (ValueError, RecursionError):
        cut = " (it was cut at fetch.max_bytes, or broke off)" if truncated else ""
        raise FetchError(f"is no whole JSON{cut}: {first}") from first


def _decode_loosely(body: bytes) -> Any:
    """Return the value of JSON with what others let pass: raw tabs, half characters, endless numbers.

    One odd item must not cost its feed. Raises ValueError.
    """
    found = json.loads(
        body.decode("utf-8", "replace"),
        strict=False,
        parse_int=lambda digits: int(digits) if len(digits) < _LONGEST_NUMBER else digits,
        parse_float=lambda digits: number if math.isfinite(number := float(digits)) else None,
        parse_constant=lambda _: None,
    )
    text = json.dumps(found, ensure_ascii=False)
    return msgspec.json.decode(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def read_item(item: dict[str, Any], base: str | None, shared: tuple[Author, ...] = ()) -> Entry:
    """Return the entry that an item of a JSON Feed is."""
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    raw_date = _text(item.get("date_published"))
    url = link(item.get("url")) or _joined(item.get("url"), base)
    base = web_address(url) or base
    beside = _beside(item)
    fitting = fit(beside)
    return Entry(
        guid=verbatim(_text(item.get("id"))),
        guid_is_permalink=None,
        link=url,
        external_link=web_address(item.get("external_url")),
        title=line(_text(item.get("title"))),
        html=html,
        text=None if html else text,
        summary=line(_text(item.get("summary"))),
        complete=True,
        published=read_date(raw_date),
        published_raw=line(raw_date),
        updated=read_date(_text(item.get("date_modified"))),
        authors=_authors(item) or shared,
        tags=_tags(item.get("tags")),
        language=line(_text(item.get("language"))),
        image=_joined(item.get("image"), base) or _joined(item.get("banner_image"), base),
        attachments=_attachments(item, base),
        beside=packed(fitting),
        extensions_cut=len(beside) - len(fitting),
        raw=msgspec.json.encode(item),
        raw_type="application/json",
        base=base,
    )


def _beside(item: dict[str, Any]) -> list[Element]:
    """Return the members of an item that JSON Feed does not know, such as its extensions (`_name`)."""
    known = _MEMBERS - ({"banner_image"} if item.get("image") else set())
    return [
        Element(name=clean(name), value=value)
        for name, value in item.items()
        if name not in known and value not in (None, "", [], {})
    ]


def _authors(item: dict[str, Any]) -> tuple[Author, ...]:
    """Return `authors` (1.1), or the one `author` of 1.0; also one where a list should stand, or only a name."""
    given = [*_several(item.get("authors")), *_several(item.get("author"))]
    people = ({"name": one} if isinstance(one, str) else one for one in given if isinstance(one, dict | str))
    found = [
        Author(
            name=line(_text(one.get("name"))),
            url=web_address(one.get("url")),
            avatar=web_address(one.get("avatar")),
        )
        for one in people
    ]
    return tuple(dict.fromkeys(one for one in found if one.name or one.url))


def _tags(value: Any) -> tuple[str, ...]:
    """Return tags, also those that stand in one text with commas between them."""
    given = value.split(",") if isinstance(value, str) else _several(value)
    return tuple(dict.fromkeys(found for tag in given if (found := line(_text(tag)))))


def _attachments(item: dict[str, Any], base: str | None) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for one in (file for file in _several(item.get("attachments")) if isinstance(file, dict)):
        address = _joined(one.get("url"), base)
        kind = line(_text(one.get("mime_type"))) or "application/octet-stream"
        if address:
            size, seconds = _number(one.get("size_in_bytes")), _number(one.get("duration_in_seconds"))
            found.setdefault(
                address,
                Attachment(
                    url=address,
                    mime_type=kind,
                    title=line(_text(one.get("title"))),
                    size_in_bytes=round(size) if size else None,
                    duration_in_seconds=float(seconds) if seconds else None,
                ),
            )
    return tuple(found.values())


def _number(value: Any) -> int | float | None:
    """Return a number above zero that means something; true is none, and neither is 1e999."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 < value < _BEYOND else None


def _joined(value: Any, base: str | None) -> str | None:
    """Return an address, a relative one counted from *base*, where it leads into the web."""
    whole = web_address(value)
    return whole or (address(value, base) if isinstance(value, str) and value.strip() and base else None)


def _several(value: Any) -> list[Any]:
    """Return the values of a list; of one that stands where a list should, that."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    """Return a text; a number becomes one, as an `id` often is (JSON Feed 1.1: must be read as a string)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return clean(str(value)) or None
