"""Marks of direction: what is begun is ended, nothing is shown in another order, and no letter is lost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.publish.text.direction import balanced
from tests.feeds.rules import turns_others

MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain", "plain"),
        ("\u200f\u05d8 \u061c", "\u200f\u05d8 \u061c"),
        ("\u202b\u05d8\u202c a", "\u202b\u05d8\u202c a"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u202egpj\u202c.exe\u202c", "gpj.exe"),
        ("\u202ba", "\u202ba\u202c"),
        ("\u2067a\n\u2066b", "\u2067a\u2069\n\u2066b\u2069"),
        ("a\u2069 b\u202c", "a b"),
        ("\u2067a \u202bb\u2069 c\u202c", "\u2067a \u202bb\u2069 c"),
        ("\u202ba \u2067b\u202c c", "\u202ba \u2067b c\u2069\u202c"),
    ],
)
def test_what_a_line_begins_it_ends(text: str, left: str) -> None:
    assert balanced(text) == left


@given(st.text("ab\u05d8\n" + MARKS))
def test_whatever_marks_there_are_none_reaches_out_of_its_line(text: str) -> None:
    found = balanced(text)
    assert not turns_others(found)
    assert balanced(found) == found
    assert re.sub(f"[{MARKS}]", "", found) == re.sub(f"[{MARKS}]", "", text)
    if not turns_others(text):
        assert found == text
