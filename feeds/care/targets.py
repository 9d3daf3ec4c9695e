"""Folders to which the site is published -> remembered, so that an erasure reaches them, and brought up."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

import msgspec

from archive import Journal, connect
from feeds import events
from feeds.care.noticing import tell
from feeds.care.upkeep import places
from feeds.errors import CommandError
from feeds.intake.pipeline import publish
from feeds.mirror.holding import manifest_of
from feeds.mirror.mirroring import Mirror, Mirrored, Told
from feeds.office.bureau import Bureau
from feeds.owner.notice import SLUG
from feeds.settings import FolderSource, Settings
from feeds.times import parse, stamp

_CHUNK = 1000


class Target(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="target", tag_field="kind"):
    """A folder to which the site is published, in the state journal; the last line of a path counts.

    behind      when something was erased that may still stand there; None where nothing may
    forgotten   it is none any more: its owner said so
    """

    path: str
    at: str
    behind: str | None = None
    forgotten: bool = False


def targets(state: Journal) -> dict[str, Target]:
    """Return the folders to which the site is published, by their paths."""
    found: dict[str, Target] = {}
    seq = 0
    while more := state.since(seq, _CHUNK):
        for line in more:
            if b'"kind":"target"' in line.body:
                one = msgspec.json.decode(line.body, type=Target)
                found[one.path] = one
        seq = more[-1].seq
    return {path: one for path, one in found.items() if not one.forgotten}


def refuse_source(settings: Settings, place: Path) -> None:
    """Raise CommandError where *place* lies in a folder that is a source: what is published would come back as articles."""
    for source in settings.sources:
        if isinstance(source, FolderSource) and place.is_relative_to(source.path.resolve()):
            raise CommandError(
                f"{place}: lies in {source.path}, which is a source: what is published would be read as articles, and "
                "published; name a folder outside of it"
            )


def note(bureau: Bureau, *lines: Target) -> None:
    """Note something about targets; durable when it returns."""
    if lines:
        bureau.archive.state.append([msgspec.json.encode(one) for one in lines])


def fall_behind(bureau: Bureau) -> list[str]:
    """Note that something was erased that may still stand in every target; return their paths."""
    at = stamp(bureau.clock.now())
    known = targets(bureau.archive.state)
    note(bureau, *(Target(path=path, at=at, behind=at) for path in known))
    return list(known)


def prepare(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Bring the published tree up to what is told, and remember a target, where the request names one."""
    path = request.get("to")
    while publish(bureau) is not None:
        pass
    with bureau.at_work():
        bureau.press.refresh()
        known = targets(bureau.archive.state)
        if path is not None and path not in known:
            note(bureau, Target(path=path, at=stamp(bureau.clock.now())))
        behind = {one.path: one.behind for one in known.values() if one.behind is not None}
        return {"store": bureau.archive.store, "behind": behind, "targets": list(known)}


def reached(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Note that a target was brought up since it fell `behind`: but for an erasure that came meanwhile."""
    path = request["path"]
    with bureau.at_work():
        one = targets(bureau.archive.state).get(path)
        if one is not None and one.behind is not None and one.behind == request["behind"]:
            note(bureau, Target(path=path, at=stamp(bureau.clock.now())))
            bureau.inbox.reached.add(path)
    tell(bureau)
    return {"path": path}


def forget(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Note that a folder is no target any more. Raises CommandError where it is none."""
    path = request["path"]
    with bureau.at_work():
        known = targets(bureau.archive.state)
        if path not in known:
            there = ", ".join(known) or "none"
            raise CommandError(f"{path} is nothing that is published to (targets: {there})")
        note(bureau, Target(path=path, at=stamp(bureau.clock.now()), forgotten=True))
        bureau.inbox.given_up.add(path)
    tell(bureau)
    return {"path": path, "targets": [one for one in known if one != path]}


def mirror(
    settings: Settings,
    path: Path,
    store: str,
    *,
    force: bool = False,
    dry: bool = False,
    told: Told = lambda *_: None,
) -> Mirrored:
    """Bring one folder up to what is published. Raises CommandError.

    How newsweir itself fares goes along only where `site.operator` says so.
    """
    private = settings.site.operator is not True

    def leave_out(name: str) -> bool:
        return private and name.startswith(f"{SLUG}/")

    feeds = settings.data / "feeds"
    run = Mirror(feeds, path, store, leave_out=leave_out, force=force, told=told, pause=time.sleep)
    return run.run(dry=dry)


def mirror_again(
    settings: Settings, path: str, store: str, *, dry: bool = False, told: Told = lambda *_: None
) -> Mirrored:
    """Bring a folder up that was published to before. Raises CommandError where it is not there now."""
    if manifest_of(Path(path)) is None:
        raise CommandError(f"{path}: nothing of ours is there now (is its disk mounted?)")
    return mirror(settings, Path(path), store, dry=dry, told=told)


def known_to(settings: Settings) -> tuple[str, dict[str, Target]]:
    """Return the name of the archive and the folders it is published to, without opening it for writing."""
    archive = connect(settings.data, writable=False)
    try:
        return archive.store, targets(archive.state)
    finally:
        archive.close()


class Reach:
    """Brings up the targets that an erasure left behind, and tries again where that could not be."""

    FIRST, AGAIN = timedelta(minutes=1), timedelta(minutes=10)
    """Who erases tries at once; we do it a minute after that, and then every ten."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._tried: dict[str, datetime] = {}
        self._read: tuple[int, dict[str, Target]] = (0, {})

    def look(self) -> None:
        """Try those that are behind and were not tried a moment ago. Nobody is held up meanwhile."""
        state, now = self._bureau.archive.state, self._bureau.clock.now()
        if not self._bureau.writable:
            return
        if self._read[0] != state.last:
            self._read = (state.last, targets(state))
            self._settle()
        due: list[str] = []
        for path, one in self._read[1].items():
            if one.behind is None or now - parse(one.behind) < self.FIRST:
                continue
            if path not in self._tried or now - self._tried[path] >= self.AGAIN:
                self._tried[path] = now
                due.append(path)
        failed = bring_up(self._bureau, due)
        for path, why in failed.items():
            events.once("noticed", what=again(path, why))
            self._bureau.inbox.unreached[path] = f"newsweir publish --to {quote(path)}"
        if failed:
            tell(self._bureau)

    def _settle(self) -> None:
        """End what was told of places that were brought up or given up: a kill may have come before that was told."""
        bureau, known = self._bureau, self._read[1]
        open_ = bureau.notices.open("unreached")
        bureau.inbox.reached |= {path for path in open_ if path in known and known[path].behind is None}
        if nobodys := open_.keys() - known.keys():
            bureau.inbox.given_up |= nobodys - set(places(bureau.archive.state))


def bring_up(bureau: Bureau, paths: Sequence[str]) -> dict[str, str]:
    """Bring targets up after an erasure; return those that could not be reached, with the reasons."""
    failed: dict[str, str] = {}
    known = targets(bureau.archive.state)
    for path in paths:
        try:
            mirror_again(bureau.settings, path, bureau.archive.store)
        except CommandError as error:
            failed[path] = str(error)
        else:
            events.record("published", to=path)
            reached(bureau, {"path": path, "behind": known[path].behind if path in known else None})
    return failed


def again(path: str, why: str) -> str:
    """Return what is to be done about a target that may still hold what was erased."""
    return f"the site in {path} may still hold it ({why}): run newsweir publish --to {quote(path)}"
