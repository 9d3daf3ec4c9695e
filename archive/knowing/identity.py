"""Addresses and guids -> keys, keys -> ids. Version 1, and it must stay so.

An id once given is for ever, so nothing here may change what it answers: a
better rule is a `v2` beside this one. That is also why the address key is our
own and not a library's: a library's next release may see it differently.
"""

import hashlib
import re
import uuid
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

_TRACKERS = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid mkt_tok "
    "mc_cid mc_eid _hsenc _hsmi hsctatracking vero_id vero_conv oly_anon_id oly_enc_id "
    "ref ref_src ref_url referrer cmpid cmp ncid ocid smid smtyp sr_share at_medium "
    "at_campaign xtor spm wt_mc wt_zmc s_cid ito feature_id __twitter_impression".split()
)
_TRACKER_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "at_custom", "ns_")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED = "!$&'()*+,;=:@-._~/"
_AS_MOST = re.compile(
    r"https?://(?:www\.)?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?P<path>(?:/[A-Za-z0-9!$&'()*+,;=:@._~/-]*)?)(?:#.*)?",
    re.DOTALL,
)
"""An address as most are, in which nothing is to be spelled otherwise: taken apart with the same outcome, ten
times as quickly."""


def article_id(identity_key: str) -> str:
    """Return the id that belongs to *identity_key*: `urn:uuid:` and a UUID version 8.

    RFC 9562, section 5.8: 122 bits of ours, here the head of
    sha256 of `v1`, a line feed and the identity key.
    """
    head = bytearray(hashlib.sha256(b"v1\n" + identity_key.encode("utf-8", "surrogatepass")).digest()[:16])
    head[6] = (head[6] & 0x0F) | 0x80
    head[8] = (head[8] & 0x3F) | 0x80
    return f"urn:uuid:{uuid.UUID(bytes=bytes(head))}"


def numbered(identity_key: str, number: int) -> str:
    """Return the key for the *number*-th article under one identity key, from 1."""
    return identity_key if number == 1 else f"{identity_key}\n#{number}"


def guid_key(source: str, guid: str) -> str:
    """Return the identity key of an entry that has a guid."""
    return f"guid\n{source}\n{guid}"


def address_key(key: str) -> str:
    """Return the identity key of an entry that has only an address; *key* is its url_key."""
    return f"url\n{key}"


def title_identity(source: str, title: str, date: str | None) -> str:
    """Return the identity key of an entry with neither guid nor address."""
    return f"title\n{source}\n{title}\n{date or ''}"


def bytes_key(sha256: str) -> str:
    """Return the identity key of a local file, by its bytes as first read."""
    return f"bytes\n{sha256}"


def url_key(url: str) -> str | None:
    """Return what two spellings of one web address have in common, or None.

    Scheme and host in lower case, http = https, without `www.`, user, default
    port, fragment, known trackers and one trailing slash; the query sorted;
    percent escapes in one spelling. None for anything but http and https. It is
    a key only: the address itself is kept as it came.
    """
    if plain := _AS_MOST.fullmatch(url):
        return f"//{plain['host']}{plain['path'].removesuffix('/')}"
    parts = _web_address(url)
    if parts is None:
        return None
    host, port = _host(parts), _port(parts)
    if not host:
        return None
    if port is not None and port != _DEFAULT_PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    path = _one_spelling(parts.path)
    path = path.removesuffix("/")
    pairs = [p for p in parse_qsl(parts.query, keep_blank_values=True) if not _is_tracker(p[0])]
    query = urlencode(sorted(pairs), errors="surrogatepass")
    return f"//{host}{path}" + (f"?{query}" if query else "")


def is_own(key: str | None) -> bool:
    """Say whether an address, by its url_key, names more than a site's front page."""
    return key is not None and ("/" in key[2:] or "?" in key)


def fragment(url: str) -> str:
    """Return what stands behind the `#` of an address, or an empty text."""
    return url.partition("#")[2]


def site(url: str) -> str | None:
    """Return the host of a web address without `www.`, or None."""
    if plain := _AS_MOST.fullmatch(url):
        return plain["host"]
    parts = _web_address(url)
    return (_host(parts) or None) if parts is not None else None


def loose_guid(guid: str) -> str | None:
    """Return a guid that is an address without scheme, host and `#n`, or None.

    Sites move between hosts and schemes, and some count revisions behind a `#`.
    None where nothing would be left to tell entries apart.
    """
    if plain := _AS_MOST.fullmatch(guid):
        return None if plain["path"] in ("", "/") else plain["path"]
    parts = _web_address(guid.strip())
    if parts is None or parts.path in ("", "/"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _web_address(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return parts if parts.scheme.lower() in _DEFAULT_PORTS and parts.netloc else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        pass  # Not a name that resolves; as a key it is as good as any other.
    return host.rstrip(".").removeprefix("www.")  # Other scripts have dots of their own.


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return None


def _one_spelling(path: str) -> str:
    """Return *path* with every escape that is not needed undone, the others in capitals."""
    return quote(unquote(path, errors="surrogateescape"), safe=_UNRESERVED, errors="surrogateescape")


def _is_tracker(name: str) -> bool:
    low = name.lower()
    return low in _TRACKERS or low.startswith(_TRACKER_PREFIXES)
