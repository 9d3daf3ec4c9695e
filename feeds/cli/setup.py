"""check, schema: the configuration."""

import sys
from typing import Annotated

import typer

from feeds.cli import out
from feeds.cli.context import options_of
from feeds.config import check as check_file
from feeds.config import config_reference, config_schema
from feeds.config.advice import advice_on, notes_on


def check(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Name every fault of the configuration, with its line and its mend.

    Exit code 0: it can be used. 1: it can be used, with something to look at. 2: it cannot.
    """
    path = options_of(context).config
    settings, faults = check_file(path)
    advice = advice_on(settings) if settings is not None else []
    notes = notes_on(settings) if settings is not None else []
    if json:
        found = [{"line": f.line, "path": f.path, "fault": f.message} for f in faults]
        out.as_json({"usable": settings is not None, "faults": found, "advice": advice, "notes": notes})
    else:
        for fault in faults:
            out.say(f"{path.name}:{fault.line}  {fault.path}: {fault.message}")
        for sentence in advice:
            out.say(f"{path.name}  {sentence}")
        for sentence in notes:
            out.say(sentence)
        if settings is not None:
            out.say(
                f"{path.name} can be used: {len(settings.sources)} sources, {len(settings.topics)} topics"
            )
    if settings is None:
        raise typer.Exit(2)
    if advice:
        raise typer.Exit(1)


def schema(
    reference: Annotated[
        bool, typer.Option("--reference", help="Print the reference of all keys, as Markdown.")
    ] = False,
) -> None:
    """Print the JSON Schema of config.yaml, for editors."""
    if reference:
        sys.stdout.write(config_reference())
    else:
        out.as_json(config_schema())


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command()(check)
    app.command()(schema)
