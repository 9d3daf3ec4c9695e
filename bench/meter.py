"""What every bench prints beside its figures: the machine, the file system, the fsyncs."""

import os
import platform
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 3


def about(folder: Path) -> str:
    """Return the machine and the file system below *folder*."""
    kind = "?"
    best = ""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, mount, found, *_ = line.split(" ")
        if folder.resolve().is_relative_to(mount) and len(mount) >= len(best):
            best, kind = mount, found
    cpus = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cpus} CPUs, Python {platform.python_version()}, {kind} at {best}"


@contextmanager
def counted_syncs() -> Iterator[Counter[str]]:
    """Count fsync and fdatasync while the block runs."""
    counts: Counter[str] = Counter()
    real = {name: getattr(os, name) for name in ("fsync", "fdatasync")}

    def counting(name: str) -> Callable[[int], None]:
        def call(fd: int) -> None:
            counts[name] += 1
            real[name](fd)

        return call

    for name in real:
        setattr(os, name, counting(name))
    try:
        yield counts
    finally:
        for name, call in real.items():
            setattr(os, name, call)


def rates(ways: dict[str, Callable[[int], int]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Run every way in turn, *rounds* times; return units a second of each run."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            units = way(number)
            found[name].append(units / (time.perf_counter() - began))
    return found


def table(title: str, found: dict[str, list[float]], unit: str, floor: str) -> None:
    """Print a rate a row, with its ratio to the floor's."""
    print(f"\n{title}\n{'':<44}{unit:>12}{'min..max':>20}{'x floor':>10}")
    base = statistics.median(found[floor])
    for name, values in found.items():
        middle = statistics.median(values)
        spread = f"{min(values):,.0f}..{max(values):,.0f}"
        print(f"{name:<44}{middle:>12,.0f}{spread:>20}{middle / base:>10.2f}")
