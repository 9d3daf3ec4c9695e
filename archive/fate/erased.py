"""What stands in the place of an erased article's lines: its id, and digests that keep it out."""

import hashlib
from collections.abc import Collection

import msgspec


class _ErasedOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    kind: str = msgspec.field(default_factory=lambda: "erased")
    at: str
    keys: tuple[str, ...] = msgspec.field(default_factory=lambda: ())
    whole: str | None = None
    rev: int | None = None


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the place of every line of an erased article.

    keys         digests of the names under which it would be found again, see `sign`
    whole, rev   the line was this revision of another article, which it was part of then
    """

    id: str
    archive: _ErasedOf = msgspec.field(name="_archive")

    @property
    def keys(self) -> tuple[str, ...]:
        """The digests of its names."""
        return self.archive.keys


_MARK = b'"kind":"erased"'
_HEAD = 128
_decode = msgspec.json.Decoder(Erased).decode


def body_of(article: str, at: str, keys: Collection[str], given: tuple[str, int] | None = None) -> bytes:
    """Return the body of the line that stands for an erased article, or for a revision it had *given* another."""
    whole, rev = given or (None, None)
    about = _ErasedOf(at=at, keys=tuple(sorted(keys)), whole=whole, rev=rev)
    return msgspec.json.encode(Erased(id=article, archive=about))


def read(body: bytes) -> Erased | None:
    """Return what a line says of an erased article, or None for any other line."""
    if _MARK not in body[:_HEAD]:
        return None
    try:
        return _decode(body)
    except msgspec.DecodeError:
        return None


def sign(name: str) -> str:
    """Return the digest that stands for a name: it tells nothing to who does not know the name."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def id_name(article: str) -> str:
    """Return the name that stands for an article's own id, which is never given again."""
    return f"id\n{article}"
