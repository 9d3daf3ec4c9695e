"""What became of articles, in the catalog: which were merged, and which were taken back."""

from collections.abc import Sequence
from sqlite3 import Connection

import msgspec

from archive.cards import Line
from archive.disk.database import Database
from archive.fate.unions import InUnions, Joint, Unions
from archive.record.article import Alias, Tombstone
from archive.record.provenance import Gone

SCHEMA = """
CREATE TABLE joint(part BLOB PRIMARY KEY, whole BLOB, decision INTEGER) WITHOUT ROWID;
CREATE TABLE gone(article BLOB PRIMARY KEY, seq INTEGER, withheld INTEGER, why BLOB) WITHOUT ROWID;
"""


class Fates(InUnions):
    """The part of the catalog that knows what became of articles."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.read_unions()

    def read_unions(self) -> None:
        """Read what was merged: by hand, so these are few, and are held in memory."""
        found = Unions()
        for part, whole, decision in self._db.rows("SELECT part, whole, decision FROM joint"):
            found.put(id_text(part), Joint(id_text(whole), decision))
        self._unions = found

    def tombstone(self, article: str) -> Gone | None:
        """Return why *article* itself was taken back, or None where it stands."""
        row = self._db.row("SELECT why FROM gone WHERE article=?", (id_bytes(article),))
        return msgspec.json.decode(row[0], type=Gone) if row else None


def put_joint(connection: Connection, record: Alias) -> None:
    """Take in what an alias line says of a merge or a split; the later decision counts."""
    part, decision = record.archive.of, record.archive.decision
    if part is not None and decision is not None:
        connection.execute(
            "INSERT INTO joint VALUES(?,?,?) ON CONFLICT(part) DO UPDATE SET whole=excluded.whole, "
            "decision=excluded.decision WHERE excluded.decision>decision",
            (id_bytes(part), id_bytes(record.id), decision),
        )


def put_tombstone(connection: Connection, line: Line, record: Tombstone, newest: int) -> None:
    """Take in a tombstone, unless a later revision has ended it; what is withheld is so for good.

    newest   seq of the article's newest revision
    """
    gone = record.archive.gone
    if gone.withheld or newest < line.seq:
        connection.execute(
            "INSERT INTO gone VALUES(?,?,?,?) ON CONFLICT(article) DO UPDATE SET seq=excluded.seq, "
            "withheld=excluded.withheld, why=excluded.why WHERE NOT withheld",
            (id_bytes(record.id), line.seq, gone.withheld, msgspec.json.encode(gone)),
        )


def end_tombstones(connection: Connection, revised: Sequence[tuple[bytes, int]]) -> None:
    """Take away the tombstones of articles that their sources show anew: (id, seq of the newest revision)."""
    if connection.execute("SELECT 1 FROM gone LIMIT 1").fetchone() is not None:
        connection.executemany("DELETE FROM gone WHERE article=? AND seq<? AND NOT withheld", revised)


def id_bytes(article: str) -> bytes | None:
    """Return the sixteen bytes of an id, or None where it is none of ours."""
    try:
        key = bytes.fromhex(article.removeprefix("urn:uuid:").replace("-", ""))
    except ValueError:
        return None
    return key if len(key) == 16 else None


def id_text(key: bytes) -> str:
    """Return the id of sixteen bytes."""
    text = key.hex()
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
