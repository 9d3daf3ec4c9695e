"""What somebody typed or pasted -> the web address that is meant. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

from feeds.errors import CommandError

_PASTED = " \t\r\n\v\f\u00a0\u200b\ufeff<>\"'"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_HOST = re.compile(
    r"[^\s/?#@:\[\]]*\.[^\s/?#@:\[\].]*[^\W\d_]{2,}|localhost|\[[0-9A-Fa-f:.]+\]|\d+(?:\.\d+){3}"
)


def web_address_of(text: str) -> str:
    """Return the http or https address that *text* means. Raises CommandError with what to type.

    Without a scheme https is meant; http only at an address of one's own machine
    or network, where certificates are rare. `feed:` is an old name for either.
    """
    bare = text.strip(_PASTED)
    if not bare:
        raise CommandError("the address is empty (write one like https://example.org/)")
    scheme = _SCHEME.match(bare)
    if scheme and scheme[1].lower() == "feed":
        bare = bare[5:]
        scheme = _SCHEME.match(bare)
    if scheme is None:
        bare = bare.removeprefix("//")
        bare = f"{'http' if _is_own(_host_of(bare)) else 'https'}://{bare}"
    elif scheme[1].lower() not in {"http", "https"}:
        raise CommandError(f"{text.strip()}: {scheme[1]}: is not read (only http:// and https:// are)")
    return _whole(bare, text.strip())


def is_local(text: str) -> bool:
    """Say whether *text* looks like the path of a file more than like a web address."""
    bare = text.strip(_PASTED)
    if not bare or "://" in bare or _SCHEME.match(bare):
        return False
    if bare.startswith(("/", "./", "../", "~", ".\\")) or bare in {".", ".."}:
        return not bare.startswith("//")
    first, slash, _ = bare.partition("/")
    if re.search(r":\d+$", first) or first == "localhost":
        return False
    named_like_a_file = re.search(r"\.(txt|html?|md|markdown|json|xml|opml|ya?ml)$", bare, re.IGNORECASE)
    return not _HOST.fullmatch(first) or (not slash and named_like_a_file is not None)


def _whole(url: str, typed: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CommandError(f"{typed}: is no web address: {error}") from error
    if not host:
        raise CommandError(f"{typed}: names no host (write an address like https://example.org/)")
    if re.search(r"[\s<>\"\x00-\x1f]", url):
        raise CommandError(f"{typed}: holds a space or another character that no web address may hold")
    if not re.fullmatch(r"[^\s/\\]+", host) or host.startswith(".") or ".." in host:
        raise CommandError(f"{typed}: {host!r} is no name of a host")
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", parts.query, ""))


def _host_of(bare: str) -> str:
    try:
        return urlsplit(f"//{bare}").hostname or ""
    except ValueError:
        return ""


def _is_own(host: str) -> bool:
    """Say whether *host* is this machine, or a literal address of a private network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback or address.is_link_local
