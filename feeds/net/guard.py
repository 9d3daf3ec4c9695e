"""host -> addresses that may be asked. Every answer of the resolver must pass.

`ipaddress.is_global` alone misses addresses that only carry another one inside
(NAT64, 6to4, Teredo, mapped and compatible IPv4) and a few that are global on
paper; each is unwrapped, and what it carries must pass as well.
"""

import contextlib
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from feeds.errors import FetchError, Private

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
PORTS = frozenset((80, 443, 8080))
"""At which the web is served; anything else may be a service that was never meant for us."""

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


def resolve(
    host: str,
    port: int,
    private: Sequence[Network],
    ports: frozenset[int] = frozenset(),
    seconds: float | None = None,
) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of *host*, all of them allowed. Raises Private, FetchError or OSError.

    If only one of them is not allowed none is used: whoever mixes them in means
    it to be tried. On the open internet the port has to be one of PORTS or *ports*;
    on networks of the owner's own each may be asked.
    """
    found: list[tuple[socket.AddressFamily, str]] = []
    refused: list[str] = []
    abroad = False
    for family, _, _, _, where in _looked_up(host, port, seconds):
        text = str(where[0])
        address = ip_address(text.partition("%")[0])
        if not is_allowed(address, private):
            refused.append(str(address))
        abroad = abroad or is_public(address)
        if (family, text) not in found:
            found.append((family, text))
    if refused:
        raise Private(
            f"{host} is {refused[0]}, which is no public address; if it is your own, "
            f"allow it for this source: allow_private: [{refused[0]}]",
            tuple(dict.fromkeys(refused)),
        )
    if abroad and port not in PORTS | ports:
        raise _closed(host, port)
    return found


def _closed(host: str, port: int) -> FetchError:
    return FetchError(
        f"{host}:{port} is not asked: the web is served at ports 80, 443 and 8080; "
        f"if it is meant, allow it: fetch: {{ports: [{port}]}}"
    )


def beyond_proxy(host: str, port: int, private: Sequence[Network], ports: frozenset[int]) -> None:
    """Raise Private or FetchError where *host* is itself an address that may not be asked, or the port may not.

    Names are the proxy's to resolve, and what stands behind them is its owner's to guard.

    Also in the spellings of old, as 0x7f000001, 127.1 or 2130706433.
    """
    with contextlib.suppress(OSError, UnicodeError):
        for _, _, _, _, where in socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST):
            address = ip_address(str(where[0]).partition("%")[0])
            if not is_allowed(address, private):
                raise Private(f"{host} is {address}, which is no public address", (str(address),))
            if not is_public(address):
                return
    if port not in PORTS | ports:
        raise _closed(host, port)
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761, section 6.3
        raise Private(f"{host} is no public host", ("127.0.0.0/8",))


def _looked_up(host: str, port: int, seconds: float | None) -> list[tuple[Any, ...]]:
    """Return what the resolver says, within *seconds*: nothing else can hurry it."""
    found: list[tuple[Any, ...]] = []
    failed: list[Exception] = []

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    if seconds is None:
        look()
    else:
        thread = threading.Thread(target=look, name="resolve", daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            raise TimeoutError(f"no address of {host} within {seconds:g} s")
    if failed:
        raise failed[0]
    return found
