"""The JSON Schema of config.yaml, made of the same shapes that read it."""

from typing import Any

from feeds.config.keys import CONFIG


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12), for editors: completion and faults while typing."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "newsweir's config.yaml",
        **CONFIG.schema(),
    }
