"""A feed's bytes as they came -> UTF-8 that a parser can be given, and what was mended in it.

No document type goes on from here: entities are never expanded, whatever declares
them. Control characters that XML forbids are left out, and so are tags that stand
deeper than anything means.
"""

import re
from dataclasses import dataclass, replace
from html.entities import html5

from feeds.ingest.text.crowded import MOST_ATTRIBUTES, fewer_attributes
from feeds.ingest.text.encodings import Decoded, decode
from feeds.ingest.text.references import whole_references
from feeds.model import Fetched

MOST_DEPTH = 256
"""Elements within one another; tags beyond are left out, their text stays."""
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])
_CONTROL = re.compile(rb"[%s]" % re.escape(_CONTROLS))
_PROLOG = re.compile(rb"(?:\s*<\?xml[^>]*\?>)?\s*")
LONGEST_NAME = 1000
_LONG_NAME = re.compile(rb"(</?+[A-Za-z_:][^\s/<>]{%d})[^\s/<>]++" % (LONGEST_NAME - 1))
_CROWDED = re.compile(rb"<[A-Za-z_:][^<]{%d}" % (5 * MOST_ATTRIBUTES))
_BEFORE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_WITHIN_DOCTYPE = re.compile(rb"<!--|\"[^\"]*\"|'[^']*'|[\[\]<>]")
_LONGEST_DOCTYPE = 2**17
_ROOT = re.compile(rb"<[A-Za-z_]")
_ENTITY = re.compile(rb"<!ENTITY\s+([\w.:-]{1,64})\s")
_MOST_ENTITIES = 5000
_PREDEFINED = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_TAG = re.compile(rb"<(?:(?P<skipped>!--|!\[CDATA\[)|(?P<end>/?)(?P<name>[A-Za-z_][^\s/<>]*)[^<>]*>)")
_ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>"}
_ENTRY = re.compile(rb"(?:[\w.-]+:)?(?:item|entry)\Z")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A feed ready to be parsed.

    body       UTF-8, without XML declaration and document type
    as_written the same, where references in `body` were mended: to half characters and to none
    decoded    how its text was found; the text itself is left out here
    entities   it declared entities
    mended     what was put right, a clause each
    """

    body: bytes
    decoded: Decoded
    entities: bool = False
    mended: tuple[str, ...] = ()
    as_written: bytes = b""


def prepare(fetched: Fetched) -> Prepared:
    """Return what can be given to a parser."""
    decoded = decode(fetched.body, fetched.content_type, told=fetched.encoding)
    mended: list[str] = []
    if decoded.lied is not None:
        mended.append(f"it says that it is in {decoded.lied}, and is in {decoded.encoding}")
    if decoded.stray:
        mended.append(f"{decoded.stray} of its bytes are no characters in {decoded.encoding}")
    body, decoded = decoded.utf8, replace(decoded, utf8=b"")
    if _CONTROL.search(body):
        clean = body.translate(None, _CONTROLS)
        mended.append(f"{len(body) - len(clean)} control characters in it are left out")
        body = clean
    prolog = _PROLOG.match(body)
    written, names = _without_doctype(body[prolog.end() :] if prolog else body)
    crowd = 0
    if _CROWDED.search(written):
        written, long = _LONG_NAME.subn(rb"\1", written)
        written, crowd = fewer_attributes(written)
        if long:
            mended.append(f"{long} tags in it have names of more than {LONGEST_NAME} letters, which are cut")
    if crowd:
        mended.append(
            f"{crowd} attributes in it stand behind {MOST_ATTRIBUTES} of their element and are left out"
        )
    body = whole_references(written)
    if names:
        mended.append(f"it declares {len(names)} entities of its own, which are never expanded")
    return Prepared(body, decoded, bool(names), tuple(mended), written)


def _without_doctype(body: bytes) -> tuple[bytes, set[bytes]]:
    """Return *body* without its document type, and the names of entities that this declared.

    A reference to one that HTML knows becomes HTML's character; any other stays as it is written.
    """
    start = 0
    while match := _BEFORE.match(body, start):
        start = match.end()
    if not _DOCTYPE.match(body, start):
        return body, set()
    end = _end_of_doctype(body, start)
    names = set(_ENTITY.findall(body[start:end])[:_MOST_ENTITIES]) - _PREDEFINED
    if b"<!ENTITY" in body[start:end] and not names:
        names = {b"%"}
    rest = body[:start] + body[end:]
    if names:
        rest = re.sub(
            rb"&([\w.:-]{1,64});", lambda found: _written(found[1]) if found[1] in names else found[0], rest
        )
    return rest.lstrip(), names


def _written(name: bytes) -> bytes:
    known = html5.get(f"{name.decode('ascii', 'replace')};")
    return b"".join(b"&#%d;" % ord(char) for char in known) if known else b"&amp;%s;" % name


def _end_of_doctype(body: bytes, start: int) -> int:
    """Return where a document type ends; where that cannot be told, where the first element begins."""
    depth, at = 0, start
    last = min(len(body), start + _LONGEST_DOCTYPE)
    while match := _WITHIN_DOCTYPE.search(body, at, last):
        at = match.end()
        if match[0] == b"<!--":
            at = body.find(b"-->", at, last) + 3
            if at < 3:
                break
        elif match[0] in {b"[", b"<"}:
            depth += 1
        elif match[0] in {b"]", b">"}:
            depth -= 1
            if depth <= 0 and match[0] == b">":
                return at
    root = _ROOT.search(body, start)
    return root.start() if root else len(body)


def flattened(body: bytes) -> tuple[bytes, int]:
    """Return *body* without the tags that stand deeper than MOST_DEPTH, and how many those were."""
    depth = removed = at = copied = 0
    parts: list[bytes] = []
    endless: set[bytes] = set()
    while match := _TAG.search(body, at):
        at = match.end()
        if skipped := match["skipped"]:
            if skipped not in endless:
                end = body.find(_ENDS[skipped], at)
                endless |= {skipped} if end < 0 else set()
                at = end if end >= 0 else at
            continue
        if match[0].endswith(b"/>"):
            continue
        if _ENTRY.match(
            match["name"]
        ):  # However it stands in an ill-formed feed: each entry counts from anew.
            depth = min(depth, _ABOUT)
        if depth >= MOST_DEPTH + bool(match["end"]):
            parts.append(body[copied : match.start()])
            copied = at
            removed += 1
        depth = max(0, depth + (-1 if match["end"] else 1))
    return (b"".join([*parts, body[copied:]]), removed) if removed else (body, 0)


_ABOUT = 4
"""Elements about an entry, at most."""
