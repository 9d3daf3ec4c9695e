"""Two texts -> what was taken out and what was added, paragraph by paragraph, word by word. Pure.

Paragraphs that stand in both are found first, then those that are alike, and in
these the words. A paragraph of which less than a third stayed is rewritten: it
was taken out whole, and another was added whole. The effort is bounded; where it
is spent, what is left counts as different.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from archive.text.align import Effort, matching
from archive.text.pieces import Pieces, pieces, vocabulary, weight, whole_words

Kind = Literal["same", "added", "taken_out"]

STAYS: Final = 3
"""A paragraph was edited if one in so many words of its shorter version stayed; else it was rewritten."""
JOINED: Final = 2
"""Changes with no more unchanged words between them are one change."""
EFFORT: Final = 2_000_000
"""Steps of one comparison: about a second."""
_A_LINE, _A_PAIR = 10, 40
"""What a line costs that is compared with others, and a pair that is compared word by word."""
_LONGER = 8
_ALL_PAIRS = 400
_RARE, _CANDIDATES = 3, 3


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a paragraph: unchanged, added, or taken out."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph (or one line of a list or verse) of either text, or of both."""

    parts: tuple[Part, ...]

    @property
    def changed(self) -> bool:
        """Whether anything in it was added or taken out."""
        return any(part.kind != "same" for part in self.parts)

    def without(self, kind: Kind) -> str:
        """Return its text without the parts of one kind: without `added` what it was before."""
        return "".join(part.text for part in self.parts if part.kind != kind)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a text.

    added       words that came in; words between changes that are shown as one count too
    taken_out   words that went
    """

    passages: tuple[Passage, ...]
    added: int
    taken_out: int

    @property
    def before(self) -> str:
        """The old text: paragraphs parted by one empty line, single spaces within."""
        return self._without("added")

    @property
    def after(self) -> str:
        """The new text, likewise."""
        return self._without("taken_out")

    @property
    def changed(self) -> bool:
        """Whether the texts differ in more than white space."""
        return any(passage.changed for passage in self.passages)

    def _without(self, kind: Kind) -> str:
        found = (passage.without(kind) for passage in self.passages)
        return "\n\n".join(text for text in found if text)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text that say something, with single spaces within."""
    rows = (" ".join(row.split()) for row in text.splitlines())
    return [row for row in rows if row]


def compare(old: str, new: str) -> Comparison:
    """Return what became of *old* when it became *new*. White space does not count."""
    one, other = lines_of(old), lines_of(new)
    effort = Effort(EFFORT)
    edits: list[_Edit] = []
    done = through = 0
    for i, j in [*matching(one, other, effort), (len(one), len(other))]:
        edits += _between(one[done:i], other[through:j], effort)
        if i < len(one):
            edits.append(_Edit((Part("same", one[i]),)))
        done, through = i + 1, j + 1
    return Comparison(
        tuple(Passage(edit.parts) for edit in edits),
        whole_words(sum(edit.added for edit in edits)),
        whole_words(sum(edit.taken_out for edit in edits)),
    )


@dataclass(frozen=True, slots=True)
class _Edit:
    """A passage, with what came in and went out in half words."""

    parts: tuple[Part, ...]
    added: int = 0
    taken_out: int = 0


def _between(old: Sequence[str], new: Sequence[str], effort: Effort) -> Iterator[_Edit]:
    """Yield what became of lines of which none stands in both."""
    done = through = 0
    for i, j in [*_alike(old, new, effort), (len(old), len(new))]:
        paired = i < len(old) and effort.takes(_A_PAIR)
        edited = _edited(pieces(old[i]), pieces(new[j]), effort) if paired else None
        # A line that was rewritten is one that went and another that came.
        last, final = (i + 1, j + 1) if edited is None else (i, j)
        yield from (_Edit((Part("taken_out", line),), taken_out=weight(line)) for line in old[done:last])
        yield from (_Edit((Part("added", line),), added=weight(line)) for line in new[through:final])
        if edited is not None:
            yield edited
        done, through = i + 1, j + 1


def _alike(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[tuple[int, int]]:
    """Return which old line may have become which new one, in one order; the likest were put together first."""
    if not old or not new or not effort.takes(_A_LINE * (len(old) + len(new))):
        return []
    bags, others = [vocabulary(line) for line in old], [vocabulary(line) for line in new]
    scored: list[tuple[int, int, int, int]] = []
    for i, j in _pairs(bags, others):
        common = len(bags[i] & others[j])
        sizes = len(bags[i]), len(others[j])
        if common * STAYS >= min(sizes) and common * _LONGER >= max(sizes):
            scored.append((-common, abs(i - j), i, j))
    taken: list[tuple[int, int]] = [(-1, -1), (len(old), len(new))]
    for _, _, i, j in sorted(scored):
        at = bisect_left(taken, (i, j))
        (before, above), (behind, below) = taken[at - 1], taken[at]
        if before < i < behind and above < j < below:
            taken.insert(at, (i, j))
    return taken[1:-1]


def _pairs(bags: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> Iterable[tuple[int, int]]:
    """Return which lines are worth comparing: all with all, or those that share rare words."""
    if len(bags) * len(others) <= _ALL_PAIRS:
        return ((i, j) for i in range(len(bags)) for j in range(len(others)))
    places: dict[str, list[int]] = {}
    for i, bag in enumerate(bags):
        for word in bag:
            places.setdefault(word, []).append(i)
    found: set[tuple[int, int]] = set()
    for j, bag in enumerate(others):
        votes: Counter[int] = Counter()
        for word in bag:
            if len(where := places.get(word, ())) <= _RARE:
                votes.update(where)
        likeliest = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))[:_CANDIDATES]
        found |= {(i, j) for i, _ in likeliest}
        found.add((j * len(bags) // len(others), j))
    return found


@dataclass(slots=True)
class _Stretch:
    """Pieces start..end of the old line and begin..stop of the new one: the same, or changed into each other."""

    same: bool
    start: int
    end: int
    begin: int
    stop: int


def _edited(old: Pieces, new: Pieces, effort: Effort) -> _Edit | None:
    """Return the words that changed in a line; None where it was rewritten."""
    stretches = _joined(_stretches(old, new, effort), old, new)
    stayed = sum(sum(old.weights[one.start : one.end]) for one in stretches if one.same)
    if stayed * STAYS < min(sum(old.weights), sum(new.weights)):
        return None
    changes = [one for one in stretches if not one.same]
    return _Edit(
        _parts(old, new, stretches),
        sum(sum(new.weights[one.begin : one.stop]) for one in changes),
        sum(sum(old.weights[one.start : one.end]) for one in changes),
    )


def _stretches(old: Pieces, new: Pieces, effort: Effort) -> list[_Stretch]:
    """Return the line as stretches that are the same and changes in turn; a change comes first and last."""
    found = [_Stretch(False, 0, 0, 0, 0)]
    for i, j in [*matching(old.texts, new.texts, effort), (len(old.texts), len(new.texts))]:
        last = found[-1]
        end_of_line = i == len(old.texts) and j == len(new.texts)
        adjoins = last.same and (last.end, last.stop) == (i, j) and not end_of_line
        if adjoins and old.spaced(i) == new.spaced(j):
            last.end, last.stop = i + 1, j + 1
            continue
        if last.same:
            found.append(_Stretch(False, last.end, i, last.stop, j))
        else:
            last.end, last.stop = i, j
        if not end_of_line:
            found.append(_Stretch(True, i, i + 1, j, j + 1))
    return found


def _joined(stretches: list[_Stretch], old: Pieces, new: Pieces) -> list[_Stretch]:
    """Return the stretches with changes as one that hardly anything parts.

    Not two additions, nor two deletions: a word between them would be shown as
    taken out and added again, though all that happened to it is new company.
    """
    found = stretches[:1]
    for same, change in zip(stretches[1::2], stretches[2::2], strict=True):
        last = found[-1]
        went = last.end > last.start, change.end > change.start
        came = last.stop > last.begin, change.stop > change.begin
        is_little = sum(old.weights[same.start : same.end]) <= 2 * JOINED
        if is_little and any(went) and any(came) and (went[0] or came[0]) and (went[1] or came[1]):
            last.end, last.stop = change.end, change.stop
        else:
            found += [same, change]
    return found


def _parts(old: Pieces, new: Pieces, stretches: list[_Stretch]) -> tuple[Part, ...]:
    """Return the stretches as texts; spaces round a change belong to what is the same."""
    found: list[Part] = []

    def say(kind: Kind, text: str) -> None:
        if found and text and found[-1].kind == kind == "same":
            found[-1] = Part("same", found[-1].text + text)
        elif text:
            found.append(Part(kind, text))

    at = place = 0
    for number, one in enumerate(stretches):
        if one.same:
            end, stop = old.end(one.end - 1), new.end(one.stop - 1)
            say("same", old.line[at:end])
        else:
            is_last = number == len(stretches) - 1
            end = len(old.line) if is_last else old.starts[one.end]
            stop = len(new.line) if is_last else new.starts[one.stop]
            went, came = old.line[at:end], new.line[place:stop]
            lead = " " if went[:1] == came[:1] == " " else ""
            went, came = went[len(lead) :], came[len(lead) :]
            trail = " " if went[-1:] == came[-1:] == " " else ""
            say("same", lead)
            say("taken_out", went[: len(went) - len(trail)])
            say("added", came[: len(came) - len(trail)])
            say("same", trail)
        at, place = end, stop
    return tuple(found)
