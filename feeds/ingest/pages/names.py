"""A by-line as it was written -> the names in it. Pure.

What leads to names falls (`By`, `Von`), and what follows them: roles, places, initials,
addresses, who edited or drew. Names are taken apart at `and` and its like, at strokes and
semicolons, and at commas where every part could be a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from html import unescape

from feeds.ingest.pages import vocabulary
from feeds.ingest.text.clean import line

_LONGEST = 200
"""Characters of a by-line; what is longer is a text."""
_LONGEST_STATED = 1000
"""Characters of a field that is there for authors alone; so many are whole names throughout, or a text."""
_MOST_READ = 4000
"""Characters of markup that are looked at for a by-line."""
_LONGEST_NAME = 7
"""Words of a name; what has more is a sentence."""
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_JOINS = "|".join(
    re.escape(one) for one in sorted(vocabulary.BETWEEN | vocabulary.BETWEEN_WHOLE, key=len, reverse=True)
)
_BETWEEN = re.compile(
    rf"\s*([;|\u2022\u00b7\n\uff1b]|[/\uff0f]|\s[&+]\s|\s(?:{_JOINS}|AND|UND|ET|EN|OG|OCH|Y|E|By|BY)\s)\s*"
)
_STROKES, _BARS = frozenset("/\uff0f"), frozenset("/\uff0f|\u2022\u00b7")
_COMMAS = re.compile(r"\s*[,\uff0c\u3001\u060c]\s*")
_BRACKETS = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\uff08[^\uff08\uff09]*\uff09|\u3010[^\u3010\u3011]*\u3011)"
)
_BEHIND = re.compile(r"\s*(?:\s[\u2013\u2014-]\s.*|<.*)\s*\Z")
_ADDRESS = re.compile(r"https?://\S*|www\.\S*|\S+@\S+|(?<!\w)@\w+")
_TWICE = re.compile(r"\A(\S.{3,}?)\s*\1\Z", re.IGNORECASE)
_SIGN = re.compile(r"[a-z\u00df-\u00ff]{1,4}\Z|[A-Z]{1,2}\Z")
"""What stands for a name or an agency behind a stroke: `dpa/lno`."""
_EAST_ASIAN = re.compile(
    r"\A(?:\u7279\u6d3e|\u5be6\u7fd2)?(?:\u8a18\u8005|\u8bb0\u8005|\u4f5c\u8005|\u64b0\u6587|\u7f16\u8f91|\u7de8\u8f2f)"
    r"(?=[\u4e00-\u9fff]{2,4}\Z)|(?<=[\uac00-\ud7a3]{2})\s*(?:\uae30\uc790|\ud2b9\ud30c\uc6d0)\Z"
)
_ARTICLES = frozenset("the le la les der die das el il".split())
_REPORTED = re.compile(r"(?:\u5831\u5c0e|\u5831\u9053|\u62a5\u9053|\u62a5\u5bfc)\Z")


def names_in(text: str, *, last_first: bool = False, stated: bool = False) -> tuple[str, ...]:
    """Return the names in a by-line, in its order, none twice; none where it is no by-line.

    last_first   it is from a vocabulary that writes `Last, First`
    stated       it is from a field that is there for authors alone
    """
    if len(text) > _MOST_READ:
        return ()
    bare = line(_UNSEEN.sub("", _ADDRESS.sub(" ", unescape(unescape(re.sub(r"<[^<>]*>", " ", text))))))
    if not bare or len(bare) > (_LONGEST_STATED if stated else _LONGEST):
        return ()
    if (bare.endswith(".") and len(bare.split()) > 10) or vocabulary.ASKING.match(bare):
        return ()
    bare = _undated(_first_field(_unbracketed(bare)))
    if len(parts := _COMMAS.split(bare)) == 2 and not _BETWEEN.search(bare):
        one_word = all(len(part.split()) == 1 and part.istitle() and len(part) > 2 for part in parts)
        turned = stated and one_word and not any(vocabulary.is_agency(part) for part in parts)
        if last_first or turned:
            return once([_name(f"{parts[1]} {parts[0]}")])
    pieces = [_unled(piece) for piece in _parted(_unled(bare))]
    own = [piece for piece in pieces if not vocabulary.BY_OTHERS.match(piece)]
    found = once(name for piece in own or pieces for name in _by_commas(piece))
    return found if len(bare) <= _LONGEST or all(is_whole(name) for name in found) else ()


def key(name: str) -> str:
    """Return a name without what spellings of the same name differ in."""
    return vocabulary.folded(name)


def is_whole(name: str) -> bool:
    """Say whether a text reads as a person's whole name, to be believed where nothing says that it is one."""
    words = [word for word in name.split() if word not in vocabulary.PARTICLES]
    cased = [word for word in words if word[:1].lower() != word[:1].upper()]
    return (
        2 <= len(words) <= 4 + len(cased) // 4
        and name.rsplit(maxsplit=1)[-1] == words[-1]
        and all(word[:1].isupper() for word in cased)
        and not re.search(r"\d", name)
    )


def tidy(name: str) -> str:
    """Return the name of an organisation as it was written, but for its spaces and what cannot be seen."""
    return line(_UNSEEN.sub("", unescape(unescape(name)))) or ""


def _unbracketed(text: str) -> str:
    """Return a by-line without what it says in brackets or of other hands, and once if it stands there twice."""
    bare = _BRACKETS.sub("", text).strip() or text.strip("()[]\uff08\uff09\u3010\u3011 ")
    bare = vocabulary.LABELLED.sub("", bare)
    if (rest := vocabulary.OTHER_HANDS.sub("", bare)) and not vocabulary.BY_OTHERS.match(bare):
        bare = rest
    twice = _TWICE.match(bare)
    return twice[1] if twice else bare


def _first_field(text: str) -> str:
    """Return the name in a line of fields that ends with a day: `Ann Bell | Palma de Mallorca | 05/01/2026`."""
    fields = re.split(r"\s+[|\u2022\u00b7]\s+", text)
    dated = len(fields) > 2 and (vocabulary.DATED.search(fields[-1]) or vocabulary.MOMENT.search(fields[-1]))
    return fields[0] if dated and is_whole(fields[0]) else text


def _undated(text: str) -> str:
    """Return a by-line without the day that ends it; a day's name without a figure behind it is a person's."""
    if not re.search(r"\d", text):
        return text
    return vocabulary.DATED.sub("", text).strip()


def _unled(text: str) -> str:
    """Return a by-line without what leads to its names; a word that names begin with stays where one does."""
    bare = vocabulary.LABELLED.sub("", text)
    lead = vocabulary.LEAD.match(bare)
    if lead is None or not _could_be(rest := bare[lead.end() :]):
        return bare
    particle = lead["particle"]
    if particle and particle[:1].isupper() and lead.start("particle") == 0 and len(rest.split()) < 2:
        return bare
    return rest


def _parted(text: str) -> list[str]:
    """Return a by-line taken apart at all that joins names but commas."""
    pieces = _BETWEEN.split(text)
    found = [pieces[0]]
    for joint, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        sign = joint.strip()
        if sign in _BARS and _is_place(found[0], piece):
            continue
        if _parts(found[-1], sign, piece):
            found.append(piece)
        else:
            found[-1] += joint + piece if sign in _STROKES else f" {sign} {piece}"
    return found


def _is_place(name: str, piece: str) -> bool:
    """Say whether what stands behind a whole name is where it was written, or for whom: `Ann Bell | Kabul`."""
    is_one = len(piece.split()) == 1 or bool(vocabulary.HOUSE.match(piece))
    return is_whole(name) and is_one and not vocabulary.is_agency(piece)


def _parts(before: str, joint: str, behind: str) -> bool:
    """Say whether what stands between two texts parts two names."""
    left, right = _COMMAS.split(before)[-1], _COMMAS.split(behind)[0]
    whole = len(left.split()) > 1, len(right.split()) > 1
    if (
        joint.isalpha()
        and not _could_be(right)
        and right.split()[:1] != []
        and right.split()[0] not in vocabulary.PARTICLES
    ):
        return False
    if joint in {"By", "BY"}:
        return is_whole(left) and not vocabulary.BY_OTHERS.match(f"{before} by {behind}")
    if joint in _STROKES:
        return any(whole) or not (_SIGN.match(left) or _SIGN.match(right))
    if joint.casefold() in vocabulary.BETWEEN_WHOLE:
        told = is_whole(left) and vocabulary.is_agency(right) and left.split()[0].casefold() not in _ARTICLES
        return all(whole) or told
    if joint.isalpha() and joint.casefold() not in {"and", "und"}:
        return whole[0] == whole[1] or vocabulary.is_agency(left) or vocabulary.is_agency(right)
    return True


def _by_commas(text: str) -> Iterable[str]:
    """Yield what stands between commas, as long as it could be a name; what follows a role or place is none."""
    parts = [part for part in _COMMAS.split(text) if part]
    whole = [
        part for part in parts if len(part.split()) > 1 and not vocabulary.ROLE.search(part) and _name(part)
    ]
    for number, part in enumerate(parts):
        if part.casefold() in vocabulary.JUNIOR or _REPORTED.search(part):
            continue
        if vocabulary.ROLE.search(part):
            if number == 0 and not whole:
                yield _name(part)  # A desk: what follows is where it stands.
                return
            continue
        if number and whole and not vocabulary.is_agency(part) and _is_beside(part, text):
            continue
        yield from _with_agency(part)


def _is_beside(part: str, text: str) -> bool:
    """Say whether what follows a whole name is a place, a house or a role in small letters, and no other name."""
    words = part.split()
    small = words[0][:1].islower() and words[0] not in vocabulary.PARTICLES and len(text) <= _LONGEST
    return len(words) == 1 or small or bool(vocabulary.HOUSE.match(part))


def _with_agency(text: str) -> Iterator[str]:
    """Yield a name; of one with an agency behind it both: `ANN BELL Associated Press`."""
    words = text.split()
    for count in (3, 2, 1):
        name, last = " ".join(words[:-count]), " ".join(words[-count:])
        told = count > 1 or (last.isupper() and not name.isupper())
        if told and name and vocabulary.is_agency(last) and is_whole(name):
            yield _name(name)
            yield _name(last)
            return
    yield _name(text)


def _name(text: str) -> str:
    """Return a name without what stands round it, or "" where it is none."""
    bare = text.strip()
    while (cut := _BEHIND.sub("", bare)) != bare and cut:
        bare = cut
    for behind in (vocabulary.ASKING_BEHIND, vocabulary.FOR_WHOM, vocabulary.FROM_PLACE):
        if (found := behind.search(bare)) and is_whole(bare[: found.start()]):
            bare = bare[: found.start()]
    bare = _without_role(bare)
    bare = _EAST_ASIAN.sub("", _bounded(re.sub(r"(?<=\w)(\s\S+)\s+\d+\Z", r"\1", bare)))
    bare = bare[:-1] if bare.endswith(".") and len(bare.split()[-1]) > 4 else bare
    words = bare.split()
    if not words or len(words) > _LONGEST_NAME or not re.search(r"[^\W\d_]", bare):
        return ""
    if key(bare) in vocabulary.NOT_NAMES or vocabulary.MOMENT.search(bare):
        return ""
    sentence = re.search(r"\d{3}|[.!?:]\s|:\Z", re.sub(r"\b\w{1,5}\.\s", "", bare))
    return "" if sentence else bare


def _without_role(text: str) -> str:
    """Return a whole name without the role that stands behind it: `Ann Bell Chief Political Correspondent`."""
    words = text.split()
    if not words or not vocabulary.HELD.match(words[-1]) or vocabulary.is_desk(text):
        return text
    start = len(words) - 1
    while start > 2 and _is_of_role(words[start - 1], words[0]):
        start -= 1
    name = " ".join(words[:start])
    return name if is_whole(name) else text


def _is_of_role(word: str, first: str) -> bool:
    """Say whether a word between a name and a role is the role's, or the sign of who is worked for."""
    sign = word.isupper() and len(word) > 2 and not first.isupper()
    return sign or bool(vocabulary.HELD_HOW.match(word) or vocabulary.HELD.match(word))


def _bounded(text: str) -> str:
    """Return a text without the signs at its beginning and end; those of vowels are letters' own."""
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not (
        text[end - 1].isalnum()
        or text[end - 1] in ".)'\u2019"
        or unicodedata.category(text[end - 1]) in {"Mn", "Mc"}
    ):
        end -= 1
    return text[start:end]


def _could_be(text: str) -> bool:
    """Say whether a name can begin here: with a capital, or in a script that has none."""
    first = text.strip()[:1]
    return bool(first) and not first.islower()


def once(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in their order, none twice: of two the one within the other, and the whole one of its initials."""
    found: dict[str, str] = {}
    for name in names:
        if key(name):
            found.setdefault(key(name), name)
    kept = list(found.values())
    return tuple(
        name
        for name in kept
        if not any(
            other != name and (_is_within(other, name) or _is_short_for(name, other)) for other in kept
        )
    )


def _is_within(short: str, long: str) -> bool:
    """Say whether a longer text has a whole name in it, and is none itself with as many words."""
    one, other = key(short), key(long)
    if len(one) <= 5 or one == other or one not in other:
        return False
    return len(short.split()) != len(long.split())


def _is_short_for(short: str, long: str) -> bool:
    """Say whether a name is another with initials: A. Bell for Ann Bell."""
    one, other = short.casefold().split(), long.casefold().split()
    return (
        len(one) == len(other) > 1
        and one[-1] == other[-1]
        and any(word.endswith(".") and len(word) == 2 for word in one[:-1])
        and all(
            a == b or (a.endswith(".") and b.startswith(a[:-1]) and not b.endswith("."))
            for a, b in zip(one[:-1], other[:-1], strict=True)
        )
    )
