"""450 honest sources, alone and beside 50 that drip: how much longer the honest ones take, round by round.

Settings are the defaults: 8 workers, a deadline of 60 s. The servers are a process of
their own on loopback; an honest one takes DELAY to answer. Drips come in the head, in
the body, and as nothing at all, in turn. Between rounds all sources are due at once,
the hostile ones too: in life their failures would let them be asked less often.
"""

import asyncio
import contextlib
import json
import multiprocessing
import random
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from feeds.config import load
from feeds.net import Door, Gate
from feeds.office.bureau import Bureau
from feeds.rounds import Tally, begin, one_round

HONEST, HOSTILE, DELAY, ROUNDS = 450, 50, 0.05, 3


def _feed(number: int) -> bytes:
    items = [
        {
            "id": f"{number}-{one}",
            "url": f"http://127.0.0.1/{number}/{one}",
            "content_text": f"word{number} word{one} " * 100,
        }
        for one in range(5)
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": items}).encode()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            while (await reader.readline()).strip():
                pass
            kind, number = line.split()[1].decode().strip("/").split("/")
            if kind != "honest":
                await _drip(writer, int(number) % 3)
            await asyncio.sleep(DELAY)
            body = _feed(int(number))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/feed+json\r\nContent-Length: ")
            writer.write(b"%d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _drip(writer: asyncio.StreamWriter, how: int) -> None:
    writer.write((b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\n\r\n{", b"")[how])
    while True:
        writer.write((b"a", b" ", b"")[how])
        await writer.drain()
        await asyncio.sleep(0.5)


def _serve(tell: Connection) -> None:
    async def run() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=1024)
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


class _Watch:
    """Notes when all honest sources were polled; ends the last round there."""

    def __init__(self, *, last: bool) -> None:
        self._began, self._last = time.monotonic(), last
        self.took = 0.0

    def __call__(self, tally: Tally) -> None:
        if not self.took and sum(name.startswith("honest") for name in tally.sources) == HONEST:
            self.took = time.monotonic() - self._began
            if self._last:
                raise KeyboardInterrupt


def measure(home: Path, port: int, hostile: int, rounds: int, fetch: str = "{}") -> list[float]:
    """Return the seconds until all honest sources were polled, for each round.

    Each round but the last goes on until the hostile ones have met their bounds.
    """
    names = [f"honest/{n}" for n in range(HONEST)] + [f"hostile/{n}" for n in range(hostile)]
    random.Random(5).shuffle(names)
    sources = "".join(
        f"  - {{feed: 'http://127.0.0.1:{port}/{name}', name: {name.replace('/', '-')}, "
        "allow_private: [127.0.0.0/8], pages: never}\n"
        for name in names
    )
    (home / "config.yaml").write_text(f"data: data\nfetch: {fetch}\nsources:\n{sources}topics: {{}}\n")
    bureau = Bureau(load(home / "config.yaml"), door=Door("bench", gate=Gate(0.0)))
    begin(bureau)
    found: list[float] = []
    try:
        for number in range(rounds):
            bureau.ledger.hasten(bureau.clock.now())
            watch = _Watch(last=number == rounds - 1)
            with contextlib.suppress(KeyboardInterrupt):
                one_round(bureau, watch)
            found.append(watch.took)
            print(
                f"  {hostile} that drip, round {number + 1}: {watch.took:.1f} s", file=sys.stderr, flush=True
            )
    finally:
        bureau.close()
    return found


def compare(fetch: str = "{}", rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Return the seconds of each round, of the honest alone and beside the hostile."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        port = ours.recv()
        with (
            tempfile.TemporaryDirectory() as first,
            tempfile.TemporaryDirectory() as alone,
            tempfile.TemporaryDirectory() as beside,
        ):
            measure(Path(first), port, 0, 1, fetch)  # What is imported, and what the system has to learn.
            return (
                measure(Path(alone), port, 0, rounds, fetch),
                measure(Path(beside), port, HOSTILE, rounds, fetch),
            )
    finally:
        server.terminate()
        server.join()


def main() -> None:
    """Print the table."""
    fetch = (
        f"{{deadline: {sys.argv[-1]}}}" if sys.argv[-1].endswith("s") and sys.argv[-1][0].isdigit() else "{}"
    )
    alone, beside = compare(fetch)
    print(
        f"fairness: {HONEST} honest sources of {DELAY * 1000:g} ms, beside {HOSTILE} that drip; fetch: {fetch}"
    )
    for number, (a, b) in enumerate(zip(alone, beside, strict=True), 1):
        print(f"  round {number}: alone {a:5.1f} s, beside them {b:5.1f} s, slower by {b / a - 1:6.1%}")


if __name__ == "__main__":
    main()
