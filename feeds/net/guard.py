"""host -> addresses that may be asked. Every answer of the resolver must pass.

`ipaddress.is_global` alone misses addresses that only carry another one inside
(NAT64, 6to4, Teredo, mapped and compatible IPv4) and a few that are global on
paper; each is unwrapped, and what it carries must pass as well.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from feeds.errors import Private

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ip_network("::/96")
_ON_PAPER_ONLY = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/23",
        "2002::/16",
        "100::/64",
        "fec0::/10",
    )
)


def is_public(address: Address) -> bool:
    """Say whether *address* is one of the open internet, whatever it carries inside."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if any(address.version == network.version and address in network for network in _ON_PAPER_ONLY):
        return False
    inner = _carried(address)
    return inner is None or is_public(inner)


def _carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries, or None."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in _NAT64) or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_allowed(address: Address, private: Sequence[Network]) -> bool:
    """Say whether *address* may be asked, given the owner's own networks."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address.version == network.version and address in network for network in private):
        return True
    return is_public(address)


def resolve(host: str, port: int, private: Sequence[Network]) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of *host*, all of them allowed. Raises Private or OSError.

    If only one of them is not allowed none is used: whoever mixes them in means
    it to be tried.
    """
    found: list[tuple[socket.AddressFamily, str]] = []
    refused: list[str] = []
    for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        text = str(where[0])
        address = ip_address(text.partition("%")[0])
        if not is_allowed(address, private):
            refused.append(str(address))
        if (family, text) not in found:
            found.append((family, text))
    if refused:
        raise Private(
            f"{host} is {refused[0]}, which is no public address; if it is your own, "
            f"allow it for this source: allow_private: [{refused[0]}]",
            tuple(dict.fromkeys(refused)),
        )
    return found
