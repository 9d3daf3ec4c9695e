"""Whole polls of hostile sources: no file that they name is opened, nobody whom they name is connected to."""

import json
import os
import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from feeds.net import guard
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


def _nested(count: int) -> bytes:
    deep = "<div>" * count
    return rss(item("1", "deep", content=deep), item("2", "after", content="whole"))


HEAVY = {
    "a billion laughs": BOMB.encode(),
    "a quadratic bomb": QUADRATIC.encode(),
    "200,000 nested tags in a text": _nested(200_000),
    "200,000 nested elements": b"<rss version='2.0'><channel><item><title>t</title>" + b"<a>" * 200_000,
    "one attribute of megabytes": b"<rss a='" + b"x" * 5_000_000 + b"'><channel><item><title>t</title></item></channel></rss>",
    "100,000 attributes": b"<rss " + b" ".join(b"a%d='1'" % n for n in range(100_000)) + b"><channel/></rss>",
    "nested JSON": b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 200_000,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_no_document_takes_longer_than_its_deadline_or_much_memory(world: World, name: str) -> None:
    pytest.importorskip("feeds.workers", reason="needs documents to be read in processes apart")
    world.site.pages["/light"] = Page(rss(item("1", "light", content="<p>x</p>")))
    world.site.pages["/heavy"] = Page(HEAVY[name])
    light = f"  - {{feed: '{{site}}/light', name: light, allow_private: ['{OURS}'], pages: never}}"
    world.configure(light)
    config = world.home / "config.yaml"
    config.write_text(config.read_text().replace("deadline: 5s", "deadline: 60s"))
    world.round()
    world.configure(light.replace("light", "heavy"))
    config.write_text(config.read_text().replace("deadline: 5s", "deadline: 60s"))
    world.restart()
    _ = world.bureau
    bounds = Bounds()
    began = time.monotonic()
    world.round()
    bounds.end()
    print(f"{name}: {time.monotonic() - began:.1f} s, {bounds.grown / 2**20:.0f} MiB")
    assert bounds.took < 61
    assert bounds.grown < 64 * 2**20
