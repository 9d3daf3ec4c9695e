"""What verify found -> mended: by the daemon under its lock, else by ourselves."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from archive import Busy, Lock, Plan, Report, mend, plan_of, take_index_away
from feeds import control
from feeds.care.upkeep import mended, pack
from feeds.errors import CommandError
from feeds.settings import Settings


def repair(
    settings: Settings, report: Report, backup: Path | None, *, dry: bool = False, give_up: bool = False
) -> dict[str, Any]:
    """Mend what *report* names; return what was done. Raises CommandError or ArchiveError."""
    plan = plan_of(report, give_up=give_up)
    if plan.empty and backup is None:
        return {"done": [], "articles": 0}
    source = backup.expanduser().absolute() if backup is not None else None
    found = mend(settings.data / "archive", plan, source, datetime.now(UTC), dry=True)
    if dry or not found.done:
        return {"done": found.done, "articles": len(found.articles)}
    request = {"do": "repair", "plan": msgspec.to_builtins(plan), "from": str(source) if source else None}
    if len(msgspec.json.encode(request)) >= control.LONGEST_REQUEST:
        raise CommandError(
            "so much is to be mended that it is not done beside a daemon: stop it, and run this again"
        )
    answer = control.ask(settings.data / "run" / "control.sock", request)
    return answer if answer is not None else _alone(settings, plan, source)


def _alone(settings: Settings, plan: Plan, source: Path | None) -> dict[str, Any]:
    """Mend before the archive is opened: opening would make do with what there is."""
    control.refuse_silent(settings.data)
    try:
        lock = Lock(settings.data / "LOCK")
    except Busy as error:
        raise CommandError(f"{error}; try again in a moment") from error
    try:
        for name in ("catalog", "search", "matches", "shelf"):
            take_index_away(settings.data / "index" / f"{name}.sqlite")
        found = mended(settings.data, plan, source, datetime.now(UTC))
    finally:
        lock.release()
    return {
        "done": found.done,
        "articles": len(found.articles),
        "published": _opened(settings, len(found.done)),
    }


def _opened(settings: Settings, pieces: int) -> int:
    """Open the archive and let topics look at what came back; return how many items were published.

    pieces   that were mended, for its owner to be told.

    A daemon that stood by for the mend may be quicker: then it does all that.
    """
    from feeds.care.noticing import tell  # noqa: PLC0415 - not needed beside a daemon
    from feeds.office.opening import open_bureau  # noqa: PLC0415
    from feeds.rounds import begin, publish_all  # noqa: PLC0415

    try:
        bureau = open_bureau(settings)
    except Busy:
        return 0
    try:
        begin(bureau)
        bureau.inbox.mended = pieces
        number = publish_all(bureau)
        tell(bureau)
        pack(bureau)
        return number
    finally:
        bureau.close()
