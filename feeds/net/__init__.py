"""The only door to the network."""

from feeds.net.door import Answer, Ask, Door
from feeds.net.gate import Gate

__all__ = ["Answer", "Ask", "Door", "Gate"]
