"""How sources stand -> what their owner would want to know of them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from shlex import quote

from feeds.arrivals.habit import Came
from feeds.past import NEWS, TOGETHER
from feeds.schedule.ledger import Account
from feeds.schedule.states import Remembered

DEAD, LEAST_FAILURES = timedelta(hours=24), 3
"""A source is told of as dead when its last good answer is older, and it failed so often since."""
RIPE = timedelta(hours=25)
"""Then it is told; whoever else is dead by then is told with it."""
NEVER_GOOD = 5
"""Failures after which one that never answered is told of."""
NOBODY, FEW = timedelta(hours=1), 3
"""No source answers: of so many at least, for so long."""
SILENT, BEYOND = timedelta(days=7), 2
"""A source is silent for a week at least, and for so many times its longest pause lately."""
HABIT_DAYS, LATELY = 8, 50
"""Days with news that make a habit; those of which the pauses are looked at."""
_WELL = timedelta(days=2)
"""A source that answered well within this time is one that can be silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that is not as it should be.

    subject   whom it is about: it begins and ends for each by itself
    name      of that, for a title
    line      one sentence on it, without its full stop
    do        a command that shows or mends it
    since     when it began, where that is known
    ripe      it is told now; else it is told with another that is
    """

    subject: str
    name: str
    line: str
    do: str = ""
    since: datetime | None = None
    ripe: bool = True


@dataclass(frozen=True, slots=True)
class Over:
    """That something is not so, or not so any more.

    line   one sentence on it, without its full stop
    out    it is none of ours any more: its owner said so
    """

    name: str
    line: str
    out: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be said of one kind of trouble at a moment.

    there   who is in it
    well    who is sure not to be, by subject; who is in neither may be either
    """

    there: Sequence[Trouble] = ()
    well: dict[str, Over] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One source of the net as its ledger, its memory and the archive know it.

    subject   its key without a password; `address` where it is asked, likewise
    came      how its last articles came; None where that was not looked at
    held      articles that wait for an editor as a flood
    """

    subject: str
    name: str
    address: str
    account: Account
    state: Remembered
    came: Sequence[Came] | None = None
    held: int = 0

    is_folder: bool = False

    @property
    def look(self) -> str:
        """The command that shows what is wrong with it."""
        return f"ls {quote(self.address)}" if self.is_folder else _to_try(self.address)

    @property
    def well(self) -> bool:
        """Whether its last answer was good."""
        return self.account.polled is not None and not self.account.failures and not self.state.gone


def _to_try(address: str) -> str:
    """Return the command that asks an address; what stands behind a `?` is told to nobody, and so asks nothing."""
    return f"newsweir try {quote(address)}" if "?" not in address else "newsweir sources"


def network(standings: Sequence[Standing], now: datetime) -> Sight:
    """Say whether no source answers at all: then the fault is likely on our side."""
    asked = [
        one for one in standings if one.account.polled is not None and not (one.state.gone or one.is_folder)
    ]
    good = [one.account.good for one in asked if one.account.good is not None]
    last = max(good, default=None)
    if not standings:
        return Sight(well={"": Over("every source", "There is no source any more")})
    if last is not None and now - last < NOBODY:
        return Sight(well={"": Over("every source", f"A source answered at {spoken(last)}")})
    silent = [one for one in asked if one.account.failures]
    since = last or min((one.account.polled for one in asked if one.account.polled), default=None)
    if len(silent) < FEW or len(silent) < len(asked) or since is None or now - since < NOBODY:
        return Sight()
    latest = max(silent, key=lambda one: (one.account.polled or now, one.subject))
    return Sight(
        [
            Trouble(
                subject="",
                name="every source",
                line=f"{len(silent)} sources were asked and none answered; the last of them was {latest.name}: "
                f"{latest.account.error}",
                do=latest.look,
                since=last,
            )
        ]
    )


def dead(standings: Sequence[Standing], now: datetime, network_back: datetime | None) -> Sight:
    """Return who does not answer any more.

    network_back   when the last time ended in which nobody answered: what was found before proves nothing
    """
    there: list[Trouble] = []
    well: dict[str, Over] = {}
    for one in standings:
        account = one.account
        if one.well:
            well[one.subject] = Over(one.name, f"{one.name} answered at {spoken(account.polled or now)}")
        elif one.state.gone:
            line = f"{one.name} ({one.address}) is gone for good: it answered 410, and is not asked again"
            there.append(Trouble(subject=one.subject, name=one.name, line=line, since=account.polled))
        elif account.polled is not None and (network_back is None or account.polled > network_back):
            age = now - account.good if account.good is not None else None
            least = LEAST_FAILURES if age is not None else NEVER_GOOD
            if account.failures < least or (age is not None and age < DEAD):
                continue
            good = f"last answered well at {spoken(account.good)}" if account.good else "never answered well"
            there.append(
                Trouble(
                    subject=one.subject,
                    name=one.name,
                    line=f"{one.name} ({one.address}) {good}, and failed {account.failures} times since: {account.error}",
                    do=one.look,
                    since=account.good,
                    ripe=age is None or age >= RIPE,
                )
            )
    return Sight(there, well)


def silent(standings: Sequence[Standing], told: dict[str, datetime], now: datetime) -> Sight:
    """Return who answers and brings nothing, far beyond its own habit.

    told   when it was told of whom
    """
    there: list[Trouble] = []
    well: dict[str, Over] = {}
    for one in standings:
        if one.came is None:
            continue
        last = max((came.at for came in one.came if came.arrival is None), default=None)
        if one.subject in told and last is not None and last > told[one.subject]:
            well[one.subject] = Over(one.name, f"{one.name} brought an article at {spoken(last)}")
        good = one.account.good
        pause = longest_pause(one.came)
        if not one.well or good is None or now - good > _WELL or pause is None:
            continue
        last = max(came.at for came in one.came)
        if now - last > max(SILENT, BEYOND * pause):
            line = (
                f"{one.name} ({one.address}) answers, and has brought nothing since {spoken(last)}; its longest "
                f"pause lately was {_days(pause)}"
            )
            there.append(
                Trouble(
                    subject=one.subject,
                    name=one.name,
                    line=line,
                    do=one.look,
                    since=last,
                )
            )
    return Sight(there, well)


def longest_pause(came: Iterable[Came]) -> timedelta | None:
    """Return the longest pause between two days with news, of the last fifty; None where that is no habit yet."""
    moments = (one.date if one.arrival in TOGETHER else one.at for one in came if one.arrival in NEWS)
    days = sorted({moment.date() for moment in moments if moment is not None})[-LATELY:]
    if len(days) < HABIT_DAYS:
        return None
    return max(later - earlier for earlier, later in pairwise(days))


def moved(standings: Sequence[Standing]) -> Sight:
    """Return who says that it lies elsewhere for good."""
    there = [
        Trouble(
            subject=one.subject,
            name=one.name,
            line=f"{one.name} has moved for good from {one.address} to {one.state.moved}: write that address into "
            "config.yaml, with the old name; it stays the same source",
            do=_to_try(one.state.moved),
        )
        for one in standings
        if one.state.moved
    ]
    well = {
        one.subject: Over(one.name, f"{one.name} is asked at {one.address}")
        for one in standings
        if not one.state.moved
    }
    return Sight(there, well)


def held(standings: Sequence[Standing]) -> Sight:
    """Return of whom a flood waits."""
    there = [
        Trouble(
            subject=one.subject,
            name=one.name,
            line=f"{one.name} showed {_articles(one.held)} at once, or from long ago, that it had not shown before; "
            "they are archived, and in no feed",
            do=f"newsweir release {quote(one.name)}   # or: newsweir drop {quote(one.name)}",
        )
        for one in standings
        if one.held
    ]
    well = {
        one.subject: Over(one.name, f"Of {one.name} nothing is held any more")
        for one in standings
        if not one.held
    }
    return Sight(there, well)


def spoken(moment: datetime) -> str:
    """Return a moment as it stands in a text: it is no span, so that it stays true."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _articles(number: int) -> str:
    return f"{number:,} article{'' if number == 1 else 's'}"


def _days(span: timedelta) -> str:
    return "a day" if span.days == 1 else f"{span.days} days"
