"""A line of the articles journal -> the names and keys by which it is found again."""

import hashlib
from collections.abc import Iterator

from archive.cards import Facts, Named
from archive.knowing import identity
from archive.record.article import Alias, Article, Record, Tombstone, decode
from archive.text.words import plain


def named(line: Article | Alias) -> Named:
    """Return what the line's source calls the article: of merged ones that whose name it is."""
    source = line.archive.source
    return Named(
        article=line.archive.of or line.id,
        source=source.key,
        guid=source.guid,
        loose=identity.loose_guid(source.guid) if source.guid else None,
        url_key=line.archive.url_key,
        fragment=identity.fragment(line.url) if line.url else "",
        digest=source.entry_sha256,
    )


def read(body: bytes) -> Facts | None:
    """Return what the catalog takes from the body of a line, or None where it is no record."""
    record = decode(body)
    return facts(record) if record is not None else None


def facts(line: Record) -> Facts:
    """Return what the catalog takes from a line."""
    if isinstance(line, Tombstone):
        return Facts(line)
    name = named(line)
    names = tuple(keys_of(name))
    if isinstance(line, Alias):
        return Facts(line, name, names=names)
    title_key = plain(line.title or "")
    return Facts(line, name, title_key, names, tuple(_content_keys(line, name, title_key)))


def keys_of(name: Named) -> Iterator[str]:
    """Yield the keys under which a name is looked up."""
    if name.guid:
        yield guid(name.source, name.guid)
    if name.loose:
        yield loose(name.source, name.loose)
    if name.url_key:
        yield address(name.url_key)
    if name.is_nameless and name.digest:
        yield digest(name.source, name.digest)


def _content_keys(line: Article, name: Named, title_key: str) -> Iterator[str]:
    """Yield the keys under which a revision is looked up by what it says."""
    if line.title or name.is_nameless:
        yield title(name.source, title_key, line.date_published)
    yield content(line.archive.content_sha256)
    if line.archive.source.via == "file" and line.archive.raw is not None:
        yield file_bytes(line.archive.raw.sha256)


def guid(source: str, value: str) -> str:
    """Return the key of a guid of one source."""
    return f"g\n{source}\n{value}"


def loose(source: str, value: str) -> str:
    """Return the key of a guid without scheme, host and `#n`."""
    return f"l\n{source}\n{value}"


def address(url_key: str) -> str:
    """Return the key of an address of any source."""
    return f"u\n{url_key}"


def digest(source: str, sha256: str) -> str:
    """Return the key of an entry of one source that has no name, by its digest."""
    return f"e\n{source}\n{sha256}"


def title(source: str, title_key: str, date: str | None) -> str:
    """Return the key of a title of one source with its date."""
    return f"t\n{source}\n{title_key}\n{date or ''}"


def content(sha256: str) -> str:
    """Return the key of a content."""
    return f"c\n{sha256}"


def file_bytes(sha256: str) -> str:
    """Return the key of the bytes of a local file."""
    return f"b\n{sha256}"


def number(key: str) -> int:
    """Return the 63-bit number that stands for *key* in an index.

    Two keys meet in one number once in 9e18 pairs; who looks a name up compares
    the name itself as well.
    """
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
