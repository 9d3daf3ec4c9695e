"""The command line: global options, and every error as one clear sentence."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from archive import ArchiveError, Busy, NotKept, Unreadable
from feeds import __version__, events
from feeds.cli.commands import Commands
from feeds.cli.options import Options
from feeds.errors import ConfigError, FeedsError

app = typer.Typer(
    name="newsweir",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help="Your own press-cutting service: reads the sources you name, keeps every article as JSON, "
    "and publishes topic feeds that people subscribe to.",
    epilog="Start with `newsweir check`, then `newsweir run`, and open the address it prints.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"newsweir {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    config: Annotated[Path, typer.Option("-c", "--config", help="The configuration.")] = Path("config.yaml"),
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Log only what needs you.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log every poll.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = Options(config)
    events.to_stderr(-1 if quiet else 1 if verbose else 0)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command that the arguments name (by default the process's own), and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:  # It was closed before we began.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives
    try:
        app(args=_globals_first(given), prog_name="newsweir", standalone_mode=True)
    except ConfigError as error:
        for fault in error.faults:
            sys.stderr.write(fault + "\n")
        sys.exit(2)
    except Busy as error:
        sys.stderr.write(f"newsweir: {error}; stop it first\n")
        sys.exit(2)
    except NotKept as error:
        sys.stderr.write(f"newsweir: {error} (newsweir search WORDS shows articles with their ids)\n")
        sys.exit(2)
    except (FeedsError, ArchiveError) as error:
        sys.stderr.write(f"newsweir: {error}\n")
        sys.exit(2)
    except BrokenPipeError:
        # Who read our output has closed it; that is no fault of theirs or ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr.write(f"newsweir: {_refused(error)}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)
    sys.exit(0)


def _refused(error: OSError) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    return f"{error.filename or 'the output'} cannot be written: {error.strerror}"


_TAKES_VALUE = ("-c", "--config")
_FLAGS = ("-q", "--quiet", "-v", "--verbose")


def _globals_first(arguments: list[str]) -> list[str]:
    """Return the arguments with the global options in front, wherever they were written."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in _TAKES_VALUE:
            front += [argument, *([following] if (following := next(waiting, None)) is not None else [])]
        elif argument in _FLAGS or argument.startswith("--config="):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest
