"""verify, repair, backup, restore: what keeps an archive whole through the years."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import FULL, QUICK, ArchiveError, Depth, Flaw, Report, sample
from archive import verify as verify_archive
from feeds.cli import out
from feeds.cli.context import settings_of
from feeds.cli.teach import examples
from feeds.errors import CommandError

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def verify(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="A backup to look at, in place of the archive.", metavar="[BACKUP]")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Sizes, manifests and newest lines only.")] = False,
    share: Annotated[
        str | None,
        typer.Option("--sample", help="This share of the sealed files, another each day.", metavar="1/30"),
    ] = None,
    json: Json = False,
) -> None:
    """Read everything that is kept again: every line must prove itself, every blob must unpack.

    Beside a running daemon too. Exit code 0: all is as it was written. 1: something is not, or is
    lost; it is named, with what to do. 2: something could not be read.
    """
    settings = settings_of(context)
    if quick and share is not None:
        raise CommandError("--quick or --sample, one of them")
    depth = QUICK if quick else _depth(share) if share is not None else FULL
    with out.bar("reading everything again") as told:
        report = verify_archive(folder if folder is not None else settings.data, told, depth=depth)
    if json:
        out.as_json(facts(report))
    else:
        _tell(report)
    if not report.readable:
        raise typer.Exit(2)
    if not report.sound:
        raise typer.Exit(1)


def _depth(share: str) -> Depth:
    try:
        return sample(share, datetime.now(UTC).date())
    except ArchiveError as error:
        raise CommandError(f"--sample: {error}") from error


def facts(report: Report) -> dict[str, Any]:
    """Return what a report says, for programs."""
    files, size = report.quarantine
    return {
        "sound": report.sound,
        "mode": report.mode,
        "lines": report.lines,
        "blobs": report.blobs,
        "bytes": report.bytes,
        "quarantine": {"files": files, "bytes": size},
        "lost": [_flaw(flaw) for flaw in report.lost],
        "flaws": [_flaw(flaw) for flaw in report.flaws],
    }


def _flaw(flaw: Flaw) -> dict[str, Any]:
    names = ("code", "place", "file", "offset", "seq", "through", "what", "mend")
    return {name: value for name in names if (value := getattr(flaw, name)) is not None}


def _tell(report: Report) -> None:
    for flaw in [*report.flaws, *report.lost]:
        place = flaw.file if flaw.offset is None else f"{flaw.file} at byte {flaw.offset}"
        out.say(f"{flaw.code} {place}: {flaw.what} ({flaw.mend})")
    files, size = report.quarantine
    if files:
        out.say(f"quarantine/ holds {files} files ({size} bytes): what crashes and repairs left, no flaw")
    lines = ", ".join(f"{count} {name}" for name, count in report.lines.items())
    if report.sound:
        verdict = "all is as it was written"
    else:
        verdict = f"{len(report.flaws)} flaws" + (f", {len(report.lost)} lines lost" if report.lost else "")
    read = "read" if report.mode == "full" else f"looked ({report.mode}) at"
    out.say(f"{read} {lines} and {report.blobs} blobs ({report.bytes / 1e6:.1f} MB): {verdict}")


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        epilog=examples(
            "verify                  everything",
            "verify --quick          sizes and manifests: a second or two",
            "verify --sample 1/30    a thirtieth, another each day; the daemon does this by itself",
            "verify /mnt/backup      a backup",
            "verify --json           for a monitor; exit code 1 where there is a flaw",
        )
    )(verify)
