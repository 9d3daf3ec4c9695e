"""Facts -> tables for people, plain lines for pipes, JSON for programs."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text


def console() -> Console:
    """Return the terminal: with colours where it is one, plain and unwrapped where it is a pipe."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, no_color=True, width=10_000, soft_wrap=True)


def as_json(value: Any) -> None:
    """Print *value* as JSON."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], styles: Sequence[str] = ()) -> None:
    """Print rows under heads: aligned on a terminal, parted by tabs in a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.write("\t".join(_flat(cell) for cell in row) + "\n")
        return
    grid = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for number, head in enumerate(heads):
        grid.add_column(head, style=styles[number] if number < len(styles) else "", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_flat(cell)) for cell in row))
    console().print(grid)


def say(text: str) -> None:
    """Print one line."""
    console().print(Text(text))


def warn(text: str) -> None:
    """Print one line to stderr."""
    sys.stderr.write(text + "\n")


def moment(when: datetime | None) -> str:
    """Return a time as people read it, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if when is not None else "never"


def _flat(cell: object) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""
