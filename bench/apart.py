"""What a bench wants done in a process of its own: the site that is polled, and feedparser as it comes.

A poll does not pay for the site; and where newsweir has set feedparser up, it is another.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import feedparser

from tests.site import Asked, Page, Site

REPEATS = 15
_PATH = "/feed"
_ETAG = '"as it was"'


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve what `serve` puts into *folder*; hand out the address."""
    command = [sys.executable, "-m", "bench.apart", "site", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate()


def serve(folder: Path, body: bytes, *, tagged: bool = False) -> None:
    """Serve *body* from now on; *tagged* with a validator, by which it is not sent twice."""
    (folder / "tagged").unlink(missing_ok=True)
    (folder / "body").write_bytes(body)
    if tagged:
        (folder / "tagged").touch()


def feedparser_alone(folder: Path, body: bytes) -> tuple[float, float]:
    """Return the milliseconds that `feedparser.parse` takes for *body*, by the clock and of CPU."""
    (folder / "read").write_bytes(body)
    command = [sys.executable, "-m", "bench.apart", "feedparser", str(folder)]
    wall, cpu = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(wall), float(cpu)


def _serving(folder: Path) -> None:
    def page(_: Asked) -> Page:
        tag = _ETAG if (folder / "tagged").exists() else None
        return Page((folder / "body").read_bytes(), etag=tag)

    with Site() as here:
        here.pages[_PATH] = page
        print(here.url + _PATH, flush=True)
        sys.stdin.read()


def _reading(folder: Path) -> None:
    body = (folder / "read").read_bytes()
    took: list[tuple[float, float]] = []
    for _ in range(REPEATS):
        began, before = time.perf_counter(), time.process_time()
        feedparser.parse(body)
        took.append((time.perf_counter() - began, time.process_time() - before))
    assert "feeds.ingest" not in sys.modules
    print(*(statistics.median(column) * 1000 for column in zip(*took, strict=True)))


if __name__ == "__main__":
    _WHAT = {"site": _serving, "feedparser": _reading}
    _WHAT[sys.argv[1]](Path(sys.argv[2]))
