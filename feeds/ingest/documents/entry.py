"""What feedparser read of one entry, and the entry's own bytes -> Entry."""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import msgspec

from archive import Attachment, Author
from feeds.ingest.documents.extensions import Extensions, Scope, extensions
from feeds.ingest.documents.slices import MOST
from feeds.ingest.text.clean import line, link, verbatim, web_address
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.language import UNKNOWN
from feeds.ingest.text.plain import plain_title
from feeds.model import Entry, packed

_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_KINDS = mimetypes.MimeTypes(filenames=())
"""By the standard library's own table: the machine's would make two machines differ."""
_NO_SCOPE = Scope()
_LONGEST_PLAY = 10**7
"""Seconds; nothing that anybody hears or sees lasts longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What an entry stands in.

    document   the feed's own address
    site       the address of the page that the feed is of
    version    of the format, in feedparser's word
    language   of the feed as a whole
    scope      by which an entry's own bytes can be read alone
    """

    document: str
    site: str | None = None
    version: str = ""
    language: str | None = None
    scope: Scope = _NO_SCOPE


def to_entry(found: Any, raw: bytes | None, around: Around) -> Entry:
    """Return the entry; *raw* are its own bytes, where they could be told from the others'."""
    detail = _body_detail(found)
    body, summary, complete = _bodies(found, detail)
    published, published_raw = _published(found, around.version)
    categories = [tag for tag in found.get("tags", []) if line(tag.get("term"))]
    declared = _declared(found, detail)
    counted_from = joined(declared, around.document) or around.document
    url = link(joined(_link(found), counted_from))
    beside = extensions(raw, around.scope) if raw is not None else Extensions()
    return Entry(
        guid=verbatim(found.get("id")),
        guid_is_permalink=bool(found.get("guidislink")) if found.get("id") else None,
        link=url,
        external_link=_related(found, counted_from),
        title=plain_title(found.get("title"), markup=is_markup(found.get("title_detail"))),
        html=body if body is None or is_markup(detail) else None,
        text=body if body is not None and not is_markup(detail) else None,
        summary=summary,
        complete=complete,
        published=published,
        published_raw=line(published_raw),
        updated=to_the_second(own(found, "updated")),
        authors=_authors(found, counted_from),
        tags=tuple(dict.fromkeys(str(line(tag.term)) for tag in categories)),
        tags_scheme={str(line(tag.term)): tag.scheme for tag in categories if tag.get("scheme")},
        language=line(_language(found, detail, around)),
        image=_image(found, counted_from),
        attachments=_attachments(found, counted_from),
        beside=packed(beside.elements),
        extensions_cut=beside.cut,
        raw=raw if raw is not None else msgspec.json.encode(_plain(found)),
        raw_type="application/xml" if raw is not None else "application/json",
        base=_base(declared, url, around),
        counted_from=counted_from,
    )


def shortened(entry: Entry) -> Entry:
    """Return an entry with no text much longer than what is kept of one: so it can be told that it was."""
    texts = {name: getattr(entry, name) for name in ("title", "html", "text", "summary", "raw")}
    long = {name: text[: MOST + 1] for name, text in texts.items() if text is not None and len(text) > MOST}
    return replace(entry, **long) if long else entry


def joined(address: object, base: str | None) -> str | None:
    """Return an address as an absolute one, counted from *base*, or None where it cannot be one."""
    text = verbatim(address)
    if text is None:
        return None
    try:
        return urljoin(base or "", text)
    except ValueError:
        return text if link(text) else None


def _declared(found: Any, detail: Mapping[str, Any] | None) -> str | None:
    """Return the `xml:base` that holds for the body, else for the title: the parser was told no other."""
    for one in (detail, found.get("title_detail")):
        if one and one.get("base"):
            return str(one["base"])
    return None


def _base(declared: str | None, url: str | None, around: Around) -> str:
    """Return the address from which relative ones in the body are counted.

    What the document says (`xml:base`); else the article's own page, for which its
    HTML was written; else the site's; else the document.
    """
    said = web_address(joined(declared, around.document)) if declared else None
    return said or web_address(url) or web_address(around.site) or around.document


def _link(found: Any) -> Any:
    """Return where the article stands: of several links the alternate, never an enclosure's."""
    whole = found.get("link")
    links = [one for one in found.get("links", []) if one.get("href")]
    if any(one["href"] == whole and one.get("rel") == "enclosure" for one in links):
        return next((one["href"] for one in links if one.get("rel", "alternate") == "alternate"), whole)
    return whole


def _body_detail(found: Any) -> Mapping[str, Any] | None:
    """Return the richest of an entry's bodies, as feedparser describes it."""
    contents = [one for one in found.get("content", []) if one.get("value")]
    if contents:
        markup = [one for one in contents if is_markup(one)] or contents
        longest: Mapping[str, Any] = max(markup, key=lambda one: len(one["value"]))
        return longest
    detail: Mapping[str, Any] | None = found.get("summary_detail")
    return detail if detail and detail.get("value") else None


def _bodies(found: Any, detail: Mapping[str, Any] | None) -> tuple[str | None, str | None, bool]:
    """Return body, summary beside it, and whether the feed calls the body the whole text."""
    body = detail.get("value") if detail else None
    complete = bool(found.get("content"))
    beside = found.get("summary") if complete else None
    summary = plain_title(beside, markup=is_markup(found.get("summary_detail"))) if beside else None
    return body, summary if beside != body else None, complete


def is_markup(detail: Mapping[str, Any] | None) -> bool:
    """Say whether feedparser takes a text for HTML."""
    return bool(detail) and detail is not None and detail.get("type") in _HTML_TYPES


def _published(found: Any, version: str) -> tuple[datetime | None, str | None]:
    """Return when the entry says it was published, and its words.

    In RSS 1.0 and in RSS with Dublin Core the one date there is (`dc:date`) is
    the publication's; in Atom `updated` alone is not.
    """
    raw = own(found, "published")
    if raw is None and not version.startswith("atom"):
        raw = own(found, "updated")
    return to_the_second(raw), raw


def to_the_second(text: Any) -> datetime | None:
    """Return the moment to the second: RSS says no more, and many a feed says one date in both ways."""
    moment = read_date(text)
    return moment.replace(microsecond=0) if moment else None


def own(found: Any, key: str) -> Any:
    """Return what stands under *key* itself: feedparser takes `published` for a missing `updated`."""
    return dict.get(found, key)


def _authors(found: Any, base: str) -> tuple[Author, ...]:
    names: dict[tuple[str | None, str | None], Author] = {}
    for one in found.get("authors", []):
        name = plain_title(one.get("name"), markup=False) or line(one.get("email"))
        address = web_address(joined(one.get("href"), base))
        if name or address:
            names.setdefault((name, address), Author(name=name, url=address))
    return tuple(names.values())


def _attachments(found: Any, base: str) -> tuple[Attachment, ...]:
    """Return enclosures and media; how long the only one to hear or see plays may stand beside it."""
    files: dict[str, Attachment] = {}
    enclosures = found.get("enclosures", [])
    for number, one in enumerate([*enclosures, *found.get("media_content", [])]):
        address = web_address(joined(one.get("href") or one.get("url"), base))
        kind = line(one.get("type")) or _kind(one.get("medium")) or _kind_of(address)
        if number < len(enclosures):
            kind = kind or "application/octet-stream"
        if address and kind and address not in files:
            size = str(one.get("length") or one.get("filesize") or "")
            files[address] = Attachment(
                url=address,
                mime_type=kind,
                size_in_bytes=int(size) if _is_size(size) else None,
                duration_in_seconds=_seconds(one.get("duration")),
            )
    played = [one for one in files.values() if one.mime_type.startswith(("audio/", "video/"))]
    seconds = _seconds(own(found, "itunes_duration"))
    if len(played) == 1 and seconds and played[0].duration_in_seconds is None:
        files[played[0].url] = msgspec.structs.replace(played[0], duration_in_seconds=seconds)
    return tuple(files.values())


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:18]) > 0 and len(text) <= 15


def _seconds(text: Any) -> float | None:
    """Return a length of time, written `61`, `1:01` or `0:01:01`, in seconds."""
    if not isinstance(text, str) or not re.fullmatch(r"(?:\d{1,4}:){0,2}\d{1,7}(?:\.\d{1,3})?", text.strip()):
        return None
    total = 0.0
    for part in text.strip().split(":"):
        total = total * 60 + float(part)
    return total if 0 < total < _LONGEST_PLAY else None


def _kind(medium: str | None) -> str | None:
    """Return a media type for Media RSS's word, where it gives no type."""
    return {"image": "image/*", "audio": "audio/*", "video": "video/*"}.get(medium or "")


def _kind_of(address: str | None) -> str | None:
    """Return the media type that the ending of an address stands for."""
    path = re.split(r"[?#]", address)[0] if address else ""
    return _KINDS.guess_type(path.rpartition("/")[2])[0] if path else None


def _image(found: Any, base: str) -> str | None:
    for one in found.get("media_thumbnail", []):
        if address := web_address(joined(one.get("url"), base)):
            return address
    for one in [*found.get("media_content", []), *found.get("enclosures", [])]:
        kind = str(one.get("type") or one.get("medium") or "")
        address = web_address(joined(one.get("url") or one.get("href"), base))
        if kind.startswith("image") and address:
            return address
    image = found.get("image")
    return web_address(joined(image.get("href"), base)) if isinstance(image, Mapping) else None


def _language(found: Any, detail: Mapping[str, Any] | None, around: Around) -> str | None:
    """Return the language of the body, else of what stands beside it; `und` for one said to be unknown."""
    parts = [detail, found.get("title_detail"), found.get("summary_detail"), *found.get("content", [])]
    given = [one for one in parts if one]
    named = next((str(one["language"]) for one in given if one.get("language")), None)
    # In Atom what stands within the feed inherits its language, unless it says xml:lang="".
    taken_back = bool(given) and around.language and around.version.startswith("atom")
    return named or (UNKNOWN if taken_back else None)


def _related(found: Any, base: str) -> str | None:
    """Return what a link blog points at (Atom `rel=related`)."""
    for one in found.get("links", []):
        address = web_address(joined(one.get("href"), base))
        if one.get("rel") == "related" and address:
            return address
    return None


def _plain(value: Any) -> Any:
    """Return feedparser's values as plain JSON values."""
    if isinstance(value, Mapping):
        pairs = ((str(key), one) for key, one in value.items() if not str(key).endswith("_parsed"))
        return {key: _plain(one) for key, one in sorted(pairs, key=lambda pair: pair[0])}
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | bool | None) else str(value)
