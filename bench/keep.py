"""Durable keeping (blob pack, journal, catalog) against a file an article and against rows in SQLite."""

import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

from archive import Content, Draft, Extract, Origin, Raw, Showing, Source, connect
from bench.meter import ROUNDS, about, counted_syncs, rates, table

COUNT = 3000
BATCH = 100
WORDS = [f"word{n}" for n in range(5000)]


def drafts(seed: int, count: int) -> list[Draft]:
    """Articles of about 6 KB as they are written."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        text = " ".join(chance.choices(WORDS, k=380))
        raw = f"<item><title>{number}</title><description>{text}</description></item>".encode()
        digest = hashlib.sha256(raw).hexdigest()
        source = Source(key=f"s{seed}", via="feed", guid=f"{seed}-{number}", entry_sha256=digest)
        found.append(
            Draft(
                Content(title=f"Title {seed} {number}", content_text=text, content_html=f"<p>{text}</p>"),
                Origin(
                    source=source,
                    fetched="2026-01-05T08:00:00Z",
                    raw=Raw(sha256=digest, bytes=len(raw), mime_type="application/xml"),
                    extract=Extract(name="bench", version="0", quality="full", words=380),
                ),
                raw,
            )
        )
    return found


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR", str(Path.cwd()))))
    print(
        f"keep: {about(folder)}; {COUNT} articles of about 6 KB, {BATCH} a batch, WAL and synchronous=FULL for SQLite"
    )
    archive = connect(folder / "data", linger=0.0)
    body = b"x" * 6000
    syncs: dict[str, int] = {}

    def noted(name: str, count: int) -> int:
        syncs[name] = count
        return COUNT

    ready = {seed: drafts(seed, COUNT) for seed in range(ROUNDS)}

    def ours(seed: int) -> int:
        made = ready[seed]
        with counted_syncs() as counts:
            for at in range(0, COUNT, BATCH):
                archive.keep([Showing(made[at : at + BATCH])])
        return noted("newsweir", counts.total())

    def files(seed: int) -> int:
        target = folder / f"files{seed}"
        target.mkdir()
        where = os.open(target, os.O_RDONLY)
        with counted_syncs() as counts:
            for number in range(COUNT // 3):
                path = target / f"{number}.json"
                with Path(f"{path}.tmp").open("wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(f"{path}.tmp", path)
                os.fsync(where)
        os.close(where)
        noted("one file an article, fsync, rename, fsync", counts.total())
        return COUNT // 3

    def rows(seed: int) -> int:
        database = sqlite3.connect(folder / f"rows{seed}.sqlite", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE article(id TEXT PRIMARY KEY, body BLOB)")
        for at in range(0, COUNT, BATCH):
            database.execute("BEGIN")
            database.executemany(
                "INSERT INTO article VALUES(?,?)", [(f"{seed}-{at + n}", body) for n in range(BATCH)]
            )
            database.execute("COMMIT")
        database.close()
        return COUNT

    found = rates(
        {
            "one file an article, fsync, rename, fsync": files,
            "SQLite rows, batches of 100": rows,
            "newsweir": ours,
        }
    )
    table("durable articles", found, "articles/s", "one file an article, fsync, rename, fsync")
    print("syncs a run: " + ", ".join(f"{name} {count}" for name, count in syncs.items()))
    archive.close()
    shutil.rmtree(folder)
