"""run, once, rebuild: the commands that do the work."""

import contextlib
import os
import sys
import threading
import time
from typing import Annotated

import typer

from feeds import events
from feeds.cli import out
from feeds.cli.context import carry_out, settings_of
from feeds.cli.teach import examples


def run(context: typer.Context) -> None:
    """Poll, archive, publish and serve, until stopped (Ctrl-C or SIGTERM).

    Prints `serving ADDRESS` when it serves, and one line `archived id=… source=… rev=…` for each
    revision, when it is durable. The log goes to stderr.
    """
    from feeds.daemon import stopping  # noqa: PLC0415 - slow to import, and most commands need none of it
    from feeds.standby import ready_daemon  # noqa: PLC0415

    settings = settings_of(context)
    stop = threading.Event()
    with stopping(stop):
        daemon = ready_daemon(settings, stop)
        if daemon is not None:
            daemon.run()
    # All is on disk; threads that still parse something would hold the end up for nothing.
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(0)


def once(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Poll every source, due or not.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what came of it as JSON.")] = False,
) -> None:
    """Poll every source that is due, publish, and exit. For cron, or to see what happens.

    Folders are always looked through, and files that are being written waited for. Beside a running
    daemon, what it asks meanwhile is waited for and counted too.

    Exit code 1: a source failed; the others were read all the same.
    """
    settings = settings_of(context)
    began = time.monotonic()
    if json:
        events.say_to(sys.stderr)  # What is archived is said there, for JSON to be all that stands on stdout.
    try:
        done = carry_out(settings, {"do": "once", "all": everything})
    finally:
        events.say_to(None)
    if json:
        out.as_json(done)
    else:
        for name, why in done["failed"].items():
            out.say(f"{name}: {why}")
        out.say(
            f"polled {done['polled']} sources in {time.monotonic() - began:.1f} s: "
            f"{done['new']} new articles and revisions, {len(done['failed'])} failed"
        )
    if done["failed"]:
        raise typer.Exit(1)


def rebuild(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print figures as JSON.")] = False,
) -> None:
    """Make data/index and data/feeds anew from the archive.

    Renders what was told; matches and decides nothing. Every published file comes back byte for byte.
    """
    done = carry_out(settings_of(context), {"do": "rebuild"})
    if json:
        out.as_json(done)
    else:
        out.say(
            f"rebuilt the index of {done['articles']} articles and {done['files']} published files "
            f"of {done['topics']} topics in {done['seconds']} s"
        )


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        epilog=examples(
            "run                      until Ctrl-C; the log goes to stderr",
            "run -q 2>>newsweir.log   log only what needs you",
        )
    )(run)
    app.command(
        epilog=examples(
            "once          what is due", "once --all    every source, now", "once --json   for a program"
        )
    )(once)
    app.command(epilog=examples("rebuild"))(rebuild)
