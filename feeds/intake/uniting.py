"""What was decided on merges and splits -> carried out in the archive: once, whatever came between."""

from archive import faults
from feeds.curate.lines import Merge
from feeds.office.bureau import Bureau


def unite(bureau: Bureau) -> None:
    """Carry out the merges and splits that were decided and are not carried out yet.

    The decision is durable first; a crash may have come between, and a full disk.
    """
    for part, (seq, decision) in bureau.book.unions.items():
        done = bureau.archive.decided(part)
        if done is None or done[1] < seq:
            faults.at("union.decided")
            whole = decision.article if isinstance(decision, Merge) else part
            bureau.archive.unite(part, whole, seq, decision.at)
