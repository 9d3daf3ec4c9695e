"""What stands around the journals -> what is missing, what belongs nowhere, what is in quarantine."""

import re
from collections.abc import Mapping
from pathlib import Path

from archive.disk import backed_up, nameplate, segments
from archive.errors import ArchiveError
from archive.verify.chain import lines_from
from archive.verify.flaws import Flaw
from archive.verify.journals import JOURNALS

_DESCRIPTIONS = ("README.txt", "schema/article-v1.json")
_KNOWN = frozenset(("STORE.json", "BACKUP.json", "RESTORED.json", "config.yaml", *_DESCRIPTIONS))
_SUFFIXES = {
    **dict.fromkeys(JOURNALS, (".jsonl", ".jsonl.zst", ".manifest.json")),
    "blobs": (".pack", ".manifest.json"),
}
_PASSING = re.compile(r".*\.(tmp|salvage|part)")
"""Files that are being written, or that a crash has left: opening the archive takes them away."""


def look(root: Path) -> list[Flaw]:
    """Return what is wrong with the files around the journals."""
    flaws = [Flaw("E32", name, "is missing") for name in _DESCRIPTIONS if not (root / name).is_file()]
    if why := _store_fault(root / "STORE.json"):
        flaws.append(Flaw("E31", "STORE.json", why))
    return flaws + [Flaw("E33", name, "belongs nowhere in an archive") for name in strangers(root)]


def _store_fault(path: Path) -> str | None:
    if not path.is_file():
        return "is missing: it tells which archive this is"
    try:
        nameplate.read(path.parent)
    except ArchiveError as error:
        return str(error).partition(": ")[2].partition(";")[0]
    return None


def recorded(root: Path, last: Mapping[str, int | None]) -> tuple[str | None, list[Flaw]]:
    """Return when a backup was whole, and what it lacks by its own word; None where it has no such word."""
    try:
        record = backed_up.read(root)
    except ArchiveError as error:
        return None, [Flaw("E34", backed_up.NAME, str(error).partition(": ")[2])]
    return (record.at, short(record, last)) if record is not None else (None, [])


def short(record: backed_up.Record, last: Mapping[str, int | None]) -> list[Flaw]:
    """Return the lines that stood at the ends of journals when a backup was made, and do not any more."""
    ends = {name: (last.get(name) or 0, through) for name, through in record.journals.items()}
    return [
        Flaw("E03", name, f"{lines_from(end + 1, through)} missing at its end", None, end + 1, through)
        for name, (end, through) in ends.items()
        if end < through and (last.get(name) is not None)
    ]


def strangers(root: Path) -> list[str]:
    """Return the files that belong nowhere, in order."""
    found: list[str] = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or name in _KNOWN or _PASSING.fullmatch(path.name):
            continue
        if not (name.startswith("quarantine/") or _belongs(name)):
            found.append(name)
    return found


def _belongs(name: str) -> bool:
    top, _, rest = name.partition("/")
    year, _, file = rest.partition("/")
    for suffix in _SUFFIXES.get(top, ()):
        match = segments.NAME.fullmatch(file.removesuffix(suffix))
        if file.endswith(suffix) and match is not None:
            return match["year"] == year
    return False


def quarantine(root: Path) -> tuple[int, int]:
    """Return how many files and bytes are in quarantine."""
    sizes = [path.stat().st_size for path in (root / "quarantine").rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)
