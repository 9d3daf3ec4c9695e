"""All programs that are installed -> docs/readers.md, and status 1 where one doubles or loses anything.

`make readers`, or `python -m tests.readers newsboat elfeed` to see how some do.
"""

import io
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from tests.readers.elfeed import Elfeed
from tests.readers.liferea import Liferea
from tests.readers.newsboat import Newsboat
from tests.readers.newsweir import Newsweir
from tests.readers.npm import Feedsmith, RssParser
from tests.readers.packages import Feedparser, Reader
from tests.readers.program import Program
from tests.readers.rss2email import Rss2email
from tests.readers.scenes import one_feed, two_feeds
from tests.readers.sfeed import Sfeed, SfeedAsRecommended
from tests.readers.verdicts import COLUMNS, MANNERS, complaints, manners, row
from tests.readers.walker import Walker

PAGE = Path(__file__).parents[2] / "docs/readers.md"


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it: rows of words for both tables, and what is wrong, in words."""

    rows: list[list[str]]
    manners: list[list[str]]
    wrong: list[str]

    def page(self, text: str) -> str:
        """Return the page with its tables made anew."""
        for columns, rows in ((COLUMNS, self.rows), (MANNERS, self.manners)):
            made = table(columns, rows).replace("\\", r"\\")
            text = re.sub(rf"(?m)^{re.escape(line(columns))}\n(\|.*\n)*", made, text)
        return text


def programs() -> list[Program]:
    """Return every program there is an adapter for, in the order of the table."""
    return [
        Newsboat(), Sfeed(), SfeedAsRecommended(), Liferea(), Rss2email(), Elfeed(), Reader(), Feedparser(),
        RssParser(), Feedsmith(), Newsweir(), Walker(),
    ]  # fmt: skip


def tried(players: Sequence[Program], home: Path) -> Found:
    """Tell them all the story; return what is to be said of each."""
    with redirect_stdout(io.StringIO()):  # Which articles were archived.
        story = one_feed(players, home)
        two = {guid: two_feeds(players, home, guid) for guid in ("article", "per-topic")}
    found = Found([], [], [])
    for one in players:
        alone = {name: {scene: seen[one.name, name] for scene, seen in story.items()} for name in one.formats}
        both = {guid: {name: seen[one.name, name] for name in one.formats} for guid, seen in two.items()}
        found.rows.append(row(one, alone, both))
        found.manners.append(manners(one, alone[one.formats[0]]))
        for name in one.formats:
            found.wrong.extend(f"{one.name}, {name}, {what}" for what in complaints(one, alone[name]))
    return found


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows of words as a table."""
    lines = [line(columns), f"|{'---|' * len(columns)}", *(line(one) for one in rows)]
    return "\n".join([*lines, ""])


def line(cells: Sequence[str]) -> str:
    """Return one row of a table."""
    return f"| {' | '.join(cells)} |"


def main() -> int:
    asked = set(sys.argv[1:])
    players = [one for one in programs() if not asked or one.name in asked]
    there = [one for one in players if one.version() is not None]
    print(*(f"not installed: {one.name}" for one in players if one not in there), sep="\n")
    with tempfile.TemporaryDirectory() as home:
        found = tried(there, Path(home))
    print(table(COLUMNS, found.rows), table(MANNERS, found.manners), *found.wrong, sep="\n")
    if not asked and there == players:
        PAGE.write_text(found.page(PAGE.read_text()))
    return bool(found.wrong)


if __name__ == "__main__":
    sys.exit(main())
