"""publish: the site brought up, here and in every folder that it is published to."""

import os
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import msgspec
import typer

from archive import ArchiveError
from feeds.cli import out
from feeds.cli.context import carry_out, settings_of
from feeds.cli.teach import examples
from feeds.errors import CommandError
from feeds.publish.text.wording import counted
from feeds.settings import Settings

_NAMED = 20
"""Files in the way that are named."""


def publish(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option("--to", help="Publish to this folder too, from now on.", metavar="DIR")
    ] = None,
    forget: Annotated[
        Path | None,
        typer.Option(
            "--forget", help="Publish to this folder no more; what stands there stays.", metavar="DIR"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also into a folder that holds other things; these stay.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Bring the published site up to what is told, and every folder that it is published to.

    With --to such a folder is added: a whole site for any static server, in which only what changed is
    written, each file whole, and what others lead to before them. It is remembered: `newsweir publish`
    brings it up again, and so does `newsweir erase`.

    Exit code 1: a folder could not be reached, or something that is not ours is in the way there.
    """
    if forget is not None:
        if to is not None:
            raise CommandError("--to or --forget, one of them")
        _forget(settings_of(context), str(_place(forget)), json=json)
        return
    settings = settings_of(context)
    done: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    if to is not None:
        done.append(_publish_to(settings, _place(to), force=force, dry=dry_run))
    else:
        behind = {} if dry_run else carry_out(settings, {"do": "publish"})["behind"]
        store, places = _known(settings)
        for path in places:
            try:
                done.append(_again(settings, path, store or "", dry=dry_run, behind=behind.get(path)))
            except CommandError as error:
                failed[path] = str(error)
    if json:
        out.as_json({"targets": done, "not_reached": failed, "dry_run": dry_run})
    else:
        _tell(settings, done, failed, dry=dry_run)
    if failed or any(one["in_the_way"] for one in done):
        raise typer.Exit(1)


def _place(path: Path) -> Path:
    """Return a folder without links and dots: under one name, by whatever it is called."""
    return path.expanduser().absolute().resolve()


def _publish_to(settings: Settings, place: Path, *, force: bool, dry: bool) -> dict[str, Any]:
    from feeds.care.targets import mirror, refuse_source  # noqa: PLC0415 - slow to import
    from feeds.mirror.holding import manifest_of, refuse  # noqa: PLC0415

    refuse_source(settings, place)
    store, places = _known(settings)
    refuse(settings.data / "feeds", place, store, force=force)
    if str(place) in places and manifest_of(place) is None:
        out.warn(
            f"{place} is published to and held nothing of ours: a site is begun anew there (if its disk is not mounted, "
            "what stands on that may be older: publish once more when it is)"
        )
    behind: dict[str, str] = {}
    if not dry:  # Remembered before anything stands there, so that an erasure knows of it.
        ready = carry_out(settings, {"do": "publish", "to": str(place)})
        store, behind = ready["store"], ready["behind"]
    with out.bar(f"publishing to {place}") as told:
        found = mirror(settings, place, store or "", force=force, dry=dry, told=told)
    _note_reached(settings, str(place), behind.get(str(place)))
    return {"to": str(place), **msgspec.to_builtins(found)}


def _again(settings: Settings, path: str, store: str, *, dry: bool, behind: str | None) -> dict[str, Any]:
    from feeds.care.targets import mirror_again  # noqa: PLC0415 - slow to import

    with out.bar(f"publishing to {path}") as told:
        found = mirror_again(settings, path, store, dry=dry, told=told)
    _note_reached(settings, path, behind)
    return {"to": path, **msgspec.to_builtins(found)}


def _note_reached(settings: Settings, path: str, behind: str | None) -> None:
    if behind is not None:
        carry_out(settings, {"do": "published", "path": path, "behind": behind})


def _known(settings: Settings) -> tuple[str | None, list[str]]:
    """Return the name of the archive, None where there is none yet, and the folders it is published to."""
    from feeds.care.targets import known_to  # noqa: PLC0415 - slow to import

    try:
        store, found = known_to(settings)
    except (ArchiveError, OSError):
        return None, []
    return store, list(found)


def _forget(settings: Settings, path: str, *, json: bool) -> None:
    done = carry_out(settings, {"do": "forget-target", "path": path})
    if json:
        out.as_json({"forgotten": path, "targets": done["targets"]})
        return
    out.say(
        f"{path} is published to no more; what stands there stays, and is yours: no erasure reaches it any more"
    )


def _left(to: Path, path: str) -> str:
    """Return why a file was not put, and what to do about it."""
    there = to / path
    if os.path.lexists(there) and not there.is_dir():
        return f"is not ours, and was left (newsweir publish --to {quote(str(to))} --force replaces it)"
    what = "a folder" if there.is_dir() else "a file where its folder belongs"
    return f"was left out: {what} that is not ours stands there (move that elsewhere)"


def _tell(settings: Settings, done: list[dict[str, Any]], failed: dict[str, str], *, dry: bool) -> None:
    for one in done:
        for path in one["in_the_way"][:_NAMED]:
            out.warn(f"{one['to']}/{path} {_left(Path(one['to']), path)}")
        if (more := len(one["in_the_way"]) - _NAMED) > 0:
            out.warn(f"and {more} more")
        would = "would be " if dry else ""
        away = f", {one['deleted']} {would}taken away" if one["deleted"] else ""
        if one["written"] or away:
            out.say(
                f"{one['to']}: {one['written']} of {counted(one['files'], 'file')} {would}written, "
                f"{one['bytes'] / 1e6:.1f} MB{away}"
            )
        else:
            out.say(f"{one['to']}: all is as it is published ({counted(one['files'], 'file')})")
    for path, why in failed.items():
        out.warn(
            f"{path} could not be brought up: {why} (newsweir publish --forget {quote(path)}, if it is none any more)"
        )
    if not done and not failed:
        out.say(
            f"the site in {settings.data / 'feeds'} is up to what is told; newsweir publish --to DIR publishes it elsewhere"
        )


def add_to(app: typer.Typer) -> None:
    """Add this command to *app*."""
    app.command(
        epilog=examples(
            "publish --to /srv/www/cuttings              a folder that any static server can serve",
            "publish --to /srv/www/cuttings --dry-run    only say what would be done",
            "publish                                     bring all such folders up again; from cron, say",
            "publish --forget /srv/www/cuttings          that one no more",
        )
    )(publish)
