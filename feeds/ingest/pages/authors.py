"""What a page says of who wrote it, in several places -> its authors.

The rule: who says most exactly is asked first: JSON-LD, then meta elements, then a by-line
that is marked as one, then the data of the page's scripts, then a by-line that reads like
one. A name that is stated but not shown to readers is an account's, and gives way to a
by-line that they are shown. The site itself, its publisher or a desk is an author only where
nobody else is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from feeds.ingest.pages import bylines, lines, linked, states, vocabulary
from feeds.ingest.pages.bylines import all_in
from feeds.ingest.pages.linked import Linked
from feeds.ingest.pages.names import is_whole, key, names_in, once, tidy
from feeds.ingest.pages.shown import Shown, shown

_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "cxenseparse:author", "mrf:authors", "byl", "byline",
    "article.author", "dc.creator", "dcterms.creator", "dc:creator", "dcterms:creator", "dc.contributor.author",
    "citation_author", "og:author", "og:article:author", "authors", "article:authors", "article:author_name", "vr:author",
    "shareaholic:article_author_name", "twitter:misc:written by",
)  # fmt: skip
_OTHER_METAS = re.compile(
    r"(?:\A|[.:_\-])(?:article|content|page|story|news|post)?[_-]?(?:authors?(?:[_.-]?names?)?|by-?lines?)\d?\Z"
)
"""Elements of more vocabularies than anybody can list, by how their names end."""
_LAST_FIRST = frozenset(
    "dc.creator dcterms.creator dc:creator dcterms:creator citation_author dc.contributor.author".split()
)
_COMPANY = re.compile(
    r"\b(?:gmbh|ltd|limited|inc|llc|s\.?p\.?a|s\.?r\.?l|verlag|media group)\b|\.(?:com|net|org|de|co)\b",
    re.IGNORECASE,
)
_SHORTEST_SITE = 4
"""Letters of a site's name that are looked for within others."""
_OF_SITES = frozenset(
    "news online tv digital media magazine magazin today live nachrichten noticias aktuell".split()
)
_BEFORE_SITES = frozenset(
    "the der die das le la les il lo el los o a de het by von redaktion redacción redazione team".split()
)


class Trust(Enum):
    """How a name came to be taken for an author's.

    TYPED    by JSON-LD, which tells a person from an organisation
    STATED   by another field for it; as that, no reader is shown it
    SHOWN    by a mark on what readers are shown
    READ     by how the page reads, which is believed where nothing else is said
    """

    TYPED, STATED, SHOWN, READ = range(4)


@dataclass(frozen=True, slots=True)
class Publication:
    """Who a page is published by.

    names   what the site and its publisher go by
    page    which says who holds its copyright
    """

    names: tuple[str, ...]
    page: Shown

    def is_named(self, name: str, *, typed: bool) -> bool:
        """Say whether a name is that of the site, its publisher or a desk; who is typed may hold the copyright."""
        if not key(name) or _COMPANY.search(name) or vocabulary.is_desk(name):
            return True
        words = _words(name)
        holds = not typed and not vocabulary.is_agency(name) and key(name) in self.page.rights
        return holds or any(_names_site(words, _words(one)) for one in self.names)


def choose(
    tree: Any, stated: Linked, metas: dict[str, list[str]], sites: Sequence[str], title: str | None = None
) -> tuple[str, ...]:
    """Return the authors, or none.

    metas   the page's meta elements by name in small letters
    sites   names that the site or its publisher goes by
    title   the article's, by which its own heading is told from others
    """
    page = shown(tree, title)
    own = Publication(tuple(re.sub(r"\([^()]*\)", "", one) for one in sites), page)
    organisations: list[str] = []
    logins: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    for trust, names in _ladder(page, stated, metas, title):
        people = tuple(name for name in names if not own.is_named(name, typed=trust is Trust.TYPED))
        organisations += [name for name in names if name not in people]
        if people and all(_is_login(name) for name in people):
            logins = logins or people
        elif not people or (logins and not any(is_whole(name) for name in people)):
            continue
        elif unseen:
            if trust is not Trust.READ and _differ(people, unseen) and _is_seen(people, page):
                return _shortened(people, page)
        elif trust in {Trust.TYPED, Trust.STATED} and not _is_seen(people, page):
            unseen = people
        else:
            return _shortened(people, page)
    return _shortened(unseen, page) or logins or tuple(organisations[:1])


def _ladder(
    page: Shown, stated: Linked, metas: dict[str, list[str]], title: str | None
) -> Iterator[tuple[Trust, tuple[str, ...]]]:
    written = linked.authors(stated)
    whole = (name for text, person in written for name in ([tidy(text)] if not person else all_in([text])))
    yield Trust.TYPED, once(whole)
    if written == [] and stated.article.get("author") and len(stated.people) == 1:
        yield Trust.TYPED, names_in(stated.people[0])
    for name in _METAS:
        yield Trust.STATED, all_in(metas.get(name, ()), last_first=name in _LAST_FIRST)
    for number in ("1", "2", "3"):
        if vocabulary.LABEL.match((metas.get(f"twitter:label{number}") or [""])[0]):
            yield Trust.STATED, all_in(metas.get(f"twitter:data{number}", ()))
    yield Trust.SHOWN, bylines.exact(page)
    yield Trust.SHOWN, bylines.linked_to(page)
    others = [texts for name, texts in metas.items() if name not in _METAS and _OTHER_METAS.search(name)]
    others.append([text for text in metas.get("twitter:creator", ()) if not text.startswith("@")])
    for texts in others:
        yield Trust.STATED, tuple(name for name in all_in(texts) if is_whole(name))
    yield Trust.STATED, bylines.attributed(page)
    yield Trust.READ, states.authors(page.tree, title)
    yield Trust.READ, bylines.labelled(page)
    yield Trust.SHOWN, bylines.marked(page)
    for names in lines.begun(page):
        yield Trust.SHOWN, names
    if len(stated.people) == 1:
        yield Trust.TYPED, names_in(stated.people[0])
    yield Trust.READ, lines.in_east_asian(page)
    yield Trust.READ, lines.signed(page)
    told = [text for name in ("author", "article:author") for text in metas.get(name, ()) if "://" in text]
    yield Trust.READ, lines.opened(page, [*metas.get("description", ()), *metas.get("og:description", ())])
    yield Trust.READ, bylines.addressed(page, (*linked.addresses(stated), *told))


def _is_seen(names: tuple[str, ...], page: Shown) -> bool:
    """Say whether readers are shown one of these names."""
    return any(key(name) in page.words for name in names)


def _differ(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Say whether these are whole names of other people: none has another's last name."""
    last = {name.casefold().split()[-1] for name in others}
    return all(is_whole(name) for name in some) and last.isdisjoint(
        name.casefold().split()[-1] for name in some
    )


def _is_login(name: str) -> bool:
    """Say whether a name is that of an account or a sign: small letters, two capitals, a dot or stroke in it."""
    if " " in name or vocabulary.is_agency(name):
        return False
    return name.islower() or bool(re.search(r"\A[A-Z]{1,2}\Z|\w[._]\w", name))


def _shortened(people: tuple[str, ...], page: Shown) -> tuple[str, ...]:
    """Return names without what is put before them, where the by-line marks less of them as the name."""
    if all(len(name.split()) < 3 for name in people):
        return people
    marked = [name for name in (*bylines.exact(page), *bylines.linked_to(page)) if is_whole(name)]
    return tuple(
        next((one for one in marked if name != one and name.endswith(f" {one}")), name) for name in people
    )


def _names_site(words: list[str], site: list[str]) -> bool:
    """Say whether the words of a name have those of a site in them: `Spiegel Online`, `Redaktion Spiegel`.

    A site that goes by one word may have a reporter of that name: Anna Spiegel is a person.
    """
    if "".join(words) == "".join(site):
        return bool(site)
    core = [word for word in site if word not in _OF_SITES and word not in _BEFORE_SITES] or site
    wanted = {one for one in ("".join(core), "".join(site)) if len(one) >= _SHORTEST_SITE}
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + len(core) + 4) + 1):
            if "".join(words[start:end]) in wanted:
                before = all(word in _BEFORE_SITES or vocabulary.is_desk(word) for word in words[:start])
                return len(words) <= end - start + 2 and (before or end - start > 1)
    return False


def _words(name: str) -> list[str]:
    return [key(word) for word in re.split(r"[\s/|.,-]+", name) if key(word)]
