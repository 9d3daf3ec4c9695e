"""What other readers' own tests expect of an entry -> whether the article says it too.

Three collections stand in the corpus: feedparser's cases, each with a Python
expression in its leading comment; gofeed's and feed-rs's, each with a JSON file
beside it. An expression is taken apart, never run.
"""

import ast
import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html

from archive import Draft
from feeds.ingest.documents.parse import parse_feed
from feeds.ingest.normalize import Coming, to_draft
from feeds.ingest.text.dates import read_date
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Document, Entry, Fetched
from tests.builders import START

HOST = "http://127.0.0.1:8097/"


@dataclass(slots=True)
class Table:
    """Agreements by field, and the cases that do not agree."""

    name: str
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    odd: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    def count(self, case: str, name: str, expected: Any, found: Any, *, agree: bool) -> None:
        (self.right if agree else self.wrong)[name] += 1
        if not agree:
            self.odd.append((case, name, expected, found))

    def share(self) -> float:
        right = self.right.total()
        return right / max(1, right + self.wrong.total())

    def __str__(self) -> str:
        rows = [f"{self.name}: {self.right.total()} of {self.right.total() + self.wrong.total()}"]
        rows[0] += f" ({100 * self.share():.2f}%)"
        for name in sorted({*self.right, *self.wrong}):
            rows.append(f"  {name:<22} {self.right[name]:>5} of {self.right[name] + self.wrong[name]:>5}")
        return "\n".join(rows)


def read(
    body: bytes, url: str, content_type: str = "application/xml", language: str | None = None
) -> Document:
    return parse_feed(
        Fetched(url=url, status=200, body=body, content_type=content_type, content_language=language)
    )


def drafted(document: Document, number: int) -> tuple[Entry, Draft]:
    entry = document.entries[number]
    return entry, to_draft(
        entry, None, Coming(key="k", name="n", via="feed", at=START, channel=document.channel)
    )


# -- feedparser ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """One comparison of a case: `entries[number]`, the path behind it, and the value."""

    number: int
    path: tuple[str | int, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Case:
    """One of feedparser's cases."""

    name: str
    body: bytes
    url: str
    content_type: str
    language: str | None
    expected: tuple[Expected, ...]

    @property
    def group(self) -> str:
        return self.name.split("/")[-2]


def feedparser_cases(corpus: Path) -> Iterator[Case]:
    """Yield the cases that expect something of an entry."""
    root = corpus / "feeds" / "feedparser" / "tests"
    for path in sorted(root.rglob("*.xml")):
        body = path.read_bytes()
        head = _head(body)
        match = re.search(r"Expect:\s*(.*?)\s*-->", head, re.DOTALL)
        if match is None:
            continue
        expected = tuple(_comparisons(match[1]))
        if not expected:
            continue
        sent = dict(re.findall(r"Header:\s+([^:\s]+):\s*(.+?)\s*$", head, re.MULTILINE))
        sent = {key.lower(): value for key, value in sent.items()}
        name = str(path.relative_to(root))
        yield Case(
            name,
            body,
            sent.get("content-location", f"{HOST}tests/{name}"),
            sent.get("content-type", "application/xml"),
            sent.get("content-language"),
            expected,
        )


def _head(body: bytes) -> str:
    for encoding in ("utf-8", "utf-16", "latin-1"):
        text = body[:8000].decode(encoding, "ignore")
        if "Expect:" in text:
            return text
    ebcdic = body[:8000].decode("cp037", "ignore")
    return ebcdic if "Expect:" in ebcdic else body[:8000].decode("latin-1")


def _comparisons(source: str) -> Iterator[Expected]:
    try:
        tree = ast.parse(source.replace("\n", " "), mode="eval").body
    except SyntaxError:
        return
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            waiting += node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            path = _path(node.operand)
            if path is not None:
                yield Expected(path[0], path[1], False)
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            try:
                value = ast.literal_eval(sides[-1])
            except (ValueError, TypeError):
                continue
            for side in sides[:-1]:
                path = _path(side)
                if path is not None and all(isinstance(op, ast.Eq) for op in node.ops):
                    yield Expected(path[0], path[1], value)


def _path(node: ast.expr) -> tuple[int, tuple[str | int, ...]] | None:
    """Return number and path of `entries[0]['a'].b[1]`, or None for anything else."""
    steps: list[str | int] = []
    while True:
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            steps.append(node.slice.value)
            node = node.value
        elif isinstance(node, ast.Attribute):
            steps.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Name):
            break
        else:
            return None
    steps.reverse()
    if node.id != "entries" or len(steps) < 2 or not isinstance(steps[0], int):
        return None
    return steps[0], tuple(steps[1:])


BODIES = frozenset(("description", "summary", "summary_detail", "content", "subtitle"))
TEXT_KINDS = frozenset(("value", ""))


def kept(path: tuple[str | int, ...]) -> str | None:
    """Return the name under which a comparison is counted, or None for what is no field of a record."""
    names = [one for one in path if isinstance(one, str)]
    first, last = names[0], names[-1]
    if (
        last in {"type", "mode"} and any(one.endswith(("_detail", "content")) for one in names)
    ) or last == "base":
        return None  # Of the parser's own account of the text; what is kept is HTML or text.
    if first in {"get", "psc_chapters", "where"} and last != "coordinates":
        return None if first == "get" else f"{first}"
    if last == "language":
        return "language"
    if first in BODIES:
        return "body"
    return {"title_detail": "title", "guid": "id", "category": "tags", "author_detail": "authors",
            "author": "authors", "rights_detail": "rights", "copyright": "rights"}.get(first, first)  # fmt: skip


def same_text(expected: str, found: str | None) -> bool:
    wanted = to_text(sanitize(expected))
    return _flat(found) in {_flat(wanted), _flat(expected)}


def elements(html: str) -> tuple[set[str], set[tuple[str, str]], set[str], list[str]]:
    """Return elements, attributes, schemes and addresses of a piece of HTML."""
    if not html.strip():
        return set(), set(), set(), []
    tags: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    schemes: set[str] = set()
    addresses: list[str] = []
    root = lxml.html.fragment_fromstring(f"<div>{html}</div>")
    for element in root.iterdescendants():
        if not isinstance(element.tag, str):
            tags.add("#")
            continue
        tags.add(element.tag)
        for name, value in element.attrib.items():
            attributes.add((element.tag, name))
            if name in {
                "href",
                "src",
                "cite",
                "poster",
                "action",
                "background",
                "longdesc",
                "usemap",
                "data",
            }:
                addresses.append(value)
                schemes.add(value.partition(":")[0].lower())
    return tags, attributes, schemes, addresses


def agrees(
    name: str, path: tuple[str | int, ...], value: Any, entry: Entry, draft: Draft
) -> tuple[bool, Any]:
    """Return whether the article says what a case of feedparser's expects, and what it says."""
    if isinstance(value, dict | list):
        parts = list(value.values() if isinstance(value, dict) else value)
        found = [agrees(name, path, one, entry, draft) for one in parts if one is not None]
        return all(ok for ok, _ in found), [one for _, one in found]
    asked = MEMBERS.get(name)
    agree, says = asked(value, entry, draft) if asked else (False, None)
    return agree or (name not in SCALARS and found_in(draft.origin, value)), says


def _body(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    content = draft.content
    wanted = _flat(to_text(sanitize(value)))
    texts = {_flat(content.content_text), _flat(content.summary)}
    begins = bool(wanted) and _flat(content.content_text).startswith(wanted)
    return begins or bool({wanted, _flat(value)} & texts), [content.content_text, content.summary]


def _language(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    found = draft.content.language if draft.origin.lang_source == "feed" else None
    return (found or "").lower() == (value or "").lower(), found


def _moment(value: Any, entry: Entry, _: Draft) -> tuple[bool, Any]:
    found = [entry.published, entry.updated]
    return (read_date(value) if isinstance(value, str) else datetime(*value[:6], tzinfo=UTC)) in found, found


def _tags(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    said = {*draft.content.tags, *draft.origin.tags_scheme.values()}
    return value is None or value in said, said


def _enclosure(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    files = [{one.url, one.mime_type, str(one.size_in_bytes)} for one in draft.content.attachments]
    return any(value in one for one in files), files


def _people(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    people = {one for author in draft.content.authors for one in (author.name, author.url)}
    parts = re.fullmatch(r"(.+) \((.+)\)", value)
    whole = list(parts.groups()) if parts and value not in people else [value]
    return all(one in people or found_in(draft.origin, one) for one in whole), people


def _image(value: Any, _: Entry, draft: Draft) -> tuple[bool, Any]:
    return value == draft.content.image, draft.content.image


MEMBERS = {
    "body": _body,
    "title": lambda value, _, draft: (same_text(value, draft.content.title), draft.content.title),
    "link": lambda value, _, draft: (draft.content.url == value, draft.content.url),
    "id": lambda value, _, draft: ((draft.origin.source.guid or "") == value, draft.origin.source.guid),
    "guidislink": lambda value, entry, _: (
        bool(entry.guid_is_permalink) == bool(value),
        entry.guid_is_permalink,
    ),
    "language": _language,
    "published_parsed": _moment,
    "updated_parsed": _moment,
    "updated": _moment,
    "tags": _tags,
    "enclosures": _enclosure,
    "authors": _people,
    "links": lambda value, _, draft: (value in links(draft), links(draft)),
    "image": _image,
}
SCALARS = frozenset(
    ("title", "link", "id", "guidislink", "language", "published_parsed", "updated_parsed", "updated")
)
"""Fields that only their own member can say."""


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def links(draft: Draft) -> set[str]:
    """Return all that the members of a record say of an entry's links."""
    content = draft.content
    said = {"alternate"} if content.url else set()
    said |= {one for one in (content.url, content.external_url) if one}
    for one in content.attachments:
        said |= {"enclosure", one.url, one.mime_type, str(one.size_in_bytes)}
    return said


def strings(element: Any) -> Iterator[str]:
    """Yield all that an element kept beside the members says, its own name first."""
    yield element.name.rpartition(":")[2]
    yield from element.attributes.values()
    if element.text:
        yield element.text
    for child in element.children:
        if isinstance(child, str):
            yield child
        else:
            yield from strings(child)


def whole_text(element: Any) -> str:
    within = (one if isinstance(one, str) else whole_text(one) for one in element.children)
    return (element.text or "") + "".join(within)


SAID_OTHERWISE = {"1": "yes", "0": "no", "LineString": "line"}
"""feedparser's word for what the feed says."""


def found_in(origin: Any, value: Any) -> bool:
    """Say whether something kept beside the members says *value*."""
    said = [text for one in origin.extensions for text in strings(one)]
    said += [whole_text(one) for one in origin.extensions]
    said += [
        whole_text(one) for parent in origin.extensions for one in parent.children if not isinstance(one, str)
    ]
    if isinstance(value, tuple) and len(value) == 9:
        return datetime(*value[:6], tzinfo=UTC) in map(read_date, said)
    if isinstance(value, tuple):
        runs = [[float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text)] for text in said]
        wanted = sorted(value)
        return any(sorted(run[at : at + len(value)]) == wanted for run in runs for at in range(len(run)))
    said += filter(None, map(_unpacked, said))
    words = {_flat(text).lower() for text in said} | {_flat(to_text(sanitize(text))).lower() for text in said}
    text = str(value)
    choices = [text, SAID_OTHERWISE.get(text, text), text.replace("&lt;", "<").replace("&gt;", ">")]
    choices += [to_text(sanitize(text))]
    if "@" in text:  # An address stands beside a name: `a@b.example (Ann)`.
        return any(text.lower() in word for word in words)
    return any(_flat(one).lower() in words for one in choices) or (text == "0" and bool(said))


def _unpacked(text: str) -> str | None:
    """Return what a text says that is kept as it was written: in base64."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode() if len(text) > 8 else None
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


def beyond(expected: str, found: str | None) -> list[str]:
    """Return what HTML of ours has that the expected has not; and each of its links that is not absolute."""
    wanted, ours = elements(expected), elements(found or "")
    over = [f"<{tag}>" for tag in ours[0] - wanted[0]]
    over += [f"{tag}@{name}" for tag, name in ours[1] - wanted[1]]
    over += [f"{scheme}:" for scheme in ours[2] - wanted[2]]
    return over + [one for one in ours[3] if not re.match(r"(https?://[^/]|mailto:)", one)]


# -- gofeed and feed-rs ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """A feed, and what another reader makes of each of its entries, in our names for it."""

    name: str
    body: bytes
    content_type: str
    items: tuple[dict[str, Any], ...]


def gofeed_pairs(corpus: Path) -> Iterator[Pair]:
    root = corpus / "feeds" / "gofeed" / "testdata"
    for path in sorted(root.rglob("*.json")):
        feed = path.with_suffix(".xml")
        if path.stem.endswith("_expected"):  # Of a JSON feed.
            feed = path.with_name(path.name.replace("_expected", ""))
        if not feed.is_file():
            continue
        found = json.loads(path.read_text())
        items = found.get("items") or found.get("entries") or []
        kind = "application/xml" if feed.suffix == ".xml" else "application/feed+json"
        yield Pair(str(path.relative_to(root)), feed.read_bytes(), kind, tuple(map(_from_gofeed, items)))


def _from_gofeed(item: dict[str, Any]) -> dict[str, Any]:
    dates = ("publishedParsed", "updatedParsed", "pubDateParsed")
    ids = item.get("guid") or item.get("id")
    alternate = [
        one for one in item.get("links") or [] if isinstance(one, dict) and one.get("rel") == "alternate"
    ]
    authors = item.get("authors") or ([item["author"]] if item.get("author") else [])
    return {
        "title": item.get("title"),
        "link": item.get("link") or next((one.get("href") for one in alternate), None),
        "id": ids.get("value") if isinstance(ids, dict) else ids,
        "dates": [item[one] for one in dates if item.get(one)],
        "authors": [[one] if isinstance(one, str) else [one[key] for key in ("name", "email", "uri", "url") if one.get(key)] for one in authors],
    }  # fmt: skip


def feed_rs_pairs(corpus: Path) -> Iterator[Pair]:
    root = corpus / "feeds" / "feed-rs" / "feed-rs" / "fixture"
    for path in sorted(root.rglob("*.serde.json")):
        stem = path.name.removesuffix(".serde.json")
        feed = next(
            (one for one in (path.with_name(f"{stem}.xml"), path.with_name(f"{stem}.json")) if one.is_file()),
            None,
        )
        if feed is None:
            continue
        items = json.loads(path.read_text()).get("entries") or []
        kind = "application/xml" if feed.suffix == ".xml" else "application/feed+json"
        yield Pair(str(path.relative_to(root)), feed.read_bytes(), kind, tuple(map(_from_feed_rs, items)))


def _from_feed_rs(item: dict[str, Any]) -> dict[str, Any]:
    plain = [one for one in item.get("links") or [] if one.get("rel") in {None, "alternate"}]
    made_up = re.fullmatch(r"[0-9a-f]{32}|[0-9a-f-]{36}", item.get("id") or "")
    return {
        "title": (item.get("title") or {}).get("content"),
        "link": plain[0]["href"] if plain else None,
        "id": None if made_up else item.get("id"),
        "dates": [item[one] for one in ("published", "updated") if item.get(one)],
        "authors": [
            [one[key] for key in ("name", "email", "uri") if one.get(key) and one[key] != "author"]
            for one in item.get("authors") or []
        ],
    }


def judge(pair: Pair, table: Table) -> None:
    """Count what our articles say of what is expected of a feed's entries."""
    document = read(pair.body, f"{HOST}{pair.name}", pair.content_type)
    table.count(pair.name, "entries", len(pair.items), len(document.entries), agree=len(pair.items) == len(document.entries))  # fmt: skip
    for number, wanted in enumerate(pair.items[: len(document.entries)]):
        entry, draft = drafted(document, number)
        content, origin = draft.content, draft.origin
        people = {one for author in content.authors for one in (author.name, author.url) if one}
        moments = {one.replace(microsecond=0) for one in (entry.published, entry.updated) if one}
        says: dict[str, tuple[bool, Any]] = {
            "title": (same_text(wanted["title"] or "", content.title), content.title),
            "link": (_same_address(wanted["link"], content.url), content.url),
            "id": (
                _flat(wanted["id"]) in {_flat(origin.source.guid), _flat(content.url)},
                origin.source.guid,
            ),
            "dates": (all(_second(one) in moments for one in wanted["dates"]), moments),
            "authors": (
                all(
                    _names(one, people) or found_in(origin, one)
                    for parts in wanted["authors"]
                    for one in parts
                ),
                people,
            ),
        }
        for name, (agree, found) in says.items():
            if wanted[name]:
                table.count(pair.name, name, wanted[name], found, agree=agree)


def _same_address(expected: str | None, found: str | None) -> bool:
    return (expected or "").strip().rstrip("/") == (found or "").strip().rstrip("/")


def _second(text: str) -> datetime | None:
    moment = read_date(text)
    return moment.replace(microsecond=0) if moment else None


def _names(expected: str, people: set[str]) -> bool:
    wanted = _flat(to_text(sanitize(expected)))
    return any(wanted == _flat(one) or expected == one for one in people) or (
        all(part in people for part in re.split(r"\s+\(|\)$", expected) if part and "@" not in part)
        and "(" in expected
    )
