"""Nothing that a feed says runs in a reader, whichever way it is published; asked of a strict parser and of Chromium."""

import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html
import pytest

from feeds.ingest.text.sanitize import sanitize
from tests.builders import item, rss
from tests.feeds.test_text import assert_harmless
from tests.payloads import PAYLOADS
from tests.site import Page
from tests.test_browser import Browser, browser  # noqa: F401 - the fixture
from tests.world import PRIVATE, World

BASE = "https://site.example/a"
TOGETHER = 12
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"
STIR = """() => {
  for (const one of document.querySelectorAll('*')) {
    for (const kind of ['click', 'mouseover', 'focus', 'error', 'load', 'toggle', 'animationend', 'input', 'submit'])
      one.dispatchEvent(new Event(kind, {bubbles: false, cancelable: true}));
    if (one.tagName === 'A' && /^\\s*(java|vb|live)script:|^data:/i.test(one.href)) window.__x = one.href;
  }
  return window.__x;
}"""

SHOWN = f"""async html => {{
  const stir = {STIR}, rest = () => new Promise(done => setTimeout(done, 0));
  document.body.innerHTML = html;
  await rest();
  const met = stir();
  document.body.replaceChildren(document.createRange().createContextualFragment(html));
  await rest();
  return met ?? stir();
}}"""
"""Two ways in which a careless reader shows it."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A topic with every payload in bodies, titles, authors, tags, links and guids; its files."""
    world = World(tmp_path_factory.mktemp("xss"))
    topic = '  all: {title: "All", query: "kabul", content: full, limit: 500}'
    world.configure(f"  - {{feed: '{{site}}/feed', name: f, pages: never, initial: all, {PRIVATE}}}", topic)
    items = []
    for start in range(0, len(PAYLOADS), TOGETHER):
        some = PAYLOADS[start : start + TOGETHER]
        for number, payload in enumerate(some):
            last = number == len(some) - 1
            items.append(
                item(f"{start} {number} {payload}".replace("\x00", "").replace("\x01", ""), _xml(f"Kabul {payload}"),
                     content=_xml("<p>kabul</p>" + ("<hr>".join(some) if last else payload)), author=_xml(payload),
                     category=_xml(payload), description=_xml(payload), link=_xml(payload.partition('"')[2][:80]))
            )  # fmt: skip
    world.site.pages["/feed"] = Page(rss(*items, title=_xml(PAYLOADS[0])))
    world.round()
    assert len(json.loads(world.file("all/feed.json"))["items"]) > 200
    yield world.data / "feeds"
    world.close()


def _xml(text: str) -> str:
    """Return *text* without what no XML may hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")


def bodies(published: Path) -> list[str]:
    """Every piece of HTML in the three feeds, as a reader takes it out."""
    rows = json.loads((published / "all/feed.json").read_text())["items"]
    found = [row["content_html"] for row in rows if "content_html" in row]
    tree = lxml.etree.parse(published / "all/rss.xml")
    found += [one.text or "" for name in (CONTENT, "description") for one in tree.iter(name)]
    tree = lxml.etree.parse(published / "all/atom.xml")
    found += [
        one.text or ""
        for one in tree.iter(ATOM + "content", ATOM + "summary", ATOM + "title")
        if one.get("type") == "html"
    ]
    return found


def test_there_are_many_payloads() -> None:
    assert len(PAYLOADS) >= 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_gets_through(payload: str) -> None:
    for dirty in (payload, f"<p>{payload}</p>", f"<div><a href='x'>{payload}"):
        for how in ({}, {"media": False}, {"rel": False}):
            once = sanitize(dirty, BASE, **how)  # type: ignore[arg-type]
            assert_harmless(once)
            assert sanitize(once, BASE, **how) == once, "cleaning what is clean changes nothing"  # type: ignore[arg-type]


def test_nothing_in_a_published_feed_runs(published: Path) -> None:
    found = bodies(published)
    assert len(found) > 600
    for html in found:
        assert_harmless(html)
    for name in ("all/rss.xml", "all/atom.xml"):
        for element in lxml.etree.parse(published / name).iter(lxml.etree.Element):
            for value in (
                *element.attrib.values(),
                *([element.text or ""] if element.tag in {"link", "guid", "url"} else []),
            ):
                assert not value.strip().lower().startswith(("javascript:", "vbscript:", "data:")), (
                    name,
                    element.tag,
                )
    for row in json.loads((published / "all/feed.json").read_text())["items"]:
        addresses = [row.get(key, "https:") for key in ("url", "external_url", "image", "banner_image")]
        assert all(one.startswith(("https:", "http:")) for one in addresses)


def test_no_element_of_a_page_runs(published: Path) -> None:
    pages = sorted(published.rglob("*.html"))
    assert len(pages) > 200
    for page in pages:
        for element in lxml.html.fromstring(page.read_bytes()).iter():
            if not isinstance(element.tag, str):
                continue
            assert element.tag not in {"iframe", "object", "embed", "base", "applet", "math", "frame"}, page
            if element.tag == "script":
                assert (element.get("src") or "").startswith(
                    ("/static/", "../", "static/", "http://127.0.0.1")
                ) or element.get("type") == "application/ld+json", page
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), (page, name)
                if name in {"href", "src", "action", "formaction", "poster", "cite", "data"}:
                    assert not value.strip().lower().startswith(("javascript", "data:text", "vbscript")), (
                        page,
                        value,
                    )


def test_nothing_runs_in_chromium(browser: Browser, published: Path) -> None:  # noqa: F811
    """As a careless reader would show it: put straight into a page that has no policy of its own."""
    server = _server(published)
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    met: list[str] = []
    page.on("dialog", lambda dialog: (met.append(dialog.message), dialog.dismiss()))
    try:
        page.goto(f"{server}/robots-there-are-none")
        for html in dict.fromkeys(bodies(published)):
            assert page.evaluate(SHOWN, html) is None, html
        pages = [path for path in published.rglob("index.html") if path.parent.parent.name == "articles"]
        for path in [
            published / "index.html",
            published / "all/index.html",
            *pages[:: len(pages) // 60 or 1],
        ]:
            page.goto(f"{server}/{path.relative_to(published)}")
            assert page.evaluate("window.__x") is None, path
    finally:
        context.close()
    assert met == []


def test_chromium_would_notice(browser: Browser) -> None:  # noqa: F811
    page = browser.window()
    page.set_content("<body></body>")
    for dirty in (
        "<p onclick='window.__x=1'>x</p>",
        "<img src=x onerror='window.__x=1'>",
        "<b><script>window.__x=1</script>",
    ):
        page.evaluate("delete window.__x")
        assert page.evaluate(SHOWN, dirty) == 1


def _server(folder: Path) -> str:
    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
