"""Bytes of XML -> SAX events, text in one piece and no document type at all.

Named in feedparser's list of parsers, which asks for `create_parser`. The standard
library's reader hands text on in scraps, a call for each line and each reference;
expat can gather them, and feedparser then does a third less. It also looks for the
value of an attribute among all others, and feedparser for the prefix of a namespace:
here both take the same time however many there are.
"""

from typing import Any
from xml.sax import SAXNotSupportedException
from xml.sax.expatreader import ExpatParser
from xml.sax.xmlreader import AttributesNSImpl

_AT_ONCE = 2**16
_READ_AT_ONCE = 2**18
"""Expat reads a token anew with each piece of it that comes."""
MOST_PREFIXES = 128
"""Prefixes that feedparser looks through for each element; of further ones it is told beside the element."""


class _Attributes(AttributesNSImpl):
    """The standard library's, which knows an attribute by the name that it is written with."""

    def __init__(self, attributes: Any, names: Any) -> None:
        super().__init__(attributes, names)
        self._values = {name: attributes[pair] for pair, name in names.items()}

    def getValueByQName(self, name: str) -> str:  # noqa: N802 - the standard library's name
        """Return the value of the attribute that is written so. Raises KeyError."""
        value: str = self._values[name]
        return value


class _Gathering(ExpatParser):
    """The standard library's reader, with text gathered and without document types."""

    _parser: Any
    _cont_handler: Any

    def __init__(self) -> None:
        super().__init__(bufsize=_READ_AT_ONCE)
        self._prefixes: set[str | None] = set()

    def reset(self) -> None:
        """Begin anew, with the next document."""
        super().reset()
        self._prefixes = set()
        self._parser.buffer_text = True
        self._parser.buffer_size = _AT_ONCE

    @property
    def position(self) -> int:
        """Where in the bytes the event stands that is told of."""
        found: int = self._parser.CurrentByteIndex
        return found

    def _reset_cont_handler(self) -> None:
        """Say nothing of processing instructions: they mean nothing to a feed, and part its text."""
        self._parser.CharacterDataHandler = self._cont_handler.characters

    def start_namespace_decl(self, prefix: Any, uri: Any) -> None:
        """Tell of a namespace, while there are few."""
        if len(self._prefixes) < MOST_PREFIXES or prefix in self._prefixes:
            self._prefixes.add(prefix)
            super().start_namespace_decl(prefix, uri)

    def start_element_ns(self, name: Any, attrs: Any) -> None:
        """Tell of an element and its attributes."""
        pair, written = _parted(name)
        attributes: dict[tuple[str | None, str], str] = {}
        names: dict[tuple[str | None, str], str] = {}
        for one, value in attrs.items():
            own, as_written = _parted(one)
            attributes[own] = value
            names[own] = as_written
        self._cont_handler.startElementNS(pair, self._said(pair, written), _Attributes(attributes, names))

    def end_element_ns(self, name: Any) -> None:
        """Tell that an element ends."""
        pair, written = _parted(name)
        self._cont_handler.endElementNS(pair, self._said(pair, written))

    def _said(self, pair: tuple[str | None, str], written: str) -> str | None:
        """Return an element's name as it is written, where feedparser cannot find its prefix itself."""
        return written if len(self._prefixes) == MOST_PREFIXES and ":" in written else None

    def start_doctype_decl(self, name: Any, *_: Any) -> None:
        """Refuse a document type: it can declare entities, and name files and addresses."""
        raise SAXNotSupportedException(f"document type {name}")


def _parted(name: str) -> tuple[tuple[str | None, str], str]:
    """Return namespace and name as expat gives them, and the name as it is written."""
    parts = name.split()
    if len(parts) == 1:
        return (None, name), name
    namespace, local, *prefix = parts
    return (namespace, local), ":".join((*prefix, local))


def create_parser() -> Any:
    """Return a new parser."""
    return _Gathering()
