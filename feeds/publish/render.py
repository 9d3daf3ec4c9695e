"""What subscribers were told -> the files on the shelf. Renders; never matches, never decides.

Whatever is rendered here comes from the publications, the revisions and defines
they name, and the site's own settings.
"""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

import msgspec

from archive import Article
from feeds import __version__
from feeds.curate.matches import Matches
from feeds.curate.rules import Rule, Rulebook
from feeds.curate.standing import revision_of
from feeds.publish import files
from feeds.publish.operator_feed import Operator
from feeds.publish.pages.changes import wanted
from feeds.publish.pages.frame import face
from feeds.publish.shelf.port import Shelf
from feeds.publish.topic.assemble import FeedItem, TopicFeed, assemble, assemble_page
from feeds.publish.topic.origins import Origin, origin
from feeds.publish.topic.remembered import Lately
from feeds.settings import Site

_THROUGH = "*through"
_SITE = "*site"
_PAGES = " pages"
"""Behind a topic's uuid: what its archived documents show."""
_FORM = 3
"""Raised when files of the same content are written otherwise: then all are rendered anew."""
_ON_FRONT = 10
_OPERATOR = "*operator"
_NAMES_REMEMBERED = 50_000
"""Articles whose source's name is kept in memory: a topic page counts those of thirty days."""


class Press:
    """Renders onto one shelf.

    get        returns a revision of an article, or None where it cannot be read: then
               feeds go without it, and its own page stands as it is
    operator   makes the feed that tells how newsweir itself fares
    """

    def __init__(
        self,
        told: Matches,
        book: Rulebook,
        get: Callable[[str, int], Article | None],
        shelf: Shelf,
        site: Site,
        operator: Operator | None = None,
    ) -> None:
        self._told = told
        self._book = book
        self._get = get
        self._shelf = shelf
        self._site = site
        self._operator = operator
        self._front: dict[str, tuple[str, TopicFeed]] = {}
        self._source_of = functools.lru_cache(_NAMES_REMEMBERED)(self._origin_of)
        self._lately: Lately[FeedItem] = Lately()
        self._owed = False

    def _origin_of(self, article: str, rev: int) -> Origin | None:
        found = self._get(article, rev)
        return origin(found) if found is not None else None

    def refresh(self) -> int:
        """Bring the shelf up to what was told; return how many files changed.

        Renders what was told since, what a changed definition shows otherwise,
        all of it where the site or newsweir changed, and what does not stand as
        it was put; takes away what nobody published.
        """
        shown = self._shelf.shown()
        anew = shown.get(_SITE) != self._site_mark()
        through = 0 if anew else int(shown.get(_THROUGH, "0"))
        articles = {article for _, article in self._told.touched_since(through)}
        articles |= {
            one for one in self._told.published_articles() if not self._stand(files.article_paths(one))
        }
        topics: set[str] = set()
        pages: set[tuple[str, int]] = set()
        for rule in self._book.all():
            noted = shown.get(rule.topic, "")
            if noted.partition(" ")[0] != str(rule.seq):  # Its pages name it otherwise now.
                articles |= set(self._told.articles_in(rule.topic))
            stands = rule.define.removed or self._stand(files.topic_paths(rule.slug))
            if anew or noted != self._mark(rule) or not stands:
                topics.add(rule.topic)
            pages |= {
                (rule.topic, number)
                for number, paths in self._pages_of(rule).items()
                if anew or not self._stand(paths)
            }
        changed = self._render(topics, articles, pages) + self._sweep()
        self._shelf.note(_SITE, self._site_mark())
        self._shelf.verified()
        return changed

    def mend(self, *, thorough: bool) -> int:
        """Put back what was taken off the shelf; return how many files that were.

        thorough   look for archived documents and the pages of articles too, not only for what
                   is subscribed to
        """
        paths = [file.path for file in files.site_files((), self._site)]
        paths += self._operator.paths if self._operator else []
        for rule in self._book.in_force():
            if rule.topic in self._front:
                paths += files.topic_paths(rule.slug)
        if thorough:
            paths += [
                path
                for rule in self._book.in_force()
                for page in self._pages_of(rule).values()
                for path in page
            ]
            paths += [path for one in self._told.published_articles() for path in files.article_paths(one)]
        stale = self._stale() or not self._stand(paths)
        return self.refresh() if stale else 0

    def _stale(self) -> bool:
        """Say whether something was told that the shelf does not show: it could not be put, say."""
        if self._owed:
            return True
        shown = self._shelf.shown()
        begun = [rule for rule in self._book.all() if rule.define.removed or rule.topic in self._front]
        return any(shown.get(rule.topic) != self._mark(rule) for rule in begun)

    def render(
        self, topics: Iterable[str], articles: Iterable[str], pages: Iterable[tuple[str, int]] = ()
    ) -> int:
        """Render these topics and articles, and the site's own files; return how many changed.

        What was told before and could not be put is rendered with it, and so are archived
        documents that are new.

        pages   (topic, number) of others of these that say something else now
        """
        changed = self.refresh() if self._owed else 0
        return changed + self._render(set(topics), set(articles), set(pages))

    def _render(self, wanted: set[str], articles: set[str], pages: set[tuple[str, int]]) -> int:
        position, self._owed = self._told.position, True  # Until all of it stands.
        shown = self._shelf.shown()
        through = int(shown.get(_THROUGH, "0"))
        asked: dict[str, set[int]] = defaultdict(set)
        for topic, number in pages:
            wanted.add(topic)
            asked[topic].add(number)
        for topic, article in self._told.touched_since(through):
            wanted.add(topic)
            articles.add(article)
        changed = sum(self._article(article) for article in sorted(articles))
        fronts: list[TopicFeed] = []
        for rule in self._book.all():
            if rule.topic in wanted:
                # First, so that no feed leads to one that is not there yet.
                changed += self._pages(rule, shown.get(rule.topic + _PAGES, ""), asked[rule.topic])
                changed += self._topic(rule)
            touched = rule.topic in wanted
            if not rule.define.removed and (front := self._on_front(rule, touched=touched)) is not None:
                fronts.append(front)
        changed += self._operated()
        # Last of all, so that no page leads to one that is not there yet.
        changed += sum(self._shelf.put(file) for file in files.site_files(fronts, self._site))
        self._shelf.note(_THROUGH, str(position))
        self._owed = False
        return changed

    def _pages(self, rule: Rule, noted: str, asked: set[int]) -> int:
        """Render the archived documents of a topic that are new, or were asked for; the oldest first.

        noted   under which slug, and up to which line, they stand
        """
        pages = self._told.pages.of(rule.topic)
        if rule.define.removed or not pages:
            return 0
        slug, _, through = noted.partition(" ")
        known = int(through) if slug == rule.slug else 0
        changed, earlier = 0, None
        for page in pages:
            leads = earlier is not None and earlier.seq > known  # To one that was lost, and is there again.
            if page.seq > known or leads or page.number in asked:
                feed = assemble_page(page, earlier, self._book, self._told, self._get, self._site)
                changed += sum(self._shelf.put(file) for file in files.feed_files(feed)) if feed else 0
            earlier = page
        self._shelf.note(rule.topic + _PAGES, f"{rule.slug} {max(page.seq for page in pages)}")
        return changed

    def _pages_of(self, rule: Rule) -> dict[int, list[str]]:
        """Return the paths of a topic's archived documents, by their numbers."""
        numbers = () if rule.define.removed else self._told.pages.numbers(rule.topic)
        return {number: files.feed_paths(rule.slug, number) for number in numbers}

    def _topic(self, rule: Rule) -> int:
        changed = 0
        if not rule.define.removed:
            feed = assemble(
                rule, self._told, self._get, self._site, lately=self._lately, source_of=self._source_of
            )
            if feed is None:
                return 0
            changed = sum(self._shelf.put(file) for file in files.topic_files(feed))
        self._shelf.note(rule.topic, self._mark(rule))
        return changed

    def _operated(self) -> int:
        """Render what tells of newsweir itself, where more was told or what was put does not stand."""
        if self._operator is None:
            return 0
        mark, paths = f"{self._site_mark()} {self._operator.state}", self._operator.paths
        if self._shelf.shown().get(_OPERATOR) == mark and all(self._shelf.intact(path) for path in paths):
            return 0
        changed = sum(self._shelf.put(file) for file in self._operator.files())
        self._shelf.note(_OPERATOR, mark)
        return changed

    def _on_front(self, rule: Rule, *, touched: bool) -> TopicFeed | None:
        """Return what the front page needs of a topic: its newest items, read once per change.

        touched   lines tell of it since it was read; else only its definition can have changed
        """
        known = self._front.get(rule.topic)
        if known is not None and not touched and known[1].rule is rule:
            return known[1]
        mark = self._mark(rule)
        if known is None or known[0] != mark:
            feed = assemble(
                rule,
                self._told,
                self._get,
                self._site,
                limit=_ON_FRONT,
                lately=self._lately,
                source_of=self._source_of,
            )
            if feed is None:
                return None
            known = self._front[rule.topic] = (mark, replace(feed, tombstones=()))
        return known[1]

    def _article(self, article: str) -> int:
        """Render an article's own files, or take them away where no topic shows it any more."""
        standings = [
            files.Standing(rule, item)
            for item in self._told.of_article(article)
            if item.state == "published"
            and (rule := self._book.of(item.topic)) is not None
            and not rule.define.removed
        ]
        if not standings:
            for path in files.article_paths(article):
                self._shelf.delete(path)
            return 0
        latest = max((one.item for one in standings), key=lambda item: (item.shows is not None, item.rev))
        record = revision_of(latest, self._get)
        if record is None:
            return 0
        # No newer revision than was told: of that one readers know nothing yet.
        earlier = [
            found
            for rev in wanted(record.archive.rev)
            if (found := self._get(latest.subject, rev)) is not None
        ]
        made = files.article_files(record, standings, self._site, earlier)
        return sum(self._shelf.put(file) for file in made)

    def _sweep(self) -> int:
        """Take away every file that nobody published or that was taken back; return how many."""
        expected = {file.path for file in files.site_files((), self._site)}
        expected |= set(self._operator.paths if self._operator else ())
        for rule in self._book.in_force():
            expected |= set(files.topic_paths(rule.slug))
            expected.update(*self._pages_of(rule).values())
        for article in self._told.published_articles():
            expected |= set(files.article_paths(article))
        stray = self._shelf.paths() - expected
        for path in sorted(stray):
            self._shelf.delete(path)
        return len(stray)

    def _stand(self, paths: Iterable[str]) -> bool:
        return all(self._shelf.intact(path) for path in paths)

    def _mark(self, rule: Rule) -> str:
        """Return what tells one state of a topic from another: its define, model and last line."""
        model = rule.model.id if rule.model is not None else ""
        return f"{rule.seq} {self._told.standing(rule.topic).seq} {model}"

    def _site_mark(self) -> str:
        return hashlib.sha256(msgspec.json.encode([_FORM, __version__, face(), self._site])).hexdigest()
