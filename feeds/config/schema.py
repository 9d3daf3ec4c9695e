"""The JSON Schema of config.yaml and its reference, made of the same shapes that read it."""

from typing import Any

from feeds.config.keys import CONFIG

_HEAD = """# config.yaml

Every key, what it is for, and its default. Made by `make docs` from the shapes that
read the file; a test keeps it so. `newsweir check` names every fault of your file at
once, each with its line and its mend. For completion in your editor put this on top:

    # yaml-language-server: $schema=docs/config.schema.json

Relative paths count from the folder of the file. A duration needs its unit (`30s`
`15m` `2h` `7d`), a size too (`10MB` is 10^7 bytes). A key that does not stand here is
a fault. Texts are read as they are: `no` is no, not false.
"""


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12), for editors: completion and faults while typing."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "newsweir's config.yaml",
        **CONFIG.schema(),
    }


def config_reference() -> str:
    """Return the reference of all keys, as Markdown."""
    parts = [_HEAD]
    for name, about in config_schema()["properties"].items():
        parts.append(f"## `{name}`\n\n{about['description']}.\n")
        parts += _tables(about)
    return "\n".join(parts)


def _tables(about: dict[str, Any]) -> list[str]:
    """Return a table of keys for everything below one key that has keys of its own."""
    if "properties" in about:
        return [_table(about["properties"])]
    if "patternProperties" in about:
        (shape,) = about["patternProperties"].values()
        return ["Each under a slug of your choice: `[a-z0-9]` and hyphens.\n", _table(shape["properties"])]
    kinds = about.get("items", {}).get("oneOf", [])
    tables = [f"A source with `{kind['required'][0]}`:\n\n{_table(kind['properties'])}" for kind in kinds]
    inner = {key: one for kind in kinds for key, one in kind["properties"].items() if "properties" in one}
    return [*tables, *(f"The keys of `{key}`:\n\n{_table(one['properties'])}" for key, one in inner.items())]


def _table(keys: dict[str, Any]) -> str:
    rows = [f"| `{key}` | {_cell(shape['description'])} | {_values(shape)} |" for key, shape in keys.items()]
    return "\n".join(["| key | for | value |", "|---|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _values(shape: dict[str, Any]) -> str:
    if "enum" in shape:
        return ", ".join(f"`{word}`" for word in shape["enum"])
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_values(one) for one in shape["anyOf"]))
    kind = shape.get("type")
    if kind == "integer":
        return f"{shape['minimum']} to {shape['maximum']}"
    if kind == "object":
        return ", ".join(f"`{{{key}: …}}`" for key in shape["properties"])
    pattern = str(shape.get("pattern", ""))
    words = {"array": "list", "boolean": "`true`, `false`"}
    if "(ms|s|m" in pattern:
        return "duration"
    return words.get(str(kind), "size" if pattern.endswith("B$") else "text")
