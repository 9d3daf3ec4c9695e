"""Cuttings per day -> a rhythm: thirty bars, the sentence they stand for, and its words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from feeds.publish.text.wording import counted, day_and_month

DAYS = 30
HEIGHT = 24
STEP = 4
_STROKE = 1.5
"""Half of a bar: it is drawn as a stroke, three wide, with a gap of one."""
_LATELY = 10


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Cuttings on each of thirty days, the oldest first.

    end       the last of these days
    earlier   whether anything was cut before them
    """

    end: date
    counts: tuple[int, ...]
    earlier: bool = False

    @property
    def start(self) -> date:
        """The first of the days."""
        return self.end - timedelta(days=len(self.counts) - 1)

    @property
    def total(self) -> int:
        """Cuttings on all of the days."""
        return sum(self.counts)

    @property
    def most(self) -> int:
        """Cuttings on the fullest day."""
        return max(self.counts, default=0)

    @property
    def peak(self) -> date:
        """The fullest day, the last one of equals."""
        behind = self.counts[::-1].index(self.most)
        return self.end - timedelta(days=behind)

    def to(self, end: date) -> "Rhythm":
        """Return the rhythm of the days up to a later *end*, on which nothing more was cut."""
        shift = min(max(0, (end - self.end).days), len(self.counts))
        dropped = self.counts[:shift]
        return Rhythm(end, self.counts[shift:] + (0,) * shift, self.earlier or any(dropped))

    @property
    def bars(self) -> str:
        """The path of all bars but the last: each to the largest, at least 2 high where not nothing."""
        return "".join(self._bar(number) for number in range(len(self.counts) - 1))

    @property
    def last_bar(self) -> str:
        """The path of the last bar."""
        return self._bar(len(self.counts) - 1)

    @property
    def width(self) -> int:
        """How wide the bars stand."""
        return len(self.counts) * STEP - 1

    def _bar(self, number: int) -> str:
        count = self.counts[number]
        high = max(2, round(HEIGHT * count / self.most)) if count else 1
        return f"M{number * STEP + _STROKE:g} {HEIGHT}v-{high}"

    @property
    def sentence(self) -> str:
        """What the bars say, for whoever does not see them."""
        days = f"{len(self.counts)} days to {day_and_month(self.end)}: {counted(self.total, 'cutting')}"
        if not self.total:
            return days
        fewest = min(self.counts)
        spread = f"{fewest} to {self.most} a day" if fewest != self.most else f"{fewest} a day"
        return f"{days}, {spread}, {self.counts[-1]} on the last"

    @property
    def rate(self) -> str:
        """The rate in words, without its unit: `About 4 a day`."""
        return self._rate("")

    @property
    def cuttings_rate(self) -> str:
        """The rate in words: `About 4 cuttings a day`."""
        return self._rate("cutting")

    def _rate(self, unit: str) -> str:
        def several(number: int) -> str:
            return counted(number, unit) if unit else f"{number}"

        if not self.total:
            return f"Nothing in {len(self.counts)} days"
        if self.most == self.total:
            return f"{several(self.total)} on {day_and_month(self.peak)}"
        if not any(self.counts[:-_LATELY]):
            lately = f"{several(self.total)} in ten days"
            return f"Silent, then {lately}" if self.earlier else lately
        if self.total >= len(self.counts) * 0.75:
            return f"About {several(round(self.total / len(self.counts)))} a day"
        if self.total * 7 >= len(self.counts) * 1.5:
            return f"About {several(round(self.total * 7 / len(self.counts)))} a week"
        return f"{several(self.total)} in {len(self.counts)} days"


def rhythm(per_day: Mapping[date, int], end: date, *, earlier: bool = False) -> Rhythm:
    """Return the rhythm of the thirty days up to *end*."""
    days = (end - timedelta(days=DAYS - 1 - number) for number in range(DAYS))
    return Rhythm(end, tuple(per_day.get(day, 0) for day in days), earlier)
