"""What stands in front of a command -> the options that all of them share."""

from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True)
class Options:
    """The global options."""

    config: Path


def options_of(context: typer.Context) -> Options:
    """Return the global options."""
    options = context.obj
    assert isinstance(options, Options)
    return options
