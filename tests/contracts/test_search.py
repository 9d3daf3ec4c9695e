"""The clauses of the Search port, over the disk and over memory."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Both, Either, Every, ReadOnly, Run, Wanted
from archive.cards import Line
from archive.disk.catalog import DiskCatalog
from archive.disk.search import DiskSearch
from archive.errors import Broken
from archive.memory.adversary import Adversary
from archive.memory.index import IndexStorage, StoredSearch
from archive.memory.search import MemorySearch
from archive.ports import Search
from archive.text.words import words
from tests.contracts.records import alias, article, lines
from tests.properties import runs

Open = Callable[[], Search]


@pytest.fixture(params=["disk", "memory"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    storage: IndexStorage[MemorySearch] = IndexStorage()
    made: list[Search] = []

    def opened() -> Search:
        on_disk = request.param == "disk"
        made.append(DiskSearch(tmp_path / "search.sqlite") if on_disk else StoredSearch(storage))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def texts(*said: str, start: int = 1) -> list[Line]:
    """Lines of articles without titles that say one text each."""
    return lines(*(article(n, title="", text=text) for n, text in enumerate(said, start)), start=start)


def words_of(text: str) -> list[str]:
    return [word.text for word in words(text)]


def matches(text: list[str], wanted: Wanted) -> bool:
    """Say whether a text is meant: word by word, without any index."""
    match wanted:
        case Every():
            return True
        case Both(parts=parts):
            return all(matches(text, part) for part in parts)
        case Either(parts=parts):
            return any(matches(text, part) for part in parts)
        case Run(words=run, prefix=prefix):
            spans = [text[at : at + len(run)] for at in range(len(text) - len(run) + 1)]
            return any(
                tuple(span) == run or (prefix and (*span[:-1],) == run[:-1] and span[-1].startswith(run[-1]))
                for span in spans
            )


def test_an_empty_index_finds_nothing(reopen: Open) -> None:
    search = reopen()
    assert search.position == 0
    assert search.candidates(Every(), 10) == []
    assert search.candidates(Run(("word",)), 10) == []
    assert not search.gone()


def test_an_index_finds_at_least_what_matches_newest_first(reopen: Open) -> None:
    search = reopen()
    search.apply(
        texts(
            "Kabul and Moscow",
            "Moscow alone",
            "the united states",
            "states united",
            "Kabul’s envoy",
            "北京大学",
        )
    )
    assert search.candidates(Run(("kabul",)), 10) == [5, 1]
    assert search.candidates(Run(("mos",), prefix=True), 10) == [2, 1]
    assert search.candidates(Run(("united", "states")), 10) == [3]
    assert search.candidates(Both((Run(("kabul",)), Run(("moscow",)))), 10) == [1]
    assert search.candidates(Either((Run(("kabul",)), Run(("states",)))), 10) == [5, 4, 3, 1]
    assert search.candidates(Both((Every(), Run(("kabul",)))), 10) == [5, 1]
    assert search.candidates(Either((Every(), Run(("kabul",)))), 10) == [6, 5, 4, 3, 2, 1]
    assert search.candidates(Run(("京大",)), 10) == [6]


def test_title_summary_and_text_are_searched(reopen: Open) -> None:
    from msgspec.structs import replace

    search = reopen()
    search.apply(lines(replace(article(1, title="Head", text="body"), summary="short")))
    for word in ("head", "short", "body"):
        assert search.candidates(Run((word,)), 10) == [1]


def test_pages_of_candidates_go_on_below_the_last(reopen: Open) -> None:
    search = reopen()
    search.apply(texts(*(f"word{'' if n % 3 else ' third'}" for n in range(1, 41))))
    for wanted, expected in ((Every(), range(40, 0, -1)), (Run(("third",)), range(39, 0, -3))):
        found: list[int] = []
        while more := search.candidates(wanted, 7, found[-1] if found else None):
            assert len(more) <= 7
            found += more
        assert found == list(expected)


def test_every_revision_is_found_by_what_it_says(reopen: Open) -> None:
    """Who asks keeps the articles whose newest revision was found."""
    search = reopen()
    search.apply(lines(article(1, text="before"), article(1, 2, text="after"), alias(1, "elsewhere")))
    assert search.candidates(Run(("before",)), 10) == [1]
    assert search.candidates(Run(("after",)), 10) == [2]
    assert search.candidates(Every(), 10) == [2, 1], "an alias says nothing"
    assert search.position == 3


def test_what_is_no_record_is_passed_over(reopen: Open) -> None:
    search = reopen()
    search.apply(
        [Line(1, "p", b'{"_archive":{"kind":"hole"}}'), Line(2, "p", b'{"_archive":{"kind":"new"}}')]
    )
    assert (search.position, search.candidates(Every(), 10)) == (2, [])


def test_taking_a_line_in_twice_changes_nothing(reopen: Open) -> None:
    search = reopen()
    search.apply(texts("one text"))
    search.apply(texts("one text", "another text"))
    search.apply(texts("one text"))
    assert search.candidates(Run(("text",)), 10) == [2, 1]
    assert search.position == 2, "and none takes it back"


def test_lines_that_leave_a_gap_are_refused(reopen: Open) -> None:
    search = reopen()
    search.apply(texts("one text"))
    with pytest.raises(ReadOnly):
        search.apply(texts("third text", start=3))
    with pytest.raises(ReadOnly):
        search.apply([], behind=4)
    assert (search.position, search.candidates(Run(("third",)), 10)) == (1, [])
    search.apply(texts("third text", start=3), behind=1)  # The journal has no line 2 that can be read.
    assert search.candidates(Run(("text",)), 10) == [3, 1]


@pytest.mark.parametrize("fate", ["before", "part", "after"])
def test_an_apply_that_failed_leaves_the_index_where_it_says(tmp_path: Path, fate: str) -> None:
    """It need not be opened anew, unless its bytes are broken; on disk there is no room for a while."""
    adversary = Adversary(3)
    disk = DiskSearch(tmp_path / "search.sqlite")
    for search in (StoredSearch(adversary=adversary), disk):
        search.apply(texts("one text"))
        more = texts(*(f"text {' '.join(f'w{n}x{m}' for m in range(900))}" for n in range(20)), start=2)
        adversary.plan("search.apply", fate)  # type: ignore[arg-type]
        most_pages(disk, 15)
        with pytest.raises(ReadOnly):
            search.apply(more)
        most_pages(disk, 1_000_000)
        seen = search.position
        assert search.candidates(Every(), 100) == list(range(seen, 0, -1))
        if seen < 21:
            with pytest.raises(ReadOnly):
                search.apply(more[seen:])
        search.apply(more[seen - 1 :], behind=seen)
        assert (search.position, search.candidates(Run(("text",)), 100)) == (21, list(range(21, 0, -1)))
        search.close()


def most_pages(search: DiskSearch, number: int) -> None:
    """Let there be room for so many pages."""
    with search._db.transaction() as connection:
        connection.execute(f"PRAGMA max_page_count={number}")


@pytest.mark.parametrize("make", [DiskCatalog, DiskSearch])
def test_one_whose_bytes_are_broken_refuses_until_it_is_opened_anew(
    tmp_path: Path, make: Callable[[Path], DiskCatalog | DiskSearch]
) -> None:
    """What its other pages say decides what is new, and may be as wrong."""
    path = tmp_path / "index.sqlite"
    index = make(path)
    index.apply(texts(*(" ".join(f"w{n}x{m}" for m in range(200)) for n in range(40))))
    index._db.scrub()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x55" * (path.stat().st_size - 4096))
    with pytest.raises(Broken):
        index.apply(texts("another", start=41))
    for _ in range(2):
        with pytest.raises(Broken):
            index.apply(texts("another", start=41))
        with pytest.raises(Broken):
            _ = index.position
    index.close()
    again = make(path)
    assert again.position == 0
    again.apply(texts("from the beginning"))
    assert again.position == 1
    again.close()


def test_what_it_has_taken_in_is_there_when_it_is_opened_anew(reopen: Open) -> None:
    search = reopen()
    search.apply(texts("one text", "another text"))
    search.close()
    again = reopen()
    assert again.position == 2
    assert again.candidates(Run(("text",)), 10) == [2, 1]
    again.apply(texts("third text", start=3))
    assert again.candidates(Run(("text",)), 10) == [3, 2, 1]


def test_cleared_it_begins_anew(reopen: Open) -> None:
    search = reopen()
    search.apply(texts("one text", "another text"))
    search.clear()
    for one in (search, reopen()):
        assert (one.position, one.candidates(Every(), 10), one.candidates(Run(("text",)), 10)) == (0, [], [])
    search.apply(texts("one text", "other words"))
    assert search.candidates(Run(("text",)), 10) == [1]
    assert reopen().position == 2


@pytest.mark.parametrize("size", [1, 3, 20])
def test_an_index_built_anew_in_other_steps_answers_the_same(reopen: Open, tmp_path: Path, size: int) -> None:
    given_lines = texts(*(f"word{n % 4} word{n % 3} word" for n in range(20)))
    search, anew = reopen(), DiskSearch(tmp_path / "anew.sqlite")
    search.apply(given_lines)
    for at in range(0, 20, size):
        anew.apply(given_lines[at : at + size])
    for wanted in (Every(), Run(("word1",)), Run(("word2", "word1")), Run(("wor",), prefix=True)):
        assert search.candidates(wanted, 100) == anew.candidates(wanted, 100)
    anew.close()


def test_an_index_that_was_taken_away_says_so(tmp_path: Path) -> None:
    disk = DiskSearch(tmp_path / "search.sqlite")
    (tmp_path / "search.sqlite").unlink()
    storage: IndexStorage[MemorySearch] = IndexStorage()
    memory = StoredSearch(storage)
    storage.take_away()
    assert disk.gone()
    assert memory.gone()
    disk.close()


# Letters that meet in few words, and words in scripts with marks, pairs and no case at all.
_few = st.text(alphabet="ab c", max_size=12)
_all = st.text(max_size=30)
_said = st.lists(st.one_of(_few, _all), min_size=1, max_size=5)


def _runs(text: str) -> st.SearchStrategy[Wanted]:
    found = words_of(text)
    if not found:
        return st.just(Every())
    spans = st.tuples(st.integers(0, len(found) - 1), st.integers(1, 3))
    exact = spans.map(lambda span: Run(tuple(found[span[0] : sum(span)])))
    begun = st.tuples(spans, st.integers(1, 4)).map(
        lambda one: Run(
            (*found[one[0][0] : sum(one[0])][:-1], found[one[0][0] : sum(one[0])][-1][: one[1]]), prefix=True
        )
    )
    return st.one_of(exact, begun)


def _wanted(said: list[str]) -> st.SearchStrategy[Wanted]:
    leaf = st.one_of(st.just(Every()), *(_runs(text) for text in said), _runs("a b c ab abc"))
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            st.lists(part, max_size=3).map(lambda parts: Both(tuple(parts))),
            st.lists(part, max_size=3).map(lambda parts: Either(tuple(parts))),
        ),
        max_leaves=6,
    )


@runs(25)
@given(st.data())
def test_never_less_is_found_than_by_looking_through_everything(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    said = data.draw(_said)
    wanted = data.draw(_wanted(said))
    expected = [n for n in range(len(said), 0, -1) if matches(words_of(said[n - 1]), wanted)]
    disk, memory = DiskSearch(tmp_path_factory.mktemp("search") / "s.sqlite"), StoredSearch()
    for search in (disk, memory):
        search.apply(texts(*said))
        found = search.candidates(wanted, 100)
        assert set(found) >= set(expected)
        assert found == sorted(found, reverse=True)
        if not _has_empty_choice(wanted):
            assert found == expected, "nor more: words are the index's words"
    disk.close()


def _has_empty_choice(wanted: Wanted) -> bool:
    """Say whether a choice among nothing is in it: that may find everything."""
    match wanted:
        case Either(parts=()):
            return True
        case Both(parts=parts) | Either(parts=parts):
            return any(_has_empty_choice(part) for part in parts)
    return False


def test_every_letter_there_is_can_be_searched_for(tmp_path: Path) -> None:
    """SQLite's own idea of a letter is of 2012 and another than ours: it must not matter."""
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and words_of(chr(code))]
    marked = [f"{base}{mark}{base}" for base in "\u05d0\u0915\u4e00" for mark in "\u0301\u0327\u093f\u05b8"]
    asked = [*letters[:: len(letters) // 800], *"\u19b0\u19c9", *marked]
    search = DiskSearch(tmp_path / "search.sqlite")
    search.apply(texts(*asked))
    found = {text: search.candidates(Run(tuple(words_of(text))), 9999) for text in asked}
    assert [text for number, text in enumerate(asked, 1) if number not in found[text]] == []
    search.close()
