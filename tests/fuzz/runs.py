"""A target and a time -> how many values were tried, and what was found."""

import contextlib
import functools
import random
import time

import hypothesis
from hypothesis import HealthCheck, Phase, settings

from tests.fuzz.targets import OURS, TARGETS
from tests.hostile import Bounds

SLOWEST = 1.0
MOST = 64 * 2**20
_AT_ONCE = 200


def fault_of(name: str, value: object) -> str | None:
    """Return what is wrong with how a target takes *value*, or None: an alien error, too long, too much memory."""
    _load()
    bounds = Bounds()
    wrong = None
    try:
        TARGETS[name].run(value)
    except OURS:
        pass
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"[:300]
    bounds.end()
    if wrong is None and bounds.worked > SLOWEST + TARGETS[name].due(
        value
    ):  # Not by the wall: others may keep the machine busy.
        wrong = f"took {bounds.worked:.2f} s of CPU"
    if wrong is None and bounds.grown > MOST:
        wrong = f"took {bounds.grown / 2**20:.0f} MiB"
    return wrong


@functools.cache
def _load() -> None:
    """Have in memory what stays there once it is needed (what tells languages: 110 MiB); no value is to blame for it."""
    body = b"<rss version='2.0'><channel><item><description>%s</description></item></channel></rss>"
    TARGETS["parse"].run((body % (b"word " * 50), "text/xml"))


def fuzz(name: str, seconds: float, seed: int | None = None) -> tuple[int, list[str]]:
    """Try values for so many seconds; each kind of fault is told once, by its smallest value."""
    until, tried = time.monotonic() + seconds, 0
    findings: dict[str, str] = {}
    chance = random.Random(seed)
    while time.monotonic() < until:

        @hypothesis.seed(chance.randrange(2**32))
        @settings(
            max_examples=_AT_ONCE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @hypothesis.given(TARGETS[name].values)
        def run(value: object) -> None:
            nonlocal tried
            tried += 1
            wrong = fault_of(name, value) if time.monotonic() < until else None
            if wrong is not None:
                kind = wrong.split(":")[0].split(" ")[0]
                told = f"{wrong}: {value!r}"
                if kind not in findings or len(told) < len(findings[kind]):
                    findings[kind] = told[:3000]

        with contextlib.suppress(hypothesis.errors.Unsatisfiable):
            run()
    return tried, list(findings.values())
