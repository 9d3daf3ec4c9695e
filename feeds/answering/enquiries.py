"""A reader's question -> what is kept that answers it. Reads only, beside the writer, and never for long."""

import contextlib
import itertools
from collections.abc import Callable, Iterator

from archive import Archive, Article, Damaged, NotKept
from feeds.answering.finding import candidates
from feeds.curate.match import Hit, Reading, best_sentence, hits, matches
from feeds.curate.matches import Matches
from feeds.curate.query import And, Node, Not, QueryError, parse_query
from feeds.curate.rules import Rulebook
from feeds.curate.spoken import faulty, spoken
from feeds.publish.pages.changes import wanted
from feeds.publish.pages.search_page import AT_ONCE, Asked, Fault, Marked, Result
from feeds.publish.topic.rights import part_of, shared_content
from feeds.settings import Site

LONGEST = 1000
"""Characters of a question that is asked over the network."""
SECONDS = 2.0
"""How long one question may be looked into."""
PAGES = 50
_MOST_NEW = 1000
"""Lines read beyond the index, where it lags: it is being made anew when it lags by more."""
_PARTS = 6


class Enquiries:
    """Answers questions from the archive.

    archive     asked for anew each time: it may be opened anew meanwhile
    monotonic   a clock that never runs backwards
    """

    def __init__(
        self,
        archive: Callable[[], Archive],
        told: Callable[[], Matches],
        book: Callable[[], Rulebook],
        site: Callable[[], Site],
        monotonic: Callable[[], float],
    ) -> None:
        self._archive = archive
        self._told = told
        self._book = book
        self._site = site
        self._monotonic = monotonic

    def search(self, query: str, page: int = 1) -> Asked:
        """Return one page of what a query finds, newest first, or what is wrong with it."""
        query, page = query.strip(), min(max(page, 1), PAGES)
        if not query:
            return Asked(query="")
        if len(query) > LONGEST:
            what = f"the query is longer than {LONGEST} characters (shorten it)"
            return Asked(query=query[:LONGEST], fault=Fault(LONGEST, (LONGEST - 1, LONGEST), what))
        try:
            tree = parse_query(query)
        except QueryError as error:
            what = str(error).partition(": ")[2]
            return Asked(query=query, fault=Fault(error.position, faulty(query, error.position), what))
        return self._look(query, tree, page)

    def _look(self, query: str, tree: Node, page: int) -> Asked:
        archive = self._archive()
        until = self._monotonic() + SECONDS
        looked = _Look(archive, tree, lambda: self._monotonic() > until)
        start = (page - 1) * AT_ONCE
        found = list(itertools.islice(self._open(looked), start, start + AT_ONCE + 1))
        behind = archive.search_lag > _MOST_NEW
        parts = () if found or page > 1 or looked.stopped else self._alone(archive, tree, until)
        return Asked(
            query=query,
            page=page,
            tree=tree,
            reading=spoken(tree),
            results=tuple(self._result(tree, article) for article in found[:AT_ONCE]),
            more=len(found) > AT_ONCE and page < PAGES,
            looked_at=looked.count if looked.stopped else None,
            behind=behind,
            parts=parts,
        )

    def _open(self, looked: "_Look") -> Iterator[Article]:
        """Return what was found but for articles that were taken back everywhere, or are part of others."""
        whole = self._archive().whole
        return (one for one in looked if whole(one.id) == one.id and not self._taken_back(one.id))

    def _taken_back(self, article: str) -> bool:
        """Say whether it is withheld, or readers were told of it once, and no topic shows it any more."""
        gone = self._archive().tombstone(article)
        if gone is not None and gone.withheld:
            return True
        items, book = self._told().of_article(article), self._book()
        shown = any(item.state == "published" and book.stands(item.topic) for item in items)
        return not shown and any(item.n is not None for item in items)

    def _alone(self, archive: Archive, tree: Node, until: float) -> tuple[tuple[str, bool], ...]:
        """Return whether each part of a query that found nothing finds something when asked alone."""
        if not isinstance(tree, And):
            return ()
        parts = [part for part in tree.parts if not isinstance(part, Not)][:_PARTS]
        answers: list[tuple[str, bool]] = []
        for part in parts:
            looked = _Look(archive, part, lambda: self._monotonic() > until)
            answer = next(self._open(looked), None) is not None
            if looked.stopped:
                return ()
            answers.append((str(part), answer))
        return tuple(answers)

    def _result(self, tree: Node, article: Article) -> Result:
        book = self._book()
        shown = (
            book.of(one.topic)
            for member in self._archive().members(article.id)
            for one in self._told().of_article(member)
            if one.state == "published"
        )
        rules = [rule for rule in shown if rule is not None and not rule.define.removed]
        content = shared_content([rule.keys for rule in rules], self._site(), article)
        return Result(
            article=part_of(article, content),
            topics=tuple((rule.slug, rule.title) for rule in rules),
            snippet=_snippet(tree, article) if content != "link" else (),
        )

    def article(self, name: str) -> Article | None:
        """Return the newest revision of an article by its UUID; None for none kept, or taken back."""
        if self._taken_back(f"urn:uuid:{name}"):
            return None
        try:
            return self._archive().get(f"urn:uuid:{name}")
        except (NotKept, Damaged):
            return None

    def earlier(self, article: Article) -> list[Article]:
        """Return the older revisions of an article of which its page speaks, oldest first."""
        archive, found = self._archive(), []
        for rev in wanted(article.archive.rev):
            with contextlib.suppress(NotKept, Damaged):
                found.append(archive.get(article.id, rev))
        return found

    def gone(self, name: str) -> str | None:
        """Return when its source took an article back, or None where it stands."""
        gone = self._archive().tombstone(f"urn:uuid:{name}")
        return gone.at if gone is not None else None


class _Look:
    """One way through the candidates.

    count     how many were looked at
    stopped   time ran out before the last
    """

    def __init__(self, archive: Archive, tree: Node, late: Callable[[], bool]) -> None:
        self._archive = archive
        self._tree = tree
        self._late = late
        self.count = 0
        self.stopped = False

    def __iter__(self) -> Iterator[Article]:
        for article in candidates(self._archive, self._tree, _MOST_NEW):
            if self._late():
                self.stopped = True
                return
            self.count += 1
            if matches(self._tree, Reading.of(article)):
                yield article


def _snippet(tree: Node, article: Article) -> Marked:
    """Return the sentence with the most that was asked for, in pieces: what was found is marked."""
    reading = Reading.of(article)
    found = hits(tree, reading)
    span = best_sentence(found, reading)
    if span is None:
        return ()
    start, end = span
    pieces: list[tuple[str, bool]] = (
        [("\u2026 ", False)] if start and not _begins(reading.body, start) else []
    )
    at = start
    for one in _within(found, start, end):
        if one.end <= at:
            continue
        pieces += [(reading.body[at : one.start], False), (reading.body[max(at, one.start) : one.end], True)]
        at = one.end
    pieces += [(reading.body[at:end], False)]
    if end < len(reading.body) and reading.body[end - 1] not in ".!?\u2026\u3002\"\u201d'\u2019)":
        pieces.append((" \u2026", False))
    return tuple((text, marked) for text, marked in pieces if text)


def _within(found: list[Hit], start: int, end: int) -> list[Hit]:
    return [one for one in found if not one.in_title and start <= one.start and one.end <= end]


def _begins(text: str, at: int) -> bool:
    """Say whether a sentence begins at *at*: behind a full stop, or a paragraph's end."""
    before = text[:at].rstrip(" ")
    return not before or before[-1] in ".!?\u2026\u3002\n\"\u201d'\u2019)"
