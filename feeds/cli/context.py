"""What every command begins with: the settings, and who carries a writing command out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from archive import Busy
from feeds import control
from feeds.answering.library import Library, open_library
from feeds.cli import out
from feeds.cli.options import options_of
from feeds.config import load
from feeds.errors import CommandError
from feeds.settings import Settings


def settings_of(context: typer.Context) -> Settings:
    """Return the settings. Raises ConfigError with every fault of the file."""
    return load(options_of(context).config)


@contextmanager
def library_of(context: typer.Context) -> Iterator[Library]:
    """Hand out the library, for reading."""
    library = open_library(settings_of(context))
    try:
        yield library
    finally:
        library.close()


def carry_out(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """Have *request* carried out: by the running daemon, else by ourselves.

    Raises CommandError where another process writes and does not answer.
    """
    with out.working("at work") as say:
        return _carried_out(settings, request, say)


def _carried_out(settings: Settings, request: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    say("the daemon has it")
    answer = control.ask(settings.data / "run" / "control.sock", request)
    if answer is not None:
        return answer
    say("opening the archive")
    control.refuse_silent(settings.data)
    from feeds.editing.desk import carry_out as do  # noqa: PLC0415 - reading commands need none of it
    from feeds.office.opening import open_bureau  # noqa: PLC0415
    from feeds.rounds import begin  # noqa: PLC0415

    try:
        bureau = open_bureau(settings)
    except Busy as error:
        raise CommandError(f"{error}; try again in a moment") from error
    try:
        begin(bureau)
        say(str(request["do"]))
        return do(bureau, request)
    finally:
        bureau.close()
