"""Facts -> tables for people, plain lines for pipes, JSON for programs.

rich draws what a person sees on a terminal, and is imported there only: it takes as
long as all else that a command in a pipe needs.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PATIENCE = 2.0
"""Seconds after which a command says that it is still at work."""
_UNSEEN = dict.fromkeys(map(ord, "\a\b\v\f\r"))
"""What would move the cursor, or ring."""

Line = Sequence[tuple[str, str]]
"""Pieces of text, each with how it looks on a terminal."""


def console() -> "Console":
    """Return the terminal."""
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(highlight=False)


def as_json(value: Any) -> None:
    """Print *value* as JSON."""
    sys.stdout.write(json_of(value).decode())


def json_of(value: Any) -> bytes:
    """Return *value* as JSON that a person can read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], styles: Sequence[str] = ()) -> None:
    """Print rows under heads: aligned on a terminal (paged where they are many), parted by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.write("\t".join(_flat(cell) for cell in row) + "\n")
        return
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415

    grid = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, head in enumerate(heads):
        grid.add_column(head, style=styles[number] if number < len(styles) else "", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_flat(cell)) for cell in row))
    _print(grid, len(rows) + 1)


def page(lines: Sequence[Line]) -> None:
    """Print lines: paged on a terminal where they are many."""
    if not sys.stdout.isatty():
        for line in lines:
            say("".join(text for text, _ in line))
        return
    from rich.text import Text  # noqa: PLC0415 - see above

    terminal = console()
    drawn = [Text.assemble(*line) for line in lines]
    height = sum(len(line.wrap(terminal, terminal.width)) for line in drawn)
    _print(Text("\n").join(drawn), height)


def has_colours() -> bool:
    """Say whether what is printed can be told apart by colours: on a terminal, unless NO_COLOR is set."""
    if not sys.stdout.isatty():
        return False
    terminal = console()
    return terminal.is_terminal and not terminal.no_color and terminal.color_system is not None


def _print(what: "RenderableType", height: int) -> None:
    terminal = console()
    if not terminal.is_terminal or height < terminal.height:
        terminal.print(what)
        return
    os.environ.setdefault("LESS", "-FRX")  # Colours stay; what fits is not paged.
    with terminal.pager(styles=True):
        terminal.print(what)


def say(text: str) -> None:
    """Print one line."""
    if not sys.stdout.isatty():
        sys.stdout.write(text.translate(_UNSEEN).expandtabs() + "\n")
        return
    from rich.text import Text  # noqa: PLC0415 - see above

    console().print(Text(text))


def warn(text: str) -> None:
    """Print one line to stderr."""
    sys.stderr.write(text + "\n")


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal, once it takes over two seconds, that work goes on; hand out how to say how far it is."""
    told, over = deque([what], 1), threading.Event()

    def show() -> None:
        began = time.monotonic()
        if over.wait(PATIENCE):
            return
        from rich.console import Console  # noqa: PLC0415 - see above
        from rich.status import Status  # noqa: PLC0415

        with Status(what, console=Console(stderr=True), spinner="line") as status:
            while not over.wait(0.2):
                status.update(f"{told[-1]} ({time.monotonic() - began:.0f} s)")

    if not sys.stderr.isatty():
        yield lambda _: None
        return
    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield lambda now: told.append(f"{what}: {now}")
    finally:
        over.set()
        thread.join()


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far a long piece of work is; hand out how to say so: bytes done, of how many.

    It leaves nothing behind; Ctrl-C ends it as it ends the work.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def moment(when: datetime | None) -> str:
    """Return a time as people read it, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if when is not None else "never"


def _flat(cell: object) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""
