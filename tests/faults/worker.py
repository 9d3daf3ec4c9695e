"""Makes children that poll, archive and publish until they are killed.

Reads one JSON object a line, {"config", "fault", "rounds"}; for each it forks a
child (all is imported once) and says `born PID` and `ended STATUS` around what
the child itself puts on the same pipe.
"""

import json
import os
import sys
from pathlib import Path

from archive import faults
from archive.disk import blobs, journal
from feeds import events
from feeds.care.upkeep import seal
from feeds.config import load
from feeds.ingest.text import language
from feeds.model import Channel, Entry
from feeds.office.bureau import Bureau
from feeds.publish.pages.html import write_index
from feeds.rounds import begin, one_round
from feeds.settings import Site


def work(config: Path, fault: str, rounds: int) -> None:
    journal.SEGMENT_BYTES, blobs.PACK_BYTES = 40_000, 30_000  # So that there is always something to seal.
    faults.plan(fault)
    bureau = Bureau(load(config))
    begin(bureau)
    for _ in range(rounds):
        bureau.ledger.hasten(bureau.clock.now())
        one_round(bureau)
        seal(bureau)
    bureau.close()


def warm_up() -> None:
    """Load what is loaded at first use, so that no child has to."""
    language.of(Entry(), None, Channel(), "word " * 30)
    write_index([], Site())


def main() -> None:
    events.to_stderr(-1)
    warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work(Path(asked["config"]), asked["fault"], asked["rounds"])
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        events.say(f"born {child}")
        _, status = os.waitpid(child, 0)
        events.say(f"\nended {status}")


if __name__ == "__main__":
    main()
