"""Opens an archive in a process of its own, as often as it takes, and says what can be found in it.

    python -m tests.faults.opener DATA [keep|again|erase]

Prints `refused WHY` for each opening that fails, of three; then `articles NUMBER`, `blobs NUMBER`, `unread WHY`
for each file that is passed over, and with *keep* `kept SEQ` of an article that is new, with *again* of one that was kept before.
"""

import sys
from pathlib import Path

from archive import Archive, ArchiveError, Damaged, NotKept
from tests.builders import TurnedClock
from tests.faults.keeper import say
from tests.faults.stores import Told, keep_one, open_archive


def opened(data: Path) -> Archive | None:
    clock = TurnedClock()
    clock.advance(days=9)
    for _ in range(3):
        try:
            return open_archive(data, clock)
        except (ArchiveError, OSError) as error:
            say("refused", error)
    return None


def has_bytes(archive: Archive, article: str) -> bool:
    record = archive.get(article)
    try:
        return record.archive.raw is not None and bool(archive.blob(record.archive.raw.sha256))
    except (NotKept, Damaged):
        return False


def main(data: Path, also: str) -> None:
    archive = opened(data)
    if archive is None:
        sys.exit(3)
    cards = archive.newest(100)
    say("articles", len(cards))
    say("blobs", sum(has_bytes(archive, card.id) for card in cards))
    for why in archive.unread():
        say("unread", why)
    if also in {"keep", "again"}:
        keep_one(archive, Told(), "new" if also == "keep" else "d0n0")
        say("kept", archive.newest(1)[0].seq)
    if also == "erase":
        try:
            archive.erase(cards[0].id, "2026-02-01T00:00:00Z")
            say("erased")
        except ArchiveError as error:
            say("not-erased", error)
    archive.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
