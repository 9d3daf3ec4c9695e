"""A second of fuzzing each, and all that fuzzing ever found."""

import pytest

from archive.knowing.identity import url_key
from tests.fuzz.runs import fault_of, fuzz
from tests.fuzz.targets import TARGETS

FOUND = {
    "text that lies too deep came back with white space around it": ("sanitise", "<svg><image href=y onerror=x>" * 129),
    "nested links in a table were mended differently when cleaned again": ("sanitise", "<a><table><a href='x'>x</a></table>"),
    "a dot of another script stayed behind a host": ("identity", "http://i\u3002"),
}  # fmt: skip


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_once_is_found_no_more(what: str) -> None:
    assert fault_of(*FOUND[what]) is None


def test_a_dot_is_a_dot_in_every_script() -> None:
    assert (
        url_key("http://site.example\u3002/a")
        == url_key("http://site.example./a")
        == url_key("http://site.example/a")
    )


@pytest.mark.parametrize("name", TARGETS)
def test_a_second_of_fuzzing_finds_nothing(name: str) -> None:
    tried, findings = fuzz(name, 1.0, seed=5)
    assert findings == []
    assert tried > 10
