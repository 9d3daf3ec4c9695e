"""A local file's bytes -> entries: text, HTML, Markdown, JSON, XML.

What reads one kind of file only is imported with the first file of that kind.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import msgspec
import yaml
from lxml import etree

from archive import Author
from feeds.errors import FetchError
from feeds.ingest.documents import jsonfeed
from feeds.ingest.local.textfile import read_plain
from feeds.ingest.text.clean import line, link
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.encodings import escaped
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.references import whole_escapes
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Entry, Fetched

_TITLES = ("title", "headline", "name")
_TEXTS = ("content_text", "text", "body", "articleBody", "maintext", "content", "article")
_ADDRESSES = ("url", "link", "source_url", "mainEntityOfPage", "canonical_url")
_DATES = ("date_published", "datePublished", "published", "date_publish", "date", "published_at", "pubDate")
_SHORT_PAGE = 40
"""Words below which an extractor cannot tell an article from what surrounds it."""
_WRITERS = ("authors", "author", "byline", "creator")


def read_file(name: str, data: bytes) -> tuple[Entry, ...]:
    """Return what the file called *name* (its path in the folder) holds.

    Of a file with one article the path is the guid and the bytes are its own; of
    one with several each has its own name behind the path. Raises FetchError
    where it holds none, with what would be one.
    """
    if not data.strip():
        raise FetchError("is empty")
    suffix = PurePosixPath(name).suffix.lower()
    kind, reader = _READERS[suffix]
    found = reader(data)
    whole = [entry for entry in found if entry.title or entry.text or to_text(sanitize(entry.html or ""))]
    if not whole:
        raise FetchError("holds no article: there is neither a title nor a text in it")
    if len(whole) == 1:
        return (replace(whole[0], guid=name, raw=data, raw_type=kind),)
    return tuple(
        replace(entry, guid=f"{name}#{entry.guid or entry.link or number}", raw=entry.raw or data)
        for number, entry in enumerate(whole, 1)
    )


def decode(data: bytes) -> str:
    """Return the text of *data*: by its mark, as UTF-8, else by statistics."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if (japanese := escaped(data)) is not None:
        return japanese
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes  # noqa: PLC0415 - see above

        best = from_bytes(data).best()
        if best is None:
            raise FetchError("is no text: its bytes are in no known encoding") from None
        text = str(best)
    if "\x00" in text:
        raise FetchError("is no text: it holds binary data")
    return text


def _read_text(data: bytes) -> tuple[Entry, ...]:
    found = read_plain(decode(data))
    return (Entry(title=line(found.title), text=found.text, complete=True),)


def _read_markdown(data: bytes) -> tuple[Entry, ...]:
    """Read Markdown, with the title and facts of its YAML front matter if it has one."""
    text = decode(data).replace("\r\n", "\n")
    front: dict[str, Any] = {}
    match = re.match(r"---\n(.*?)\n(?:---|\.\.\.)\n", text, re.DOTALL)
    if match:
        try:
            loaded = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts only
        except (yaml.YAMLError, RecursionError) as error:
            raise FetchError(f"has front matter that is no YAML{_place_and_mend(error, match[1])}") from error
        front = loaded if isinstance(loaded, dict) else {}
        text = text[match.end() :]
    from markdown_it import MarkdownIt  # noqa: PLC0415 - see above

    html = MarkdownIt("commonmark").enable("table").render(text)
    heading = re.match(r"\s*<h1>(.*?)</h1>\s*", html, re.DOTALL)
    title = line(_first(front, ("title",)))  # A text: aliases can make a list grow without bound.
    if heading:
        first = line(to_text(sanitize(heading[1])))
        title = title or first
        if first == title:
            html = html[heading.end() :]
    return (replace(_of_facts(front), title=title, html=html),)


def _place_and_mend(error: Exception, front: str) -> str:
    """Return where front matter is no YAML, and how the line there is meant, where that can be told."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f": {line(str(error))}"
    told = f" (line {mark.line + 2} of the file: {getattr(error, 'problem', None)})"
    rows = front.split("\n")
    found = re.fullmatch(
        r"(\w[^:]*): +([^\s\"'\[{|>&*!].*)", rows[mark.line] if mark.line < len(rows) else ""
    )
    if found is None or ("'" in found[2] and '"' in found[2]):
        return told
    key, value = found[1], found[2].strip()
    quote = "'" if '"' in value or "\\" in value else '"'
    return f"{told}; put the value in quotes: {key}: {quote}{value}{quote}"


def _read_html(data: bytes) -> tuple[Entry, ...]:
    from feeds.ingest.pages.read import read_page  # noqa: PLC0415 - see above

    try:
        page = read_page(Fetched(url="", status=200, body=data, content_type="text/html"))
    except FetchError:
        return (_whole_page(data),)
    if len(to_text(sanitize(page.html or "")).split()) < _SHORT_PAGE:
        return (_whole_page(data),)
    return (
        Entry(
            link=link(page.canonical_url),
            title=page.title,
            html=page.html,
            summary=page.summary,
            complete=True,
            published=page.published,
            published_raw=page.published_raw,
            date_source=page.date_source,
            authors=page.authors,
            tags=page.tags,
            language=page.language,
            image=page.image,
            base=page.canonical_url,
        ),
    )


def _whole_page(data: bytes) -> Entry:
    """Return all of a page that is too short to tell the article from what surrounds it."""
    text = decode(data)
    named = _content_of("title", text) or _content_of("h1", text)
    return Entry(title=line(to_text(sanitize(named))) if named else None, html=text, complete=True)


def _content_of(name: str, text: str) -> str | None:
    """Return what stands in the first element of this name, or None."""
    begin = re.search(rf"<{name}\b[^<>]*>", text, re.IGNORECASE)
    end = re.compile(f"</{name}", re.IGNORECASE).search(text, begin.end()) if begin else None
    return text[begin.end() : end.start()] if begin and end else None


def _read_json(data: bytes) -> tuple[Entry, ...]:
    try:
        found = msgspec.json.decode(whole_escapes(data.removeprefix(b"\xef\xbb\xbf")))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FetchError(f"is no JSON: {error}") from error
    except RecursionError as error:
        raise FetchError("is JSON nested deeper than anything that is read") from error
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        return jsonfeed.parse(Fetched(url="", status=200, body=data)).entries
    items = found if isinstance(found, list) else [found]
    return tuple(_of_item(item) for item in items if isinstance(item, dict))


def _of_item(item: dict[str, Any]) -> Entry:
    """Return the article in one JSON object: an item of a JSON Feed, or what others call the same."""
    if "content_html" in item or "content_text" in item:
        entry = jsonfeed.read_item(item, None)
        return replace(
            entry,
            title=entry.title or _first(item, _TITLES),
            link=entry.link or link(_first(item, _ADDRESSES)),
        )
    entry = _of_facts(item)
    text = _first(item, _TEXTS)
    is_html = bool(text and re.search(r"</(?:p|div|h\d)>|<br", text))
    return replace(
        entry, html=text if is_html else None, text=None if is_html else text, raw=msgspec.json.encode(item)
    )


def _of_facts(facts: dict[str, Any]) -> Entry:
    """Return an entry with the facts that go by any of their usual names."""
    raw_date = _first(facts, _DATES)
    writers: Any = next((facts[name] for name in _WRITERS if facts.get(name)), [])
    people = writers if isinstance(writers, list) else [writers]
    names = [one.get("name") if isinstance(one, dict) else one for one in people]
    tags = facts.get("tags") or facts.get("keywords") or []
    words = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    return Entry(
        link=link(_first(facts, _ADDRESSES)),
        title=line(_first(facts, _TITLES)),
        summary=line(_first(facts, ("summary", "description"))),
        complete=True,
        published=read_date(raw_date),
        published_raw=raw_date,
        date_source="text" if raw_date else "none",
        authors=tuple(Author(name=name) for one in names if isinstance(one, str) and (name := line(one))),
        tags=tuple(dict.fromkeys(tag for one in words if isinstance(one, str) and (tag := line(one)))),
        language=line(_first(facts, ("language", "lang", "inLanguage"))),
        image=link(_first(facts, ("image", "image_url"))),
    )


def _first(facts: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next(
        (facts[name] for name in names if isinstance(facts.get(name), str) and facts[name].strip()), None
    )


def _read_xml(data: bytes) -> tuple[Entry, ...]:
    """Read a feed saved to a file, else any XML that has a title and paragraphs (NITF, TEI, XHTML)."""
    from feeds.ingest.documents.parse import parse_feed  # noqa: PLC0415 - see above

    try:
        document = parse_feed(Fetched(url="", status=200, body=data, content_type="application/xml"))
    except FetchError:
        return (_any_xml(data),)
    return document.entries or (_any_xml(data),)


def _any_xml(data: bytes) -> Entry:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FetchError(f"is no whole XML: {line(str(error))}") from error
    titles: list[str] = []
    texts: list[str] = []
    for element in root.iter():
        if isinstance(element.tag, str):
            name = etree.QName(element).localname.lower()
            text = line("".join(element.itertext()))
            if text and name in {"title", "headline", "hl1", "h1"}:
                titles.append(text)
            elif text and name in {"p", "para", "paragraph", "ab"}:
                texts.append(text)
    if not texts:
        raise FetchError("is XML, but neither a feed nor an article: there is no paragraph in it")
    return Entry(title=titles[0] if titles else None, text="\n\n".join(texts), complete=True)


_READERS: dict[str, tuple[str, Callable[[bytes], tuple[Entry, ...]]]] = {
    ".txt": ("text/plain", _read_text),
    ".text": ("text/plain", _read_text),
    ".html": ("text/html", _read_html),
    ".htm": ("text/html", _read_html),
    ".xhtml": ("application/xhtml+xml", _read_html),
    ".md": ("text/markdown", _read_markdown),
    ".markdown": ("text/markdown", _read_markdown),
    ".json": ("application/json", _read_json),
    ".xml": ("application/xml", _read_xml),
    ".rss": ("application/rss+xml", _read_xml),
    ".atom": ("application/atom+xml", _read_xml),
}
KINDS = frozenset(_READERS)
"""Endings of the files that are read."""
