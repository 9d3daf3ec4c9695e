"""Lines of the articles journal, as an index is handed them."""

import hashlib

from archive.cards import Line, Named
from archive.knowing.identity import url_key
from archive.ports import Lookups
from archive.record.article import Alias, AliasOf, Archival, Article, Record, content_sha256, encode
from archive.record.provenance import Extract, Raw, Source

KEY = "https://feed.example/rss"


def called(catalog: Lookups, key: str) -> list[Named]:
    return catalog.called([key]).get(key, [])


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def article(number: int, rev: int = 1, **changes: object) -> Article:
    facts: dict[str, object] = {
        "guid": f"guid{number}",
        "url": f"https://site.example/{number}",
        "title": f"Title {number}",
        "text": f"Text of {number} in revision {rev}",
        "source": KEY,
        "date": None,
    } | changes
    text, url = str(facts["text"]), facts["url"]
    return Article(
        id=f"urn:uuid:{number:08d}-0000-8000-8000-000000000000",
        url=url if isinstance(url, str) else None,
        title=str(facts["title"]),
        content_text=text,
        date_published=facts["date"],  # type: ignore[arg-type]
        archive=Archival(
            rev=rev,
            content_sha256=content_sha256(str(facts["title"]), text),
            first_seen="2026-01-05T08:00:00Z",
            fetched=f"2026-01-05T08:0{rev}:00Z",
            url_key=url_key(url) if isinstance(url, str) else None,
            cause="new",
            source=Source(
                key=str(facts["source"]), via="file", guid=facts["guid"], entry_sha256=f"{number:064x}"
            ),  # type: ignore[arg-type]
            raw=Raw(sha256=digest(text.encode()), bytes=1, mime_type="text/plain"),
            extract=Extract(name="t", version="0", quality="full", words=len(text.split())),
        ),
    )


def alias(number: int, guid: str, source: str = "https://other.example/") -> Alias:
    about = AliasOf(at="2026-01-05T08:00:00Z", source=Source(key=source, via="feed", guid=guid))
    return Alias(id=f"urn:uuid:{number:08d}-0000-8000-8000-000000000000", archive=about)


def lines(*records: Record, start: int = 1) -> list[Line]:
    return [Line(start + n, f"place {start + n}", encode(record)) for n, record in enumerate(records)]
