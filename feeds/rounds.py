"""Due sources -> polled sources: one round by a pool of workers, and what it came to."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from archive import Broken, ReadOnly
from feeds.care.erasing import carry_on
from feeds.care.upkeep import take_in
from feeds.errors import CommandError
from feeds.ingest.local.folder import AT_REST
from feeds.intake.pipeline import publish
from feeds.intake.uniting import unite
from feeds.model import PUT_OFF, Outcome
from feeds.office.bureau import Bureau
from feeds.polls import Polls
from feeds.schedule.ledger import WALK, Account, Claim
from feeds.schedule.places import ASIDE
from feeds.settings import FolderSource

LANES = ("net", "slow", "local")
LOOK = 0.1
"""Seconds after which a round looks who keeps it waiting."""


@dataclass(slots=True)
class Tally:
    """What a round came to.

    sources   names of those that were polled
    failed    names, and what went wrong
    """

    news: int = 0
    published: int = 0
    sources: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def polled(self) -> int:
        """How many sources were polled; a folder that was waited for counts once."""
        return len(self.sources)

    def add(self, name: str, outcome: Outcome) -> None:
        """Count one poll."""
        self.sources.add(name)
        self.news += outcome.news
        if outcome.error is not None:
            self.failed[name] = str(outcome.error)


def begin(bureau: Bureau) -> None:
    """Bring journals and files up to the configuration: what every writer does first."""
    bureau.inbox.recovered = bureau.archive.recovered()
    take_in(bureau)
    carry_on(bureau, starting=True)
    unite(bureau)
    try:
        _bring_up(bureau)
    except Broken as error:  # What was broken is taken away, and made anew here.
        bureau.broken = str(error)
        bureau.look_after()
        _bring_up(bureau)


def _bring_up(bureau: Bureau) -> None:
    bureau.define()
    bureau.press.refresh()


def one_round(bureau: Bureau, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Poll every source that is due, look through every folder, publish.

    Returns when all of it is done, by us or by the daemon beside us: files that are
    being written are waited for, and everything that was kept is published. Raises
    ReadOnly where nothing more can be kept, CommandError where it was cut short.
    """
    tally = Tally()
    limit = bureau.settings.fetch.workers
    polls = Polls(bureau)
    with ThreadPoolExecutor(limit * (ASIDE + 2), thread_name_prefix="poll") as pool:
        try:
            under_way = _Round(bureau)
            running: dict[Future[Outcome | None], str] = {}
            while running or under_way.goes_on():
                for lane, claim in under_way.claims(polls):
                    polls.take(claim, lane)
                    running[pool.submit(polls.poll, claim)] = claim.key
                done, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
                for future in done:
                    under_way.note(running.pop(future), future.result(), tally)
                    progress(tally)
                if not running:
                    under_way.wait()
        except KeyboardInterrupt:
            bureau.door.close()  # Else the pool would wait for servers that take their time.
            raise
    under_way.conclude(tally)
    tally.published = publish_all(bureau)
    return tally


class _Round:
    """Which sources a round still has to do with.

    wanted    keys of those that are to be asked, by us or by the daemon's own ticks
    waiting   keys of folders in which files are being written
    asked     keys of those that we asked
    """

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._began = bureau.clock.now()
        folders = {key for key, (source, _) in bureau.sources.items() if isinstance(source, FolderSource)}
        bureau.ledger.hasten(self._began, folders)  # To look costs nothing, and a file may have come.
        self._before = {account.key: account for account in bureau.ledger.accounts()}
        self._wanted = bureau.ledger.pending(self._began)
        self._all = frozenset(self._wanted)
        self._waiting: set[str] = set()
        self._asked: set[str] = set()
        self._cut = False

    def goes_on(self) -> bool:
        """Say whether there is anything to ask or to wait for."""
        more = bool(self._wanted or self._waiting)
        return more and not self._cut and self._bureau.writable

    def claims(self, polls: Polls) -> list[tuple[str, Claim]]:
        """Return what may be polled now, with its lane, as far as there are places."""
        found: list[tuple[str, Claim]] = []
        if not self.goes_on():
            return found
        for lane in LANES:
            alone = not found and not polls.places.holds("net")
            free = polls.free(lane, alone=alone) - (len(found) if lane == "local" else 0)
            if free > 0:
                ledger, now = self._bureau.ledger, self._bureau.clock.now()
                claims = ledger.claim(now, free, self._bureau.lease(), lane)
                found += [(lane, claim) for claim in claims]
                if lane == "net" and claims:
                    polls.put_off()
        return found

    def note(self, key: str, outcome: Outcome | None, tally: Tally) -> None:
        """Take in what one poll of ours came to."""
        source = self._bureau.sources.get(key.removeprefix(WALK))
        if outcome is not None and outcome.status == PUT_OFF:
            return
        self._wanted.discard(key)
        self._waiting.discard(key)
        if outcome is None:  # Cut short; or the source was taken out of config.yaml meanwhile.
            self._cut = self._cut or source is not None
            return
        self._asked.add(key)
        if outcome.waiting:
            self._waiting.add(key)
        tally.add(source[0].name if source is not None else key, outcome)

    def wait(self) -> None:
        """Let time pass for files that are being written, and for polls of the daemon."""
        ledger, now = self._bureau.ledger, self._bureau.clock.now()
        self._wanted &= ledger.pending(now)  # But for those whose host asks to be left alone.
        self._wanted -= self._settled().keys()
        if self._waiting:
            time.sleep(AT_REST / 2)
            ledger.hasten(self._bureau.clock.now(), self._waiting)
        elif self._wanted:
            time.sleep(0.1)

    def conclude(self, tally: Tally) -> None:
        """Count what the daemon's own ticks asked in our stead. Raises ReadOnly or CommandError, as `one_round` does."""
        if not self._bureau.writable:
            raise ReadOnly(
                f"{self._bureau.settings.data}: what came in could not be kept (the log says why); nothing that "
                "was acknowledged is lost, and all else is asked for again once it can be written"
            )
        if self._cut:
            raise CommandError("stopped before the round was over; what was under way is asked again")
        for key, account in self._settled().items():
            if key in self._all - self._asked:
                tally.sources.add(account.name)
                tally.news += account.kept - self._before[key].kept
                if account.error is not None:
                    tally.failed[account.name] = account.error

    def _settled(self) -> dict[str, Account]:
        """Return the sources that were polled since we began."""
        accounts = self._bureau.ledger.accounts()
        return {one.key: one for one in accounts if one.polled is not None and one.polled >= self._began}


def publish_all(bureau: Bureau) -> int:
    """Let the topics catch up with everything that is kept; return how many items were published."""
    while bureau.archive.feed_search():
        pass
    total = 0
    while (written := publish(bureau)) is not None:
        total += written
    return total
