"""What the catalog must forget, and what it keeps of it: rows in, rows out of one SQLite file."""

from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection

from archive.cards import Line
from archive.disk import intake
from archive.disk.database import Database
from archive.disk.fates import id_bytes
from archive.disk.keys import FIND, Keys
from archive.fate import erased

SCHEMA = "CREATE TABLE erased(key BLOB PRIMARY KEY, article TEXT) WITHOUT ROWID;"


def note(connection: Connection, article: str, digests: Collection[str]) -> None:
    """Note the digests that keep an erased article out."""
    for digest in (*digests, erased.sign(erased.id_name(article))):
        connection.execute("INSERT OR IGNORE INTO erased VALUES(?,?)", (bytes.fromhex(digest), article))


def erase(db: Database, index: Keys, article: str, digests: Collection[str], given: Collection[int]) -> None:
    """Let nothing of an article be left in the file; in the index of keys are numbers that lead nowhere then."""
    key = id_bytes(article)
    find = f"SELECT number FROM article WHERE number IN ({FIND}) AND id=?3"
    row = db.row(find, (*index.asking(intake.id_number(key)), key)) if key is not None else None
    with db.transaction() as connection:
        note(connection, article, digests)
        connection.execute("DELETE FROM gone WHERE article=?", (key,))
        connection.executemany("DELETE FROM revision WHERE seq=?", [(seq,) for seq in given])
        if row is not None:
            connection.execute("DELETE FROM name WHERE article=?", row)
            connection.execute("DELETE FROM revision WHERE article=?", row)
            connection.execute("DELETE FROM article WHERE number=?", row)
    db.scrub()


def kept_out(db: Database, names: Iterable[str]) -> dict[str, str]:
    """Return which of *names* are those of erased articles, and of which; where none is, they are not looked at."""
    if db.row("SELECT 1 FROM erased LIMIT 1") is None:
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
