"""The only door to the network."""

from feeds.net.door import Answer, Ask, Door
from feeds.net.gate import Gate
from feeds.net.hops import bare, with_password_of

__all__ = ["Answer", "Ask", "Door", "Gate", "bare", "with_password_of"]
