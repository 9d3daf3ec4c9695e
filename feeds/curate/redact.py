"""A line of the decisions or publications journal -> the same without a word of an erased article. Pure.

It stays a valid line: topic, number, revision, id, times, and who decided what.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

GONE = "an article that was erased"
"""What stands where its title stood."""

Quoted = Callable[[str], bool]
"""Whether an example's name (an address, a path, an id) means the erased article."""


def decision(body: bytes, article: str, quoted: Quoted) -> tuple[bytes, str | None] | None:
    """Return the body without what it says of *article*, and the topic whose definition or model it is.

    None for a line that never said any of it.
    """
    line: dict[str, Any] = msgspec.json.decode(body)
    match line.get("kind"):
        case "define":
            found = _without_names(line.get("keys", {}), "like", article, quoted)
        case "model":
            found = _without_names(line, "missing", article, quoted)
            for number, example in enumerate(line.get("examples", [])):
                if example.get("article") == article or _means(example["name"], article, quoted):
                    line["examples"][number] = {"name": article, "title": GONE, "article": article}
                    found = True
        case "erase":
            return None
        case _:
            found = line.get("article") == article and line.pop("reason", None) is not None
    return (msgspec.json.encode(line), line.get("topic")) if found else None


def _without_names(values: dict[str, Any], key: str, article: str, quoted: Quoted) -> bool:
    """Let the examples named under *key* that mean the article be named by its id alone; say whether any does."""
    names = values.get(key)
    if not isinstance(names, list) or not any(_means(name, article, quoted) for name in names):
        return False
    values[key] = [article if _means(name, article, quoted) else name for name in names]
    return True


def _means(name: object, article: str, quoted: Quoted) -> bool:
    return isinstance(name, str) and (name == article or quoted(name))


def titles(body: bytes, article: str, quoted: Quoted) -> tuple[str, set[str]] | None:
    """Return the topic of a `model` line and by which titles it shows *article*; None for any other line."""
    line = msgspec.json.decode(body)
    if line.get("kind") != "model":
        return None
    shown = {
        example["title"]
        for example in line.get("examples", [])
        if example.get("article") == article or _means(example["name"], article, quoted)
    }
    return (line["topic"], shown - {GONE}) if shown else None


def publication(
    body: bytes,
    article: str,
    titles: Mapping[str, Collection[str]],
    given: Collection[tuple[str, int]] = (),
) -> bytes | None:
    """Return the body without what it shows of *article*; None for a line that never showed any of it.

    titles   topic -> by which titles its examples (local files, too) showed the article
    given    revisions of others that came under its name
    """
    line: dict[str, Any] = msgspec.json.decode(body)
    shown = line.get("shown")
    if not isinstance(shown, dict):
        return None
    subject = line.get("shows", line.get("article"))
    if article in {line.get("article"), subject} or (subject, line.get("rev")) in given:
        line["shown"] = {}
        return msgspec.json.encode(line)
    like = shown.get("like")
    if not isinstance(like, dict):
        return None
    by_title = "article" not in like and like.get("title") in titles.get(line.get("topic", ""), ())
    if like.get("article") != article and not by_title:
        return None
    shown["like"] = {"title": GONE, "score": like.get("score", ""), "article": article}
    return msgspec.json.encode(line)
