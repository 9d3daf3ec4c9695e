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
    Extract,
    Http,
    Origin,
    Quality,
    Raw,
    Source,
)
from archive.connect import connect
from archive.diff import Comparison, Part, Passage, compare
from archive.disk.database import Database
from archive.disk.lock import Lock, holder
from archive.draft import Draft, Mention, Showing
from archive.errors import ArchiveError, Busy, Damaged, NotKept, ReadOnly, Unkeepable
from archive.keeping import Kept
from archive.pieces import count_words
from archive.ports import Card, Journal, Line, refuse_gap
from archive.press import Pace
from archive.schema import json_schema
from archive.store import Archive, Found
from archive.verify import verify
from archive.wanted import Both, Either, Every, Run, Wanted

__all__ = [
    "QUALITIES",
    "Alias",
    "Archive",
    "ArchiveError",
    "Article",
    "Attachment",
    "Author",
    "Both",
    "Busy",
    "Card",
    "Comparison",
    "Content",
    "Damaged",
    "Database",
    "Draft",
    "Either",
    "Every",
    "Extract",
    "Found",
    "Http",
    "Journal",
    "Kept",
    "Line",
    "Lock",
    "Mention",
    "NotKept",
    "Origin",
    "Pace",
    "Part",
    "Passage",
    "Quality",
    "Raw",
    "ReadOnly",
    "Run",
    "Showing",
    "Source",
    "Unkeepable",
    "Wanted",
    "compare",
    "connect",
    "count_words",
    "holder",
    "json_schema",
    "refuse_gap",
    "verify",
]
