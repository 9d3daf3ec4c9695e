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
from archive.disk.database import Database
from archive.disk.lock import Lock, holder
from archive.draft import Draft, Mention, Showing
from archive.errors import ArchiveError, Broken, Busy, Damaged, NotKept, ReadOnly, Unkeepable, refused_by_disk
from archive.keeping import Kept
from archive.ports import Both, Card, Either, Every, Journal, Line, Run, Wanted, refuse_gap
from archive.schema import json_schema
from archive.store import Archive, Found
from archive.verify import verify

__all__ = [
    "QUALITIES",
    "Alias",
    "Archive",
    "ArchiveError",
    "Article",
    "Attachment",
    "Author",
    "Both",
    "Broken",
    "Busy",
    "Card",
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
    "Quality",
    "Raw",
    "ReadOnly",
    "Run",
    "Showing",
    "Source",
    "Unkeepable",
    "Wanted",
    "connect",
    "holder",
    "json_schema",
    "refuse_gap",
    "refused_by_disk",
    "verify",
]
