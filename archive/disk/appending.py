"""Chunks -> the end of the one file that is being written, durably; after a failed write nothing, until opened anew."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archive.disk import files
from archive.errors import ReadOnly


class Appending:
    """The end of a folder's newest file, in the hands of one writer.

    What a failed write or sync left there is cut off at once, since nobody may ever read it,
    and all is refused from then on: what the kernel still holds of the file is not to be known.

    lock    held while anything is written
    size    of the file, as far as it is durable
    waited  seconds in which `append` waited for the disk so far
    """

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self.lock = threading.Lock()
        self.size = 0
        self.waited = 0.0
        self._folder = folder
        self._fd: int | None = None
        self._refusal: str | None = None if writable else "opened for reading only"

    @property
    def refuses(self) -> bool:
        """Whether nothing more is taken until it is opened anew."""
        return self._refusal is not None

    @property
    def is_open(self) -> bool:
        """Whether a file is held open, ready to be appended to."""
        return self._fd is not None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock while something is written; after an error refuse until opened anew."""
        with self.lock:
            if self._refusal is not None:
                raise ReadOnly(f"{self._folder}: {self._refusal}")
            try:
                yield
            except OSError as error:
                if self._fd is not None:
                    files.take_back(self._fd, self.size)
                self.leave()
                self._refusal = f"read-only since a write failed ({error.strerror}); open it anew"
                raise ReadOnly(f"{self._folder}: {error.strerror}; nothing of this was kept") from error

    def begin(self, path: Path) -> None:
        """Leave the file that was written so far and create another, durable with its name."""
        self.leave()
        self._fd = files.create(path)
        self.size = 0

    def go_on(self, path: Path, size: int) -> None:
        """Go on behind the first *size* bytes of a file, which are all of it."""
        self.leave()
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.size = size

    def append(self, chunks: Sequence[bytes], point: str) -> None:
        """Put *chunks* at the end, durable when this returns: one fdatasync for all.

        point   prefix of the fault points passed on the way
        """
        if self._fd is None:
            raise RuntimeError(f"{self._folder}: no file is open to append to")
        self.waited += files.append_durably(self._fd, chunks, point)
        self.size += sum(len(chunk) for chunk in chunks)

    def leave(self) -> None:
        """Let go of the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def close(self) -> None:
        """Let go of the file; all is refused from then on."""
        with self.lock:
            self.leave()
            self._refusal = self._refusal or "closed"
