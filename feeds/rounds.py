"""Due sources -> polled sources: one round by a pool of workers, and what it came to."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from archive import ReadOnly
from feeds.bureau import Bureau
from feeds.ingest.folder import AT_REST
from feeds.model import Outcome
from feeds.pipeline import poll, publish
from feeds.schedule.ledger import Claim

LANES = ("net", "local")


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
    bureau.define()
    bureau.press.refresh()


def one_round(bureau: Bureau, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Poll every source that is due, wait for files that are being written, publish.

    Returns when all of it is done and everything that was kept is published. Raises
    ReadOnly where nothing more can be kept.
    """
    tally = Tally()
    limit = bureau.settings.fetch.workers
    with ThreadPoolExecutor(limit, thread_name_prefix="poll") as pool:
        running: dict[Future[Outcome | None], str] = {}
        waiting = 0
        while bureau.writable or running:
            for claim in _claims(bureau, limit - len(running)) if bureau.writable else ():
                named = bureau.sources.get(claim.key)  # By now it may have been taken out.
                running[pool.submit(poll, bureau, claim)] = named[0].name if named else claim.key
            if not running and not waiting:
                break
            done, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                outcome = future.result()
                if outcome is not None:
                    waiting = waiting - 1 if waiting else 0
                    tally.add(name, outcome)
                    progress(tally)
                    if outcome.waiting:
                        waiting += 1
            if waiting and not running:
                time.sleep(AT_REST / 2)
                bureau.ledger.hasten(bureau.clock.now())
    if not bureau.writable:
        raise ReadOnly(
            f"{bureau.settings.data}: what came in could not be kept (the log says why); nothing that "
            "was acknowledged is lost, and all else is asked for again once it can be written"
        )
    tally.published = publish_all(bureau)
    return tally


def publish_all(bureau: Bureau) -> int:
    """Let the topics catch up with everything that is kept; return how many lines that took."""
    while bureau.archive.feed_search():
        pass
    total = 0
    while (written := publish(bureau)) is not None:
        total += written
    return total


def _claims(bureau: Bureau, free: int) -> list[Claim]:
    """Return what may be polled now, in every lane, at most *free* of them."""
    found: list[Claim] = []
    for lane in LANES:
        if free > len(found):
            found += bureau.ledger.claim(bureau.clock.now(), free - len(found), bureau.lease(), lane)
    return found
