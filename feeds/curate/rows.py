"""Where an article stands in a topic <-> a row of the index."""

from sqlite3 import Connection
from typing import Any

import msgspec

from feeds.curate.reasons import Shown
from feeds.curate.standing import Item

COLUMNS = (
    "topic, article, state, n, rev, guid, at, touched, published, updated, define, model, shown, until, reason, by, "
    "shows, gone, source, bumped"
)
_NAMES = tuple(COLUMNS.split(", "))
_SHOWN = msgspec.json.Decoder(Shown)
SCHEMA = """
CREATE TABLE item(
  topic TEXT, article TEXT, state TEXT, n INTEGER, rev INTEGER, guid TEXT, at TEXT, touched TEXT,
  published TEXT, updated TEXT, define INTEGER, model TEXT, shown TEXT, until TEXT, reason TEXT, by TEXT,
  shows TEXT, gone TEXT, source TEXT, bumped INTEGER, seq INTEGER, PRIMARY KEY(topic, article)) WITHOUT ROWID;
CREATE INDEX item_n ON item(topic, state, n);
CREATE INDEX item_article ON item(article, state);
CREATE INDEX item_at ON item(topic, state, at, article, rev);
CREATE INDEX item_until ON item(state, until);
CREATE INDEX item_bumped ON item(topic, bumped) WHERE bumped IS NOT NULL;
CREATE INDEX item_seq ON item(seq);
"""


def read_item(row: tuple[Any, ...]) -> Item:
    """Return the item that a row of COLUMNS holds."""
    values = dict(zip(_NAMES, row, strict=True))
    values["shown"] = _SHOWN.decode(values["shown"])
    return Item(**values)


def put_item(connection: Connection, item: Item, seq: int) -> None:
    """Put where an article stands since the line with this seq."""
    values = (
        item.topic,
        item.article,
        item.state,
        item.n,
        item.rev,
        item.guid,
        item.at,
        item.touched,
        item.published,
        item.updated,
        item.define,
        item.model,
        msgspec.json.encode(item.shown).decode(),
        item.until,
        item.reason,
        item.by,
        item.shows,
        item.gone,
        item.source,
        item.bumped,
        seq,
    )
    marks = ",".join("?" * len(values))
    connection.execute(f"INSERT OR REPLACE INTO item({COLUMNS}, seq) VALUES({marks})", values)
