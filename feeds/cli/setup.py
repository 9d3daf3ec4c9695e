"""init, check, schema: the configuration."""

import os
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from feeds.answering.library import refusals
from feeds.cli import out
from feeds.cli.options import options_of
from feeds.cli.teach import examples
from feeds.config import check as check_file
from feeds.config import config_reference, config_schema
from feeds.config.advice import advice_on, notes_on
from feeds.config.shapes import Fault
from feeds.errors import CommandError


def init(
    folder: Annotated[
        Path, typer.Argument(help="Where to begin; it is made if need be.", metavar="[DIR]")
    ] = Path(),
) -> None:
    """Write a config.yaml to start from, with a word on every line, and a folder for files of your own."""
    path = folder / "config.yaml"
    try:
        (folder / "inbox").mkdir(parents=True, exist_ok=True)
        _write_new(path, resources.files("feeds.config").joinpath("starter.yaml").read_bytes())
    except FileExistsError as error:
        if path.exists():
            raise CommandError(
                f"{path} is there already; it was left as it is (newsweir check reads it)"
            ) from error
        raise CommandError(f"{error.filename} is there already and is no folder") from error
    except OSError as error:
        raise CommandError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    (folder / "config.schema.json").write_bytes(out.json_of(config_schema()))
    out.say(f"wrote {path}: what is read and what is published, with a word on every line")
    out.say(f"made {folder / 'inbox'}: every file you drop there becomes an article")
    out.say("next:")
    if folder != Path():
        out.say(f"  cd {folder}")
    out.say("  newsweir add https://www.example.org/   (a site you read: its feed is found)")
    out.say("  newsweir run                            (then open http://127.0.0.1:8080/)")


def _write_new(path: Path, data: bytes) -> None:
    """Write a file whole, or not at all; FileExistsError where there is one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    try:
        path.hardlink_to(temporary)
    finally:
        temporary.unlink()


def check(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Name every fault of the configuration, with its line and its mend.

    Exit code 0: it can be used. 1: it can be used, with something to look at. 2: it cannot.
    """
    path = options_of(context).config
    settings, faults = check_file(path)
    advice = [*advice_on(settings), *refusals(settings)] if settings is not None else []
    notes = notes_on(settings) if settings is not None else []
    if json:
        found = [{"line": f.line, "path": f.path, "fault": f.message} for f in faults]
        out.as_json({"usable": settings is not None, "faults": found, "advice": advice, "notes": notes})
    elif settings is None:
        _tell_faults(path, faults)
    else:
        for sentence in [*(f"{path.name}  {one}" for one in advice), *notes]:
            out.say(sentence)
        out.say(f"{path.name} can be used: {len(settings.sources)} sources, {len(settings.topics)} topics")
    if settings is None:
        raise typer.Exit(2)
    if advice:
        raise typer.Exit(1)


def _tell_faults(path: Path, faults: Sequence[Fault]) -> None:
    """Print each fault with the line it stands in."""
    rows = path.read_text("utf-8", "replace").splitlines()
    for fault in faults:
        out.say(f"{path.name}:{fault.line}  {fault.path}: {fault.message}")
        row = rows[fault.line - 1].rstrip() if fault.line <= len(rows) else ""
        if row:
            out.say(f"{fault.line:>6} | {row[:200]}")
    things = "one thing" if len(faults) == 1 else f"{len(faults)} things"
    out.say(f"{path.name} cannot be used yet: {things} to mend")


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
    app.command(
        epilog=examples(
            "init                   in this folder",
            "init ~/cuttings        in a new one",
        )
    )(init)
    app.command(
        epilog=examples(
            "check",
            "-c other.yaml check    another file",
            "check --json           for a program: usable, faults, advice, notes",
        )
    )(check)
    app.command(
        epilog=examples(
            "schema >config.schema.json    then your editor completes keys and marks faults",
            "schema --reference            every key as a table",
        )
    )(schema)
