"""What became of a text: exact, word by word, in every script, and never for long."""

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Comparison, compare, count_words
from archive.text.align import Effort, matching
from archive.text.diff import EFFORT, lines_of
from archive.text.pieces import pieces
from tests.builders import lorem

OLD = """The envoy told reporters at the embassy that a working group of diplomats will hold its first session.

But he tied the offer to sanctions.

In Washington a State Department official denied that any message had been."""
NEW = """The envoy told reporters at the embassy that a working group of diplomats and drug-enforcement officers could hold its first session.

But he tied the offer to sanctions.

In Washington a State Department official confirmed that messages had been exchanged, and declined to say whether sanctions were among the subjects."""


def marked(found: Comparison) -> list[str]:
    """Each passage with its changes marked, as git does."""
    marks = {"same": "{}", "added": "{{+{}+}}", "taken_out": "[-{}-]"}
    return ["".join(marks[part.kind].format(part.text) for part in one.parts) for one in found.passages]


def test_words_are_compared_and_near_changes_are_one() -> None:
    found = compare(OLD, NEW)
    assert marked(found) == [
        (
            "The envoy told reporters at the embassy that a working group of diplomats "
            "[-will-]{+and drug-enforcement officers could+} hold its first session."
        ),
        "But he tied the offer to sanctions.",
        (
            "In Washington a State Department official [-denied that any message had been-]"
            "{+confirmed that messages had been exchanged, and declined to say whether sanctions were among the subjects+}."
        ),
    ]
    assert (found.added, found.taken_out) == (20, 7)
    assert count_words(OLD) + found.added - found.taken_out == count_words(NEW)


@pytest.mark.parametrize(
    ("old", "new", "marks"),
    [
        ("a b c d e f", "a b c d e f g", ["a b c d e f{+ g+}"]),
        ("a b c d e f", "x a b c d e f", ["{+x +}a b c d e f"]),
        ("one two three, four five", "one two three four five", ["one two three[-,-] four five"]),
        ("he said enough of it", "he said “enough” of it", ["he said {+“+}enough{+”+} of it"]),
        ("a b c d e X f g Y h", "a b c d e U f g V h", ["a b c d e [-X f g Y-]{+U f g V+} h"]),
        ("a b c d e X f g i Y h", "a b c d e U f g i V h", ["a b c d e [-X-]{+U+} f g i [-Y-]{+V+} h"]),
        ("a b c d e f", "a b X c Y d e f", ["a b {+X +}c {+Y +}d e f"]),
        ("don't go", "do not go", ["[-don't-]{+do not+} go"]),
        ("1,234.5 of them went there", "1,234.6 of them went there", ["[-1,234.5-]{+1,234.6+} of them went there"]),
        ("one line\n\nanother  line", "one line \n another line", ["one line", "another line"]),
        ("Weather", "Weather, later", ["Weather{+, later+}"]),
        ("", "new", ["{+new+}"]),
        ("old", "", ["[-old-]"]),
        ("", "", []),
        ("first\n\nsecond\n\nthird", "first\n\nthird", ["first", "[-second-]", "third"]),
        ("first\n\nthird", "first\n\nsecond\n\nthird", ["first", "{+second+}", "third"]),
        ("- milk\n- bread and butter", "- milk\n- bread and salt", ["- milk", "- bread and [-butter-]{+salt+}"]),
        ("the cat sat here", "nothing of this stayed", ["[-the cat sat here-]", "{+nothing of this stayed+}"]),
        ("双方代表最快下月在杜尚别会面，议题包括边境", "双方代表最快下周在杜尚别会谈，议题包括边境",
         ["双方代表最快下[-月-]{+周+}在杜尚别会[-面-]{+谈+}，议题包括边境"]),
        ("カブールの使節と会談した", "モスクワの使節と会談した", ["[-カブール-]{+モスクワ+}の使節と会談した"]),
        ("คณะผู้แทนจะพบกันในเดือนหน้า", "คณะผู้แทนจะพบกันในสัปดาห์หน้า", ["คณะผู้แทนจะพบกันใน[-เดือน-]{+สัปดาห์+}หน้า"]),
        ("من به کابل می‌روم و برمی‌گردم", "من به هرات می‌روم و برمی‌گردم", ["من به [-کابل-]{+هرات+} می‌روم و برمی‌گردم"]),
        ("हिन्दी में संसद की बैठक", "हिन्दी में संसद का सत्र", ["हिन्दी में संसद [-की बैठक-]{+का सत्र+}"]),
        ("a flag 👩‍👩‍👧 here now", "a flag 👩‍👩‍👦 here now", ["a flag [-👩‍👩‍👧-]{+👩‍👩‍👦+} here now"]),
    ],
)  # fmt: skip
def test_what_became_of_a_text(old: str, new: str, marks: list[str]) -> None:
    assert marked(compare(old, new)) == marks


def test_edited_paragraphs_are_known_among_new_ones() -> None:
    old = [lorem(name, 30) for name in "abcdef"]
    new = [lorem("x", 30), old[0], lorem("y", 30), old[3].replace("d7 ", "d7 corrected "), *old[4:]]
    found = compare("\n\n".join(old), "\n\n".join(new))
    kinds = ["".join(sorted({part.kind[0] for part in one.parts})) for one in found.passages]
    assert kinds == ["a", "s", "t", "t", "a", "as", "s", "s"]
    assert (found.added, found.taken_out) == (61, 60)


def test_many_edited_paragraphs_are_found_by_their_rare_words() -> None:
    old = [lorem(f"p{n}", 20) for n in range(60)]
    new = [line.replace("7 ", "7 corrected ", 1) for line in [*old[5:], lorem("more", 20)]]
    found = compare("\n\n".join(old), "\n\n".join(new))
    assert sum(one.changed and len(one.parts) > 1 for one in found.passages) == 55
    assert found.taken_out == 5 * 20


def test_words_are_counted_as_people_do() -> None:
    assert count_words("Is it - as drug-enforcement officers say, “don't”?") == 8
    assert count_words("双方代表") == 2
    assert count_words("使用iPhone手机 3 次") == 5
    assert count_words(" \n") == 0


TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "e.", "“f”", "g-h", "京", "都の", "ผู้", ",", "—", "i\u0301"]), max_size=12),
    max_size=6,
).map(lambda lines: "\n\n".join(" ".join(words) for words in lines))  # fmt: skip


def plain(text: str) -> str:
    """A text with the white space that counts for nothing made the same."""
    return "\n\n".join(lines_of(text))


@given(st.one_of(TEXTS, st.text()), st.one_of(TEXTS, st.text()))
def test_without_what_was_added_it_is_the_old_text_and_without_what_went_the_new(old: str, new: str) -> None:
    found = compare(old, new)
    assert found.before == plain(old)
    assert found.after == plain(new)
    assert found.changed == (plain(old) != plain(new))
    kinds = [part.kind for one in found.passages for part in one.parts if not one.changed]
    assert set(kinds) <= {"same"}
    assert all(part.text for one in found.passages for part in one.parts)


@given(TEXTS, TEXTS)
def test_what_is_between_spaces_is_a_word_to_both(old: str, new: str) -> None:
    found = compare(old, new)
    assert (found.added > 0) >= (not plain(old) and bool(plain(new)))
    assert found.added <= count_words(new) + 1
    assert found.taken_out <= count_words(old) + 1


@given(st.text())
def test_pieces_and_single_spaces_are_the_line(text: str) -> None:
    found = pieces(text)
    assert "".join((" " if found.spaced(n) else "") + one for n, one in enumerate(found.texts)) == found.line


@given(st.text(alphabet="abc ", max_size=40))
def test_words_of_letters_are_counted_as_between_spaces(text: str) -> None:
    assert count_words(text) == len(text.split())
    assert sum(pieces(text).weights) == 2 * len(text.split())


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 5)), st.integers(0, 200))
def test_what_agrees_agrees_and_rises_whatever_the_effort(
    one: list[int], other: list[int], steps: int
) -> None:
    found = matching(one, other, Effort(steps))
    assert all(one[i] == other[j] for i, j in found)
    assert all(i < k and j < m for (i, j), (k, m) in itertools.pairwise(found))
    if one == other:
        assert len(found) == len(one)


def text_of(words: list[str], per_line: int) -> str:
    return "\n\n".join(" ".join(words[at : at + per_line]) for at in range(0, len(words), per_line))


COUNT = 100_000
slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "per_line"),
    [
        *itertools.product(["different", "edited"], [1, 20, COUNT]),
        *(pytest.param("shuffled", per_line, marks=slow) for per_line in (1, COUNT)),
        *(pytest.param("two words", per_line, marks=slow) for per_line in (1, 20)),
        ("shuffled", 20),
        ("two words", COUNT),
        ("without spaces", COUNT),
    ],
)
def test_however_long_and_different_it_does_not_take_long(kind: str, per_line: int) -> None:
    chance = random.Random(f"{kind} {per_line}")
    vocabulary = [f"w{n}" for n in range(5000)]
    weights = [1 / (n + 1) for n in range(5000)]
    old = chance.choices(vocabulary, weights, k=COUNT)
    new = {
        "different": lambda: chance.choices(vocabulary, weights, k=COUNT),
        "edited": lambda: [word if chance.random() > 0.02 else "x" for word in old],
        "shuffled": lambda: chance.sample(old, COUNT),
        "two words": lambda: chance.choices("ab", k=COUNT),
        "without spaces": lambda: chance.choices("京都大学", k=COUNT),
    }[kind]()
    if kind == "two words":
        old = chance.choices("ab", k=COUNT)
    if kind == "without spaces":
        old = ["".join(chance.choices("京都大学生", k=COUNT))]
        new = ["".join(new)]
    one, other = text_of(old, per_line), text_of(new, per_line)
    began = time.process_time()
    found = compare(one, other)
    took = time.process_time() - began
    assert took < 10, "about a second on an idle machine; this is no place to be sure of more"
    assert found.before == plain(one)
    assert found.after == plain(other)
    if kind == "edited" and per_line > 1:
        assert found.added < COUNT * 0.05


def test_the_same_is_found_on_every_machine() -> None:
    """The bound is counted, not timed."""
    effort = Effort(EFFORT)
    assert effort.takes(EFFORT)
    assert not effort.takes(1)
