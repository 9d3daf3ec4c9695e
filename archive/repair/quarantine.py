"""Bytes that prove nothing -> quarantine/, under the place they were found at."""

from pathlib import Path

from archive.disk import files


def park(root: Path, top: str, place: str, data: bytes) -> None:
    """Keep *data*, durably, under its place; never over anything that is there."""
    folder = root / "quarantine" / top
    number = 0
    while (path := folder / f"{place}.{number}").exists():
        if path.read_bytes() == data:
            return  # A repair that was cut comes by again.
        number += 1
    files.replace_durably(path, data)


def park_file(root: Path, path: Path) -> None:
    """Keep what stands in a file that is about to be made anew; none there is no fault."""
    if path.is_file():
        park(root, path.parents[1].name, path.name, path.read_bytes())
