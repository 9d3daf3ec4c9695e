"""What is kept: articles as normalized JSON, in journals that prove themselves.

Usable alone, as a library; knows nothing of feeds.

    from archive import connect
    for found in connect(Path("data"), writable=False).since(0, 10):
        print(found.record)

A name is imported when it is first asked for: who reads an article needs no mender,
and what only parses feeds needs no index.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from archive.verify import verify

if TYPE_CHECKING:
    from archive.backup import CONFIG, Backup, Copied, Record, bring_back
    from archive.cards import Card, Line
    from archive.connecting import connect
    from archive.disk.backed_up import read as backup_record
    from archive.disk.database import Database
    from archive.disk.database import take_away as take_index_away
    from archive.disk.lock import Lock, holder
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
    from archive.fate.erasing import Erasure
    from archive.keeping.kept import Kept
    from archive.keeping.press import Pace
    from archive.keeping.showing import Company, Deletion, Showing
    from archive.ports import Journal, refuse_gap
    from archive.record.article import (
        QUALITIES,
        Alias,
        Archival,
        Article,
        Attachment,
        Author,
        Content,
        Origin,
        Tombstone,
    )
    from archive.record.draft import Draft, Mention, Shelf
    from archive.record.element import Element
    from archive.record.provenance import Extract, Gone, Http, Quality, Raw, Reason, Rights, Source
    from archive.record.schema import json_schema
    from archive.repair import Mended, Plan, mend, plan_of
    from archive.repair.restored import MARKER, restored
    from archive.store import Archive, Found
    from archive.text.diff import Comparison, Part, Passage, compare
    from archive.text.pieces import count_words
    from archive.verify.around import short
    from archive.verify.depth import FULL, QUICK, Depth, sample
    from archive.verify.flaws import CODES, Flaw, Report
    from archive.wanted import Both, Either, Every, Run, Wanted

__all__ = [
    "CODES",
    "CONFIG",
    "FULL",
    "MARKER",
    "QUALITIES",
    "QUICK",
    "Alias",
    "Archival",
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
    "Company",
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
    "Rights",
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

_ROOMS = {
    "record.article": "QUALITIES Alias Archival Article Attachment Author Content Origin Tombstone",
    "backup": "CONFIG Backup Copied Record bring_back",
    "cards": "Card Line",
    "connecting": "connect",
    "text.diff": "Comparison Part Passage compare",
    "disk.backed_up": "backup_record=read",
    "disk.database": "Database take_index_away=take_away",
    "disk.lock": "Lock holder",
    "record.draft": "Draft Mention Shelf",
    "record.element": "Element",
    "fate.erasing": "Erasure",
    "errors": "ArchiveError Broken Busy Damaged Nameless NotKept ReadOnly Unkeepable Unreadable refused_by_disk",
    "keeping.kept": "Kept",
    "text.pieces": "count_words",
    "ports": "Journal refuse_gap",
    "keeping.press": "Pace",
    "record.provenance": "Extract Gone Http Quality Raw Reason Rights Source",
    "repair": "Mended Plan mend plan_of",
    "repair.restored": "MARKER restored",
    "record.schema": "json_schema",
    "keeping.showing": "Company Deletion Showing",
    "store": "Archive Found",
    "verify.around": "short",
    "verify.depth": "FULL QUICK Depth sample",
    "verify.flaws": "CODES Flaw Report",
    "wanted": "Both Either Every Run Wanted",
}
"""Where each name is at home; `take_index_away=take_away`: it has another name there."""
_HOMES = {
    name.partition("=")[0]: (room, name.rpartition("=")[2])
    for room, names in _ROOMS.items()
    for name in names.split()
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'archive' has no attribute {name!r}")
    room, there = _HOMES[name]
    found = globals()[name] = getattr(import_module(f"archive.{room}"), there)
    return found
