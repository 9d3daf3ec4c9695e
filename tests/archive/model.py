"""What an archive ought to hold: dictionaries, and the few rules that the machine's own entries ask for."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from archive import Alias, Article, Draft, Gone, Tombstone
from archive.keeping.intervals import too_soon
from archive.store import Found
from tests.builders import draft, lorem

SOURCES = ("https://one.example/rss", "https://two.example/rss", "https://three.example/rss")
STORIES = 6


def address(story: int) -> str:
    return f"https://site.example/{story}"


def guid(source: str, story: int) -> str:
    return f"{SOURCES.index(source)}-{story}"


def marker(story: int, version: int) -> str:
    """A word that stands in this version of a story and nowhere else."""
    return f"marker{story}x{version}"


@dataclass(frozen=True)
class Entry:
    """What a source shows of a story: one version of its text."""

    source: str
    story: int
    version: int

    @property
    def title(self) -> str:
        return f"Title {self.story}"

    @property
    def text(self) -> str:
        return f"{lorem(f'story{self.story}', 30)} {marker(self.story, self.version)}"

    @property
    def raw(self) -> bytes:
        return f"{self.source} {self.text}".encode()

    def drafted(self, at: str) -> Draft:
        return draft(
            guid(self.source, self.story),
            self.title,
            self.text,
            url=address(self.story),
            source=self.source,
            at=at,
            raw=self.raw,
        )


@dataclass(frozen=True)
class Said:
    """One line that is expected in the articles journal.

    raw        the line names the entry's own bytes
    gone       why its story was taken back, in a tombstone
    whole      the story that the line is about, where that is not the entry's own
    decision   of an alias: what makes the entry's story part of *whole*, or itself again
    """

    kind: str
    entry: Entry
    rev: int
    raw: bool = True
    at: str = ""
    gone: Gone | None = None
    whole: int | None = None
    decision: int | None = None

    @property
    def about(self) -> int:
        """The story that the line is about."""
        return self.entry.story if self.whole is None else self.whole

    def is_said_by(self, record: Any) -> bool:
        """Say whether a line that was read is this one."""
        kinds = {"article": Article, "alias": Alias, "tombstone": Tombstone}
        if type(record) is not kinds[self.kind]:
            return False
        if isinstance(record, Tombstone):
            return record.archive.gone == self.gone
        entry, source = self.entry, record.archive.source
        sha256 = hashlib.sha256(entry.raw).hexdigest() if self.raw else None
        same = (
            source.key == entry.source
            and source.guid == guid(entry.source, entry.story)
            and (record.archive.raw.sha256 if record.archive.raw else None) == sha256
        )
        if isinstance(record, Alias):
            same = same and record.archive.decision == self.decision
        if isinstance(record, Article):
            same = same and (record.archive.rev, record.title, record.content_text) == (
                self.rev,
                entry.title,
                entry.text,
            )
        return same


@dataclass
class Story:
    """One article as it ought to be.

    revs    by number; a number is missing only where its line was lost before it was acknowledged
    seqs    of their lines
    times   at which they were fetched
    gone    why it was taken back, where it was
    names   what each source showed last under its name for it, the last said last
    """

    id: str
    revs: dict[int, Entry] = field(default_factory=dict)
    seqs: dict[int, int] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)
    gone: Gone | None = None
    names: dict[str, int] = field(default_factory=dict)

    def name(self, entry: Entry) -> None:
        """Note what a source showed under its name."""
        self.names.pop(entry.source, None)
        self.names[entry.source] = entry.version

    @property
    def rev(self) -> int:
        return max(self.revs)

    @property
    def newest(self) -> Entry:
        return self.revs[self.rev]

    @property
    def seq(self) -> int:
        return self.seqs[self.rev]


class Model:
    """Everything acknowledged, and what came of that which was not.

    lines    of the articles journal; None for a hole and what was erased
    ids      of the articles that they are about
    others   bodies of the other journals, likewise
    state    the last value of each key
    erased   ids of stories that are to stay away
    joints   what the last decision about a story made it part of, and its number
    """

    def __init__(self) -> None:
        self.stories: dict[int, Story] = {}
        self.lines: list[Said | None] = []
        self.ids: list[str] = []
        self.others: dict[str, list[bytes | None]] = {"decisions": [], "publications": []}
        self.state: dict[str, int] = {}
        self.erased: dict[int, str] = {}
        self.joints: dict[int, tuple[int, int]] = {}

    def id(self, story: int) -> str:
        return self.erased.get(story) or self.stories[story].id

    def ids_of(self, story: int) -> set[str]:
        """Return what may be answered of a story: what is erased may be known as what it was one with."""
        return set(self.erased.values()) if story in self.erased else {self.id(self.root(story))}

    def root(self, story: int) -> int:
        """Return the story that counts for this one."""
        while (whole := self.joints.get(story, (story, 0))[0]) != story:
            story = whole
        return story

    def below(self, story: int) -> list[int]:
        """Return a story and all its parts."""
        parts = [part for part, (whole, _) in self.joints.items() if whole == story != part]
        return [story, *(one for part in parts for one in self.below(part))]

    def members(self, story: int) -> list[int]:
        """Return all stories that count as one with this one."""
        return self.below(self.root(story))

    def tombstone(self, story: int) -> list[Gone | None]:
        """Return what may be said of why a story is gone: of several that are withheld, any."""
        known = (self.stories[one].gone for one in self.members(story))
        return [gone for gone in known if gone is not None and gone.withheld] or [self.stories[story].gone]

    def unite(self, part: int, whole: int, decision: int) -> list[Said]:
        """Return the lines of a merge; of a split where both are one: first what the other says again."""
        said: list[Said] = []
        root, leaving = self.root(part), self.below(part)
        known = self.stories[root]
        if part == whole and known.newest.story in leaving:
            rev = max(rev for rev, entry in known.revs.items() if entry.story not in leaving)
            said.append(Said("article", known.revs[rev], known.rev + 1, at=known.times[rev], whole=root))
            if known.gone is not None:
                said.append(Said("tombstone", known.newest, 0, gone=known.gone, whole=root))
        for source in self.stories[part].names:
            said.append(Said("alias", Entry(source, part, 0), 0, raw=False, whole=whole, decision=decision))
        return said

    def expect(
        self, documents: Sequence[Sequence[Entry]], at: str
    ) -> tuple[list[tuple[str, int, int]], list[Said]]:
        """Return what keeping *documents* must answer, as (status, story, rev), and the lines it must add."""
        trial = deepcopy(self)
        answers: list[tuple[str, int, int]] = []
        said: list[Said] = []
        for document in documents:
            for entry in document:
                status, line = trial._judge(entry, at)
                if line is not None:
                    said.append(line)
                    trial.take(line, f"story {entry.story}")
                rev = trial.stories[trial.root(entry.story)].rev if status != "erased" else 0
                answers.append((status, entry.story, rev))
        return answers, said

    def _judge(self, entry: Entry, at: str) -> tuple[str, Said | None]:
        story = self.stories.get(entry.story)
        if entry.story in self.erased:
            return "erased", None
        if story is None:
            return "new", Said("article", entry, 1, at=at)
        number = self.root(entry.story)
        whole = self.stories[number]
        if story.names.get(entry.source) == entry.version:
            return "same", None
        same = whole.newest.text == entry.text
        if not same and entry.source == whole.newest.source:
            if too_soon(at, whole.rev, whole.times.get):
                return "later", None
            return "revised", Said("article", entry, whole.rev + 1, at=at, whole=number)
        if entry.source in story.names:
            return "same", None
        return "alias", Said("alias", entry, 0, raw=not same, whole=number)

    def take(self, line: Said | None, article: str = "") -> None:
        """Take in the next line of the articles journal."""
        self.lines.append(line)
        self.ids.append(article)
        if line is None:
            return
        number, seq = line.about, len(self.lines)
        if line.kind == "article":
            story = self.stories.setdefault(number, Story(article))
            story.revs[line.rev], story.seqs[line.rev] = line.entry, seq
            story.times[line.rev] = line.at
            self.stories[line.entry.story].name(line.entry)
            if story.gone is not None and not story.gone.withheld:
                story.gone = None
        elif line.kind == "tombstone":
            self.stories[number].gone = line.gone
        elif (
            part := self.stories.get(line.entry.story)
        ) is not None:  # Of what was lost an alias says nothing.
            if line.decision is None:
                part.name(line.entry)
            else:
                part.names[line.entry.source] = part.names.pop(line.entry.source)
                self.joints[line.entry.story] = (number, line.decision)

    def erase(self, number: int) -> set[str]:
        """Know no more of a story than that it is to stay away; return the digests of its bytes."""
        article = self.stories.pop(number).id
        self.joints = {part: joint for part, joint in self.joints.items() if number not in {part, joint[0]}}
        about: dict[str, Callable[[Said], set[int]]] = {
            "tombstone": lambda line: {line.about},
            "alias": lambda line: {line.entry.story},
            "article": lambda line: {line.about, line.entry.story},
        }
        said = [line for line in self.lines if line and number in about[line.kind](line)]
        for story in self.stories.values():  # Also what it gave another, while it was part of that.
            for rev in [rev for rev, entry in story.revs.items() if entry.story == number]:
                del story.revs[rev], story.seqs[rev], story.times[rev]
        self.lines = [None if line in said else line for line in self.lines]
        self.erased[number] = article
        return {
            hashlib.sha256(line.entry.raw).hexdigest()
            for line in said
            if line.raw and line.kind != "tombstone"
        }

    def settle(self, found: Sequence[Found], pending: Sequence[Said]) -> None:
        """Take in what is there of lines that were not acknowledged: at their places, or as holes."""
        assert len(found) <= len(pending), "lines that nobody wrote"
        for line, said in zip(found, pending, strict=False):
            assert line.seq == len(self.lines) + 1
            if line.record is None:
                self.take(None)
            else:
                assert said.is_said_by(line.record), f"line {line.seq} is not what was written"
                self.take(said, line.record.id)

    def settle_any(
        self, found: Sequence[Found], told: Sequence[Sequence[Said]], *, acknowledged: Collection[int]
    ) -> None:
        """Take in lines of several writers, each's own in order; all of those that were acknowledged."""
        left = [list(said) for said in told]
        for line in found:
            assert line.seq == len(self.lines) + 1
            if line.record is None:
                self.take(None)
                continue
            number, at = next(
                (number, at)
                for number, said in enumerate(left)
                for at, one in enumerate(said)
                if one.is_said_by(line.record) and (at == 0 or number not in acknowledged)
            )
            self.take(left[number][at], line.record.id)
            left[number] = left[number][at + 1 :]
        assert [number for number in acknowledged if left[number]] == [], "acknowledged, and not there"
        if len(acknowledged) == len(told):
            assert all(line.record is not None for line in found)
