"""Small disks of our own, to be filled, freed and made read-only."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class Disk:
    """A tmpfs of some megabytes."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        done = _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "newsweir-test", str(folder))
        if done.returncode:
            pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take every byte that is left."""
        fd = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, bytes(4096))
        os.close(fd)

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def refuse_writes(self) -> None:
        done = _mount("-o", "remount,ro", str(self.folder))
        assert done.returncode == 0, done.stderr

    def take_writes(self) -> None:
        done = _mount("-o", "remount,rw", str(self.folder))
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)


@contextlib.contextmanager
def disk(folder: Path, megabytes: int = 32) -> Iterator[Disk]:
    """A disk that is there for the length of a test. Skips where none may be mounted."""
    made = Disk(folder, megabytes)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def memory_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory, for what syncs thousands of times and needs no disk; *otherwise* where there is none."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield otherwise
        return
    with tempfile.TemporaryDirectory(prefix="newsweir-test-", dir=memory) as folder:
        yield Path(folder)
