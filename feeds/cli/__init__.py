"""The commands. Exit codes: 0 fine, 1 something to look at, 2 it could not be done."""

from feeds.cli.app import main

__all__ = ["main"]
