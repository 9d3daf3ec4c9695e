"""A word of a query -> what is wrong with it, in a sentence with its mend; None for plain words. Pure.

What other search languages mean by a mark, ours would read as nothing at all: such
a query matched otherwise than its writer meant, and nobody was told.
"""

import re

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'))
_LATER = re.compile(r"(?:(?i:O?NEAR/\d+|ATLEAST\d+)|O?NEAR|SAME|ALLCAPS)\Z")
_LEADING = re.compile(rf"(?P<mark>[!+~{_DASHES}-]+)(?P<rest>\S*\w\S*)")
_FIELD = re.compile(r"(?P<name>[A-Za-z]+):")
_COMPARED = re.compile(r"[<>=|^~]")


def straight(text: str) -> str:
    """Return *text* with typographic quotation marks as plain ones; positions stay."""
    return text.translate(_QUOTES)


def wrong_with(word: str, fields: tuple[str, ...]) -> str | None:
    """Return why *word* cannot be what its writer means, or None.

    fields   the names that may stand before a colon; one that stands before a term
             was read by then
    """
    if _LATER.match(word):
        return f"{word} is an operator this version does not know"
    if field := _FIELD.match(word):
        return _misplaced(word, field["name"].lower(), fields)
    if leading := _LEADING.match(word):
        mark, rest = leading["mark"], leading["rest"]
        if "+" in mark:
            return f"'{mark}' means nothing here: words side by side are all wanted (write {rest})"
        if "~" in mark:
            return f"'{mark}' means nothing here: words at a distance cannot be asked for (take it away)"
        return f"'{mark}' means nothing here: to shut a word out, write -{rest} with one plain hyphen"
    if found := _COMPARED.search(word):
        mend = "write OR" if found.group() == "|" else f'write "{word}" for the words'
        return f"'{found.group()}' means nothing here: {mend}"
    return None


def _misplaced(word: str, name: str, fields: tuple[str, ...]) -> str:
    known = ", ".join(f"{field}:" for field in fields)
    if name not in fields:
        return f'no field is called {name}: (known: {known}; write "{word}" for the words)'
    return (
        f"{name}: must stand directly before a word, a phrase in double quotes or a '(' "
        f"(write {name}:kabul, or -{name}:kabul to shut it out)"
    )
