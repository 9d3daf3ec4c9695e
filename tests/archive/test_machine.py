"""An archive against a model of dictionaries: kept in, edited, sealed, cut down, rebuilt, in any order.

Every step may fail at any point of fault, over a disk and over memory. Whatever
happens, all that was acknowledged is there, and nothing else that nobody wrote.

What may be done never depends on what came of a step: of several threads it may be another
at the next run. `make faults` runs it 2,000 times over each; a rule for another thing that the
archive can do says what it does to the model, and goes through `attempt`.
"""

import hashlib
import json
import random
import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archive import Archive, Article, Deletion, Gone, Kept, Mention, ReadOnly, Run, Showing, faults
from archive.knowing.identity import url_key
from archive.record.article import decode
from archive.store import Found
from tests.archive.grounds import DiskGround, Ground, MemoryGround
from tests.archive.model import SOURCES, STORIES, Entry, Model, Said, address, guid, marker
from tests.builders import showing
from tests.properties import runs

Result = TypeVar("Result")
Fates = list[tuple[int, int, str]]

# What a source shows of a story: what is known (0), or a text of its own.
entries = st.tuples(st.integers(0, STORIES - 1), st.booleans())
documents = st.tuples(
    st.sampled_from(SOURCES), st.lists(entries, min_size=1, max_size=4, unique_by=lambda one: one[0])
)  # What several threads show at once: each has a third of the stories to itself.
at_once = st.lists(
    st.lists(
        st.tuples(st.sampled_from(SOURCES), st.integers(0, STORIES // 3 - 1), st.booleans()),
        min_size=1,
        max_size=3,
    ),
    min_size=2,
    max_size=3,
).map(
    lambda found: [
        [(source, 3 * story + number, edited) for source, story, edited in one]
        for number, one in enumerate(found)
    ]
)

# Where a step fails, at which pass, and how it goes on; then the same of the opening that follows.
failing = st.lists(
    st.tuples(st.integers(0, 999), st.sampled_from([1, 1, 1, 2]), st.sampled_from(["reopen", "drop", "on"])),
    max_size=2,
)


class Machine(RuleBasedStateMachine):
    """One archive and its model, taken through steps that Hypothesis chooses."""

    ground_of: Callable[[], Ground]

    def __init__(self) -> None:
        super().__init__()
        self.ground = type(self).ground_of()
        self.model = Model()
        self.saved: Model | None = None
        self.versions = 0
        self.decided = 0
        self.chance = random.Random(0)
        self.archive = self.ground.open()

    # How a step may end.

    def attempt(self, kind: str, fates: Fates, doing: Callable[[], Result]) -> Result | None:
        """Do it, and let it fail where *fates* say so; return None where it has failed.

        kind   what is done: the points at which it may fail
        """
        self.arm(kind, fates[:1])
        try:
            return doing()
        except (ReadOnly, OSError, faults.Crash) as error:
            self.recover(kind, error, fates)
            return None
        finally:
            self.ground.disarm()

    def arm(self, kind: str, fates: Fates) -> None:
        for number, count, _ in fates:
            if possible := self.ground.faults[kind]:
                point, how = possible[number % len(possible)]
                self.ground.arm(point, how, count)

    def recover(self, kind: str, error: BaseException, fates: Fates) -> None:
        """Open anew, after a crash or without one: that may fail too, and then it is done again."""
        event(f"{type(error).__name__}, {self.ground.armed}")
        going_on = fates[0][2] if fates else "reopen"
        died = isinstance(error, faults.Crash) or going_on == "drop"
        if died:
            self.ground.drop(self.archive, self.chance)
        elif going_on == "on" and kind != "open" and not self.archive.refuses:
            return
        self.arm("open", fates[1:])
        try:
            self.open_again(died=died)
        except (ReadOnly, OSError, faults.Crash) as another:
            event(f"{type(another).__name__} in opening, {self.ground.armed}")
            self.ground.disarm()
            self.open_again(died=died)

    def open_again(self, *, died: bool) -> None:
        if died:
            self.archive = self.ground.open()
        else:
            self.archive.reopen()

    @initialize(seed=st.integers(0, 2**32))
    def throw(self, seed: int) -> None:
        self.chance.seed(seed)

    # What is kept.

    @rule(showings=st.lists(documents, min_size=1, max_size=3), fates=failing)
    def keep(self, showings: list[tuple[str, list[tuple[int, bool]]]], fates: Fates) -> None:
        """Show documents: new articles, edits, other names for what is known, and what is known already."""
        told: dict[int, int] = {}
        shown = []
        for source, found in showings:
            shown.append([self.entry(source, story, told, is_edited=edited) for story, edited in found])
        self.show(shown, fates)

    @rule(story=st.integers(0, STORIES - 1), fates=failing)
    def edit(self, story: int, fates: Fates) -> None:
        """Let a source change what it has shown."""
        known = self.model.stories.get(story)
        source = known.newest.source if known else SOURCES[0]
        self.show([[self.entry(source, story, {}, is_edited=True)]], fates)

    @rule(shown=at_once, fates=failing)
    def keep_at_once(self, shown: list[list[tuple[str, int, bool]]], fates: Fates) -> None:
        """Let several threads keep documents about stories of their own: each is answered for itself."""
        if self.threads_meet():
            return
        documents = [
            [self.entry(one, story, {}, is_edited=edited) for one, story, edited in found] for found in shown
        ]
        expected = [self.model.expect([[entry] for entry in document], self.now()) for document in documents]
        answers: dict[int, list[Kept]] = {}
        failed: list[BaseException] = []

        def keep(number: int) -> None:
            drafted = [showing(entry.drafted(self.now())) for entry in documents[number]]
            try:
                answers[number] = [one for (one,) in self.archive.keep(drafted)]
            except (ReadOnly, OSError, faults.Crash) as error:
                failed.append(error)

        def keep_all() -> None:
            threads = [threading.Thread(target=keep, args=(number,)) for number in range(len(documents))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if failed:
                raise failed[0]

        self.attempt("keep", fates, keep_all)
        self.model.settle_any(self.journal(), [said for _, said in expected], acknowledged=set(answers))
        for number, kept in answers.items():
            said = [(status, rev) for status, _, rev in expected[number][0]]
            assert [(one.status, one.rev) for one in kept] == said
            ids = [self.model.ids_of(entry.story) for entry in documents[number]]
            assert all(one.id in there for one, there in zip(kept, ids, strict=True))
        if self.archive.position < len(self.model.lines):
            self.archive.reopen()

    def threads_meet(self) -> bool:
        """Say whether stories of two threads are one: what becomes of them is up to chance."""
        return any(part % 3 != whole % 3 for part, (whole, _) in self.model.joints.items())

    def journal(self) -> list[Found]:
        """Return what the journal has behind what the model knows; the index may be behind it."""
        lines = self.archive._ports.articles.since(len(self.model.lines), 1000)
        return [Found(line.seq, decode(line.body)) for line in lines]

    def now(self) -> str:
        return f"{self.ground.clock.now():%Y-%m-%dT%H:%M:%SZ}"

    def entry(self, source: str, story: int, told: dict[int, int], *, is_edited: bool) -> Entry:
        known = self.model.stories.get(story)
        version = told.get(story, known.newest.version if known else 0)
        if known and source not in known.names and len(self.model.members(story)) > 1:
            source = next(iter(known.names))  # A name that is new may be found to be neither's text.
        if is_edited:
            self.versions += 1
            version = self.versions
        told[story] = version
        return Entry(source, story, version)

    def show(self, shown: list[list[Entry]], fates: Fates) -> None:
        at = self.now()
        answers, said = self.model.expect(shown, at)
        drafted = [showing(*(entry.drafted(at) for entry in document)) for document in shown]
        kept = self.attempt("keep", fates, lambda: self.archive.keep(drafted))
        if kept is None:
            self.model.settle(self.journal(), said)
            if self.archive.position < len(self.model.lines):  # The index failed, and nobody opened it anew.
                self.show(shown, [])
        else:
            self.acknowledge([one for document in kept for one in document], answers, said)

    def acknowledge(self, kept: list[Kept], answers: list[tuple[str, int, int]], said: list[Said]) -> None:
        ids = {story: one.id for one, (_, story, _) in zip(kept, answers, strict=True)}
        for line in said:
            self.model.take(line, ids[line.entry.story])
        assert [(one.status, one.rev) for one in kept] == [(status, rev) for status, _, rev in answers]
        for one, (_, story, _) in zip(kept, answers, strict=True):
            assert one.id in self.model.ids_of(story), "an id never changes"

    @rule(story=st.integers(0, STORIES - 1), source=st.sampled_from(SOURCES), fates=failing)
    def take_back(self, story: int, source: str, fates: Fates) -> None:
        """Let a source say that an entry is no more: of its own articles it is believed."""
        known, at = self.model.stories.get(story), self.now()
        deletion = Deletion(source, guid(source, story), at)
        gone = Gone(reason="feed-deleted", at=at, by=source)
        said: list[Said] = []
        if known is not None and source in known.names:
            root = self.model.root(story)
            whole = self.model.stories[root]
            if whole.newest.source == source and whole.gone is None:
                said = [Said("tombstone", whole.newest, 0, gone=gone, whole=root)]
        self.add(fates, said, lambda: self.archive.keep([Showing([], deleted=[deletion])]))

    @rule(story=st.integers(0, STORIES - 1), fates=failing)
    def withhold(self, story: int, fates: Fates) -> None:
        """Let an editor withhold an article, for good."""
        known = self.model.stories.get(story)
        if known is not None:
            gone = Gone(reason="withheld", at=self.now(), by="editor")
            members = [self.stories_of(one) for one in self.archive.members(known.id)]
            said = [
                Said("tombstone", self.model.stories[one].newest, 0, gone=gone, whole=one)
                for one in members
                if not self.is_withheld(one)
            ]
            self.add(fates, said, lambda: self.archive.withhold(known.id, gone))

    def stories_of(self, article: str) -> int:
        return next(number for number, story in self.model.stories.items() if story.id == article)

    def is_withheld(self, story: int) -> bool:
        gone = self.model.stories[story].gone
        return gone is not None and gone.withheld

    @rule(part=st.integers(0, STORIES - 1), whole=st.integers(0, STORIES - 1), fates=failing)
    def merge(self, part: int, whole: int, fates: Fates) -> None:
        """Let an editor make one article part of another."""
        stories = self.model.stories
        if part in stories and whole in stories:
            whole = self.model.root(whole)
            if self.model.root(part) == part != whole:
                self.unite(part, whole, fates)

    @rule(part=st.integers(0, STORIES - 1), fates=failing)
    def split(self, part: int, fates: Fates) -> None:
        """Let an editor take a merge back."""
        if part in self.model.stories and self.model.root(part) != part:
            self.unite(part, part, fates)

    def unite(self, part: int, whole: int, fates: Fates) -> None:
        self.decided += 1
        decision, at = self.decided, self.now()
        one, other = self.model.id(part), self.model.id(whole)
        said = self.model.unite(part, whole, decision)
        self.add(fates, said, lambda: self.archive.unite(one, other, decision, at))

    def add(self, fates: Fates, said: list[Said], doing: Callable[[], object]) -> None:
        """Do what adds *said* to the articles journal, until the index has it too."""
        if self.attempt("keep", fates, lambda: (doing(),)) is not None:
            for line in said:
                self.model.take(line, self.model.id(line.about))
            return
        self.model.settle(self.journal(), said)
        if self.archive.position < len(self.model.lines):
            self.archive.reopen()

    @rule(story=st.integers(0, STORIES - 1), fates=failing)
    def erase(self, story: int, fates: Fates) -> None:
        """Let nothing be left of an article. Where that is cut, it is asked again before all else."""
        known = self.model.stories.get(story)
        if known is None:
            return
        at, left = self.now(), fates
        for one in [self.stories_of(one) for one in self.archive.members(known.id)]:
            article = self.model.id(one)
            while self.attempt("erase", left, lambda: (self.archive.erase(article, at),)) is None:  # noqa: B023
                left = left[1:]
            digests = self.model.erase(one)
            self.ground.settled()
            assert self.ground.hits(marker(one, 0)[:-1]) == []
            assert digests.isdisjoint(place.sha256 for place in self.archive._ports.blobs.scan({}))

    @rule()
    def back_up(self) -> None:
        self.ground.back_up(self.archive)
        self.saved = deepcopy(self.model)

    @rule()
    def restore(self) -> None:
        """Lose everything, and go on with the last backup."""
        if self.saved is None:
            return
        self.archive.close()
        self.ground.restore()
        self.archive, self.model = self.ground.open(), deepcopy(self.saved)

    @rule(name=st.sampled_from(["decisions", "publications"]), count=st.integers(1, 4), fates=failing)
    def note(self, name: str, count: int, fates: Fates) -> None:
        """Add lines to a journal of words."""
        expected = self.model.others[name]
        bodies = [json.dumps({"kind": "note", "n": len(expected) + n}).encode() for n in range(count)]
        journal = getattr(self.archive, name)
        if self.attempt(name, fates, lambda: journal.append(bodies)) is not None:
            expected += bodies
            return
        found = getattr(self.archive, name).since(len(expected), 100)
        assert len(found) <= len(bodies)
        for line, body in zip(found, bodies, strict=False):
            assert line.body in {body, b'{"kind":"hole"}'}
            expected.append(line.body)

    @rule(values=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 99), min_size=1), fates=failing)
    def remember(self, values: dict[str, int], fates: Fates) -> None:
        """Put keys into the state journal."""
        bodies = [
            json.dumps({"kind": "put", "key": key, "value": value}).encode() for key, value in values.items()
        ]
        before = len(self.state_lines())
        if self.attempt("state", fates, lambda: self.archive.state.append(bodies)) is not None:
            self.model.state |= values
            return
        for line in self.state_lines()[before:]:
            assert line["kind"] == "hole" or values[line["key"]] == line["value"]
            if line["kind"] == "put":
                self.model.state[line["key"]] = line["value"]

    @rule(fates=failing)
    def compact(self, fates: Fates) -> None:
        """Let the last line of each key stand for all."""
        bodies = [json.dumps({"kind": "put", "key": key, "value": value}).encode() for key, value in self.model.state.items()]  # fmt: skip
        self.attempt("compact", fates, lambda: self.archive.state.compact(bodies))

    def state_lines(self) -> list[dict[str, Any]]:
        lines = self.archive.state.since(0, 10_000)
        assert (
            [line.seq for line in lines] == list(range(lines[0].seq, lines[0].seq + len(lines)))
            if lines
            else True
        )
        return [json.loads(line.body) for line in lines]

    # What happens to it.

    @rule(hours=st.sampled_from([1, 20, 30, 60, -24]))
    def wait(self, hours: int) -> None:
        self.ground.clock.advance(hours=hours)

    @rule(days=st.integers(0, 3), fates=failing)
    def seal(self, days: int, fates: Fates) -> None:
        self.ground.clock.advance(days=days)
        self.attempt("seal", fates, self.archive.seal)

    @rule()
    def restart(self) -> None:
        """Stop as one should, and start again."""
        self.archive.close()
        self.archive = self.ground.open()
        assert self.archive.recovered() == {}

    @rule()
    def crash(self) -> None:
        """Lose the process while it does nothing."""
        self.ground.drop(self.archive, self.chance)
        self.archive = self.ground.open()

    @rule(running=st.booleans(), fates=failing)
    def delete_index(self, running: bool, fates: Fates) -> None:
        """Take away what is derived: it comes back."""
        if running:
            self.ground.delete_index()
            assert self.archive.index_gone()
            self.attempt("open", fates, self.archive.reopen)
            assert not self.archive.index_gone()
        else:
            self.archive.close()
            self.ground.delete_index()
            self.archive = self.ground.open()

    @rule()
    def note_index(self) -> None:
        self.ground.note_index()

    @rule(limit=st.sampled_from([1, 3, 500]), fates=failing)
    def feed_search(self, limit: int, fates: Fates) -> None:
        self.attempt("search", fates, lambda: self.archive.feed_search(limit))

    # What must be so.

    @rule()
    def find(self) -> None:
        """The index of words, fed with all there is, finds each article by what it says now."""
        while self.archive.feed_search():
            pass
        assert self.archive.search_lag == 0
        stories = self.model.stories.values()
        for entry in {entry for story in stories for entry in story.revs.values()}:
            found = {one.id for one in self.archive.candidates(Run((marker(entry.story, entry.version),)))}
            assert found == {story.id for story in stories if story.newest.text == entry.text}

    @rule()
    def read_along(self) -> None:
        """Who only reads sees the same."""
        reader = self.ground.reader()
        if reader is not None:
            check(reader, self.model)
            reader.close()

    @rule()
    def verify(self) -> None:
        self.archive.seal()  # What was being sealed when it was cut is finished, and no flaw.
        assert self.ground.flaws() == []

    @invariant()
    def all_is_there(self) -> None:
        check(self.archive, self.model)
        for name, expected in self.model.others.items():
            lines = getattr(self.archive, name).since(0, 10_000)
            assert [line.seq for line in lines] == list(range(1, len(expected) + 1))
            assert [line.body for line in lines] == expected
        folded = {one["key"]: one["value"] for one in self.state_lines() if one["kind"] == "put"}
        assert folded == self.model.state

    def teardown(self) -> None:
        self.ground.disarm()
        self.archive.seal()
        self.archive.close()
        flaws = self.ground.flaws()
        self.ground.end()
        assert flaws == []


def check(archive: Archive, model: Model) -> None:
    """Hold an archive against its model: every line, every revision, every way to find one."""
    lines, seq = [], 0
    while more := archive.since(seq, 7):
        lines += more
        seq = more[-1].seq
    assert [line.seq for line in lines] == list(range(1, len(model.lines) + 1))
    for line, said in zip(lines, model.lines, strict=True):
        assert (line.record is None) == (said is None)
        assert said is None or said.is_said_by(line.record), f"line {line.seq}"
    assert archive.position == len(model.lines)
    assert archive.count() == len(model.stories)
    by_seq = sorted(model.stories.values(), key=lambda story: -story.seq)
    assert [card.id for card in archive.newest(100)] == [story.id for story in by_seq]
    for number, story in model.stories.items():
        revisions = archive.revisions(story.id)
        assert [(one.archive.rev, one.content_text) for one in revisions] == [
            (rev, entry.text) for rev, entry in sorted(story.revs.items())
        ]
        assert archive.get(story.id) == revisions[-1]
        assert archive.find_id(story.id) == story.id
        assert archive.tombstone(story.id) in model.tombstone(number)
        assert archive.whole(story.id) == model.id(model.root(number))
        assert set(archive.members(story.id)) == {model.id(one) for one in model.members(number)}
        assert {name.source for name in archive._ports.catalog.names_of(story.id)} == set(story.names)
        assert archive.addressed(url_key(address(number)) or "") == [story.id]
        for one in revisions:
            check_revision(archive, one, story.revs[one.archive.rev])
    for number, article in model.erased.items():
        assert archive.card(article) is None
        (kept_out,) = archive.erased([Mention("a source", None, address(number))], signs=True)
        assert kept_out in model.erased.values(), "as itself, or as what it was one with"


def check_revision(archive: Archive, one: Article, entry: Entry) -> None:
    assert archive.get(one.id, one.archive.rev) == one
    assert one.archive.raw is not None
    assert one.archive.raw.sha256 == hashlib.sha256(entry.raw).hexdigest()
    assert archive.blob(one.archive.raw.sha256) == entry.raw


class OnDisk(Machine):
    ground_of = DiskGround


class InMemory(Machine):
    ground_of = MemoryGround


TestOnDisk, TestInMemory = OnDisk.TestCase, InMemory.TestCase
TestOnDisk.settings = runs(12, stateful_step_count=30)
TestInMemory.settings = runs(30, stateful_step_count=30)
