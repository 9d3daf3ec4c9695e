"""Durable keeping (blob pack, journal, catalog) against a file an article and against rows in SQLite."""

import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from archive import Content, Draft, Extract, Origin, Raw, Showing, Source, connect
from archive.cards import Facts
from archive.keeping.press import Chunk, Press, chunk_of
from archive.knowing import naming
from archive.knowing.identity import article_id, guid_key, url_key
from archive.opened import Ports
from archive.record.article import Archival, Article, content_sha256, encode
from bench.meter import ROUNDS, about, counted_syncs, rates, table

COUNT = 3000
BATCH = 100
WORDS = 440
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
FILE, ROWS = "one file an article, fsync, rename, fsync", "SQLite rows, batches of 100"
PORTS, WHOLE = "newsweir, the ports alone", "newsweir, the whole keep with its ladder"
_SYLLABLES = [
    a + b
    for a in ("b", "d", "f", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "tr", "")
    for b in "aeiou"
]
_CHANCE = random.Random(11)
_WORDS = ["".join(_CHANCE.choices(_SYLLABLES, k=_CHANCE.choice((1, 2, 2, 3, 3, 4)))) for _ in range(20_000)]
_WEIGHTS = list(accumulate(1 / rank for rank in range(1, len(_WORDS) + 1)))
"""As in a language: the second word half as often as the first, and so on (Zipf)."""


def drafts(seed: int, count: int, start: int = 0) -> Iterator[Draft]:
    """Yield articles that are about 6 KB as they are written, with 3 KB of bytes of their own."""
    chance = random.Random(f"{seed} {start}")
    for number in range(start, start + count):
        text = " ".join(chance.choices(_WORDS, cum_weights=_WEIGHTS, k=WORDS))
        url = f"https://site{seed}.example/2026/01/05/article-{number}"
        raw = f"<item><title>{number}</title><link>{url}</link><description>{text}</description></item>".encode()
        digest = hashlib.sha256(raw).hexdigest()
        source = Source(
            key=f"https://site{seed}.example/rss.xml",
            via="feed",
            feed_title=f"Site {seed}",
            guid=url,
            entry_sha256=digest,
        )
        yield Draft(
            Content(
                url=url,
                title=f"Title {seed} of article {number}",
                content_text=text,
                content_html=f"<p>{text}</p>",
                date_published="2026-01-05T07:00:00Z",
                language="en",
            ),
            Origin(
                source=source,
                fetched="2026-01-05T08:00:00Z",
                date_source="feed",
                raw=Raw(sha256=digest, bytes=len(raw), mime_type="application/xml"),
                extract=Extract(name="bench", version="0", quality="full", words=WORDS),
            ),
            raw,
        )


def record(draft: Draft) -> Article:
    """Return the first revision of *draft*, as if the ladder had said that it is new."""
    content, origin = draft.content, draft.origin
    key = guid_key(origin.source.key, origin.source.guid or "")
    return Article(
        id=article_id(key),
        url=content.url,
        title=content.title,
        content_text=content.content_text,
        content_html=content.content_html,
        date_published=content.date_published,
        language=content.language,
        archive=Archival(
            source=origin.source,
            fetched=origin.fetched,
            date_source=origin.date_source,
            raw=origin.raw,
            extract=origin.extract,
            rev=1,
            content_sha256=content_sha256(content.title, content.content_text),
            first_seen=origin.fetched,
            url_key=url_key(content.url or ""),
            cause="new",
        ),
    )


Ready = tuple[Article, Facts, bytes]
"""An article as the ladder hands it on: its record, what of it was read to decide, its own bytes."""


def ready(draft: Draft) -> Ready:
    """Return *draft* as decided."""
    one = record(draft)
    return one, naming.facts(one), draft.raw or b""


def through_ports(press: Press, ports: Ports, made: list[Ready], batch: int = BATCH) -> None:
    """Make *made* durable and findable batch by batch, as they come."""

    def chunks() -> Iterator[Chunk]:
        for at in range(0, len(made), batch):
            part = made[at : at + batch]
            facts = [facts for _, facts, _ in part]
            raw = {one.archive.raw.sha256: data for one, _, data in part if one.archive.raw}
            yield chunk_of(ports, facts, [encode(one) for one, _, _ in part], raw, set())

    for _ in press.run(ports, chunks()):
        pass


def into_files(folder: Path, bodies: list[bytes]) -> None:
    """Write each body to a file of its own: temporary file, fsync, rename, fsync of the folder."""
    folder.mkdir()
    where = os.open(folder, os.O_RDONLY)
    for number, body in enumerate(bodies):
        path = folder / f"{number}.json"
        with Path(f"{path}.tmp").open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.tmp", path)
        os.fsync(where)
    os.close(where)


class Rows:
    """Plain rows in SQLite, WAL and synchronous=FULL: the record, and its own bytes."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE article(id TEXT PRIMARY KEY, body BLOB, raw BLOB)")

    def put(self, rows: list[tuple[str, bytes, bytes]]) -> None:
        """Make one batch durable."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO article VALUES(?,?,?)", rows)
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR", str(Path.cwd()))))
    shown = {seed: list(drafts(seed, COUNT)) for seed in range(2 * ROUNDS)}
    made = {seed: [ready(draft) for draft in shown[seed]] for seed in shown}
    size = sum(len(encode(one)) for one, _, _ in made[0]) // COUNT
    own = sum(len(raw) for _, _, raw in made[0]) // COUNT
    print(
        f"keep: {about(folder)}; {COUNT} articles of {size} bytes and {own} of their own, {BATCH} a batch; "
        "SQLite with WAL and synchronous=FULL"
    )
    archive = connect(folder / "data", linger=0.0)
    press = Press(lambda: NOW)
    syncs: dict[str, int] = {ROWS: COUNT // BATCH}

    def counted(name: str, work: Callable[[], None], units: int = COUNT) -> int:
        with counted_syncs() as counts:
            work()
        syncs[name] = syncs.get(name, 0) or counts.total() * COUNT // units
        return units

    def keep(seed: int) -> None:
        for at in range(0, COUNT, BATCH):
            archive.keep([Showing(shown[seed][at : at + BATCH])])

    def rows(seed: int) -> None:
        database = Rows(folder / f"rows{seed}.sqlite")
        for at in range(0, COUNT, BATCH):
            database.put([(one.id, encode(one), raw) for one, _, raw in made[seed][at : at + BATCH]])
        database.close()

    def files(seed: int) -> None:
        into_files(folder / f"files{seed}", [encode(one) for one, _, _ in made[seed][: COUNT // 3]])

    found = rates(
        {
            FILE: lambda seed: counted(FILE, lambda: files(seed), COUNT // 3),
            ROWS: lambda seed: counted(ROWS, lambda: rows(seed)),
            PORTS: lambda seed: counted(
                PORTS,
                lambda: through_ports(press, archive._ports, made[ROUNDS + seed]),  # noqa: SLF001
            ),
            WHOLE: lambda seed: counted(WHOLE, lambda: keep(seed)),
        }
    )
    table("durable articles", found, "articles/s", ROWS)
    table("the same", found, "articles/s", FILE)
    print(f"syncs for {COUNT} articles: " + ", ".join(f"{name} {count}" for name, count in syncs.items()))
    press.close()
    archive.close()
    shutil.rmtree(folder)
