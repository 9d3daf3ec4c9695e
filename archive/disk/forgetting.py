"""What the catalog must forget, and what it keeps of it: rows in, rows out of one SQLite file."""

import uuid
from collections.abc import Collection, Sequence
from sqlite3 import Connection

from archive import erased
from archive.disk.database import Database
from archive.ports import Line

SCHEMA = "CREATE TABLE erased(key BLOB PRIMARY KEY, article TEXT) WITHOUT ROWID;"


def put_erased(connection: Connection, article: str, keys: Collection[str]) -> None:
    """Take the rows of an article away and note the digests that keep it out."""
    row = connection.execute("SELECT number FROM article WHERE id=?", (_id(article),)).fetchone()
    if row is not None:
        for table in ("key", "name", "revision"):
            connection.execute(f"DELETE FROM {table} WHERE article=?", row)
        connection.execute("DELETE FROM article WHERE number=?", row)
    for key in (*keys, erased.sign(erased.id_name(article))):
        connection.execute("INSERT OR IGNORE INTO erased VALUES(?,?)", (bytes.fromhex(key), article))


def erase(db: Database, article: str, keys: Collection[str]) -> None:
    """Let nothing of an article be left in the file."""
    with db.transaction() as connection:
        put_erased(connection, article, keys)
    db.scrub()


def kept_out(db: Database, names: Collection[str]) -> dict[str, str]:
    """Return which of *names* are those of erased articles, and of which."""
    if not names or db.row("SELECT 1 FROM erased LIMIT 1") is None:
        return {}
    find = "SELECT article FROM erased WHERE key=?"
    found = ((name, db.row(find, (bytes.fromhex(erased.sign(name)),))) for name in names)
    return {name: row[0] for name, row in found if row is not None}


def move(db: Database, lines: Sequence[Line]) -> None:
    """Note the new places of lines."""
    places = [(line.place, line.seq) for line in lines]
    with db.transaction() as connection:
        connection.executemany("UPDATE article SET place=? WHERE seq=?", places)
        connection.executemany("UPDATE revision SET place=? WHERE seq=?", places)


def forget_packs(db: Database, packs: Collection[str]) -> None:
    """Forget which blobs lay in these packs."""
    with db.transaction() as connection:
        for pack in packs:
            connection.execute("DELETE FROM blob WHERE pack=?", (pack,))
            connection.execute("DELETE FROM pack WHERE name=?", (pack,))


def _id(article: str) -> bytes:
    return uuid.UUID(article.removeprefix("urn:uuid:")).bytes
