"""The record's types -> its JSON Schema (2020-12)."""

from typing import Any

import msgspec

from archive.record.article import Alias, Article, Tombstone

_STORE = {
    "type": "object",
    "description": "seq, sum and prev of the line; see README.txt",
    "required": ["seq", "sum", "prev"],
    "properties": {
        "seq": {"type": "string", "pattern": "^[0-9]{12}$"},
        "sum": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "prev": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a line that holds an article.

    What alias and tombstone lines hold stands in it as `$defs/Alias`, `$defs/Tombstone`.
    Top-level members are closed but for extensions (`_` and a letter, JSON Feed
    1.1); `_archive` is open, since later versions add to it.
    """
    defs: dict[str, Any]
    _, defs = msgspec.json.schema_components([Article, Alias, Tombstone], ref_template="#/$defs/{name}")
    article = defs.pop("Article")
    article["properties"].update(
        {
            "id": {"type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$"},
            "date_published": {"type": "string", "format": "date-time"},
            "date_modified": {"type": "string", "format": "date-time"},
            "content_text": {"type": "string"},
            "_store": _STORE,
        }
    )
    for name in ("url", "external_url", "image"):
        article["properties"][name] = {"type": "string", "minLength": 1}
    article["required"] = ["id", "content_text", "_archive"]
    article["additionalProperties"] = False
    article["patternProperties"] = {"^_[a-zA-Z]": {}}
    for name, kind in (("Alias", "alias"), ("Tombstone", "tombstone")):
        defs[name]["properties"]["_store"] = _STORE
        defs[f"{name}Of"]["properties"]["kind"] = {"const": kind}
    for part in defs.values():
        part["properties"] = {name: _no_null(shape) for name, shape in part["properties"].items()}
    article["properties"] = {name: _no_null(shape) for name, shape in article["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:newsweir:article-v1",
        **article,
        "$defs": defs,
    }


def _no_null(shape: dict[str, Any]) -> dict[str, Any]:
    """Return *shape* without the null that only the code knows: absent means unknown."""
    choices = [choice for choice in shape.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {key: value for key, value in shape.items() if key not in ("anyOf", "default")}
    if len(choices) == 1:
        return {**choices[0], **rest}
    return {"anyOf": choices, **rest} if choices else rest
