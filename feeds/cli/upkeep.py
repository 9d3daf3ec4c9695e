"""verify, repair, backup, restore: what keeps an archive whole through the years."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import CONFIG, FULL, QUICK, ArchiveError, Copied, Depth, Flaw, Report, sample
from archive import verify as verify_archive
from feeds.backup import Restored, back_up, bring_archive_back, compare
from feeds.cli import out
from feeds.cli.context import carry_out, settings_of
from feeds.cli.options import options_of
from feeds.cli.teach import examples
from feeds.errors import CommandError
from feeds.publish.text.wording import counted

_NAMED = 20
"""Files that are named where many differ."""
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
    data = folder.expanduser() if folder is not None else settings_of(context).data
    if quick and share is not None:
        raise CommandError("--quick or --sample, one of them")
    depth = QUICK if quick else _depth(share) if share is not None else FULL
    with out.bar("reading everything again") as told:
        report = verify_archive(data, told, depth=depth)
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
        "backed_up": report.backed_up,
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
        out.say(
            f"quarantine/ holds {counted(files, 'file')} ({size} bytes): what crashes and repairs left, no flaw"
        )
    if report.of_copy and report.backed_up is None and all(flaw.code != "E34" for flaw in report.flaws):
        out.say(
            "it has no BACKUP.json that says what it should hold: a plain copy, or a backup that was cut "
            "(newsweir backup into the same folder completes that)"
        )
    lines = ", ".join(f"{count} {name}" for name, count in report.lines.items())
    if report.sound:
        verdict = "all is as it was written"
    else:
        verdict = counted(len(report.flaws), "flaw")
        verdict += f", {counted(len(report.lost), 'line')} lost" if report.lost else ""
    read = "read" if report.mode == "full" else f"looked ({report.mode}) at"
    out.say(f"{read} {lines} and {report.blobs} blobs ({report.bytes / 1e6:.1f} MB): {verdict}")


def repair(
    context: typer.Context,
    backup: Annotated[
        Path | None, typer.Option("--from", help="A backup to take what is lost from.", metavar="BACKUP")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    give_up: Annotated[
        bool,
        typer.Option("--give-up", help="What nothing gives back is lost for good, and no flaw any more."),
    ] = False,
    json: Json = False,
) -> None:
    """Mend what verify finds: alone where nothing is lost, else from a backup, each line by its own sum.

    Nothing is changed in place, what proves nothing goes to quarantine/, and what was erased never
    comes back. Exit code 0: all is mended. 1: something is left; it is named.
    """
    from feeds.mending import repair as mend_archive  # noqa: PLC0415 - slow to import

    settings = settings_of(context)
    with out.bar("looking for what is to be mended") as told:
        report = verify_archive(settings.data, told)
    done = mend_archive(settings, report, backup, dry=dry_run, give_up=give_up)
    if done["done"] and not dry_run:
        with out.bar("reading everything again") as told:
            report = verify_archive(settings.data, told)
    left = [*report.flaws, *report.lost]
    if json:
        out.as_json({**done, "sound": report.sound, "left": [_flaw(flaw) for flaw in left]})
    else:
        _tell_mended(done, report, dry=dry_run)
    if left:
        raise typer.Exit(1)


def _tell_mended(done: dict[str, Any], report: Report, *, dry: bool) -> None:
    for sentence in done["done"]:
        out.say(f"{'would do: ' if dry else ''}{sentence}")
    if done["articles"]:
        came = f"{counted(done['articles'], 'line')} of articles came back"
        out.say(f"would do: {came}" if dry else f"{came}; {done.get('published', 0)} were published")
    if report.sound:
        out.say("nothing was to be mended" if not done["done"] else "all is mended")
        return
    if not dry:
        _tell(report)
    elif not done["done"]:
        out.say("nothing of it can be mended without a backup: newsweir repair --from BACKUP")


def backup(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Where to; on another disk, best on another machine's.", metavar="DEST")
    ],
    json: Json = False,
) -> None:
    """Bring a backup up to the archive, beside the running daemon; what is there already is not copied again.

    Every byte is checked on its way: what does not prove itself is named and replaces nothing good.
    Exit code 1: something was not as it was written; all else was copied.
    """
    settings = settings_of(context)
    now, dest = datetime.now(UTC), folder.expanduser().absolute()
    begins = not (dest.is_dir() and any(dest.iterdir()))

    def note() -> None:  # Without links and dots: under one name, by whatever it is called.
        place = {"do": "backed-up", "path": str(dest.resolve()), "at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        if carry_out(settings, place).get("known") and begins:
            out.warn(
                f"nothing is left of the backup that was in {dest} (is its disk mounted?): it begins anew"
            )

    with out.bar("copying") as told:
        copied = back_up(settings, dest, now, told, note)
    if json:
        out.as_json({"backup": str(dest), "files": copied.files, "bytes": copied.bytes, "last": copied.last,
                     "flaws": copied.flaws, "ahead": copied.ahead, "aside": copied.aside})  # fmt: skip
    else:
        _tell_copied(copied)
        out.say(f"backed up to {dest}: {counted(copied.files, 'file')} written, {copied.bytes / 1e6:.1f} MB")
    if copied.flaws or copied.ahead or copied.aside:
        raise typer.Exit(1)


def _tell_copied(copied: Copied) -> None:
    for flaw in copied.flaws:
        out.say(f"{flaw}: copied no further than it proves itself")
    for sentence in copied.ahead:
        out.say(f"{sentence} (newsweir repair --from brings it back)")
    for sentence in copied.aside:
        out.say(f"{sentence} (was the archive restored from an older backup? it lacks what is in there)")


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A backup, or a copy of data/archive.", metavar="BACKUP")],
    json: Json = False,
) -> None:
    """Bring a backup back where data/archive is lost: copied, read again, and published as it was.

    Exit code 0: all is as it was when it was backed up. 1: something is not; it is named.
    """
    source = folder.expanduser().absolute()
    _refuse_without(options_of(context).config, source / CONFIG)
    settings = settings_of(context)
    with out.bar("restoring") as told:
        found = bring_archive_back(settings, source, told)
    done = carry_out(settings, {"do": "rebuild", "taken_away": True})
    compare(settings, found)
    if json:
        out.as_json({"whole": found.whole, "copied": found.copied, "rebuilt": done, "verify": facts(found.report),
                     "same": found.same, "newer": found.newer, "differ": found.differ, "missing": found.missing})  # fmt: skip
    else:
        _tell_restored(found, done)
    if not found.whole:
        raise typer.Exit(1)


def _refuse_without(config: Path, kept: Path) -> None:
    """Raise CommandError where only the backup has a configuration: another one would publish other topics."""
    if kept.is_file() and not config.exists():
        raise CommandError(
            f"{config}: there is no such file; {kept} is the one of the backup: "
            f"cp {kept} {config}, look whether `data:` in it is where you want it, and restore then"
        )


def _tell_restored(found: Restored, done: dict[str, Any]) -> None:
    for flaw in found.copied.flaws:
        out.say(f"in the backup {flaw}")
    _tell(found.report)
    for what, paths in (("newer than the backup's word", found.newer), ("not as it was", found.differ),
                        ("missing", found.missing)):  # fmt: skip
        for path in paths[:_NAMED]:
            out.say(f"feeds/{path}: {what}")
        if len(paths) > _NAMED:
            out.say(f"and {len(paths) - _NAMED} more")
    if found.differ or found.missing:
        out.say(_why_others(found))
    out.say(
        f"restored {done['articles']} articles and {done['files']} published files of {done['topics']} topics: "
        + _compared(found)
    )


def _why_others(found: Restored) -> str:
    if not found.report.sound or found.copied.flaws:
        return "what the archive lacks, the published files lack too"
    if found.config is not None:
        return (
            f"config.yaml is another than then, {found.config}: to have what was published then, move data/archive "
            "away, put that one in its place, and restore again"
        )
    return "is config.yaml the one of then, and newsweir of the same version? Then they come out the same"


def _compared(found: Restored) -> str:
    if found.record is None:
        return "a plain copy, or a backup that was cut: it has no BACKUP.json that says what was published"
    every = len(found.record.published)
    return f"{found.same} of {every} files are byte for byte as they were at {found.record.at}"


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        epilog=examples(
            "repair                       what nothing is lost of",
            "repair --from /mnt/backup    and lines, files and blobs that a backup has",
            "repair --from /mnt/backup --dry-run",
        )
    )(repair)
    app.command(epilog=examples("backup /mnt/backup    as often as you like: it copies what is new"))(backup)
    app.command(
        epilog=examples("restore /mnt/backup    where data/archive is gone; then newsweir run as before")
    )(restore)
    app.command(
        epilog=examples(
            "verify                  everything",
            "verify --quick          sizes and manifests: a second or two",
            "verify --sample 1/30    a thirtieth, another each day; the daemon does this by itself",
            "verify /mnt/backup      a backup",
            "verify --json           for a monitor; exit code 1 where there is a flaw",
        )
    )(verify)
