"""Ids and addresses as sources write them -> such as every output can carry, and anybody may see."""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from feeds.publish.text.urls import as_uri

_TAG = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:[0-9A-Za-z;/?:@&=+$._!~*'(),-]*"
)
_URN = re.compile(r"urn:(?!uuid:)[a-z0-9][a-z0-9-]{1,31}:[A-Za-z0-9()+,.:=@;$_!*'-]+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_USUAL_PORT: Final = {"http": "80", "https": "443"}
_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_RESERVED: Final = "!$&'()*+,;=:@/?"
_SECRET = re.compile(
    r"(?:access|auth|api|app|secret|private|session|feed|rss|user|client)?[_-]?"
    r"(?:key|token|secret|pass|passwd|password|pwd|auth|sig|signature|sid|session|hash|jwt|credential)s?",
    re.IGNORECASE,
)


def feed_id(text: str) -> str | None:
    """Return a source's id as readers may compare it (RFC 4287, section 4.2.6.1): in its normal form.

    None for what is no IRI, or of a scheme that nobody registered, and where what is escaped is no UTF-8.
    """
    if _TAG.fullmatch(text) or _URN.fullmatch(text):
        return text
    if _UUID.fullmatch(text):
        return text.lower()
    address = as_uri(text)
    return normal(address) if address and _is_text(address) else None


def _is_text(address: str) -> bool:
    try:
        unquote_to_bytes(address).decode("utf-8")
    except UnicodeError:
        return False
    return True


def normal(address: str) -> str:
    """Return an http(s) URI in its normal form (RFC 3986, sections 6.2.2 and 6.2.3)."""
    match = _PARTS.fullmatch(address)
    if match is None:
        return address
    scheme, place, path, query, fragment = match.groups()
    host, _, port = place.lower().partition(":")
    if host.endswith(".") and "." in host[:-1]:
        host = host[:-1]
    port = port.lstrip("0")
    behind = f":{port}" if port and port != _USUAL_PORT[scheme.lower()] else ""
    whole = f"{scheme.lower()}://{host}{behind}"
    whole += "/".join(_unescaped(one, "/") for one in _without_dots(path).split("/"))
    whole += f"?{_unescaped(query, '')}" if query is not None else ""
    return whole + (f"#{_unescaped(fragment, '')}" if fragment is not None else "")


def _unescaped(text: str, never: str) -> str:
    """Return a part of a URI in which nothing is escaped that need not be."""
    parts = re.split(r"(%[0-9A-Fa-f]{2})", text)
    out, escaped = [], ""
    for part in [*parts, ""]:
        if re.fullmatch(r"%[0-9A-Fa-f]{2}", part) and chr(int(part[1:], 16)) not in _RESERVED + "#[]":
            escaped += part
        elif part.startswith("%") and len(part) == 3:
            out.append(_safely(escaped) + part.upper())
            escaped = ""
        elif part:
            out.append(_safely(escaped) + part)
            escaped = ""
    return "".join(out) + _safely(escaped)


def _safely(escaped: str) -> str:
    return quote(unquote_to_bytes(escaped), safe="~") if escaped else ""


def _without_dots(path: str) -> str:
    """Return a path without `.` and `..` (RFC 3986, section 5.2.4); of none the root."""
    out: list[str] = []
    parts = path.split("/")
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "..":
            if len(out) > 1:
                out.pop()
            if last:
                out.append("")
        elif part == ".":
            if last:
                out.append("")
        else:
            out.append(part)
    return "/".join(out) if len(out) > 1 else "/"


def public_id(text: str | None) -> str | None:
    """Return a source's id as anybody may see it: an address without what opens it, any other as it came."""
    return public(text) or (None if re.match("https?:", text or "", re.IGNORECASE) else text)


def public(address: str | None) -> str | None:
    """Return the address of a source as anybody may see it: without password, key or token."""
    whole = as_uri(address)
    if whole is None or "?" not in whole:
        return whole
    head, _, rest = whole.partition("?")
    query, mark, fragment = rest.partition("#")
    shown = [one for one in query.split("&") if not _SECRET.fullmatch(one.partition("=")[0])]
    if len(shown) == len(query.split("&")):
        return whole
    return head + (f"?{'&'.join(shown)}" if shown else "") + mark + fragment
