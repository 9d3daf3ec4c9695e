"""What config.yaml says, as frozen values. Nothing here reads or checks; see feeds.config."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

Network = IPv4Network | IPv6Network
Pages = Literal["auto", "always", "never"]
GuidMode = Literal["article", "per-topic"]
Updates = Literal["silent", "bump"]
Content = Literal["excerpt", "full", "link"]
Initial = int | timedelta | None
"""How much of a source's first document is published: so many, what is so new, or all."""
Flood = Literal["hold", "publish"]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The published site as its readers see it.

    base_url   ends with a slash
    contact    goes into the User-Agent and onto the page about removals, so that a publisher
               can reach the owner
    operator   how newsweir itself fares is published as a feed; None: as the address suggests
    """

    title: str = "My cuttings"
    base_url: str = "http://127.0.0.1:8080/"
    contact: str | None = None
    lead: str | None = None
    operator: bool | None = None


def usual_content(site: Site) -> Content:
    """Return how much is given where a topic does not say: all on a loopback address, else an excerpt."""
    return "full" if is_ours_alone(site) else "excerpt"


def tells_of_itself(site: Site) -> bool:
    """Say whether how newsweir itself fares is published: where the owner says so, or is the only reader."""
    return is_ours_alone(site) if site.operator is None else site.operator


def is_ours_alone(site: Site) -> bool:
    """Say whether the site's address leads to this machine alone."""
    return is_loopback(urlsplit(site.base_url).hostname or "")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, and no other."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761, section 6.3


class Tcp(msgspec.Struct, frozen=True, kw_only=True):
    """An address and port. Port 0 picks a free one."""

    host: str = "127.0.0.1"
    port: int = 8080

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Unix(msgspec.Struct, frozen=True, kw_only=True):
    """A Unix socket, at a path."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"


Listening = Tcp | Unix
Throttle = Literal["auto", "always", "never"]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The web server.

    listen            where it does
    socket_mode       who may connect to its Unix sockets
    trusted_proxies   networks of proxies whose word on a reader's address counts
    throttle          who is told to wait for asking too often: all but own networks, all, nobody
    """

    listen: tuple[Listening, ...] = (Tcp(),)
    socket_mode: int = 0o660
    trusted_proxies: tuple[Network, ...] = ()
    throttle: Throttle = "auto"


class FetchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on every request.

    deadline    for a whole response, from connecting to its last byte
    max_bytes   of a body after decoding; the rest is cut off and that is recorded
    workers     polls under way at once; slow ones have a quarter as many places of their own
    ports       at which public hosts are asked, beside 80, 443 and 8080
    """

    deadline: timedelta = timedelta(seconds=60)
    max_bytes: int = 10_000_000
    workers: int = 8
    ports: tuple[int, ...] = ()


class Selectors(msgspec.Struct, frozen=True, kw_only=True):
    """Where things stand on a source's pages, as CSS selectors; each goes before what is found without it.

    remove   what is taken out before anything is read
    """

    title: str | None = None
    author: str | None = None
    date: str | None = None
    body: str | None = None
    remove: tuple[str, ...] = ()


class SourceRights(msgspec.Struct, frozen=True, kw_only=True):
    """What a source allows: kept with each article, and so in force for what comes from now on.

    words     of an article that others may be shown; None: as many as a topic gives
    publish   False: its articles are kept and found, and no topic publishes them
    """

    words: int | None = None
    publish: bool = True


class FeedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A feed to poll.

    url             as configured; the source's key, if it is the first under this name
    discover        that is the address of a page, whose feed is looked for
    every           floor of the interval between two polls
    named           its owner gave the name; else it was made of the address
    allow_private   networks of the owner's own in which it may lie
    initial         how much of its first document is published at once; all is kept
    history         the older documents it leads back to are kept, too
    flood           what comes of what is far beyond its habit: held from readers, or published
    encoding        what its feed and its pages are in, whatever they say of themselves
    proxy           through which it and its pages are asked
    rights          what it allows of its articles to be shown
    """

    url: str
    name: str
    every: timedelta = timedelta(minutes=30)
    pages: Pages = "auto"
    select: Selectors = Selectors()
    allow_private: tuple[Network, ...] = ()
    initial: Initial = 50
    history: bool = False
    flood: Flood = "hold"
    encoding: str | None = None
    proxy: str | None = None
    rights: SourceRights = SourceRights()
    enabled: bool = True
    named: bool = True
    discover: bool = False


class FolderSource(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of local files, each an article.

    folder   as configured, and so the source's key
    path     where it is, relative paths counted from config.yaml
    """

    folder: str
    path: Path
    name: str
    every: timedelta = timedelta(seconds=2)
    rights: SourceRights = SourceRights()
    enabled: bool = True
    named: bool = True


class FeedList(msgspec.Struct, frozen=True, kw_only=True):
    """An OPML file: every feed in it is a source, with these settings.

    opml   as configured; `path` is where it is
    """

    opml: str
    path: Path
    every: timedelta = timedelta(minutes=30)
    pages: Pages = "auto"
    select: Selectors = Selectors()
    allow_private: tuple[Network, ...] = ()
    initial: Initial = 50
    history: bool = False
    flood: Flood = "hold"
    proxy: str | None = None
    rights: SourceRights = SourceRights()
    enabled: bool = True


Source = FeedSource | FolderSource


def address_of(source: Source) -> str:
    """Return what the source is configured by: its URL or folder."""
    return source.url if isinstance(source, FeedSource) else source.folder


class Topic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What gets into a topic and how it is shown: its definition, as read.

    icon             address of a picture that readers show beside the feed
    query            or its sugar, any/all/none: lists of words and phrases
    like             examples: file, URL or archive id
    limit            items in the feed, at least: more while its archived documents do not have them yet
    delay            how long an article waits before it is published
    was              the slug this topic had before
    guid             whether an item carries the article's id, or one of its own per topic
    updates          whether a corrected item stays as it stands, or is shown as new
    content          how much of an article is given; None: as the site's address suggests
    """

    title: str | None = None
    description: str | None = None
    author: str | None = None
    language: str | None = None
    icon: str | None = None
    query: str | None = None
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    limit: int = 50
    delay: timedelta | None = None
    was: str | None = None
    guid: GuidMode = "article"
    updates: Updates = "silent"
    content: Content | None = None

    def keys(self) -> dict[str, Any]:
        """Return the definition as JSON: what a `define` line stores."""
        keys: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))  # As it will be read back.
        return keys


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration.

    home     the folder of config.yaml: relative paths count from there
    file     config.yaml itself, where they were read from one
    lists    living lists of feeds; feeds.lists makes sources of them
    data     archive/, feeds/, index/, run/ and LOCK lie below it
    topics   by slug, in the order of the file
    """

    home: Path
    data: Path
    file: Path | None = None
    site: Site = Site()
    server: Server = Server()
    fetch: FetchLimits = FetchLimits()
    sources: tuple[Source, ...] = ()
    lists: tuple[FeedList, ...] = ()
    topics: dict[str, Topic] = {}
