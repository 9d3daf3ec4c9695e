"""Whole polls of hostile sources: no file that they name is opened, nobody whom they name is connected to."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feeds.net import guard
from feeds.rounds import one_round
from tests.builders import item, rss
from tests.hostile import Bounds, Opened, watching
from tests.site import Page
from tests.world import World

OURS = ip_network("127.0.0.1/32")
"""The site's own; all else of 127/8 is foreign here."""
SECRET = "the canary sings at midnight"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "{0}">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><rss version='2.0'><channel><title>&i;</title><item><title>&i;</title></item></channel></rss>"
).format("lol" * 10)
QUADRATIC = (
    f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]><rss version="2.0"><channel><item><title>'
    + "&a;" * 20_000
    + "</title></item></channel></rss>"
)


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    path = tmp_path / "canary.xml"
    path.write_bytes(rss(item("c", SECRET, content=SECRET)))
    return path


def bodies(path: Path) -> dict[str, bytes]:
    """What a server may answer to have a file opened."""
    uri = path.as_uri()
    doctype = f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "{uri}">'
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{uri}"><!ENTITY % p SYSTEM "{uri}"> %p;]>'
    )
    feed = "<rss version='2.0'><channel><title>t</title><item><guid>1</guid><title>a {}</title></item></channel></rss>"
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{uri}" parse="text"/>'
    links = "".join(
        item(f"l{n}", f"linked {n}", link=link)
        for n, link in enumerate([uri, str(path), "http://10.0.0.1/", "http://127.0.0.2:9/", "http://169.254.169.254/x", "gopher://x/"])
    )  # fmt: skip
    return {
        "path": str(path).encode(),
        "path and a line": str(path).encode() + b"\n",
        "uri": uri.encode(),
        "doctype": (doctype + feed.format("")).encode(),
        "entity": (entity + feed.format("&x;")).encode(),
        "include": feed.format(include).encode(),
        "stylesheet": f'<?xml-stylesheet href="{uri}"?>'.encode() + feed.format("").encode(),
        "links": rss(links, link=uri),
        "json": json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "title": "t", "next_url": uri, "feed_url": uri, "icon": uri,
             "items": [{"id": "1", "url": uri, "external_url": str(path), "image": uri, "content_text": str(path),
                        "attachments": [{"url": uri, "mime_type": "a/b"}]}]}
        ).encode(),
        "page": f'<html><head><base href="{uri}"><link rel=alternate type=application/rss+xml href="{uri}">'
        f'<link rel=alternate type=application/rss+xml href="http://10.0.0.1/f"></head><body>x</body></html>'.encode(),
        "meta": f'<html><meta http-equiv=refresh content="0;url={uri}"><body><a href="{uri}">feed</a></body></html>'.encode(),
        "short path": os.path.relpath(path).encode(),
        "bomb": BOMB.encode(),
    }  # fmt: skip


def test_no_file_that_a_source_names_is_opened_and_no_host_but_its_own_is_asked(
    world: World, canary: Path
) -> None:
    found = bodies(canary)
    rows = []
    for number, (name, body) in enumerate(found.items()):
        kind = "application/rss+xml" if name not in {"page", "meta"} else "text/html"
        world.site.pages[f"/{number}"] = Page(body, headers={"Content-Type": kind})
        how = "page" if name in {"page", "meta"} else "feed"
        pages = "" if how == "page" else ", pages: always"
        rows.append(f"  - {{{how}: '{{site}}/{number}', name: n{number}, allow_private: ['{OURS}']{pages}}}")
    world.site.pages["/away"] = Page(status=302, headers={"Location": canary.as_uri()})
    rows.append(f"  - {{feed: '{{site}}/away', name: away, allow_private: ['{OURS}']}}")
    world.configure("\n".join(rows), '  all: {query: "linked OR a", content: full}')
    _ = world.bureau
    opened = Opened(canary)
    with watching() as watched:
        for _ in range(2):
            world.round()
    assert opened.times() == 0
    opened.close()
    assert not [path for path in watched.opens if canary.name in path]
    hosts = {str(where[0]) for where in watched.connects if isinstance(where, tuple)}
    assert hosts == {str(OURS.network_address)}
    assert all(guard.is_allowed(ip_address(one), (OURS,)) for one in hosts)
    ports = {where[1] for where in watched.connects if isinstance(where, tuple)}
    assert ports == {urlsplit(world.site.url).port}
    world.close()
    kept = b"".join(path.read_bytes() for path in world.data.rglob("*") if path.is_file())
    assert SECRET.encode() not in kept


def test_the_watch_would_notice(canary: Path) -> None:
    opened = Opened(canary)
    with watching() as watched:
        assert canary.read_bytes()
    assert opened.times() == 1
    opened.close()
    assert [path for path in watched.opens if canary.name in path]


FEED, END = b"<rss version='2.0'><channel><title>t</title>", b"</channel></rss>"
ONE = b"<item><guid>one</guid><title>one</title></item>"
MIB = 2**20
ENGLISH = "The ministers met on Tuesday in the old town and talked about the border until late at night. " * 5
"""So that what tells languages apart is loaded before anything is measured."""
MET = "&lt;p&gt;\U0001f600 Envoys met.&lt;/p&gt;"


@dataclass(frozen=True)
class Heavy:
    """A document that wants to be too much.

    kept     articles that come of it
    notes    what its source is said to have, as a pattern
    """

    body: bytes
    kept: int
    notes: str = ""


def _with_one(text: str) -> bytes:
    return FEED + f"<item><guid>one</guid><title>one</title>{text}</item>".encode() + END


def _nested(count: int) -> bytes:
    deep = "<div>" * count
    return rss(item("1", "deep", content=deep), item("2", "after", content="whole"))


def _numbered(text: bytes, count: int) -> bytes:
    return b"".join(text.replace(b"#", b"%d" % number) for number in range(count))


JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[%s]}'
LIGHT: dict[str, Callable[[], Heavy]] = {
    "a billion laughs": lambda: Heavy(BOMB.encode(), 1, "never expanded"),
    "a quadratic bomb": lambda: Heavy(QUADRATIC.encode(), 1, "never expanded"),
    "a million entities": lambda: Heavy(b"<!DOCTYPE r [" + _numbered(b"<!ENTITY e# 'x'>", 300_000) + b"]>" + FEED + ONE + END, 1),
    "100,000 attributes": lambda: Heavy(FEED + b"<x " + _numbered(b" a#='1'", 100_000) + b"/>" + ONE + END, 1, "99744 attributes"),
    "100,000 attributes of an entry": lambda: Heavy(_with_one("<x " + _numbered(b" a#='1'", 100_000).decode() + "/>"), 1, "99744 attributes"),
    "100,000 namespaces": lambda: Heavy(b"<rss" + _numbered(b" xmlns:n#='urn:#'", 100_000) + b"><channel>" + ONE + END, 1, "attributes"),
    "a name of 5 MB": lambda: Heavy(_with_one(f"<{'a' * 5_000_000}/>"), 1, "1 tags in it have names"),
    "an attribute of 5 MB": lambda: Heavy(_with_one(f"<x a='{'x' * 5_000_000}'/>"), 1),
    "a comment of 9 MB": lambda: Heavy(FEED + b"<!--" + b"x" * 9_000_000 + b"-->" + ONE + END, 1),
    "an unended comment of 9 MB": lambda: Heavy(FEED + ONE + b"<!--" + b"x" * 9_000_000, 1),
    "500,000 instructions": lambda: Heavy(_with_one("<?a b?> " * 500_000), 1),
    "200,000 elements within one another": lambda: Heavy(_with_one("<a>" * 200_000), 1, "deeper than 256"),
    "200,000 tags within one another in a text": lambda: Heavy(_nested(200_000), 2),
    "references to half characters": lambda: Heavy(_with_one(f"<description>{'&#55357;' * 300_000}</description>"), 1),
    "nested JSON": lambda: Heavy(JSON % (b"[" * 200_000), 0),
    "JSON of nothing": lambda: Heavy(JSON % b",".join([b'{"id":"1","content_text":"x"}', *[b"[]"] * 1_000_000]), 1),
}  # fmt: skip
HEAVY: dict[str, Callable[[], Heavy]] = {
    "100,000 entries": lambda: Heavy(FEED + _numbered(b"<item><guid>#</guid><title>Entry #</title></item>", 100_000) + END, 25_000, "has 100000 entries"),
    "a million entries": lambda: Heavy(FEED + ONE + b"<item/>" * 1_300_000 + END, 2, "has 1300001 entries"),
    "100,000 items of JSON": lambda: Heavy(JSON % _numbered(b'{"id":"#","title":"Item #"},', 100_000).rstrip(b","), 25_000, "has 100000 entries"),
    "20,000 entries of 10 MB": lambda: Heavy(FEED + b"".join(item(str(n), f"T{n}", description=f"word{n} " * 40).encode() for n in range(20_000)) + END, 20_000),
    "400 entries of 10 MB, one letter of which is rare": lambda: Heavy(FEED + b"".join(item(str(n), f"T{n}", description=f"<p>\U0001f600 {n} and more.</p>" * 550).encode() for n in range(400)) + END, 400),
    "one entry of 9 MB": lambda: Heavy(_with_one(f"<description>{MET * 230_000}</description>"), 1),
    "270,000 unknown elements": lambda: Heavy(FEED + b"<x:y xmlns:x='urn:x'/>" + _numbered(b"<item><guid>#</guid><title>t</title>" + b"<x:a xmlns:x='urn:x' b='c'>t</x:a>" * 900 + b"</item>", 300) + END, 300),
}  # fmt: skip


def _polled(world: World, heavy: Heavy, caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Poll a document, and see that neither process takes much over it, and what is kept of it."""
    rows = [
        f"  - {{feed: '{{site}}/{path}', name: '{called}', allow_private: ['{OURS}'], pages: never}}"
        for path, called in (
            ("light", "light"),
            ("heavy", name.replace(",", "")),
        )  # A word on one is said once.
    ]
    kind = "application/feed+json" if heavy.body.startswith(b"{") else "application/rss+xml"
    world.site.pages["/light"] = Page(rss(item("1", "light", content=f"<p>{ENGLISH}</p>")))
    world.site.pages["/heavy"] = Page(heavy.body, headers={"Content-Type": kind})
    config = world.home / "config.yaml"
    for row in rows:
        world.configure(row)
        config.write_text(config.read_text().replace("deadline: 5s", "deadline: 60s"))
        world.restart()
        if row is rows[0]:
            world.round()
            (worker,) = world.bureau.workers.pids
    _ = world.bureau
    before = len(world.kept())
    world.clock.advance(hours=1)
    world.bureau.ledger.hasten(world.clock.now())
    bounds = Bounds(beside=worker)
    one_round(world.bureau, lambda _: bounds.end())  # When it is polled, and before it is published.
    grown = f"{bounds.grown / MIB:.0f} MiB here, {bounds.grown_beside / MIB:.0f} MiB in the worker"
    print(f"{name}: {bounds.took:.1f} s, {grown}")
    assert len(world.kept()) - before == heavy.kept
    assert heavy.notes in caplog.text
    assert bounds.took < 61 or name in HEAVY, "to read it: a machine at work takes long to keep so many"
    assert bounds.grown_beside < 64 * MIB, "the process that read it"
    assert bounds.grown < 64 * MIB, "ours"


@pytest.mark.parametrize("name", LIGHT)
def test_a_document_that_wants_to_be_too_much_is_read_at_once(
    world: World, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    _polled(world, LIGHT[name](), caplog, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_no_document_takes_longer_than_its_deadline_or_much_memory(
    world: World, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    _polled(world, HEAVY[name](), caplog, name)
