"""config.yaml -> Settings."""

import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from feeds.config.keys import CONFIG
from feeds.config.shapes import MISSING, Fault, Faults, read_pairs
from feeds.errors import ConfigError
from feeds.settings import FeedList, FeedSource, FolderSource, Server, Settings, Site, Source, Unix

MAX_BYTES = 10_000_000
MAX_NODES = 1_000_000
DEEPEST = 100
_KEYS = ("every", "enabled", "pages", "select", "encoding", "initial", "history", "flood", "proxy", "rights")
"""Keys of a source that are taken as they were read."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(path: Path) -> Settings:
    """Return the settings in the file at *path*. Raises ConfigError with every fault."""
    settings, faults = check(path)
    if faults or settings is None:
        raise ConfigError(
            tuple(f"{path.name}:{fault.line}  {fault.path}: {fault.message}" for fault in faults)
        )
    return settings


def check(path: Path) -> tuple[Settings | None, list[Fault]]:
    """Return the settings where they can be used, and all faults, in the order of the file."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            (f"{path}: there is no such file (newsweir init writes one; newsweir -c FILE names another)",)
        ) from None
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    return read_settings(text, path)


def read_settings(data: bytes, path: Path) -> tuple[Settings | None, list[Fault]]:
    """Return what *data* means as the file at *path*, where it can be used, and all faults."""
    faults = Faults()
    root = _compose(data, faults)
    if root is None:
        return None, sorted(faults.found)
    values = CONFIG.read(root, "", faults)
    if values is MISSING:
        return None, sorted(faults.found)
    settings = _settings(values, path.absolute(), root, faults)
    return (None if faults.found else settings), sorted(faults.found)


def _compose(data: bytes, faults: Faults) -> yaml.Node | None:
    """Return the root node of the YAML, or None with the fault noted."""
    if len(data) > MAX_BYTES:
        faults.found.append(Fault(1, "config", f"has {len(data)} bytes, more than {MAX_BYTES}"))
        return None
    try:
        text = data.decode("utf-8-sig")
        if (line := _too_deep(text)) is not None:
            faults.found.append(
                Fault(line, "config", f"is nested deeper than {DEEPEST}; nothing here needs that")
            )
            return None
        root: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.found.append(Fault(line, "config", "is not UTF-8 here (save the file as UTF-8)"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults.found.append(Fault(line, "config", f"is no YAML: {_yaml_problem(error, text, line)}"))
        return None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        faults.found.append(
            Fault(
                line, "config", "holds a character that no text may hold (is it YAML, saved as plain text?)"
            )
        )
        return None
    except (yaml.YAMLError, RecursionError) as error:
        faults.found.append(Fault(1, "config", f"is no YAML: {error}".replace("\n", " ")))
        return None
    if root is None:  # An empty file: all defaults.
        mark = yaml.Mark("config", 0, 0, 0, "", 0)
        return yaml.MappingNode("tag:yaml.org,2002:map", [], mark, mark)
    if not _bounded(root):
        faults.found.append(
            Fault(1, "config", "its aliases repeat one another without bound; write them out")
        )
        return None
    return root


def _too_deep(text: str) -> int | None:
    """Return the line from which on the YAML is nested too deeply, or None.

    libyaml composes nodes by recursion and ends the whole process where the stack
    ends; its events come one by one.
    """
    open_now = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_now += 1
            if open_now > DEEPEST:
                return event.start_mark.line + 1 if event.start_mark else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            open_now -= 1
    return None


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    """Return what libyaml found, in words that say what to do."""
    problem = (error.problem or "it cannot be read").replace("\n", " ")
    row = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    if re.match(r" *\t", row):
        return "a tab stands where YAML allows only spaces"
    if "cannot start any token" in problem:
        return f"'{row.strip()[:60]}': a text that begins so must stand in quotes"
    if "mapping values are not allowed" in problem:
        return "a colon stands where none may (put texts that hold ': ' in quotes, and check the indent)"
    return problem


def _bounded(root: yaml.Node) -> bool:
    """Say whether walking the document ends soon: aliases can make it grow without bound."""
    count, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MAX_NODES:
            return False
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                waiting += (key, value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
    return True


def _settings(values: dict[str, Any], file: Path, root: yaml.Node, faults: Faults) -> Settings | None:
    home = file.parent
    nodes = read_pairs(root, "", Faults()) or {}
    before = len(faults.found)
    site = values.get("site", Site())
    topics = values.get("topics", {})
    sources = _sources(values.get("sources", ()), home, faults)
    lists = _lists(values.get("sources", ()), home, faults)
    if site.lead is not None and site.lead not in topics:
        faults.add(nodes["site"][1], "site.lead", f"there is no topic {site.lead!r} below topics")
    _check_renames(topics, nodes, faults)
    if len(faults.found) > before:
        return None
    others = {key: values[key] for key in ("server", "fetch") if key in values}
    if "server" in others:
        others["server"] = _placed(others["server"], home)
    data = home / values.get("data", "data")
    return Settings(
        home=home, file=file, data=data, site=site, sources=sources, lists=lists, topics=topics, **others
    )


def _placed(server: Server, home: Path) -> Server:
    """Return the server with its Unix sockets counted from the folder of config.yaml."""
    placed = (Unix(path=home / one.path) if isinstance(one, Unix) else one for one in server.listen)
    return msgspec.structs.replace(server, listen=tuple(placed))


def _check_renames(topics: dict[str, Any], nodes: dict[str, Any], faults: Faults) -> None:
    """Note topics that claim as their past a slug that is in use."""
    claimed: dict[str, str] = {}
    for slug, topic in topics.items():
        if topic.was is None:
            continue
        place = f"topics.{slug}.was"
        if topic.was in topics:
            faults.add(nodes["topics"][1], place, f"{topic.was!r} is another topic of this file")
        elif topic.was in claimed:
            faults.add(
                nodes["topics"][1], place, f"{topic.was!r} is claimed by topics.{claimed[topic.was]} too"
            )
        claimed[topic.was] = slug


def _sources(items: Iterable[dict[str, Any]], home: Path, faults: Faults) -> tuple[Source, ...]:
    """Return the sources with names of their own, and note two that collide."""
    whole = [item for item in items if {"feed", "page", "folder"} & set(item)]
    given = {item["name"] for item in whole if "name" in item}
    sources: list[Source] = []
    names: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for item in whole:
        node, path = item["node"], item["path"]
        address = item.get("feed") or item.get("page") or item["folder"]
        if address in addresses:
            faults.add(node, path, f"{address} is {addresses[address]} already (take one away)")
        addresses.setdefault(address, path)
        name = item.get("name") or free_name(name_of(address), {*names, *given})
        if name in names:
            faults.add(node, f"{path}.name", f"{name!r} is the name of {names[name]} already")
        names[name] = path
        sources.append(_source(item, name, home))
    return tuple(sources)


def _lists(items: Iterable[dict[str, Any]], home: Path, faults: Faults) -> tuple[FeedList, ...]:
    """Return the living lists, each once."""
    lists: dict[str, FeedList] = {}
    for item in items:
        if "opml" not in item:
            continue
        if item["opml"] in lists:
            faults.add(item["node"], item["path"], f"{item['opml']} is a source already (take one away)")
        keys = {key: item[key] for key in _KEYS if key in item}
        private = tuple(ip_network(text) for text in item.get("allow_private", ()))
        path = home / item["opml"]
        lists[item["opml"]] = FeedList(opml=item["opml"], path=path, allow_private=private, **keys)
    return tuple(lists.values())


def _source(item: dict[str, Any], name: str, home: Path) -> Source:
    common: dict[str, Any] = {key: item[key] for key in _KEYS if key in item}
    common["named"] = "name" in item
    if "folder" in item:
        return FolderSource(folder=item["folder"], path=home / item["folder"], name=name, **common)
    private = tuple(ip_network(text) for text in item.get("allow_private", ()))
    url, discover = item.get("feed") or item["page"], "page" in item
    return FeedSource(url=url, discover=discover, name=name, allow_private=private, **common)


def name_of(address: str) -> str:
    """Return a name for a source that was given none: its host, or its folder's own name."""
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        host = (parts.hostname or "").removeprefix("www.")
        return re.sub(r"[^\w.-]", "-", host)
    return Path(address).name or address


def free_name(name: str, taken: set[str]) -> str:
    """Return *name*, with a number where others have it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
