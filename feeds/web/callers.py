"""A connection and what proxies say of it -> the address that asks. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from feeds.settings import Network

Address = IPv4Address | IPv6Address


def caller(peer: str | None, headers: Mapping[str, str], trusted: Sequence[Network]) -> Address | None:
    """Return the address of whoever asks, None where it cannot be known.

    A proxy that we trust says from whom it has a request, and that may be another one:
    the last address that none of ours vouches for is the reader's. What stands before
    it anybody may have made up.

    peer   who is connected; None for a Unix socket, which only a proxy beside us can open
    """
    found = _read(peer) if peer is not None else None
    if peer is not None and (found is None or not _within(found, trusted)):
        return found
    for text in reversed(_told(headers)):
        said = _read(text)
        if said is None:
            break
        found = said
        if not _within(said, trusted):
            break
    return found


def _told(headers: Mapping[str, str]) -> list[str]:
    """Return the addresses that `X-Forwarded-For` lists, or `Forwarded` (RFC 7239) where there is none."""
    listed = headers.get("x-forwarded-for")
    if listed is not None:
        return listed.split(",")
    found = []
    for element in headers.get("forwarded", "").split(",") if "forwarded" in headers else ():
        pairs = (pair.partition("=") for pair in element.split(";"))
        found.append(next((value for name, _, value in pairs if name.strip().lower() == "for"), ""))
    return found


def _read(text: str) -> Address | None:
    """Return the address that a text names, whatever port or brackets it is written with."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
