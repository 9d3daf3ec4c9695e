"""The query language: what is read, what is refused with which mend, and what matches."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.words import plain
from feeds.curate.match import Reading, best_sentence, hits, matches, spellings, unmet
from feeds.curate.query import And, Node, Not, Or, QueryError, Term, from_lists, parse_query, terms, wanted

TEXT = (
    "Kabul’s envoy met a delegation of the Taliban. The United\nStates sent an observer, said Moscow.\n\n"
    "Peace-talks in Doha go on; naïve hopes."
)
STORY = Reading("Envoys in Moscow", TEXT)


@pytest.mark.parametrize(
    "query",
    [
        "kabul",
        "KABUL taliban",
        "kabul AND taliban AND moscow",
        "nowhere OR moscow",
        '"united states"',
        '"the united stat*"',
        "deleg*",
        "peace-talks",
        "naive",
        "title:moscow",
        "head:envoy*",
        "title:(berlin OR moscow)",
        "kabul -berlin",
        "kabul NOT berlin",
        "NOT berlin",
        "(kabul OR berlin) AND (moscow OR paris) -london",
        '-(berlin OR "united kingdom") doha',
        "kabul's",
        "\N{LEFT DOUBLE QUOTATION MARK}united states\N{RIGHT DOUBLE QUOTATION MARK}",
        "\N{DOUBLE LOW-9 QUOTATION MARK}united states\N{LEFT DOUBLE QUOTATION MARK}",
        "peace/talks",
    ],
)
def test_these_match(query: str) -> None:
    assert matches(parse_query(query), STORY)
    assert unmet(parse_query(query), STORY) == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("berlin", ["lacks berlin"]),
        ("kabul AND berlin", ["lacks berlin"]),
        ("berlin OR paris", ["none of berlin, paris"]),
        ('"states united"', ['lacks "states united"']),
        ("title:kabul", ["lacks title:kabul"]),
        ("kabul -moscow", ["holds moscow, which the topic shuts out"]),
        ("kab", ["lacks kab"]),
        ("(berlin OR paris) AND rome", ["none of berlin, paris", "lacks rome"]),
        ('"moscow kabul"', ['lacks "moscow kabul"']),
    ],
)
def test_these_do_not_and_say_why(query: str, why: list[str]) -> None:
    assert not matches(parse_query(query), STORY)
    assert unmet(parse_query(query), STORY) == why


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    assert not matches(parse_query('"moscow kabul"'), Reading("in Moscow", "Kabul waits"))


FAULTS = {
    "": "position 1: the query is empty",
    "   ": "position 1: the query is empty",
    "a b OR c": "position 5: AND and OR mixed: write (a AND b) OR c, or a AND (b OR c)",
    "a OR b AND c": "position 8: AND and OR mixed: write (a OR b) AND c, or a OR (b AND c)",
    'a AND "b c" OR d*x': "position 16: only the end of a word may be left open (as in d*)",
    "(a OR b c": "position 9: AND and OR mixed",
    "a or b": "position 3: 'or' in small letters: write OR",
    "*foo": "position 1: a '*' must follow letters",
    "f*": "position 1: 'f*' is too short",
    "wom?n": "position 1: only the end of a word may be left open (as in wom*)",
    "(a": "position 1: this '(' is never closed",
    "a)": "position 2: a ')' without its '('",
    ")": "position 1: a ')' stands where a word should follow",
    '"a b': "position 1: this quotation mark is never closed",
    '""': "position 1: '' holds no letter or digit",
    "a AND": "position 6: the query ends where a word should follow",
    "AND a": "position 1: AND stands where a word should follow",
    "NOT": "position 4: the query ends",
    "author:smith": "position 1: no field is called author: (known: title:, head:)",
    "a NEAR/5 b": "position 3: NEAR/5 is an operator this version does not know",
    "a near/5 b": "position 3: near/5 is an operator this version does not know",
    "NEAR(a, b)": "position 1: NEAR is an operator this version does not know",
    "title: kabul": "position 1: title: must stand directly before a word, a phrase in double quotes or a '('",
    "title:-review kabul": "position 1: title: must stand directly before",
    "title:'peace talks'": "position 1: title: must stand directly before",
    "date:[2017-11-01 TO 2018-01-31] a": "position 1: no field is called date:",
    "https://x.example/a": 'no field is called https: (known: title:, head:; write "https://x.example/a"',
    '"kabul peace"~9': "position 14: '~' means nothing here: words at a distance",
    "kabul~2": "position 1: '~' means nothing here",
    "words>300": "position 1: '>' means nothing here",
    "kabul !sport": "position 7: '!' means nothing here: to shut a word out, write -sport",
    "kabul \N{EN DASH}sport": "to shut a word out, write -sport with one plain hyphen",
    "kabul --sport": "to shut a word out, write -sport with one plain hyphen",
    "kabul +talks": "position 7: '+' means nothing here: words side by side are all wanted (write talks)",
    "kabul|doha": "position 1: '|' means nothing here: write OR",
    "&": "position 1: '&' holds no letter or digit",
    "(" * 60 + "a" + ")" * 60: "parentheses deeper than 40",
    "NOT " * 60 + "a": "NOT deeper than 40",
    "a" * 10_001: "longer than 10000 characters",
}


@pytest.mark.parametrize("query", FAULTS, ids=lambda query: query[:30])
def test_each_fault_names_position_and_mend(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert FAULTS[query] in str(caught.value)


@pytest.mark.parametrize("query", ["a b OR c", "a OR b AND c", "(x y) OR z q"])
def test_both_readings_offered_can_be_read(query: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    first, second = str(caught.value).split("write ")[1].split(", or ")
    assert parse_query(first) != parse_query(second)


@pytest.mark.parametrize("item", ["near/5", "two !sport", "title: x", "a words>300"])
def test_lists_are_examined_likewise(item: str) -> None:
    with pytest.raises(QueryError, match="position"):
        from_lists([item], [], [])


def test_typographic_quotes_in_a_list_are_quotes() -> None:
    quoted = "\N{LEFT DOUBLE QUOTATION MARK}peace talks\N{RIGHT DOUBLE QUOTATION MARK}"
    assert from_lists([quoted], [], []) == Term(("peace", "talks"))


def test_lists_stand_for_a_query() -> None:
    assert str(from_lists(["opium", "united states", "opioid*"], ["afghan*"], ["title:review"])) == (
        '(opium OR "united states" OR opioid*) AND afghan* AND NOT title:review'
    )
    assert from_lists(["a"], [], []) == Term(("a",))
    assert from_lists([], [], ["x"]) == Not(Term(("x",)))


WORDS = st.sampled_from(["kabul", "moscow", "peace", "talks", "x1", "Ärger", "北京大学"])


def nodes() -> st.SearchStrategy[Node]:
    leaf = st.builds(
        lambda parts, prefix, zone: Term(tuple(plain(" ".join(parts)).split()), prefix, zone),
        st.lists(WORDS, min_size=1, max_size=3),
        st.booleans(),
        st.sampled_from(["any", "title"]),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=8,
    )


@given(nodes(), st.text(alphabet="kabulmoscowpetx1 .\n", max_size=60), st.lists(WORDS, max_size=12))
def test_a_tree_written_out_and_read_again_matches_the_same(tree: Node, title: str, text: list[str]) -> None:
    reading = Reading(title, " ".join(text))
    assert matches(parse_query(str(tree)), reading) == matches(tree, reading)


@given(nodes(), st.lists(WORDS, max_size=12))
def test_what_does_not_match_can_say_why_and_only_that(tree: Node, text: list[str]) -> None:
    reading = Reading("kabul", " ".join(text))
    assert bool(unmet(tree, reading)) == (not matches(tree, reading))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_position(text: str) -> None:
    try:
        tree = parse_query(text)
    except QueryError as error:
        assert 1 <= error.position <= len(text) + 1
        assert str(error).startswith(f"position {error.position}: ")
    else:
        wanted(tree)
        terms(tree)
        matches(tree, STORY)


def test_hits_know_their_place_and_spelling() -> None:
    tree = parse_query('kabul AND "united states" AND envoy*')
    found = hits(tree, STORY)
    assert spellings(found, STORY) == ["Envoys", "Kabul’s", "envoy", "United States"]
    span = best_sentence(found, STORY)
    assert span is not None
    assert TEXT[slice(*span)] == "Kabul’s envoy met a delegation of the Taliban."


def test_an_endless_sentence_is_cut_round_its_hits() -> None:
    body = "word " * 300 + "kabul " + "word " * 300
    span = best_sentence(hits(parse_query("kabul"), Reading("", body)), Reading("", body))
    assert span is not None
    assert span[1] - span[0] <= 400
    assert "kabul" in body[slice(*span)]


def test_a_text_with_a_hit_in_every_sentence_is_walked_once() -> None:
    """A quadratic walk took over forty seconds here, with all publishing behind it."""
    reading = Reading("", "Kabul. " * 59_999 + "Kabul and Doha.")
    found = hits(parse_query("kabul OR doha"), reading)
    began = time.monotonic()
    span = best_sentence(found, reading)
    assert time.monotonic() - began < 5
    assert span is not None
    assert reading.body[slice(*span)] == "Kabul and Doha."


def test_hits_below_a_not_are_not_shown() -> None:
    assert spellings(hits(parse_query("kabul -berlin"), Reading("", "kabul")), Reading("", "kabul")) == [
        "kabul"
    ]
