"""Programs that are Python packages, and our own, through the whole story; the page says what they did.

Those that must be installed otherwise: `make readers`.
"""

import re
from pathlib import Path

import pytest

from tests.readers.__main__ import PAGE, line, tried
from tests.readers.newsweir import Newsweir
from tests.readers.packages import Feedparser, Reader
from tests.readers.sfeed import RECOMMENDED
from tests.readers.walker import Walker


@pytest.mark.slow
def test_no_doubles_no_losses_and_304s(tmp_path: Path) -> None:
    found = tried([Reader(), Feedparser(), Newsweir(), Walker()], tmp_path)
    assert found.wrong == []
    page = PAGE.read_text()
    for cells in found.rows:
        told = re.search(rf"(?m)^\| {cells[0].rpartition(' ')[0]} [\d.]+ (?P<rest>\|.*)$", page)
        assert told is not None
        assert told["rest"] == line(cells[1:]), "`make readers` writes it anew"


def test_the_lines_for_sfeed_are_those_that_were_tried() -> None:
    assert RECOMMENDED in PAGE.read_text()
