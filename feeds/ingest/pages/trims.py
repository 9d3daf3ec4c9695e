"""A text as it was extracted -> the same without what is round the article, and with its lead.

Each rule is stated where it is; none drops a paragraph because of what it is about.
"""

import copy
import re
from typing import Any

from lxml import etree

from feeds.ingest.pages import names, titles
from feeds.ingest.pages.stated import Stated

_TOP = 10
"""Blocks at the top among which a repeated title, a by-line or a date is looked for."""
_SHORT = 15
"""Words of what can stand above a title: rubrics, links, a date."""
_LEAST = 0.5
"""What must be left of a text when its edges are dropped."""
_FEWEST_LEAD = 6
_LONGEST_LEAD = 120
_READ_ON = re.compile(
    r"\A\W*(?:read (?:more|also|next|on)|also read|see also|more on this|related(?: articles?| stories)?|recommended|"
    r"lesen sie (?:auch|mehr|hier)|mehr (?:zum thema|dazu)|auch interessant|lire aussi|\u00e0 lire aussi|voir aussi|"
    r"leggi anche|lee tambi\u00e9n|te puede interesar|leia (?:tamb\u00e9m|mais)|lees ook|les ogs\u00e5|les mer|l\u00e4s (?:ocks\u00e5|mer)|"
    r"l\u00e6s ogs\u00e5|lue my\u00f6s|czytaj (?:wi\u0119cej|te\u017c|tak\u017ce)|zobacz te\u017c|\u010dt\u011bte tak\u00e9|"
    r"\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043a\u0436\u0435|\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043a\u043e\u0436|baca juga|ayr\u0131ca oku)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\A\W*(?:sign up|subscribe|sign in|log in|register|already a subscriber|follow us|share (?:this|on)|copy link|"
    r"suscr[i\u00ed]b[ea]te|esta funcionalidad es s[o\u00f3]lo|abonnez-vous|jetzt abonnieren|newsletter:|advertisement|anzeige|"
    r"copyright\b|\u00a9|all rights reserved|click here to)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"stand-?first|sub-?title|sub-?head|(?<![a-z])(?:lead|lede|dek|deck|intro|chapo|chapeau|perex|ingress|vorspann|"
    r"sommario|catenaccio|occhiello|entradilla|bajada|abstract|summary|synopsis|manchet|standfirst|underrubrik|"
    r"preamble|excerpt|description|subtitulo|linea-fina|zajawka)(?![a-z])",
    re.IGNORECASE,
)
_BESIDE = frozenset(
    "nav footer aside figure figcaption script style noscript button form a template li".split()
)
_BESIDE_CLASS = re.compile(
    r"comment|related|recommend|sidebar|teaser|newsletter|promo|share|social|cookie|consent|caption|author|byline|"
    r"breadcrumb|card|gallery|meta(?![a-z])|popular",
    re.IGNORECASE,
)
_BLOCKS = frozenset("div p section article ul ol table h1 h2 h3 h4 h5 h6 figure blockquote header".split())


def trim(body: Any, tree: Any, stated: Stated) -> None:
    """Drop from the extracted text what is not the article's, and put its lead on top where it was left out."""
    whole = [copy.deepcopy(one) for one in body]
    _drop_top(body, stated)
    _drop_pointers(body)
    _drop_behind_end(body, stated)
    if count(_text(body)) < _LEAST * sum(count(_text(one)) for one in whole):  # Then it was no edge.
        body[:] = whole
    _put_lead(body, tree, stated)


def _drop_top(body: Any, stated: Stated) -> None:
    """Drop a repeated title with all short blocks above it, then by-lines, dates and rubrics before the text."""
    top = list(body)[:_TOP]
    shown = [
        number
        for number, one in enumerate(top)
        if any(titles.same(_text(one), title) for title in stated.titles)
    ]
    for number in reversed(shown):
        if all(count(_text(one)) < _SHORT or at in shown for at, one in enumerate(top[:number])):
            for one in top[: number + 1]:
                body.remove(one)
            break
    for one in list(body)[:_TOP]:
        text = _text(one)
        if _is_byline(text, stated) or _ASKS.match(text) or (one.tag == "head" and count(text) < 2):
            body.remove(one)
        else:
            break


def _is_byline(text: str, stated: Stated) -> bool:
    """Say whether a text is no more than the authors' names, with what stands round these."""
    if not text or count(text) > 12 or text.endswith((".", "?", "!")):
        return False
    bare = names.key(text)
    found = [names.key(one) for one in stated.authors if names.key(one) in bare]
    return bool(found) and sum(map(len, found)) >= len(bare) - 24


def _drop_pointers(body: Any) -> None:
    """Drop what only leads elsewhere: `Read also`, a paragraph that is one link, a request to subscribe."""
    for one in list(body):
        if one.getparent() is None:
            continue
        text = _text(one)
        words = count(text)
        if (
            one.tag in {"p", "head", "hi", "ref"}
            and words <= 30
            and (_READ_ON.match(text) or _is_link(one, text))
        ):
            following = one.getnext()
            _remove(one)
            while (
                following is not None
                and words <= 4
                and following.tag in {"p", "head"}
                and _leads_on(following)
            ):
                behind = following.getnext()
                _remove(following)
                following = behind
        elif one.tag in {"p", "head"} and words <= 20 and _ASKS.match(text):
            _remove(one)


def _leads_on(block: Any) -> bool:
    """Say whether a block goes on with a pointer: a link, or a text that breaks off."""
    text = _text(block)
    return _is_link(block, text) or (text.endswith(("\u2026", "...")) and count(text) < 40)


def _is_link(block: Any, text: str) -> bool:
    """Say whether all of a block's text is one link."""
    links = list(block.iter("ref")) if block.tag != "ref" else [block]
    return bool(text) and len(links) == 1 and _text(links[0]) == text


def _drop_behind_end(body: Any, stated: Stated) -> None:
    """Drop blocks behind the end of the text that JSON-LD gives, if it gives all of it."""
    own = _plain(stated.body or "")
    blocks = list(body)
    if len(own) < 400 or not blocks:
        return
    within = [number for number, one in enumerate(blocks) if (text := _plain(_text(one))) and text in own]
    if not within:
        return
    last = blocks[within[-1]]
    whole = sum(len(_plain(_text(one))) for one in blocks[: within[-1] + 1])
    if own.endswith(_plain(_text(last))) and len(own) >= 0.9 * whole:
        for one in blocks[within[-1] + 1 :]:
            body.remove(one)


def _put_lead(body: Any, tree: Any, stated: Stated) -> None:
    """Put the lead on top: a text between the title and the article that is marked as lead or is its description."""
    had = _plain("".join(body.itertext()))
    first = next((text for one in body if len(text := _plain(_text(one))) > 40), None)
    told = [
        text
        for one in stated.descriptions
        if len(text := _plain(re.sub(r"(?:\u2026|\.\.\.)\s*\Z", "", one))) > 25
    ]
    found: list[str] = []
    for element, described in _leads(tree, told, first):
        text = " ".join(_text(element).split())
        plain = _plain(text)
        if plain and plain[:120] not in had and not any(plain in _plain(one) for one in found):
            found.append(text)
        if described or len(found) > 1:
            break
    if found:
        lead = etree.Element("p")
        lead.text = found[-1] if len(found) == 1 else found[0]
        body.insert(0, lead)


def _leads(tree: Any, told: list[str], first: str | None) -> Any:
    """Yield each element that may be the lead, and whether it is what the page says of itself."""
    headings = tree.xpath("//h1")
    behind = not headings
    for element in tree.iter(etree.Element):
        if element.tag == "h1":
            behind = True
            continue
        if element.tag not in {"p", "div", "h2", "h3", "span", "section", "strong", "em"}:
            continue
        if any(child.tag in _BLOCKS for child in element.iterdescendants()):
            continue
        text = "".join(element.itertext())
        words = count(text)
        if not _FEWEST_LEAD <= words <= _LONGEST_LEAD:
            continue
        plain = _plain(text)
        if (
            first is not None
            and behind
            and element.tag == "p"
            and plain[:80]
            and first.startswith(plain[:80])
        ):
            return
        described = any(plain.startswith(one[:100]) or one.startswith(plain) for one in told)
        marked = behind and _LEAD.search(
            f"{element.get('class') or ''} {element.get('itemprop') or ''} {element.get('data-testid') or ''}"
        )
        if not marked and behind and element.getparent() is not None:
            above = element.getparent()
            marked = _LEAD.search(f"{above.get('class') or ''} {above.get('itemprop') or ''}")
        if (described or marked) and not _is_beside(element):
            yield element, described


def _is_beside(element: Any) -> bool:
    return any(
        one.tag in _BESIDE
        or (near < 3 and _BESIDE_CLASS.search(f"{one.get('class') or ''} {one.get('id') or ''}"))
        for near, one in enumerate((element, *element.iterancestors()))
        if one.tag not in {"html", "body"}
    )


def _remove(element: Any) -> None:
    """Take an element out, leaving what follows it in its place."""
    parent = element.getparent()
    tail = element.tail or ""
    before = element.getprevious()
    if tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def count(text: str) -> int:
    """Return how many words a text has; of scripts that do not part words, about how many it would have."""
    return max(len(text.split()), sum(one > "\u2e7f" for one in text) // 2)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
