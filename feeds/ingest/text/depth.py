"""HTML's text -> how deep its elements stand within one another, in one pass over it.

Counted as an HTML parser counts (the WHATWG's standard, 13.2.6): a tag that closes
itself does not, an end without a beginning ends nothing, what need not be closed
is closed by what follows, and formatting that was never closed is made anew in
each paragraph. Where it would be long to be exact the count is too high, never
too low: it decides whether a text is safe to be given to a real parser.
"""

import re

MOST_REMADE = 100_000
"""Formatting elements that may be made anew; each costs a parser more than a microsecond."""

_WITH_IMPLIED = 3
"""Elements that one start tag makes at most: a cell its row and its table's body too."""

_BEGINNING = re.compile(r"<[a-zA-Z]")
_NAME = re.compile(r"(/?)([a-zA-Z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"[\s/]*(=?[^\s/>=]*)(?:\s*=\s*([\"']?))?")
_UNQUOTED = re.compile(r"[^\s>]*")
_COMMENT_ENDS = re.compile(r"--!?>")
_WRITTEN = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_FOREIGN = frozenset("svg math desc foreignobject annotation-xml mi mo mn ms mtext".split())
_NO_TAGS = frozenset("script style textarea title xmp iframe noembed noframes noscript plaintext".split())
"""What holds no elements: its end may stand where a tag's value would be; so nothing without is ended within it."""
_SCOPES = (
    _FOREIGN
    | _NO_TAGS
    | frozenset("applet caption html marquee object table td template th button select".split())
)
"""What keeps an end tag within it from ending what stands without."""
_SPECIAL = _SCOPES | frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form "
    "frameset h1 h2 h3 h4 h5 h6 head header hgroup li listing main menu nav ol p pre search section summary "
    "tbody tfoot thead tr ul".split()
)
_MARKERS = _FOREIGN | _NO_TAGS | frozenset("applet caption marquee object td template th".split())
"""What keeps the end of formatting within it from ending what was begun without."""
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_NOT_FOREIGN = _SPECIAL | _FORMATTING | frozenset("ruby rt rp span sub sup var".split())
_UNSURE = _FOREIGN | {"button", "select"}
"""Parsers differ on what the beginning of another one ends."""
_IGNORED = frozenset("html head body frameset frame".split())
_TABLE_PARTS = frozenset("caption tbody thead tfoot tr td th".split())
_ENDS_PARAGRAPH = _SPECIAL - _SCOPES - _TABLE_PARTS - frozenset(("body", "head", "frameset"))
_CELLS, _GROUPS = frozenset(("td", "th")), frozenset(("tbody", "thead", "tfoot"))
_ENDED_BY_NEXT = {
    "li": frozenset(("li",)),
    **dict.fromkeys(("dt", "dd"), frozenset(("dt", "dd"))),
    **dict.fromkeys(("td", "th"), _CELLS),
    "tr": frozenset(("tr",)),
    **dict.fromkeys(("tbody", "thead", "tfoot"), _GROUPS),
}
_OF_TABLE = frozenset(("table", "template"))
_STOPS = {
    **dict.fromkeys(("li", "dt", "dd"), _SPECIAL - frozenset(("address", "div", "p"))),
    **dict.fromkeys(("td", "th", "tr", "tbody", "thead", "tfoot"), _OF_TABLE),
}


class _Format:
    """A formatting element that was begun and not ended; *inside* while it stands among the open ones."""

    def __init__(self, name: str, tag: str) -> None:
        self.name, self.tag, self.inside = name, tag, True


class _Stack:
    """The elements that are open, and the formatting to be made anew where it is not among them."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self._formats: list[_Format | None] = []  # Beside each open one, what it is of `active`.
        self.active: list[_Format] = []
        self.remade = 0

    @property
    def depth(self) -> int:
        """How deep a text would stand here."""
        return len(self.open) + sum(not one.inside for one in self.active)

    def begin(self, name: str, tag: str) -> None:
        """Take in a start tag."""
        if name in _VOID or name in _IGNORED or (name in _TABLE_PARTS and "table" not in self.open):
            return
        self._remake()
        if name in _FORMATTING:
            self._begin_formatting(name, tag)
            return
        if name in _ENDS_PARAGRAPH:
            self._close(frozenset(("p",)), _SCOPES)
        top = self.open[-1] if self.open else ""
        if (name == top == "option") or (name in _HEADINGS and top in _HEADINGS):
            self._cut(len(self.open) - 1)
        if name in _ENDED_BY_NEXT:
            self._close(_ENDED_BY_NEXT[name], _STOPS[name])
        if name in _CELLS | {"tr"}:
            self._complete(name)
        self._push(name, None)

    def _complete(self, name: str) -> None:
        """Begin what of a table's own parts was left out."""
        within = next((one for one in reversed(self.open) if one in _TABLE_PARTS or one == "table"), "table")
        if within == "table":
            self._push("tbody", None)
        if name in _CELLS and within != "tr":
            self._push("tr", None)

    def end(self, name: str) -> None:
        """Take in an end tag."""
        if name in _FORMATTING:
            self._end_formatting(name)
        elif name == "form":  # Its end takes it out from between the others, which stay open.
            if self.open[-1:] == ["form"]:
                self._cut(len(self.open) - 1)
        elif name in _TABLE_PARTS or name == "table":
            self._close(frozenset((name,)), _OF_TABLE | _NO_TAGS)
        elif name == "li":
            self._close(frozenset(("li",)), _SCOPES | {"ol", "ul"})
        elif name in _HEADINGS:
            self._close(_HEADINGS, _SCOPES)
        elif name in {"svg", "math"}:
            self._close(frozenset((name,)), _NOT_FOREIGN - {name})
        else:
            self._close(frozenset((name,)), _SCOPES if name in _SPECIAL - _UNSURE else _SPECIAL)

    def _remake(self) -> None:
        """Put the formatting that was never ended into what is open now."""
        for one in self.active:
            if not one.inside:
                one.inside = True
                self.remade += 1
                self._push(one.name, one)

    def _begin_formatting(self, name: str, tag: str) -> None:
        if name == "a":
            self._end_formatting(name)
            self._remake()
        same = [one for one in self.active if (one.name, one.tag) == (name, tag)]
        if len(same) == 3:  # A parser remembers no more of a kind.
            self.active.remove(same[0])
        self.active.append(_Format(name, tag))
        self._push(name, self.active[-1])

    def _end_formatting(self, name: str) -> None:
        """End the last of a kind; what is special within it stays open, and so does all within that."""
        found = next((one for one in reversed(self.active) if one.name == name), None)
        if found is None:
            return
        if found.inside:
            at = self._formats.index(found)
            if not _MARKERS.isdisjoint(self.open[at:]):
                return
            if _SPECIAL.isdisjoint(self.open[at:]):
                self._cut(at)
            else:
                del self.open[at], self._formats[at]
        self.active.remove(found)

    def _push(self, name: str, found: _Format | None) -> None:
        self.open.append(name)
        self._formats.append(found)

    def _cut(self, at: int) -> None:
        for one in self._formats[at:]:
            if one is not None:
                one.inside = False
        del self.open[at:], self._formats[at:]

    def _close(self, names: frozenset[str], stops: frozenset[str]) -> None:
        """End the innermost element with one of *names* and all within it, unless one of *stops* stands between."""
        for number in range(len(self.open) - 1, -1, -1):
            if self.open[number] in names:
                self._cut(number)
                return
            if self.open[number] in stops:
                return


def depth(text: str, most: int) -> int:
    """Return how deep the elements of *text* stand; where it is more than *most*, one more than that."""
    begun = len(_BEGINNING.findall(text)) * _WITH_IMPLIED  # Most texts need no more than this.
    return begun if begun <= most else _count(text, most)


def depth_written(text: str) -> int:
    """Return how deep the elements of a text stand that a parser wrote down: no `<` in it but that of a tag."""
    deepest = now = 0
    for closing, name in _WRITTEN.findall(text):
        if name not in _VOID:
            now += -1 if closing else 1
            deepest = max(deepest, now)
    return deepest


def _count(text: str, most: int) -> int:
    stack = _Stack()
    deepest = at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            ends = _COMMENT_ENDS.search(text, at + 2)  # `<!-->` is one.
            if ends is None:
                break
            at = ends.end()
            continue
        match = _NAME.match(text, at + 1)
        if match is None:
            at += 1
            continue
        end = _end_of_tag(text, match.end())
        if end is None:  # A tag that is never closed is none, and nothing follows it.
            break
        if match[1]:
            stack.end(match[2].lower())
        else:
            stack.begin(match[2].lower(), text[match.end() : min(end, match.end() + 200)])
        deepest = max(deepest, stack.depth)
        if deepest > most or stack.remade > MOST_REMADE:
            return most + 1
        at = end
    return deepest


def _end_of_tag(text: str, at: int) -> int | None:
    """Return where the tag whose name ends at *at* is closed, quoted values passed over."""
    while at < len(text):
        match = _ATTRIBUTE.match(text, at)
        at = match.end() if match else at
        if match and match[2]:
            at = text.find(match[2], at) + 1
            if not at:
                return None
        elif match and match[2] == "":
            unquoted = _UNQUOTED.match(text, at)
            at = unquoted.end() if unquoted else at
        if text.startswith(">", at):
            return at + 1
    return None
