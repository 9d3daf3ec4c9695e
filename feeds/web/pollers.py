"""Who asks for whole feeds again and again -> how long it has to wait (RFC 6585, section 4).

Only whole answers to requests without a validator count, and they are counted by
address, feed and program: of many readers behind one address each has a measure of
its own for each feed, and whoever asks as HTTP means it to be done is never counted.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

from feeds.settings import Throttle

BURST = 30
"""Whole answers that are given at once."""
EVERY = 20.0
"""Seconds in which another one is earned."""
WAIT = 60
"""Seconds to wait, at least."""
MOST = 4096
"""Pollers that are remembered: of more, those heard of longest ago are forgotten."""
_OWN_NETWORKS = tuple(
    ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)
Address = IPv4Address | IPv6Address


class Pollers:
    """Remembers who asked for what without a validator.

    throttle   auto: all but this machine and private networks, from which a proxy of
               unknown readers may ask (a container's always does); always; never
    """

    def __init__(self, throttle: Throttle, monotonic: Callable[[], float]) -> None:
        self._throttle = throttle
        self._monotonic = monotonic
        self._owed: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def wait(self, address: Address | None, path: str, agent: str) -> int | None:
        """Count one whole answer; return for how many seconds there is none, or None where there is."""
        if self._throttle == "never":
            return None
        if self._throttle == "auto" and (address is None or _may_be_many(address)):
            return None
        now = self._monotonic()
        key = hash((_whose(address), path, agent))
        owed, since = self._owed.get(key, (0.0, now))
        owed = max(0.0, owed - (now - since) / EVERY)
        refused = owed > BURST - 1
        self._owed[key] = (owed if refused else owed + 1, now)
        self._owed.move_to_end(key)
        while len(self._owed) > MOST:
            self._owed.popitem(last=False)
        return max(WAIT, math.ceil((owed - BURST + 1) * EVERY)) if refused else None

    def __len__(self) -> int:
        return len(self._owed)


def _may_be_many(address: Address) -> bool:
    """Say whether readers of anywhere may stand behind an address, since it is of an own network."""
    return address.is_loopback or any(
        address.version == one.version and address in one for one in _OWN_NETWORKS
    )


def _whose(address: Address | None) -> object:
    """Return what belongs to one: of IPv6 a whole network does (RFC 6177)."""
    return IPv6Network((int(address) >> 64 << 64, 64)) if isinstance(address, IPv6Address) else address
