"""A by-line as it was written -> the names in it. Pure.

What leads to names falls (`By`, `Von`), and what follows them: roles, places, initials,
addresses. Names are taken apart at `and` and its like, at strokes and semicolons, and at
commas where every part could be a name.
"""

import re
import unicodedata
from collections.abc import Iterable
from html import unescape

from feeds.ingest.clean import line

_LONGEST = 200
"""Characters of a by-line; what is longer is a text."""
_LONGEST_NAME = 7
"""Words of a name; what has more is a sentence."""
_LEAD = re.compile(
    r"\A(?:(?:(?:an?|ein|una?|un)\s+)?(?:\w+\s+){0,2}?(?:written|words|posted|published|reported|edited|story|text|"
    r"kommentar|gastkommentar|analyse|essay|kolumne|interview|opinion|column|review|"
    r"geschrieben|verfasst|escrito|publicado|pubblicato|scritto|\u00e9crit|publi\u00e9|geschreven|skrevet|skriven)\s+)?"
    r"(?:by|von|vom|di|de|da|por|par|door|av|af|przez|od|autor(?:ka|in|a|es|en|i)?|author|auteurs?|autore|"
    r"\u043e\u0442|\u0430\u0432\u0442\u043e\u0440|texte?|tekst|words|foto\s+und\s+text)\s*(?::|\s)\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\A\W*(?:authors?|autor(?:in|en|es|i|a)?|by|von|text|words|reporter)\s*:\s*", re.IGNORECASE
)
_BETWEEN = re.compile(
    r"\s*(?:[;|/\u2022\u00b7\n\uff0f]|\s&\s|\s\+\s|\s(?:and|und|et|en|og|och|y|oraz|ja|\u0438|\u0442\u0430|dan)\s)\s*"
)
_COMMAS = re.compile(r"\s*[,\uff0c\u3001\u060c]\s*")
_BEHIND = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\s[\u2013\u2014-]\s.*|<.*)\s*\Z")
_ADDRESS = re.compile(r"https?://\S*|www\.\S*|\S+@\S+|(?<!\w)@\w+")
_ROLE = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|staff writers?|writers?|journalists?|columnists?|contributors?|"
    r"analysts?|professor|director|producers?|bureau|desk|redakt\w+|korrespondent\w*|reporterin|journalistin|"
    r"journaliste|corresponsal|redactor\w*|periodista|giornalista|inviat[oa]|chefe?|head|chief|"
    r"updated|published|minutes?|hours?|ago|read|follow|email|share|comments?)\b",
    re.IGNORECASE,
)
_NOT_NAMES = frozenset(
    "admin administrator author authors autor autorin autoren auteur auteurs autore autori autores editor editors "
    "newsroom staff guest anonymous unknown none null undefined by von user webmaster news noauthor writer reporter "
    "profile share follow comments advertisement print email bio website homepage home".split()
)
_DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|march|april|june|july|august|september|"
    r"october|november|december|januar|februar|m\u00e4rz|juni|juli|oktober|dezember)\b.*",
    re.IGNORECASE,
)
_PARTICLES = frozenset("von van der den de la le del della di da do dos zu zum af bin al el ibn y e".split())
_JUNIOR = frozenset("jr sr ii iii iv phd md esq jr. sr. ph.d. m.d.".split())


def names_in(text: str, *, last_first: bool = False) -> tuple[str, ...]:
    """Return the names in a by-line, in its order, none twice; none where it is no by-line.

    last_first   it is from a vocabulary that writes `Last, First`
    """
    bare = line(_ADDRESS.sub(" ", unescape(unescape(re.sub(r"<[^<>]*>", " ", text)))))
    if not bare or len(bare) > _LONGEST or (bare.endswith(".") and len(bare.split()) > 10):
        return ()
    if last_first and len(parts := _COMMAS.split(bare)) == 2 and not _BETWEEN.search(bare):
        return once([_name(f"{parts[1]} {parts[0]}")])
    lead = _LEAD.match(_LABEL.sub("", bare))
    bare = _LABEL.sub("", bare)
    if lead and _could_be(bare[lead.end() :]):
        bare = bare[lead.end() :]
    return once(name for part in _BETWEEN.split(bare) for name in _by_commas(part))


def key(name: str) -> str:
    """Return a name without what spellings of the same name differ in."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return "".join(one for one in folded if one.isalnum())


def is_whole(name: str) -> bool:
    """Say whether a text reads as a person's whole name, to be believed where nothing says that it is one."""
    words = [word for word in name.split() if word not in _PARTICLES]
    cased = [word for word in words if word[:1].lower() != word[:1].upper()]
    return (
        2 <= len(words) <= 4 + len(cased) // 4
        and all(word[:1].isupper() for word in cased)
        and not re.search(r"\d", name)
    )


def _by_commas(text: str) -> Iterable[str]:
    """Yield what stands between commas, as long as it could be a name; what follows a role or place is none."""
    parts = [part for part in _COMMAS.split(text) if part]
    whole = [part for part in parts if len(part.split()) > 1 and _name(part)]
    for number, part in enumerate(parts):
        if part.casefold() in _JUNIOR:
            continue
        if _ROLE.search(part):
            if number == 0 and len(parts) == 1:
                yield _name(part)
            continue
        if number and whole and len(part.split()) == 1:
            continue  # A place, or an agency's sign: the one before is a whole name.
        yield _name(part)


def _name(text: str) -> str:
    """Return a name without what stands round it, or "" where it is none."""
    bare = _DAY.sub("", text).strip() if len(text.split()) > 2 else text.strip()
    while (cut := _BEHIND.sub("", bare)) != bare and cut:
        bare = cut
    bare = re.sub(r"\A[\W_]+|[^\w.)'\u2019\u0900-\u0dff]+\Z", "", re.sub(r"\s*\d+\Z", "", bare))
    bare = bare[:-1] if bare.endswith(".") and len(bare.split()[-1]) > 4 else bare
    words = bare.split()
    if not words or len(words) > _LONGEST_NAME or key(bare) in _NOT_NAMES or not re.search(r"[^\W\d_]", bare):
        return ""
    return "" if re.search(r"\d{2}|[.!?:]\s|:\Z", re.sub(r"\b\w{1,3}\.\s", "", bare)) else bare


def _could_be(text: str) -> bool:
    """Say whether a name can begin here: with a capital, or in a script that has none."""
    first = text.strip()[:1]
    return bool(first) and not first.islower()


def once(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in their order, none twice; of two the one within the other."""
    found: dict[str, str] = {}
    for name in names:
        if key(name):
            found.setdefault(key(name), name)
    return tuple(
        name
        for own, name in found.items()
        if not any(own != one and one in own for one in found if len(one) > 5)
    )
