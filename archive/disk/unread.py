"""Files that the disk does not give back -> passed over from the second time on, and looked at again."""

from pathlib import Path

import msgspec

from archive.disk import files
from archive.errors import Unreadable

_STEP = 2**20


class Unread:
    """What of an archive cannot be read, remembered beside the indexes that lack what is in it.

    Where a file is refused for the first time, whoever asked is told and asks again. Where it
    stays so he goes on without it; and once it is given back the indexes are made anew.
    """

    def __init__(self, memory: Path | None = None) -> None:
        self._memory = memory
        self._why: dict[str, str] = {}
        self._passed: set[str] = set()
        if memory is not None and memory.is_file():
            self._remember()

    def _remember(self) -> None:
        """Take up what earlier openings met; one that cannot be told makes the indexes be made anew."""
        assert self._memory is not None
        try:
            found = msgspec.json.decode(self._memory.read_bytes(), type=dict[str, bool])
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = {"": True}
        for file, passed in found.items():
            self._why[file] = why if (why := _refusal(Path(file))) is not None else ""
            if passed:
                self._passed.add(file)

    @property
    def is_back(self) -> bool:
        """Whether a file was passed over that can be read again, or is another by now."""
        return any(not self._why[file] for file in self._passed)

    def begin_anew(self) -> None:
        """Forget what can be read again, and that anything was passed over: the indexes are made anew."""
        self._why = {file: why for file, why in self._why.items() if why}
        self._passed.clear()
        self._write()

    def passes(self, error: Unreadable) -> bool:
        """Say whether to go on without a file: it was refused before. Remembers both, durably."""
        file = str(error.filename)
        again = self._memory is None or bool(self._why.get(file))
        if not (again and file in self._passed):
            self._why[file] = str(error)
            if again:
                self._passed.add(file)
            self._write()
        return again

    def told(self) -> list[str]:
        """Return for each file that is passed over why, and what mends it."""
        return [self._why[file] for file in sorted(self._passed)]

    def _write(self) -> None:
        if self._memory is not None:
            found = {file: file in self._passed for file in self._why}
            files.replace_durably(self._memory, msgspec.json.encode(found))


def _refusal(path: Path) -> str | None:
    """Return why a file cannot be read to its end; None where it can, or is no more."""
    try:
        with files.named(path), path.open("rb") as file:
            while file.read(_STEP):
                pass
    except Unreadable as error:
        return str(error)
    except OSError:
        return None
    return None
