"""The keys of config.yaml: their shapes, what they are for, and their defaults."""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml

from feeds.config import examiners
from feeds.config.examiners import SLUG
from feeds.config.scalars import Choice, Duration, Flag, Size, Text, Whole
from feeds.config.shapes import MISSING, Faults, Field, Fields, Listing, Named
from feeds.config.sources import SourceShape
from feeds.settings import FetchLimits, Server, Site, Tcp, Topic, Unix

LONGEST_FEED = 1000


class _Listen:
    """`host:port`, with port 0 for a free one; or `unix:` and a path."""

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the place."""
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if text.startswith("unix:") and text != "unix:" and "\0" not in text:
            return Unix(path=Path(text.removeprefix("unix:")))
        match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s]+):([0-9]{1,5})", text)
        if match is None or int(match[2]) > 65535:
            return faults.add(
                node,
                path,
                f"'{text}' is no address to listen at (write 127.0.0.1:8080, [::1]:8080 or unix:/run/newsweir.sock)",
            )
        return Tcp(host=match[1].strip("[]"), port=int(match[2]))

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": r"^(unix:.+|(\[[0-9a-fA-F:.]+\]|[^:\s]+):[0-9]{1,5})$"}


class _Limit:
    """`50` or `{feed: 50}`."""

    _feed = Whole(1, LONGEST_FEED)
    _keys = Fields({"feed": Field(_feed, "Items in the feed", "50")})

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the number of items."""
        if isinstance(node, yaml.MappingNode):
            found = self._keys.read(node, path, faults)
            return MISSING if found is MISSING else found.get("feed", 50)
        return self._feed.read(node, path, faults)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"anyOf": [self._feed.schema(), self._keys.schema()]}


class _Topic:
    """A topic: its keys, and the rule that something must let articles in."""

    _words = Listing(Text("a word or phrase", examiners.listed), "a list of words and phrases", lone=True)
    _keys = Fields(
        {
            "title": Field(Text("a title"), "The feed's title", "the slug"),
            "description": Field(Text("a sentence"), "One sentence on what is in it"),
            "author": Field(Text("a name"), "The feed's own author", "the site's title"),
            "language": Field(
                Text(
                    "a language tag",
                    lambda t: (
                        None
                        if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", t)
                        else f"{t!r} is no language tag (write en, ru or pt-BR)"
                    ),
                ),
                "The feed's own language",
            ),
            "icon": Field(
                Text("the address of a picture", examiners.web_address),
                "The address of a picture that readers show beside the feed: square, PNG, JPEG or GIF for all of them",
            ),
            "query": Field(
                Text("a query", examiners.query),
                'Words that let an article in: AND OR NOT ( ) "phrase" prefix* title:',
            ),
            "any": Field(_words, "Instead of a query: at least one of these"),
            "all": Field(_words, "Instead of a query: every one of these"),
            "none": Field(_words, "Instead of a query, or beside `like`: none of these"),
            "like": Field(
                Listing(Text("a file, address or id"), "a list of files, addresses or ids", lone=True),
                "Examples: a file, an address or the id of an article",
            ),
            "limit": Field(
                _Limit(), "Items in the feed, at least; all older ones are in its archived pages", "50"
            ),
            "delay": Field(Duration(), "How long an article waits before it is published", "0s"),
            "was": Field(
                Text("a slug", examiners.slug), "The slug this topic had before: its old addresses lead here"
            ),
            "content": Field(
                Choice(("excerpt", "full", "link")),
                "How much of an article its subscribers get: the first sentences (at most 500 characters), "
                "all of it, or title and link alone",
                "full where site.base_url is a loopback address, else excerpt",
            ),
            "guid": Field(
                Choice(("article", "per-topic")),
                "Whose id an item carries; per-topic for readers that join feeds by id",
                "article",
            ),
            "updates": Field(
                Choice(("silent", "bump")),
                "What readers make of a correction: the item changes where it stands, or shows as new",
                "silent",
            ),
        },
        Topic,
    )

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the Topic."""
        topic = self._keys.read(node, path, faults)
        if topic is MISSING:
            return MISSING
        sugar = topic.any or topic.all or topic.none
        if topic.query and sugar:
            return faults.add(
                node, path, "has both a query and any/all/none (put those words into the query)"
            )
        if topic.none and not (topic.any or topic.all or topic.like):
            return faults.add(
                node, path, "has only 'none': add any, all or like, or it would take everything"
            )
        if not (topic.query or sugar or topic.like):
            return faults.add(node, path, "lets nothing in: give it a query, any/all, or like")
        return topic

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return self._keys.schema()


def _site(**values: Any) -> Site:
    if "base_url" in values:
        values["base_url"] = _below(values["base_url"])
    return Site(**values)


def _below(address: str) -> str:
    """Return an address to which paths can be added, as every feed can carry it: a URI (RFC 3986) that ends with a slash.

    User and password fall: every link of every feed would tell them.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    port = f":{parts.port}" if parts.port is not None else ""
    path = re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(parts.path, safe="%!$&'()*+,;=:@/~"))
    return f"{parts.scheme}://{host}{port}{path}{'' if path.endswith('/') else '/'}"


def _server(**values: Any) -> Server:
    if "socket_mode" in values:
        values["socket_mode"] = int(values["socket_mode"], 8)
    if "trusted_proxies" in values:
        values["trusted_proxies"] = tuple(ip_network(one) for one in values["trusted_proxies"])
    if not values.get("listen", True):
        del values["listen"]
    return Server(**values)


SITE = Fields(
    {
        "title": Field(Text("a title"), "The site's name", "My cuttings"),
        "base_url": Field(
            Text("the site's address", examiners.base_url),
            "The site's address as its readers see it",
            "http://127.0.0.1:8080/",
        ),
        "contact": Field(
            Text("an address", examiners.contact),
            "Your address, told to the sources in the User-Agent and to readers on the page about removals",
        ),
        "lead": Field(Text("a topic's slug", examiners.slug), "The topic that leads the front page"),
        "operator": Field(
            Flag(),
            "Whether /operator/ is published: how newsweir itself fares, as a page and a feed. It names your "
            "sources and folders, to whoever reaches the site",
            "true where site.base_url is a loopback address, else false",
        ),
    },
    _site,
)
SERVER = Fields(
    {
        "listen": Field(
            Listing(_Listen(), "an address to listen at, or a list of them", lone=True),
            "Where the daemon listens, at one place or several: ADDRESS:PORT, [IPV6]:PORT (port 0 picks a free one), "
            "unix:PATH",
            "127.0.0.1:8080",
        ),
        "socket_mode": Field(
            Text("an octal mode", examiners.mode), "Who may connect to its Unix sockets, as for chmod", "0660"
        ),
        "trusted_proxies": Field(
            Listing(Text("a network", examiners.network), "a list of networks", lone=True),
            "Networks of your own proxies: of what they say in X-Forwarded-For or Forwarded the reader's address is taken",
        ),
        "throttle": Field(
            Choice(("auto", "always", "never")),
            "Programs that ask for whole feeds several times a minute are told to wait (429): all but those of this "
            "machine and of private networks, all, or none",
            "auto",
        ),
    },
    _server,
)
FETCH = Fields(
    {
        "deadline": Field(
            Duration(timedelta(seconds=1), timedelta(hours=1)),
            "For a whole response, not for one read",
            "60s",
        ),
        "max_bytes": Field(
            Size(10_000, 10**9), "Of one response after decoding; the rest is cut off", "10MB"
        ),
        "workers": Field(
            Whole(1, 256), "Polls under way at once; slow sources have a quarter as many places beside", "8"
        ),
        "ports": Field(
            Listing(Whole(1, 65_535), "a list of ports"),
            "Ports at which public hosts may be asked, beside 80, 443, 8080 and those of your sources' own addresses",
        ),
    },
    FetchLimits,
)
CONFIG = Fields(
    {
        "site": Field(SITE, "The published site"),
        "data": Field(
            Text("a folder"), "archive/ (the truth), feeds/ (published) and index/ lie below it", "data"
        ),
        "server": Field(SERVER, "The built-in web server"),
        "fetch": Field(FETCH, "Bounds on every request"),
        "sources": Field(Listing(SourceShape(), "a list of sources"), "What is read"),
        "topics": Field(Named(_Topic(), examiners.slug, f"^{SLUG}$"), "What is published, by slug"),
    }
)
