"""A text from config.yaml -> what is wrong with it and how to mend it, or None."""

import re
from ipaddress import ip_network
from urllib.parse import urlsplit

from feeds.curate.query import QueryError, from_lists, parse_query

RESERVED = frozenset("operator articles search healthz readyz metrics hub opml archive static desk t".split())
SLUG = r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?"


def web_address(text: str) -> str | None:
    """Return what is wrong with a web address."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises where the port is none
    except ValueError as error:
        return f"{text!r} is no web address: {error}"
    if parts.scheme not in {"http", "https"}:
        guess = f" (did you mean https://{text}?)" if "." in text and "://" not in text else ""
        return f"{text!r} is no web address: it must begin with http:// or https://{guess}"
    if not parts.hostname:
        return f"{text!r} names no host"
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        return f"{text[:80]!r} is no web address: its host is none ({error})"
    if re.search(r"[\s<>\"\x00-\x1f\x7f-\x9f]", text):
        return f"{text!r} holds a character that no web address may hold"
    return None


def proxy(text: str) -> str | None:
    """Return what is wrong with a proxy's address."""
    if wrong := web_address(text):
        return wrong
    if urlsplit(text).scheme != "http" or urlsplit(text).path.strip("/"):
        return f"{text!r} is no HTTP proxy (write http://proxy.example:3128)"
    return None


def base_url(text: str) -> str | None:
    """Return what is wrong with the site's own address."""
    if wrong := web_address(text):
        return wrong
    parts = urlsplit(text)
    if parts.query or parts.fragment:
        return f"{text!r} must not hold a '?' or '#': feeds' addresses are made by adding to it"
    return None


def mode(text: str) -> str | None:
    """Return what is wrong with the mode of a socket."""
    if not re.fullmatch(r"0?[0-7]{3}", text):
        return f"{text!r} is no mode (write 0660 or 0666)"
    return None


def network(text: str) -> str | None:
    """Return what is wrong with a network."""
    try:
        ip_network(text)
    except ValueError as error:
        return f"{text!r} is no network: {error} (write 127.0.0.0/8 or 192.168.1.0/24)"
    return None


def encoding(text: str) -> str | None:
    """Return what is wrong with the name of an encoding."""
    try:
        "".encode(text)  # Refuses what is a codec but no encoding of texts.
    except (LookupError, ValueError):
        return f"{text!r} is no encoding (write utf-8, windows-1251, koi8-r, shift_jis)"
    return None


def slug(text: str) -> str | None:
    """Return what is wrong with a slug."""
    if text in RESERVED:
        return f"{text!r} is a name that newsweir uses itself; choose another"
    if re.fullmatch(SLUG, text):
        return None
    mended = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64].strip("-")
    hint = f" (write {mended})" if mended else ""
    return f"{text!r} is no slug: small letters, digits and hyphens, at most 64{hint}"


def query(text: str) -> str | None:
    """Return what is wrong with a query."""
    try:
        parse_query(text)
    except QueryError as error:
        return str(error)
    return None


def listed(text: str) -> str | None:
    """Return what is wrong with one item of any, all or none."""
    try:
        from_lists([text], (), ())
    except QueryError as error:
        return str(error)
    return None


def contact(text: str) -> str | None:
    """Return what is wrong with an address that stands in a header of every request."""
    if re.fullmatch(r"[\x20-\x7e\xa0-\xff]+", text):
        return None
    return f"{text[:80]!r} cannot stand in a User-Agent (write an address or e-mail in Latin letters, on one line)"


def selector(text: str) -> str | None:
    """Return what is wrong with a CSS selector."""
    from lxml import cssselect, etree  # noqa: PLC0415 - for those who select

    try:
        cssselect.CSSSelector(text, translator="html")
    except (cssselect.SelectorError, etree.XPathError, ValueError, RecursionError):
        return f"{text!r} is no CSS selector (write .article-body or #story p)"
    return None
