"""A feed's bytes -> what is wrong with it: by a grammar for Atom, a schema for JSON Feed, rules for RSS and for HTML."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
from lxml import etree

HERE = Path(__file__).parent
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
ATOM = "{http://www.w3.org/2005/Atom}"
URI = re.compile(r"[a-z][a-z0-9+.-]*:(?://[a-z0-9._~:%-]+)?[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*", re.IGNORECASE)
WEB = re.compile(
    rf"https?://[^/?#]{URI.pattern[len('[a-z][a-z0-9+.-]*:(?://[a-z0-9._~:%-]+)?') :]}", re.IGNORECASE
)
KIND = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffc\U00010000-\U0010ffff]")
VOID = frozenset("area br col hr img source track wbr".split())
TRACKERS = re.compile(r"""<img[^>]*\s(?:width|height)="[012]\"""")
EMBEDDED, ISOLATED = "\u202a\u202b", "\u2066\u2067\u2068"


def turns_others(text: str) -> bool:
    """Say whether a mark of direction in a line of plain text reaches out of it, or forces letters into an order."""
    for line in text.split("\n"):
        begun: list[str] = []
        for mark in line:
            if mark in EMBEDDED + ISOLATED:
                begun.append(mark)
            elif mark == "\u2069":
                while begun and begun[-1] in EMBEDDED:
                    begun.pop()
            if mark in "\u202d\u202e":
                return True
            if mark in "\u202c\u2069" and (
                not begun or begun.pop() not in (EMBEDDED if mark == "\u202c" else ISOLATED)
            ):
                return True
        if begun:
            return True
    return False


# -- HTML that stands in a feed --------------------------------------------------------------------


class _Html(HTMLParser):
    """Notes what a reader would have to mend, or should not do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "meta",
            "base",
            "link",
            "svg",
            "math",
            "bdo",
        }:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcset", "id", "class", "name"}:
                self.faults.append(f"{tag}@{name}")
            if name in {"href", "src", "cite", "poster"}:
                good = (
                    r"(https?://[^\s/]|mailto:)[^\s<>]*"
                    if name in {"href", "cite"}
                    else r"https?://[^\s/][^\s<>]*"
                )
                if not re.fullmatch(good, value or ""):
                    self.faults.append(f"{tag}@{name}={value!r}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def html_faults(text: str) -> list[str]:
    """Return what is wrong with HTML in a feed: it is well-formed, harmless, and leads to whole addresses."""
    parser = _Html()
    parser.feed(unicodedata.normalize("NFC", text))  # As a reader may; no tag may suffer from it.
    parser.close()
    faults = parser.faults + [f"<{tag}> stays open" for tag in parser.open]
    if FORBIDDEN.search(text):
        faults.append("a character that no HTML has")
    if re.search("[\u202d\u202e]", text):
        faults.append("letters forced into an order")
    if TRACKERS.search(text):
        faults.append("a picture that counts readers")
    return faults


# -- RSS 2.0 -----------------------------------------------------------------------------------------


def rss_faults(data: bytes, self_url: str) -> list[str]:
    """Return what is wrong with an RSS document, by the rules R1 to R14 of what we promise."""
    faults = [] if data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>") else ["R1 prolog"]
    if b"<!DOCTYPE" in data or FORBIDDEN.search(data.decode("utf-8")):
        faults.append("R1 doctype or a character that no XML has")
    root = etree.fromstring(data)
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(channels) != 1:
        return [*faults, "R2 no rss 2.0 of one channel"]
    channel = channels[0]
    for name in ("title", "link", "description", "lastBuildDate"):
        if len(channel.findall(name)) != 1 or not (channel.findtext(name) or "").strip():
            faults.append(f"R2 channel/{name}")
    if not WEB.fullmatch(channel.findtext("link") or ""):
        faults.append("R8 channel/link")
    built = _rfc822(channel.findtext("lastBuildDate"), faults, "lastBuildDate")
    links = [one.attrib for one in channel.findall(f"{ATOM}link") if one.get("rel") == "self"]
    if links != [{"href": self_url, "rel": "self", "type": "application/rss+xml"}]:
        faults.append(f"R6 {links}")
    items = channel.findall("item")
    guids = [item.findtext("guid") for item in items]
    if len(set(guids)) != len(guids):
        faults.append("R5 two items of one guid")
    for number, item in enumerate(items):
        faults += [f"{fault} (item {number})" for fault in _item_faults(item, built)]
    return faults


def _item_faults(item: Any, built: datetime | None) -> list[str]:
    faults: list[str] = []
    for name in ("title", "link", "description", "guid", "pubDate"):
        if len(item.findall(name)) != 1 or not (item.findtext(name) or "").strip():
            faults.append(f"R3 {name}")
    for name in ("enclosure", "source", "comments", CONTENT, f"{DC}language", f"{DC}rights"):
        if len(item.findall(name)) > 1:
            faults.append(f"R9 two of {name}")
    if item.findall("author"):
        faults.append("R10 an author's name is no address")
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false" or not URI.fullmatch(guid.text or ""):
        faults.append("R5 guid")
    moment = _rfc822(item.findtext("pubDate"), faults, "pubDate")
    if (
        moment
        and built
        and not datetime(1990, 1, 1, tzinfo=UTC) <= moment <= datetime(2100, 1, 1, tzinfo=UTC)
    ):
        faults.append(f"R4 {moment}")
    faults += _address_faults(item) + _category_faults(item)
    faults += [f"R7 description: {fault}" for fault in html_faults(item.findtext("description") or "")]
    faults += [f"R7 content: {fault}" for fault in html_faults(item.findtext(CONTENT) or "")]
    return faults


def _address_faults(item: Any) -> list[str]:
    faults: list[str] = []
    for name in ("link", "comments"):
        if (text := item.findtext(name)) is not None and not WEB.fullmatch(text):
            faults.append(f"R8 {name} {text!r}")
    for one in item.iter(f"{MEDIA}content", f"{MEDIA}thumbnail", "source", "enclosure"):
        if not WEB.fullmatch(one.get("url") or ""):
            faults.append(f"R8 {one.tag} {one.get('url')!r}")
    for one in item.findall("enclosure"):
        if not KIND.fullmatch(one.get("type") or "") or not (one.get("length") or "").isdigit():
            faults.append(f"R9 {dict(one.attrib)}")
    return faults


def _category_faults(item: Any) -> list[str]:
    faults: list[str] = []
    for one in item.findall("category"):
        if not (one.text or "").strip() and not len(one):
            faults.append("R13 an empty category")
        if one.get("domain") is not None and not WEB.fullmatch(one.get("domain")):
            faults.append(f"R13 {one.get('domain')!r}")
    for name in ("title", "source", f"{DC}rights", "category"):
        for one in item.findall(name):
            if re.search(r"</(b|i|p|a|em|div|span|script|strong)>", "".join(one.itertext()), re.IGNORECASE):
                faults.append(f"R14 markup in {name}")
    return faults + _turning(item, CONTENT)


def _turning(entry: Any, html: str) -> list[str]:
    """Return which plain texts of an entry turn what stands around them."""
    plain = (one for one in entry.iter(etree.Element) if one.tag != html)
    texts = ((one.tag, "".join(one.itertext())) for one in plain if one.find("*") is None)
    return [f"{tag} turns others around" for tag, text in texts if turns_others(text)]


def _rfc822(text: str | None, faults: list[str], name: str) -> datetime | None:
    shape = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (\+0000|GMT)"
    if not re.fullmatch(shape, text or ""):
        faults.append(f"R4 {name} {text!r}")
        return None
    return parsedate_to_datetime(text or "")


# -- Atom and JSON Feed ------------------------------------------------------------------------------


@cache
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(HERE / "atom.rng")))


def atom_faults(data: bytes, self_url: str) -> list[str]:
    """Return what is wrong with an Atom document: by the grammar, and what no grammar says."""
    root = etree.fromstring(data)
    faults = [] if grammar().validate(root) else [str(one) for one in grammar().error_log]
    if FORBIDDEN.search(data.decode("utf-8")):
        faults.append("A1 a character that no XML has")
    if [one.get("href") for one in root.findall(f"{ATOM}link") if one.get("rel") == "self"] != [self_url]:
        faults.append("A4 rel=self")
    entries = root.findall(f"{ATOM}entry")
    for name in ("id", "updated"):
        values = [entry.findtext(f"{ATOM}{name}") for entry in entries]
        if len(set(values)) != len(values):
            faults.append(f"A8 two entries of one {name}")
    for entry in entries:
        kinds = [
            (one.get("type"), one.get("hreflang"))
            for one in entry.findall(f"{ATOM}link")
            if one.get("rel") == "alternate"
        ]
        if len(set(kinds)) != len(kinds) or ("text/html", None) not in kinds:
            faults.append(f"A4 alternates {kinds}")
        faults += html_faults(entry.findtext(f"{ATOM}content") or "") + _turning(entry, f"{ATOM}content")
        for text in entry.iter(f"{ATOM}title", f"{ATOM}summary", f"{ATOM}rights"):
            if text.get("type") == "html":
                faults += html_faults("".join(text.itertext()))
    return faults


@cache
def schema() -> Any:
    checker = jsonschema.FormatChecker(formats=["date-time"])
    checker.checks("uri")(lambda value: not isinstance(value, str) or WEB.fullmatch(value) is not None)
    return jsonschema.Draft202012Validator(
        json.loads((HERE / "jsonfeed.schema.json").read_text()), format_checker=checker
    )


def json_faults(data: bytes, self_url: str) -> list[str]:
    """Return what is wrong with a JSON Feed: by its schema with formats, and what no schema says."""
    document = json.loads(data)
    faults = [f"{one.json_path}: {one.message[:200]}" for one in schema().iter_errors(document)]
    if document["feed_url"] != self_url:
        faults.append("E5 feed_url")
    ids = [item["id"] for item in document["items"]]
    if len(set(ids)) != len(ids):
        faults.append("E5 two items of one id")
    for item in document["items"]:
        faults += html_faults(item.get("content_html", ""))
        texts = [item.get(name, "") for name in ("title", "summary", "content_text")]
        texts += item.get("tags", []) + [who.get("name", "") for who in item.get("authors", [])]
        texts += [file.get("title", "") for file in item.get("attachments", [])]
        faults += [f"E5 {text!r:.99} turns others around" for text in texts if turns_others(text)]
    return faults
