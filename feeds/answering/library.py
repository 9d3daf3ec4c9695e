"""What is kept and told, for reading only: beside a running daemon, and without it.

Changes nothing and waits for nobody.
"""

from collections.abc import Iterator

from archive import Archive, ArchiveError, Article, NotKept, connect
from feeds.answering.finding import candidates
from feeds.curate import lines
from feeds.curate.match import Reading, best_sentence, hits, matches, spellings
from feeds.curate.matches import Matches
from feeds.curate.query import Node
from feeds.curate.rules import Rule, Rulebook, define_topics
from feeds.curate.standing import Item, undecided
from feeds.errors import CommandError
from feeds.schedule.disk_ledger import DiskLedger
from feeds.schedule.states import States
from feeds.settings import Settings

_CHUNK = 500


class Library:
    """An archive, its topics and its ledger, opened for reading."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        index = settings.data / "index"
        self.archive: Archive = connect(settings.data, writable=False)
        self.told = Matches(index / "matches.sqlite", writable=False)
        self.ledger = DiskLedger(index / "ledger.sqlite", writable=False)
        self.states = States(self.archive.state)
        self.book = Rulebook()
        seq = 0
        while more := self.archive.decisions.since(seq, _CHUNK):
            for line in more:
                decision = lines.decision(line.body)
                if decision is not None:
                    self.book.take(line.seq, decision)
                seq = line.seq

    def topic(self, slug: str) -> Rule:
        """Return the rule of the topic with this slug. Raises CommandError, naming those there are."""
        rule = next((rule for rule in self.book.in_force() if rule.slug == slug), None)
        if rule is None:
            known = ", ".join(rule.slug for rule in self.book.in_force()) or "none yet"
            raise CommandError(f"no topic is called {slug!r} (topics: {known})")
        return rule

    def search(self, tree: Node) -> Iterator[Article]:
        """Return the articles that a query finds, by newest revision."""
        found = (one for one in candidates(self.archive, tree) if matches(tree, Reading.of(one)))
        return (one for one in found if self.archive.whole(one.id) == one.id and not self.withheld(one.id))

    def withheld(self, article: str) -> bool:
        """Say whether an editor withheld an article: then it is not found any more."""
        gone = self.archive.tombstone(article)
        return gone is not None and gone.withheld

    def item(self, topic: str, article: str) -> Item | None:
        """Return where an article, or what counts as one with it, stands in a topic."""
        found = (self.told.item(topic, one) for one in [article, *self.archive.members(article)])
        items = [item for item in found if item is not None]
        return next((item for item in items if not undecided(item)), items[0] if items else None)

    def snippet(self, tree: Node, article: Article) -> str:
        """Return the sentence that a query finds in an article, or the words it finds in the title."""
        reading = Reading.of(article)
        found = hits(tree, reading)
        span = best_sentence(found, reading)
        return reading.body[slice(*span)] if span else ", ".join(spellings(found, reading))

    def close(self) -> None:
        """Close everything."""
        self.archive.close()
        self.told.close()
        self.ledger.close()


def refusals(settings: Settings) -> list[str]:
    """Return why topics of the file cannot be taken up, by the past that the archive knows of."""
    try:
        library = Library(settings)
    except (ArchiveError, OSError):
        return []
    try:
        archive = library.archive
        return define_topics(settings.topics, library.book, archive.store, archive.position, "")[1]
    finally:
        library.close()


def open_library(settings: Settings) -> Library:
    """Return the library of these settings. Raises CommandError where nothing is kept yet."""
    try:
        return Library(settings)
    except NotKept as error:
        raise CommandError(str(error)) from error
