"""All programs that are installed -> docs/readers.md, and status 1 where one doubles or loses anything.

`make readers`, or `python -m tests.readers newsboat elfeed` to see how some do.
"""

import io
import re
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
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
from tests.readers.verdicts import COLUMNS, complaints, row
from tests.readers.walker import Walker

PAGE = Path(__file__).parents[2] / "docs/readers.md"
TABLE = re.compile(r"(?<=<!-- made by `make readers` -->\n).*?(?=<!-- to here -->)", re.DOTALL)


def programs() -> list[Program]:
    """Return every program there is an adapter for, in the order of the table."""
    return [
        Newsboat(), Sfeed(), SfeedAsRecommended(), Liferea(), Rss2email(), Elfeed(), Reader(), Feedparser(),
        RssParser(), Feedsmith(), Newsweir(), Walker(),
    ]  # fmt: skip


def tried(players: Sequence[Program], home: Path) -> tuple[list[list[str]], list[str]]:
    """Tell them all the story; return a row of words for each, and what is wrong."""
    with redirect_stdout(io.StringIO()):  # Which articles were archived.
        story = one_feed(players, home)
        two = {guid: two_feeds(players, home, guid) for guid in ("article", "per-topic")}
    rows, wrong = [], []
    for one in players:
        alone = {name: {scene: seen[one.name, name] for scene, seen in story.items()} for name in one.formats}
        wrong += [
            f"{one.name}, {name}, {what}" for name in one.formats for what in complaints(one, alone[name])
        ]
        both = {guid: {name: seen[one.name, name] for name in one.formats} for guid, seen in two.items()}
        rows.append(row(one, alone, both))
    return rows, wrong


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of words as a table: a program a column, for there are fewer things to say than fit a line."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    return "\n".join([*lines, *(line(one) for one in rows), ""])


def line(cells: Sequence[str]) -> str:
    """Return one row of the table."""
    return f"| {' | '.join(cells)} |"


def main() -> int:
    asked = set(sys.argv[1:])
    players = [one for one in programs() if not asked or one.name in asked]
    for one in players:
        if one.version() is None:
            print(f"not installed: {one.name}")
    with tempfile.TemporaryDirectory() as home:
        rows, wrong = tried([one for one in players if one.version() is not None], Path(home))
    print(table(rows), *wrong, sep="\n")
    if not asked and len(rows) == len(players):
        PAGE.write_text(TABLE.sub(lambda _: table(rows), PAGE.read_text()))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
