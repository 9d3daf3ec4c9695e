"""What is kept: articles as normalized JSON, in journals that prove themselves.

Usable alone, as a library; knows nothing of feeds.

    from archive import connect
    for found in connect(Path("data"), writable=False).since(0, 10):
        print(found.record)
"""

from archive.article import (
    QUALITIES,
    Alias,
    Article,
    Attachment,
    Author,
    Content,
    Origin,
    Tombstone,
)
from archive.backup import CONFIG, Backup, Copied, Record, bring_back
from archive.cards import Card, Line
from archive.connect import connect
from archive.diff import Comparison, Part, Passage, compare
from archive.disk.backed_up import read as backup_record
from archive.disk.database import Database
from archive.disk.database import take_away as take_index_away
from archive.disk.lock import Lock, holder
from archive.draft import Deletion, Draft, Mention, Shelf, Showing
from archive.element import Element
from archive.erasing import Erasure
from archive.errors import (
    ArchiveError,
    Broken,
    Busy,
    Damaged,
    Nameless,
    NotKept,
    ReadOnly,
    Unkeepable,
    Unreadable,
    refused_by_disk,
)
from archive.keeping import Kept
from archive.pieces import count_words
from archive.ports import Journal, refuse_gap
from archive.press import Pace
from archive.provenance import Extract, Gone, Http, Quality, Raw, Reason, Source
from archive.repair import MARKER, Mended, Plan, mend, plan_of, restored
from archive.schema import json_schema
from archive.store import Archive, Found
from archive.verify import CODES, FULL, QUICK, Depth, Flaw, Report, sample, short, verify
from archive.wanted import Both, Either, Every, Run, Wanted

__all__ = [
    "CODES",
    "CONFIG",
    "FULL",
    "MARKER",
    "QUALITIES",
    "QUICK",
    "Alias",
    "Archive",
    "ArchiveError",
    "Article",
    "Attachment",
    "Author",
    "Backup",
    "Both",
    "Broken",
    "Busy",
    "Card",
    "Comparison",
    "Content",
    "Copied",
    "Damaged",
    "Database",
    "Deletion",
    "Depth",
    "Draft",
    "Either",
    "Element",
    "Erasure",
    "Every",
    "Extract",
    "Flaw",
    "Found",
    "Gone",
    "Http",
    "Journal",
    "Kept",
    "Line",
    "Lock",
    "Mended",
    "Mention",
    "Nameless",
    "NotKept",
    "Origin",
    "Pace",
    "Part",
    "Passage",
    "Plan",
    "Quality",
    "Raw",
    "ReadOnly",
    "Reason",
    "Record",
    "Report",
    "Run",
    "Shelf",
    "Showing",
    "Source",
    "Tombstone",
    "Unkeepable",
    "Unreadable",
    "Wanted",
    "backup_record",
    "bring_back",
    "compare",
    "connect",
    "count_words",
    "holder",
    "json_schema",
    "mend",
    "plan_of",
    "refuse_gap",
    "refused_by_disk",
    "restored",
    "sample",
    "short",
    "take_index_away",
    "verify",
]
