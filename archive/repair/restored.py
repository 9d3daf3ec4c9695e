"""What a repair brings back -> noted before it is there, until whoever opens the archive has carried it on."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from archive.disk import files

MARKER = "RESTORED.json"
"""Says what came back, until that is carried on: topics are told of articles, erasures done anew."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair brought back, until it is carried on.

    articles   lines of which the topics are to be told
    erased     articles that were erased: lines of other journals that came back may quote them
    """

    articles: tuple[int, ...] = ()
    erased: tuple[str, ...] = ()


def note(root: Path, seqs: Sequence[int], erased: Sequence[str]) -> None:
    """Note what comes back, before it does: whoever opens the archive next carries that on."""
    known = restored(root)
    found = Restored(
        articles=tuple(sorted({*known.articles, *seqs})), erased=tuple(sorted({*known.erased, *erased}))
    )
    files.replace_durably(root / MARKER, msgspec.json.encode(found))


def restored(root: Path) -> Restored:
    """Return what came back and was not carried on yet."""
    try:
        return msgspec.json.decode((root / MARKER).read_bytes(), type=Restored)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Restored()
