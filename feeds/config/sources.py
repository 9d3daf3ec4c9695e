"""One entry of `sources:` -> its keys, whatever kind of source it is."""

from datetime import timedelta
from typing import Any, ClassVar

import yaml

from feeds.config import examiners
from feeds.config.scalars import Beginning, Choice, Duration, Flag, Text, Whole
from feeds.config.shapes import MISSING, Faults, Field, Fields, Listing
from feeds.settings import Selectors, SourceRights


class SourceShape:
    """A source: a feed, a page that leads to one, a list of feeds, or a folder, with the keys that belong to it."""

    _enabled: ClassVar = {
        "rights": Field(
            Fields(
                {
                    "words": Field(
                        Whole(0, 1_000_000),
                        "Of an article's text that others may be shown, at most",
                        "what a topic gives",
                    ),
                    "publish": Field(Flag(), "false: kept and searched, and published by no topic", "true"),
                },
                make=SourceRights,
            ),
            "What it allows; kept with each article, so in force for what comes from now on",
        ),
        "enabled": Field(Flag(), "false: it is not polled, what it gave stays", "true"),
    }
    _common: ClassVar = {
        "name": Field(Text("a name"), "What logs and lists call it", "the host, the folder's name"),
        **_enabled,
    }
    _one: ClassVar = Text("a CSS selector", examiners.selector)
    _select: ClassVar = Fields(
        {
            "title": Field(_one, "The title"),
            "author": Field(_one, "Each author"),
            "date": Field(_one, "The day of publication"),
            "body": Field(_one, "The text, whole; nothing else of the page is read"),
            "remove": Field(
                Listing(_one, "a list of CSS selectors", lone=True), "Taken out before anything is read"
            ),
        },
        make=Selectors,
    )
    _web: ClassVar = {
        "every": Field(
            Duration(timedelta(seconds=1), timedelta(days=30)), "The shortest time between two polls", "30m"
        ),
        "pages": Field(
            Choice(("auto", "always", "never")),
            "Fetch the article's page: for thin entries, always or never",
            "auto",
        ),
        "select": Field(_select, "Where things stand on its articles' pages, by CSS selectors"),
        "initial": Field(
            Beginning(0, 25_000),
            "What of its first document is published: so many of the newest, what is so new (7d), or all; "
            "everything is archived, and `newsweir release` publishes the rest",
            "50",
        ),
        "history": Field(
            Flag(),
            "true: the older documents it leads back to (RFC 5005, next_url) are archived too, one at a time",
            "false",
        ),
        "flood": Field(
            Choice(("hold", "publish")),
            "What becomes of new entries far beyond its habit, or dated before all it lately showed: archived "
            "and held from readers until you decide, or published like any other",
            "hold",
        ),
        "allow_private": Field(
            Listing(Text("a network", examiners.network), "a list of networks"),
            "Networks of your own in which it may lie; without this no private address is asked",
        ),
        "proxy": Field(
            Text("a proxy", examiners.proxy),
            "The HTTP proxy through which it and its pages are asked; no proxy is ever taken from the environment",
        ),
    }
    _encoding: ClassVar = {
        "encoding": Field(
            Text("an encoding", examiners.encoding),
            "What it is in, where it is read as something else: windows-1251, koi8-r, shift_jis",
            "as header, byte order mark, declaration and the text itself suggest",
        ),
    }
    _kinds: ClassVar = {
        "feed": Fields(
            {
                "feed": Field(
                    Text("the address of a feed", examiners.web_address),
                    "The address of an RSS, Atom or JSON feed",
                ),
                **_web,
                **_encoding,
                **_common,
            }
        ),
        "page": Fields(
            {
                "page": Field(
                    Text("the address of a page", examiners.web_address),
                    "The address of a site: its feed is looked for",
                ),
                **_web,
                **_encoding,
                **_common,
            }
        ),
        "opml": Fields(
            {
                "opml": Field(
                    Text("a file"),
                    "An OPML file: every feed in it is a source, and it is read again when it changes",
                ),
                **_web,
                **_enabled,
            }
        ),
        "folder": Fields(
            {
                "folder": Field(Text("a folder"), "A folder in which every file becomes an article"),
                "every": Field(
                    Duration(timedelta(seconds=1), timedelta(days=30)), "How often it is looked through", "2s"
                ),
                **_common,
            }
        ),
    }
    _wanted = "`feed: ADDRESS`, `page: ADDRESS`, `opml: FILE` or `folder: PATH`"

    def read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        """Return the source's keys as a dict, with the node and path for later faults."""
        found = self._read(node, path, faults)
        return found if found is MISSING else {**found, "node": node, "path": path}

    def _read(self, node: yaml.Node, path: str, faults: Faults) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return faults.add(node, path, f"expected {self._wanted}")
        kinds = [kind for kind in self._kinds if kind in {str(key.value) for key, _ in node.value}]
        if not kinds:
            return faults.add(node, path, f"lacks what to read: {self._wanted}")
        if len(kinds) > 1:
            both = " and a ".join(kinds)
            return faults.add(node, path, f"is both a {both} (make two sources of it)")
        return self._kinds[kinds[0]].read(node, path, faults)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"oneOf": [{**fields.schema(), "required": [kind]} for kind, fields in self._kinds.items()]}
