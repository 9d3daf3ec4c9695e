"""What stands behind `search` -> its options in front, and the query: there `-word` is an operator."""

import re
from typing import Any

from typer.core import TyperCommand

_TAKES_VALUE = ("-n", "--limit")
_ALONE = re.compile(r"--\w.*|-h|-n\d+")


class QueryCommand(TyperCommand):
    """A command whose arguments are a query."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options, and take all else for the query."""
        return super().parse_args(ctx, options_first(args))


def options_first(arguments: list[str]) -> list[str]:
    """Return the arguments with the options in front and everything else behind `--`."""
    options: list[str] = []
    query: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            query += waiting
        elif argument in _TAKES_VALUE:
            options += [argument, *([following] if (following := next(waiting, None)) is not None else [])]
        elif _ALONE.fullmatch(argument):
            options.append(argument)
        else:
            query.append(argument)
    return [*options, "--", *query]
